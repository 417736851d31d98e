//! One batch, one transaction. Which connection it runs on, and when, is not decided here.

use rusqlite::{Connection, TransactionBehavior, params};

use super::read::{self, Head, to_sql};
use super::schema;
use super::trouble::Trouble;
use crate::{Action, Change, SqliteStore, Stamp, When};

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
    let checked = is_any_named_twice(batch);
    if checked {
        check(&transaction, batch)?;
    }
    let mut head = Head::read(&transaction)?;
    head.stamp.0 += 1;
    let mut is_destroyed = false;
    for change in batch {
        let change = if checked { change.when(When::Always) } else { *change };
        match change.action {
            Action::Save(value) => save(&transaction, &mut head, &change, value)?,
            Action::Destroy => is_destroyed |= destroy(&transaction, head.stamp, &change)?,
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

/// Whether some object is changed more than once. Preconditions are about the state before the batch, so then they are
/// checked before anything is written, and otherwise by the statements that write.
fn is_any_named_twice(batch: &[Change<'_>]) -> bool {
    let mut labels: Vec<_> = batch.iter().map(|change| change.label).collect();
    labels.sort_unstable();
    labels.windows(2).any(|pair| pair[0] == pair[1])
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
    let replace_unchanged = |expected: Stamp| {
        // A revision that SQLite has no number for is no row's.
        let Ok(expected) = to_sql(expected.0) else { return Ok(0) };
        // The sign keeps SQLite from looking rows up by their revision.
        let sql = "UPDATE object SET revision = ?2, value = ?3 WHERE label = ?1 AND +revision = ?4";
        connection.prepare_cached(sql)?.execute(params![label, revision, value, expected])
    };
    let insert = || {
        let sql = "INSERT INTO object (id, label, revision, value) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT (label) DO NOTHING";
        connection.prepare_cached(sql)?.execute(params![fresh, label, revision, value])
    };
    let (replaced, inserted) = match change.when {
        When::Always => match replace()? {
            0 => (0, insert()?),
            replaced => (replaced, 0),
        },
        When::Absent => (0, insert()?),
        When::Unchanged(expected) => (replace_unchanged(expected)?, 0),
    };
    if replaced + inserted == 0 {
        return Err(Trouble::Conflict(change.label));
    }
    head.last_id += inserted as u64;
    Ok(())
}

/// Whether there was anything to destroy.
fn destroy(connection: &Connection, stamp: Stamp, change: &Change<'_>) -> Result<bool> {
    check(connection, &[*change])?;
    let label = change.label.as_bytes();
    let remembered = connection
        .prepare_cached(
            "INSERT INTO destroyed (id, label, revision) SELECT id, label, ?2 FROM object WHERE label = ?1",
        )?
        .execute(params![label, to_sql(stamp.0)?])?;
    if remembered > 0 {
        connection.prepare_cached("DELETE FROM object WHERE label = ?1")?.execute(params![label])?;
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
