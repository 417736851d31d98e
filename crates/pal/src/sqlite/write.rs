//! One batch, one transaction. Which connection it runs on, and when, is not decided here.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

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
    for change in batch {
        match change.action {
            Action::Save(value) => save(&transaction, &mut head, &change.label, value)?,
            Action::Destroy => destroy(&transaction, head.stamp, &change.label)?,
        }
    }
    forget(&transaction, &mut head)?;
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

fn save(connection: &Connection, head: &mut Head, label: &Label, value: &[u8]) -> Result<()> {
    let fresh = to_sql(head.last_id + 1)?;
    let id: i64 = connection
        .prepare_cached(
            "INSERT INTO object (id, label, revision, value) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (label) DO UPDATE SET revision = excluded.revision, value = excluded.value \
             RETURNING id",
        )?
        .query_row(params![fresh, label.as_bytes(), to_sql(head.stamp.0)?, value], |row| row.get(0))?;
    if id == fresh {
        head.last_id += 1;
    }
    Ok(())
}

fn destroy(connection: &Connection, stamp: Stamp, label: &Label) -> Result<()> {
    let id: Option<i64> = connection
        .prepare_cached("DELETE FROM object WHERE label = ?1 RETURNING id")?
        .query_row(params![label.as_bytes()], |row| row.get(0))
        .optional()?;
    if let Some(id) = id {
        connection
            .prepare_cached("INSERT INTO destroyed (id, label, revision) VALUES (?1, ?2, ?3)")?
            .execute(params![id, label.as_bytes(), to_sql(stamp.0)?])?;
    }
    Ok(())
}

/// Forgets the oldest destroyed objects past [`schema::REMEMBERED`].
fn forget(connection: &Connection, head: &mut Head) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM destroyed WHERE place <= (SELECT max(place) FROM destroyed) - ?1 RETURNING revision",
    )?;
    let mut rows = statement.query(params![schema::REMEMBERED])?;
    while let Some(row) = rows.next()? {
        head.history = head.history.max(Stamp(read::number(row, 0)?));
    }
    Ok(())
}
