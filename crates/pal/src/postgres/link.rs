//! Connections: how one is made and set up, what it can be asked, how many there are, and what is done when one is
//! lost.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, Row, RowStream, Statement};

use super::place::PostgresPlace;
use super::read::{self, Rows};
use super::schema::{self, Traits};
use super::tls::Tls;
use super::trouble::Trouble;
use crate::sync::Mutex;
use crate::{Scan, Stamp};

type Result<T> = core::result::Result<T, Trouble>;

/// How many connections a store has for reading and writing; one more follows the stamp.
const MOST: usize = 4;

/// How long an attempt to connect may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// The first and the longest pause between two attempts.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// What a connection can be asked, in the order of [`QUERIES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Query {
    Find,
    Value,
    Stamp,
    Head,
    All,
    SavedSince,
    DestroyedSince,
    HeadToChange,
    Revisions,
    Delete,
    Insert,
    Update,
    Remember,
    Forget,
    SetHead,
    Mark,
    Unmark,
    MarkAt,
}

/// The schema is `{s}`.
const QUERIES: [(Query, &str); 18] = [
    (Query::Find, "SELECT id FROM {s}.object WHERE label = $1"),
    (Query::Value, "SELECT value, revision FROM {s}.object WHERE id = $1"),
    (Query::Stamp, "SELECT stamp FROM {s}.head"),
    (Query::Head, "SELECT stamp, last_id, history FROM {s}.head"),
    (Query::All, "SELECT id, label, revision, value FROM {s}.object"),
    (Query::SavedSince, "SELECT id, label, revision, value FROM {s}.object WHERE revision > $1"),
    (
        Query::DestroyedSince,
        "SELECT id, label, revision, NULL::bytea FROM {s}.destroyed WHERE revision > $1 ORDER BY place",
    ),
    (Query::HeadToChange, "SELECT stamp, last_id, history FROM {s}.head FOR UPDATE"),
    (Query::Revisions, "SELECT id, label, revision FROM {s}.object WHERE label = ANY($1::bytea[])"),
    (Query::Delete, "DELETE FROM {s}.object WHERE id = ANY($1::bigint[])"),
    (
        Query::Insert,
        "INSERT INTO {s}.object (id, label, revision, value) \
         SELECT new.id, new.label, $1::bigint, new.value \
         FROM unnest($2::bigint[], $3::bytea[], $4::bytea[]) AS new (id, label, value)",
    ),
    (
        Query::Update,
        "UPDATE {s}.object SET revision = $1::bigint, value = new.value \
         FROM unnest($2::bigint[], $3::bytea[]) AS new (id, value) WHERE object.id = new.id",
    ),
    (
        Query::Remember,
        "INSERT INTO {s}.destroyed (place, id, label, revision) \
         SELECT (SELECT coalesce(max(place), 0) FROM {s}.destroyed) + gone.place, gone.id, gone.label, $1::bigint \
         FROM unnest($2::bigint[], $3::bytea[]) WITH ORDINALITY AS gone (id, label, place)",
    ),
    (
        Query::Forget,
        "WITH gone AS (DELETE FROM {s}.destroyed \
             WHERE place <= (SELECT max(place) FROM {s}.destroyed) - $1::bigint RETURNING revision) \
         UPDATE {s}.head SET history = greatest(history, coalesce((SELECT max(revision) FROM gone), 0))",
    ),
    (Query::SetHead, "UPDATE {s}.head SET stamp = $1, last_id = $2"),
    (Query::Mark, "INSERT INTO {s}.batch (stamp, mark) VALUES ($1, $2)"),
    (Query::Unmark, "DELETE FROM {s}.batch WHERE stamp = $1"),
    (Query::MarkAt, "SELECT mark FROM {s}.batch WHERE stamp = $1"),
];

/// Who is told what a connection hears beside answers.
pub(super) trait Listener: Send + Sync + 'static {
    /// Another connection has sent this.
    fn heard(&self, payload: &str);
    /// The connection has ended.
    fn ended(&self);
}

/// A listener for connections that hear nothing.
pub(super) struct Deaf;

