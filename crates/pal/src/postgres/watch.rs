//! Following the store's stamp. `docs/decisions/0021` has the reasons.
//!
//! A notification comes after the commit that it tells of, so that none has come means nothing yet. What lets a reader
//! answer without asking is a lease: a shared advisory lock on the stamp that it knows. A writer moves the stamp,
//! which notifies, and then waits until nobody holds the old stamp's lock any more, before it says that it is done.
//! So whoever learns of a change from the one who made it finds that no reader believes in the old stamp.
//!
//! A reader believes for [`LEASE`] after it last asked, and a writer waits for [`LETTING_GO`], which is longer: a
//! machine that is stopped or cut off can neither hold others up for longer, nor believe for longer.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_util::future;
use tokio::sync::Mutex as Turn;
use tokio::time::timeout_at;
use tokio_postgres::error::SqlState;

use super::driver::Driver;
use super::link::{self, Link, Links, Listener};
use super::read::{self, number};
use super::schema::Traits;
use super::trouble::Trouble;
use crate::Stamp;
use crate::sync::Mutex;

type Result<T> = core::result::Result<T, Trouble>;

/// How long after it last asked a reader believes that a stamp has not moved.
const LEASE: Duration = Duration::from_millis(500);

/// How long a writer waits for readers to let go of the old stamp.
pub(super) const LETTING_GO: Duration = Duration::from_millis(1000);

/// Follows the store's stamp over a connection of its own.
pub(super) struct Watch {
    traits: Traits,
    state: Mutex<State>,
    /// Held by the one who asks. Those who come meanwhile may take over what is asked after they came.
    turn: Turn<()>,
}

#[derive(Default)]
struct State {
    link: Option<Arc<Link>>,
    /// Counts connections, so that a late word from an old one is not taken for one from the new.
    connection: u64,
    /// The newest stamp that a notification told of on this connection.
    told: Stamp,
    /// The last answer, and when it was asked for.
    answer: Option<(Stamp, Instant)>,
    /// The stamp whose lock this connection holds.
    held: Option<Stamp>,
    /// Whether this connection hears notifications.
    hears: bool,
}

impl State {
    /// The stamp, if it need not be asked for.
    fn known(&self) -> Option<Stamp> {
        let (stamp, asked) = self.answer?;
        (self.held == Some(stamp) && asked.elapsed() < LEASE).then_some(stamp)
    }
}

impl Watch {
    pub(super) fn new(traits: Traits) -> Self {
        Self { traits, state: Mutex::new(State::default()), turn: Turn::new(()) }
    }

    /// Whether writers have readers to wait for.
    pub(super) fn has_leases(&self) -> bool {
        self.traits.has_leases
    }

    /// Closes the connection.
    pub(super) fn close(&self) {
        *self.state.lock() = State::default();
    }

    /// The stamp. Goes to the server only when it may have moved.
    pub(super) fn stamp(self: &Arc<Self>, driver: &Driver, links: &Arc<Links>) -> Result<Stamp> {
        if let Some(stamp) = self.state.lock().known() {
            return Ok(stamp);
        }
        let (watch, links) = (self.clone(), links.clone());
        driver.run(async move { watch.ask(&links).await })
    }

    /// Asks for the stamp, or takes the answer that another caller was given to a later question.
    async fn ask(self: &Arc<Self>, links: &Links) -> Result<Stamp> {
        let came = Instant::now();
        let deadline = links.deadline();
        let _turn = timeout_at(deadline, self.turn.lock()).await?;
        if let Some((stamp, asked)) = self.state.lock().answer
            && asked >= came
        {
            return Ok(stamp);
        }
        loop {
            let (link, connection) = self.link(links, deadline).await?;
            match timeout_at(deadline, self.ask_on(&link, connection)).await {
                Ok(Err(trouble)) if link.client.is_closed() || trouble.is_lost() => {
                    self.leave(connection);
                    if tokio::time::Instant::now() >= deadline {
                        return Err(trouble);
                    }
                }
                Ok(outcome) => return outcome,
                Err(late) => {
                    self.leave(connection);
                    return Err(late.into());
                }
            }
        }
    }

    async fn ask_on(&self, link: &Arc<Link>, connection: u64) -> Result<Stamp> {
        let (held, hears) = {
            let state = self.state.lock();
            (state.held, state.hears)
        };
        let asked = Instant::now();
        if !hears {
            let stamp = read::stamp(link).await?;
            self.state.lock().answer = Some((stamp, asked));
            return Ok(stamp);
        }
        if let Some(held) = held {
            let stamp = read::stamp(link).await?;
            if stamp == held {
                self.state.lock().answer = Some((stamp, asked));
                return Ok(stamp);
            }
            // The notification may have been faster, and have let go of it already.
            let still = self.state.lock().held.take();
            if let Some(still) = still {
                self.let_go_of(link, still).await?;
            }
        }
        self.hold(link, connection).await
    }

