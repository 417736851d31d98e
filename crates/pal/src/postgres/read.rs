//! The queries: what `find`, `value` and `scan` read. Nothing is written here.

use core::num::NonZeroU64;
use std::pin::pin;
use std::sync::mpsc::Sender;
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::join;
use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use zeroize::Zeroizing;

use super::link::{Link, Query};
use super::trouble::Trouble;
use crate::{Label, ObjectId, Record, Scan, Stamp, Value};

type Result<T> = core::result::Result<T, Trouble>;

/// The store's numbers that change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) stamp: Stamp,
    pub(super) last_id: u64,
    /// Every object destroyed after this is remembered.
    pub(super) history: Stamp,
}

impl Head {
    pub(super) fn of(row: &Row) -> Result<Self> {
        Ok(Self { stamp: Stamp(number(row, 0)?), last_id: number(row, 1)?, history: Stamp(number(row, 2)?) })
    }
}

pub(super) async fn find(link: &Link, label: &Label) -> Result<Option<ObjectId>> {
    link.one(Query::Find, &[&label.as_bytes()]).await?.map(|row| id(&row, 0)).transpose()
}

pub(super) async fn value(link: &Link, wanted: ObjectId) -> Result<Option<Value>> {
    // An id that the database can't hold was never given.
    let Ok(wanted) = i64::try_from(wanted.0.get()) else { return Ok(None) };
    let Some(row) = link.one(Query::Value, &[&wanted]).await? else { return Ok(None) };
    Ok(Some(Value { bytes: Zeroizing::new(column(&row, 0)?), revision: Stamp(number(&row, 1)?) }))
}

/// The store's stamp at this moment.
pub(super) async fn stamp(link: &Link) -> Result<Stamp> {
    let row = link.one(Query::Stamp, &[]).await?.ok_or(NO_HEAD)?;
    Ok(Stamp(number(&row, 0)?))
}

pub(super) const NO_HEAD: Trouble = Trouble::Damaged("its row of numbers is gone");

/// Where the rows of a scan go.
pub(super) struct Rows<'a> {
    pub(super) tell: &'a Sender<Row>,
    /// How long to wait for one more.
    pub(super) patience: Duration,
    pub(super) sent: bool,
}

/// Sends the rows of a scan, those destroyed first. It takes as long as it takes, while there are more.
pub(super) async fn scan(link: &Link, since: Stamp, rows: &mut Rows<'_>) -> Result<Scan> {
    const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0";
    let head = async {
        let row = link.one(Query::Head, &[]).await?.ok_or(NO_HEAD)?;
        Head::of(&row)
    };
    let (begun, head) = timeout(rows.patience, join(link.say(BEGIN), head)).await?;
    begun?;
    let head = head?;
    let complete = since == Stamp::START || since < head.history || since > head.stamp;
    if complete {
        rows.send(link, Query::All, &[]).await?;
    } else if since < head.stamp {
        let after = [to_sql(since.0)?];
        rows.send(link, Query::DestroyedSince, &after).await?;
        rows.send(link, Query::SavedSince, &after).await?;
    }
    timeout(rows.patience, link.say("COMMIT")).await??;
    Ok(Scan { stamp: head.stamp, complete })
}

impl Rows<'_> {
    async fn send(&mut self, link: &Link, query: Query, parameters: &[i64]) -> Result<()> {
        let mut found = pin!(timeout(self.patience, link.stream(query, parameters)).await??);
        while let Some(row) = timeout(self.patience, found.try_next()).await?? {
            self.sent = true;
            // The one who waits for the rows may have seen enough.
            let _ = self.tell.send(row);
        }
        Ok(())
    }
}

/// A row of a scan: its value is missing when it was destroyed.
pub(super) fn show(row: &Row, each: &mut dyn FnMut(Record<'_>)) -> Result<()> {
    let record = Record {
        id: id(row, 0)?,
        label: label(row, 1)?,
        revision: Stamp(number(row, 2)?),
        value: column(row, 3)?,
    };
    each(record);
    Ok(())
}

pub(super) fn column<'a, T: FromSql<'a>>(row: &'a Row, at: usize) -> Result<T> {
    row.try_get(at).map_err(|_| Trouble::Damaged("a column holds what it can't"))
}

fn id(row: &Row, at: usize) -> Result<ObjectId> {
    NonZeroU64::new(number(row, at)?).map(ObjectId).ok_or(Trouble::Damaged("an object has the id 0"))
}

pub(super) fn label(row: &Row, at: usize) -> Result<Label> {
    Label::new(column(row, at)?).map_err(|_| Trouble::Damaged("a label is too long"))
}

pub(super) fn number(row: &Row, at: usize) -> Result<u64> {
    u64::try_from(column::<i64>(row, at)?).map_err(|_| Trouble::Damaged("a number is negative"))
}

pub(super) fn to_sql(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Trouble::Damaged("a number is past the end of its range"))
}