impl Listener for Deaf {
    fn heard(&self, _: &str) {}
    fn ended(&self) {}
}

/// A connection that is set up.
pub(super) struct Link {
    pub(super) client: Client,
    statements: Vec<Statement>,
    traits: Traits,
    schema: String,
}

impl Link {
    /// Connects, sets the session up and checks the tables.
    pub(super) async fn open(
        place: &PostgresPlace,
        patience: Duration,
        listener: impl Listener,
    ) -> Result<Self> {
        let client = connect(place, patience, listener).await?;
        let traits = schema::check(&client, place).await?;
        let sql = QUERIES.map(|(_, sql)| sql.replace("{s}", &place.schema));
        let statements = try_join_all(sql.iter().map(|sql| client.prepare(sql))).await?;
        Ok(Self { client, statements, traits, schema: place.schema.clone() })
    }

    pub(super) fn traits(&self) -> Traits {
        self.traits
    }

    /// The schema with the tables.
    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// Says so when the server does not keep what it acknowledges.
    pub(super) async fn warn(&self, place: &PostgresPlace) -> Result<()> {
        let row = self.client.query_one("SELECT current_setting('fsync', true)", &[]).await?;
        if row.try_get(0).ok().flatten() == Some("off") {
            tracing::warn!(store = %place.name(), "the server can lose what it acknowledged: fsync is off");
        }
        Ok(())
    }

    fn statement(&self, query: Query) -> &Statement {
        &self.statements[query as usize]
    }

    pub(super) async fn one(&self, query: Query, parameters: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>> {
        Ok(self.client.query_opt(self.statement(query), parameters).await?)
    }

    pub(super) async fn all(&self, query: Query, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        Ok(self.client.query(self.statement(query), parameters).await?)
    }

    pub(super) async fn run(&self, query: Query, parameters: &[&(dyn ToSql + Sync)]) -> Result<()> {
        self.client.execute(self.statement(query), parameters).await?;
        Ok(())
    }

    pub(super) async fn stream(&self, query: Query, parameters: &[i64]) -> Result<RowStream> {
        Ok(self.client.query_raw(self.statement(query), parameters.iter().copied()).await?)
    }

    /// Runs commands without parameters or answers.
    pub(super) async fn say(&self, commands: &str) -> Result<()> {
        Ok(self.client.batch_execute(commands).await?)
    }
}

/// Connects and sets the session up; the store may not be there.
pub(super) async fn connect(
    place: &PostgresPlace,
    patience: Duration,
    listener: impl Listener,
) -> Result<Client> {
    let (config, tls) = place.way()?;
    let deadline = Instant::now() + CONNECTING.min(patience);
    let client = match tls {
        Some(tls) => {
            let (client, connection) = timeout_at(deadline, config.connect(Tls(tls))).await??;
            tokio::spawn(drive(connection, listener));
            client
        }
        None => {
            let (client, connection) = timeout_at(deadline, config.connect(NoTls)).await??;
            tokio::spawn(drive(connection, listener));
            client
        }
    };
    // Names stand for what the server itself has, or are written with their schema. A client that stops in the middle
    // of a transaction must not stop the others. What is committed is on the disk; a stricter setting stays.
    let patience = patience.as_millis().max(1);
    let set_up = format!(
        "SET search_path = ''; SET statement_timeout = {patience}; \
         SET lock_timeout = {lease}; SET idle_in_transaction_session_timeout = {patience}; \
         SELECT set_config('synchronous_commit', 'on', false) \
         WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')",
        lease = super::watch::LETTING_GO.as_millis(),
    );
    timeout_at(deadline, client.batch_execute(&set_up)).await??;
    Ok(client)
}

/// Moves bytes until the connection ends.
async fn drive<S, T>(mut connection: Connection<S, T>, listener: impl Listener)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(AsyncMessage::Notification(heard))) => listener.heard(heard.payload()),
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                tracing::debug!(%error, "a connection to the store is lost");
                break;
            }
            None => break,
        }
    }
    listener.ended();
}

/// The connections of a store for reading and writing.
pub(super) struct Links {
    pub(super) place: PostgresPlace,
    pub(super) patience: Duration,
    idle: Mutex<Vec<Arc<Link>>>,
    permits: Semaphore,
}

