//! One batch, one transaction. Which connection it runs on, and when, is not decided here.

use rusqlite::{Connection, TransactionBehavior, params};

use super::read::{self, Head, to_sql};
use super::schema;
use super::trouble::Trouble;
use crate::{Action, Change, Label, SqliteStore, Stamp, When};

type Result<T> = core::result::Result<T, Trouble>;

/// Makes the whole batch durable, or nothing of it.
pub(super) fn apply(connection: &mut Connection, batch: &[Change<'_>]) -> Result<Stamp> {
    for change in batch {
        if let Action::Save(value) = change.action
            && value.len() > SqliteStore::MAX_VALUE
        {
            return Err(Trouble::TooLarge { len: value.len() });
        }
    }
    // Takes the write lock at once: a transaction that becomes a writer half-way can't wait for others.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    check(&transaction, batch)?;
    let mut head = Head::read(&transaction)?;
    head.stamp.0 += 1;
    let mut is_destroyed = false;
    for change in batch {
        match change.action {
            Action::Save(value) => save(&transaction, &mut head, change, value)?,
            Action::Destroy => is_destroyed |= destroy(&transaction, head.stamp, &change.label)?,
        }
    }
    if is_destroyed {
        forget(&transaction, &mut head)?;
    }
    transaction
        .prepare_cached("UPDATE head SET stamp = ?1, last_id = ?2, history = ?3")?
        .execute(params![to_sql(head.stamp.0)?, to_sql(head.last_id)?, to_sql(head.history.0)?])?;
    transaction.commit()?;
    Ok(head.stamp)
}

fn check(connection: &Connection, batch: &[Change<'_>]) -> Result<()> {
    for &Change { label, when, .. } in batch {
        let holds = match when {
            When::Always => true,
            When::Absent => read::revision(connection, &label)?.is_none(),
            When::Unchanged(expected) => read::revision(connection, &label)? == Some(expected),
        };
        if !holds {
            return Err(Trouble::Conflict(label));
        }
    }
    Ok(())
}

/// No `RETURNING` here and below: SQLite opens a table of its own for it, which costs as much as the row.
fn save(connection: &Connection, head: &mut Head, change: &Change<'_>, value: &[u8]) -> Result<()> {
    let (label, revision) = (change.label.as_bytes(), to_sql(head.stamp.0)?);
    let fresh = to_sql(head.last_id + 1)?;
    let replace = || {
        let sql = "UPDATE object SET revision = ?2, value = ?3 WHERE label = ?1";
        connection.prepare_cached(sql)?.execute(params![label, revision, value])
    };
    let insert = || {
        let sql = "INSERT INTO object (id, label, revision, value) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT (label) DO NOTHING";
        connection.prepare_cached(sql)?.execute(params![fresh, label, revision, value])
    };
    // First what is likelier: what was absent may have been saved by the same batch since, and the other way round.
    let inserted = if change.when == When::Absent {
        let inserted = insert()?;
        if inserted == 0 {
            replace()?;
        }
        inserted
    } else if replace()? == 0 {
        insert()?
    } else {
        0
    };
    head.last_id += inserted as u64;
    Ok(())
}

/// Whether there was anything to destroy.
fn destroy(connection: &Connection, stamp: Stamp, label: &Label) -> Result<bool> {
    let remembered = connection
        .prepare_cached(
            "INSERT INTO destroyed (id, label, revision) SELECT id, label, ?2 FROM object WHERE label = ?1",
        )?
        .execute(params![label.as_bytes(), to_sql(stamp.0)?])?;
    if remembered > 0 {
        connection
            .prepare_cached("DELETE FROM object WHERE label = ?1")?
            .execute(params![label.as_bytes()])?;
    }
    Ok(remembered > 0)
}

/// Forgets the oldest destroyed objects past [`schema::REMEMBERED`].
fn forget(connection: &Connection, head: &mut Head) -> Result<()> {
    let mut oldest = connection.prepare_cached(
        "SELECT place, revision FROM destroyed WHERE place <= (SELECT max(place) FROM destroyed) - ?1 \
         ORDER BY place DESC LIMIT 1",
    )?;
    let mut rows = oldest.query(params![schema::REMEMBERED])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let place: i64 = row.get(0)?;
    head.history = head.history.max(Stamp(read::number(row, 1)?));
    connection.prepare_cached("DELETE FROM destroyed WHERE place <= ?1")?.execute(params![place])?;
    Ok(())
}