    /// Takes the lock of the newest stamp, and believes in it if nothing moved meanwhile.
    async fn hold(&self, link: &Arc<Link>, connection: u64) -> Result<Stamp> {
        let asked = Instant::now();
        let space = self.traits.space;
        let hold = format!(
            "SELECT stamp, pg_advisory_lock_shared({space}, (stamp % {KEYS})::integer)::text FROM {schema}.head",
            schema = link.schema(),
        );
        let (taken, stamp) = future::join(link.client.query_one(&hold, &[]), read::stamp(link)).await;
        let stamp = stamp?;
        let taken = match taken {
            Ok(row) => Stamp(number(&row, 0)?),
            // A writer still waits for others to let go of a stamp that has moved.
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => return Ok(stamp),
            Err(error) => return Err(error.into()),
        };
        let believed = {
            let mut state = self.state.lock();
            let still = state.connection == connection && state.link.is_some();
            let believed = still && taken == stamp && state.told <= stamp;
            state.answer = Some((stamp, asked));
            state.held = believed.then_some(stamp);
            believed
        };
        if !believed {
            self.let_go_of(link, taken).await?;
        }
        Ok(stamp)
    }

    async fn let_go_of(&self, link: &Link, held: Stamp) -> Result<()> {
        let space = self.traits.space;
        link.say(&format!("SELECT pg_advisory_unlock_shared({space}, {})", held.0 % KEYS)).await
    }

    /// Lets go of the stamp that a change of this store's own is about to move.
    pub(super) async fn let_go(&self) {
        let (held, link) = {
            let mut state = self.state.lock();
            (state.held.take(), state.link.clone())
        };
        if let (Some(held), Some(link)) = (held, link) {
            // A connection that fails holds nothing.
            let _ = self.let_go_of(&link, held).await;
        }
    }

    /// Waits until no reader believes in the stamp `old`, which has moved. To be sent right behind what moved it. Says
    /// whether it could be found out.
    pub(super) async fn wait_for_readers(&self, link: &Link, old: Stamp) -> bool {
        if !self.traits.has_leases {
            return true;
        }
        let space = self.traits.space;
        match link.say(&format!("SELECT pg_advisory_xact_lock({space}, {})", old.0 % KEYS)).await {
            Ok(()) => true,
            Err(trouble) => {
                tracing::debug!(?trouble, "readers of the store did not let go of an old stamp");
                trouble.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
            }
        }
    }

    /// The connection, or a new one.
    async fn link(
        self: &Arc<Self>,
        links: &Links,
        deadline: tokio::time::Instant,
    ) -> Result<(Arc<Link>, u64)> {
        {
            let state = self.state.lock();
            if let Some(link) = &state.link
                && !link.client.is_closed()
            {
                return Ok((link.clone(), state.connection));
            }
        }
        let open = || async {
            let connection = {
                let mut state = self.state.lock();
                *state = State { connection: state.connection + 1, ..State::default() };
                state.connection
            };
            let ear = Ear { watch: Arc::downgrade(self), connection };
            let link = Link::open(&links.place, links.patience, ear).await?;
            let hears = self.traits.has_leases && self.listen(&link).await?;
            Ok((Arc::new(link), connection, hears))
        };
        let (link, connection, hears) = link::patiently(deadline, open).await?;
        let mut state = self.state.lock();
        if state.connection == connection {
            state.link = Some(link.clone());
            state.hears = hears;
        }
        Ok((link, connection))
    }

    /// Starts to listen; says whether the server lets us. A standby does not, and is asked each time.
    async fn listen(&self, link: &Link) -> Result<bool> {
        match link.say(&format!("LISTEN {}", channel(self.traits))).await {
            Ok(()) => Ok(true),
            Err(trouble) if trouble.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }

    /// Forgets all that a connection told.
    fn leave(&self, connection: u64) {
        let mut state = self.state.lock();
        if state.connection == connection {
            *state = State { connection, ..State::default() };
        }
    }
}

/// How many advisory locks a store uses, one after the other.
const KEYS: u64 = 1 << 31;

/// Where writers tell of new stamps.
pub(super) fn channel(traits: Traits) -> String {
    format!("portcullis_{:08x}", traits.space)
}

/// Hears what a connection is told.
struct Ear {
    watch: Weak<Watch>,
    connection: u64,
}

impl Listener for Ear {
    fn heard(&self, payload: &str) {
        let (Some(watch), Ok(told)) = (self.watch.upgrade(), payload.parse()) else { return };
        let mut state = watch.state.lock();
        if state.connection != self.connection {
            return;
        }
        state.told = state.told.max(Stamp(told));
        let Some(held) = state.held.filter(|held| *held < state.told) else { return };
        state.held = None;
        let Some(link) = state.link.clone() else { return };
        drop(state);
        tokio::spawn(async move {
            // A connection that fails holds nothing.
            let _ = watch.let_go_of(&link, held).await;
        });
    }

    fn ended(&self) {
        if let Some(watch) = self.watch.upgrade() {
            watch.leave(self.connection);
        }
    }
}
