//! One batch, one transaction; and what became of one whose connection was lost while it was being committed.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{join, join3, try_join_all};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::link::{Link, Links, Query, jittered};
use super::plan::{Batch, Plan, Stored};
use super::read::{Head, NO_HEAD, column, label, number, to_sql};
use super::schema;
use super::trouble::Trouble;
use super::watch::{LETTING_GO, Watch, channel};
use crate::{Label, Stamp};

type Result<T> = core::result::Result<T, Trouble>;

/// How long a writer stands back whose transaction another one's has undone.
const CONTENTION: Duration = Duration::from_millis(5);

/// Tells a batch from every other one.
type Mark = [u8; 16];

/// How a transaction that was begun has ended.
enum Ended {
    Committed(Stamp),
    /// Nothing has changed.
    Undone(Trouble),
    /// It may or may not have been committed, and would have moved the stamp to this.
    InDoubt(Stamp),
}

/// Makes the whole batch durable, or nothing of it.
pub(super) async fn apply(links: &Links, watch: &Watch, batch: &Batch) -> Result<Stamp> {
    let mut mark = Mark::default();
    getrandom::fill(&mut mark).map_err(|error| Trouble::Thread(error.into()))?;
    let deadline = links.deadline();
    let _permit = links.permit(deadline).await?;
    loop {
        let link = links.take(deadline).await?;
        let trouble = match attempt(&link, links, watch, batch, &mark, deadline).await {
            Ended::Committed(stamp) => {
                links.give_back(link);
                return Ok(stamp);
            }
            Ended::Undone(trouble) => {
                leave(links, link, &trouble).await;
                if trouble.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
                    return Err(Trouble::ReadOnly);
                }
                trouble
            }
            Ended::InDoubt(stamp) => {
                drop(link);
                if was_committed(links, watch, stamp, &mark).await? {
                    return Ok(stamp);
                }
                // It was not, and the connection was lost.
                Trouble::Late
            }
        };
        let retry = trouble.is_contention() || trouble.is_lost();
        let pause = jittered(CONTENTION);
        if !retry || Instant::now() + pause >= deadline {
            return Err(trouble);
        }
        sleep(pause).await;
    }
}

/// Gives a connection back whose transaction has failed, if it is still good.
async fn leave(links: &Links, link: Arc<Link>, trouble: &Trouble) {
    if !trouble.is_lost() && link.say("ROLLBACK").await.is_ok() {
        links.give_back(link);
    }
}

/// Begins a transaction when it is this writer's turn, and reads the store's numbers.
async fn begin(link: &Link, links: &Links) -> Result<()> {
    let turn = if link.traits().has_leases {
        // Taken before the transaction's moment is fixed, so that it sees what the last writer did.
        format!("; LOCK TABLE {}.turn IN EXCLUSIVE MODE", link.schema())
    } else {
        String::new()
    };
    // The server gives up first, and says why.
    let patience = (links.patience * 9 / 10).as_millis().max(1);
    link.say(&format!("BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL lock_timeout = {patience}{turn}")).await
}

async fn attempt(
    link: &Link,
    links: &Links,
    watch: &Watch,
    batch: &Batch,
    mark: &Mark,
    deadline: Instant,
) -> Ended {
    let labels = batch.labels();
    let labels: Vec<&[u8]> = labels.iter().map(Label::as_bytes).collect();
    let labels: &[&(dyn ToSql + Sync)] = &[&labels];
    let looking =
        join3(begin(link, links), link.one(Query::HeadToChange, &[]), link.all(Query::Revisions, labels));
    let plan = async {
        let (begun, head, rows) = timeout_at(deadline, looking).await?;
        begun?;
        let head = Head::of(&head?.ok_or(NO_HEAD)?)?;
        let mut stored = BTreeMap::new();
        for row in &rows? {
            let found = Stored { id: number(row, 0)?, revision: Stamp(number(row, 2)?) };
            stored.insert(label(row, 1)?, found);
        }
        batch.plan(head, &stored)
    };
    match plan.await {
        Ok(plan) => commit(link, watch, &plan, mark, deadline).await,
        Err(trouble) => Ended::Undone(trouble),
    }
}

/// Writes and commits in one go, and waits for the readers right behind it.
async fn commit(link: &Link, watch: &Watch, plan: &Plan<'_>, mark: &Mark, deadline: Instant) -> Ended {
    let stamp = plan.stamp;
    let (mut written, mut told) = (None, false);
    let committing = async {
        let mut writing = pin!(write(link, watch, plan, mark));
        // The first look sends all steps. One that can't be sent must not have the others committed without it.
        if let Poll::Ready(failed) = poll_fn(|context| Poll::Ready(writing.as_mut().poll(context))).await {
            written = Some((failed, Ok(())));
            return;
        }
        written = Some(join(writing, link.say("COMMIT")).await);
    };
    let telling = async { told = watch.wait_for_readers(link, Stamp(stamp.0 - 1)).await };
    // What became of the commit is known as soon as it is; how long the rest takes does not change it.
    let _ = timeout_at(deadline + LETTING_GO, join3(watch.let_go(), committing, telling)).await;
    match written {
        Some((Ok(()), Ok(()))) => {
            if !told {
                sleep(LETTING_GO).await;
            }
            Ended::Committed(stamp)
        }
        // The server has refused a step, so it has undone all of them.
        Some((Err(trouble), _)) if trouble.code().is_some() && !trouble.is_lost() => Ended::Undone(trouble),
        Some((Ok(()), Err(trouble))) if trouble.is_contention() => Ended::Undone(trouble),
        _ => Ended::InDoubt(stamp),
    }
}

