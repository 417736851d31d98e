//! The queries: what `find`, `value` and `scan` read. Nothing is written here.

use core::num::NonZeroU64;

use rusqlite::{Connection, OptionalExtension, Row, params};
use zeroize::Zeroizing;

use super::trouble::Trouble;
use crate::{Label, ObjectId, Record, Scan, Stamp, Value};

type Result<T> = core::result::Result<T, Trouble>;

/// The store's one row of numbers.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) stamp: Stamp,
    pub(super) last_id: u64,
    /// Every object destroyed after this is remembered.
    pub(super) history: Stamp,
}

impl Head {
    pub(super) fn read(connection: &Connection) -> Result<Self> {
        connection
            .prepare_cached("SELECT stamp, last_id, history FROM head")?
            .query_row((), |row| Ok((number(row, 0), number(row, 1), number(row, 2))))
            .map_err(Trouble::from)
            .and_then(|(stamp, last_id, history)| {
                Ok(Self { stamp: Stamp(stamp?), last_id: last_id?, history: Stamp(history?) })
            })
    }
}

pub(super) fn find(connection: &Connection, label: &Label) -> Result<Option<ObjectId>> {
    connection
        .prepare_cached("SELECT id FROM object WHERE label = ?1")?
        .query_row(params![label.as_bytes()], |row| Ok(id(row, 0)))
        .optional()?
        .transpose()
}

pub(super) fn value(connection: &Connection, wanted: ObjectId) -> Result<Option<Value>> {
    // An id that SQLite can't hold was never given.
    let Ok(wanted) = i64::try_from(wanted.0.get()) else { return Ok(None) };
    let mut statement = connection.prepare_cached("SELECT value, revision FROM object WHERE id = ?1")?;
    let mut rows = statement.query(params![wanted])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Value { bytes: Zeroizing::new(row.get(0)?), revision: Stamp(number(row, 1)?) }))
}

/// The stamp of the batch that last saved the object under a label.
pub(super) fn revision(connection: &Connection, label: &Label) -> Result<Option<Stamp>> {
    connection
        .prepare_cached("SELECT revision FROM object WHERE label = ?1")?
        .query_row(params![label.as_bytes()], |row| Ok(number(row, 0)))
        .optional()?
        .transpose()
        .map(|revision| revision.map(Stamp))
}

/// `connection` must be in a transaction, so that all queries show the same moment.
pub(super) fn scan(connection: &Connection, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
    let head = Head::read(connection)?;
    let complete = since == Stamp::START || since < head.history || since > head.stamp;
    if complete {
        let mut statement = connection.prepare_cached("SELECT id, label, revision, value FROM object")?;
        show(statement.query(())?, each)?;
    } else {
        let after = to_sql(since.0)?;
        let mut destroyed = connection.prepare_cached(
            "SELECT id, label, revision, NULL FROM destroyed WHERE revision > ?1 ORDER BY place",
        )?;
        show(destroyed.query(params![after])?, each)?;
        let mut saved =
            connection.prepare_cached("SELECT id, label, revision, value FROM object WHERE revision > ?1")?;
        show(saved.query(params![after])?, each)?;
    }
    Ok(Scan { stamp: head.stamp, complete })
}

fn show(mut rows: rusqlite::Rows<'_>, each: &mut dyn FnMut(Record<'_>)) -> Result<()> {
    while let Some(row) = rows.next()? {
        let value = row.get_ref(3)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
        each(Record { id: id(row, 0)?, label: label(row, 1)?, revision: Stamp(number(row, 2)?), value });
    }
    Ok(())
}

fn id(row: &Row<'_>, column: usize) -> Result<ObjectId> {
    NonZeroU64::new(number(row, column)?).map(ObjectId).ok_or(Trouble::Damaged("an object has the id 0"))
}

fn label(row: &Row<'_>, column: usize) -> Result<Label> {
    let bytes = row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?;
    Label::new(bytes).map_err(|_| Trouble::Damaged("a label is too long"))
}

pub(super) fn number(row: &Row<'_>, column: usize) -> Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| Trouble::Damaged("a number is negative"))
}

pub(super) fn to_sql(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Trouble::Damaged("a number is past the end of its range"))
}