impl Links {
    pub(super) fn new(place: PostgresPlace, patience: Duration) -> Self {
        Self { place, patience, idle: Mutex::new(Vec::new()), permits: Semaphore::new(MOST) }
    }

    /// When an operation that starts now gives up.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.patience
    }

    /// Closes what is not in use.
    pub(super) fn close(&self) {
        self.idle.lock().clear();
    }

    /// Does something on a connection that nobody else uses, and again on another one when it is lost. Only for what
    /// may be done twice.
    pub(super) async fn with<T, F, Done>(&self, work: F) -> Result<T>
    where
        F: Fn(Arc<Link>) -> Done,
        Done: Future<Output = Result<T>>,
    {
        let deadline = self.deadline();
        let _permit = self.permit(deadline).await?;
        loop {
            let link = self.take(deadline).await?;
            let outcome = match timeout_at(deadline, work(link.clone())).await {
                Ok(outcome) => outcome,
                // Its answer may still come; the connection is dropped with it.
                Err(late) => return Err(late.into()),
            };
            match outcome {
                Err(trouble) if link.client.is_closed() || trouble.is_lost() => {
                    if Instant::now() >= deadline {
                        return Err(trouble);
                    }
                }
                Ok(answer) => {
                    self.give_back(link);
                    return Ok(answer);
                }
                // What it left open, a transaction say, ends with the connection.
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Shows what changed after `since`, and sends it row by row. What was sent can't be taken back, so a connection
    /// that is lost later ends the scan.
    pub(super) async fn scan(&self, since: Stamp, tell: Sender<Row>) -> Result<Scan> {
        let deadline = self.deadline();
        let _permit = self.permit(deadline).await?;
        loop {
            let link = self.take(deadline).await?;
            let mut rows = Rows { tell: &tell, patience: self.patience, sent: false };
            match read::scan(&link, since, &mut rows).await {
                Ok(scan) => {
                    self.give_back(link);
                    return Ok(scan);
                }
                Err(trouble) if trouble.is_lost() && !rows.sent && Instant::now() < deadline => {}
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Waits for a turn to use a connection, of which there are [`MOST`].
    pub(super) async fn permit(&self, deadline: Instant) -> Result<Option<SemaphorePermit<'_>>> {
        // It is never closed.
        Ok(timeout_at(deadline, self.permits.acquire()).await?.ok())
    }

    /// A connection that is not in use, or a new one.
    pub(super) async fn take(&self, deadline: Instant) -> Result<Arc<Link>> {
        loop {
            let idle = self.idle.lock().pop();
            match idle {
                Some(link) if link.client.is_closed() => {}
                Some(link) => return Ok(link),
                None => break,
            }
        }
        let open = || Link::open(&self.place, self.patience, Deaf);
        Ok(Arc::new(patiently(deadline, open).await?))
    }

    pub(super) fn give_back(&self, link: Arc<Link>) {
        if !link.client.is_closed() {
            self.idle.lock().push(link);
        }
    }
}

/// Tries to connect until it succeeds, the server refuses for good, or time is up.
pub(super) async fn patiently<T, F, Done>(deadline: Instant, connect: F) -> Result<T>
where
    F: Fn() -> Done,
    Done: Future<Output = Result<T>>,
{
    let mut pause = PAUSES.0;
    loop {
        match connect().await {
            Err(trouble) if trouble.is_lost() => {
                let wait = jittered(pause);
                if Instant::now() + wait >= deadline {
                    return Err(trouble);
                }
                tracing::debug!(?trouble, "the store's server can't be reached; trying again");
                sleep(wait).await;
                pause = (pause * 2).min(PAUSES.1);
            }
            outcome => return outcome,
        }
    }
}

/// Between half and all of a pause, so that machines that lost a server together don't come back together.
pub(super) fn jittered(pause: Duration) -> Duration {
    let mut byte = [0];
    // Without randomness the pause is the longest.
    let share = if getrandom::fill(&mut byte).is_ok() { u32::from(byte[0]) } else { 255 };
    pause / 2 + pause / 2 * share / 255
}