async fn write(link: &Link, watch: &Watch, plan: &Plan<'_>, mark: &Mark) -> Result<()> {
    let stamp = to_sql(plan.stamp.0)?;
    let last_id = to_sql(plan.last_id)?;
    let ids = |ids: &mut dyn Iterator<Item = u64>| ids.map(to_sql).collect::<Result<Vec<_>>>();
    let deleted = ids(&mut plan.deleted.iter().copied())?;
    let inserted = ids(&mut plan.inserted.iter().map(|(id, ..)| *id))?;
    let labels: Vec<_> = plan.inserted.iter().map(|(_, label, _)| label.as_bytes()).collect();
    let values: Vec<_> = plan.inserted.iter().map(|(.., value)| *value).collect();
    let updated = ids(&mut plan.updated.iter().map(|(id, _)| *id))?;
    let new_values: Vec<_> = plan.updated.iter().map(|(_, value)| *value).collect();
    let gone = ids(&mut plan.destroyed.iter().map(|(id, _)| *id))?;
    let gone_labels: Vec<_> = plan.destroyed.iter().map(|(_, label)| label.as_bytes()).collect();
    let forgotten = stamp - schema::REMEMBERED;
    let mark: &[u8] = mark;

    let mut steps: Vec<(Query, Vec<&(dyn ToSql + Sync)>)> = Vec::new();
    if !deleted.is_empty() {
        steps.push((Query::Delete, vec![&deleted]));
    }
    if !inserted.is_empty() {
        steps.push((Query::Insert, vec![&stamp, &inserted, &labels, &values]));
    }
    if !updated.is_empty() {
        steps.push((Query::Update, vec![&stamp, &updated, &new_values]));
    }
    steps.push((Query::SetHead, vec![&stamp, &last_id]));
    if !gone.is_empty() {
        steps.push((Query::Remember, vec![&stamp, &gone, &gone_labels]));
        steps.push((Query::Forget, vec![&schema::REMEMBERED]));
    }
    steps.push((Query::Mark, vec![&stamp, &mark]));
    steps.push((Query::Unmark, vec![&forgotten]));
    let tell = async {
        if watch.has_leases() {
            link.say(&format!("NOTIFY {}, '{stamp}'", channel(link.traits()))).await?;
        }
        Ok(())
    };
    // All are on their way before the first answer is waited for.
    let written = try_join_all(steps.iter().map(|(query, parameters)| link.run(*query, parameters)));
    let (written, told) = join(written, tell).await;
    written?;
    told
}

/// Finds out what became of a transaction whose connection was lost.
///
/// The server may still be at it, so this waits for the writers' turn, which it holds until it has ended.
async fn was_committed(links: &Links, watch: &Watch, stamp: Stamp, mark: &Mark) -> Result<bool> {
    // However long the batch has taken so far.
    let deadline = links.deadline();
    loop {
        let in_doubt = |trouble: Trouble| {
            tracing::error!(?trouble, "what became of a change of the store can't be found out");
            Trouble::InDoubt
        };
        let link = links.take(deadline).await.map_err(in_doubt)?;
        match timeout_at(deadline, look_back(&link, links, stamp, mark)).await {
            Ok(Ok(committed)) => {
                if committed && !watch.wait_for_readers(&link, Stamp(stamp.0 - 1)).await {
                    sleep(LETTING_GO).await;
                }
                links.give_back(link);
                return Ok(committed);
            }
            Ok(Err(trouble)) if trouble.is_lost() || trouble.is_contention() => {
                if Instant::now() >= deadline {
                    return Err(in_doubt(trouble));
                }
            }
            Ok(Err(trouble)) => return Err(in_doubt(trouble)),
            Err(late) => return Err(in_doubt(late.into())),
        }
    }
}

async fn look_back(link: &Link, links: &Links, stamp: Stamp, mark: &Mark) -> Result<bool> {
    begin(link, links).await?;
    let head = Head::of(&link.one(Query::HeadToChange, &[]).await?.ok_or(NO_HEAD)?)?;
    let there = link.one(Query::MarkAt, &[&to_sql(stamp.0)?]).await?;
    link.say("COMMIT").await?;
    match there {
        Some(row) => Ok(column::<&[u8]>(&row, 0)? == mark),
        None if head.stamp < stamp => Ok(false),
        // So many others have come since that it is forgotten.
        None => Err(Trouble::InDoubt),
    }
}
