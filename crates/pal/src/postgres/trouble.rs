//! What can go wrong inside the PostgreSQL store, before it is known where, and how that becomes the crate's
//! [`Error`].
//!
//! The meaning of PostgreSQL's codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use std::{error, fmt, io};

use tokio_postgres::error::SqlState;

use super::place::PostgresPlace;
use super::schema;
use crate::{Error, Label};

/// An error without its place.
#[derive(Debug)]
pub(super) enum Trouble {
    Postgres(tokio_postgres::Error),
    /// The server did not answer in time.
    Late,
    /// The way there would go through a network in the clear.
    NoTls,
    /// The thread that talks to the server could not be started, or has ended.
    Thread(io::Error),
    /// No store is there.
    Missing,
    /// One is there already.
    Exists,
    /// Not a store at all, or one whose contents can't be.
    Damaged(&'static str),
    Newer {
        found: u32,
    },
    Conflict(Label),
    TooLarge {
        len: usize,
        max: usize,
    },
    /// The role may read and not write.
    ReadOnly,
    /// The connection was lost while a change was being committed, and what became of it can't be found out.
    InDoubt,
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<tokio::time::error::Elapsed> for Trouble {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self::Late
    }
}

impl Trouble {
    pub(super) fn code(&self) -> Option<&SqlState> {
        if let Self::Postgres(error) = self { error.code() } else { None }
    }

    /// Whether the connection is of no more use, and another one may be.
    pub(super) fn is_lost(&self) -> bool {
        let Self::Postgres(error) = self else { return matches!(self, Self::Late) };
        if let Some(code) = error.code() {
            return matches!(
                *code,
                SqlState::ADMIN_SHUTDOWN
                    | SqlState::CRASH_SHUTDOWN
                    | SqlState::CANNOT_CONNECT_NOW
                    | SqlState::TOO_MANY_CONNECTIONS
                    | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
            ) || code.code().starts_with("08");
        }
        let cause = error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
        // What TLS refuses, and a name that is none, is refused the next time too.
        error.is_closed()
            || cause.is_some_and(|cause| {
                !matches!(cause.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
            })
    }

    /// Whether the transaction was undone only because of what others did meanwhile.
    pub(super) fn is_contention(&self) -> bool {
        matches!(self.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED))
    }

    /// Says where it happened.
    pub(super) fn at(self, place: &PostgresPlace) -> Error {
        let name = place.name();
        match self {
            Self::Postgres(error) => postgres(error, name),
            Self::NoTls => Error::Address {
                why: format!("the way to {name} needs TLS (sslrootcert), or sslmode=disable to go without"),
            },
            Self::Late => medium(name, io::Error::new(io::ErrorKind::TimedOut, "no answer came in time")),
            Self::Thread(error) => medium(name, error),
            Self::Missing => Error::Missing { place: name },
            Self::Exists => Error::Exists { place: name },
            Self::Damaged(why) => Error::NotAStore { place: name, why: why.into() },
            Self::Newer { found } => Error::Newer { place: name, found, known: schema::FORMAT },
            Self::Conflict(label) => Error::Conflict { label },
            Self::TooLarge { len, max } => Error::TooLarge { len, max },
            Self::ReadOnly => Error::ReadOnly { place: name },
            Self::InDoubt => Error::InDoubt { place: name },
        }
    }
}

fn medium(place: String, source: impl error::Error + Send + Sync + 'static) -> Error {
    Error::Medium { place, source: Box::new(source) }
}

fn postgres(error: tokio_postgres::Error, place: String) -> Error {
    match error.code() {
        Some(
            &SqlState::DISK_FULL
            | &SqlState::OUT_OF_MEMORY
            | &SqlState::INSUFFICIENT_RESOURCES
            | &SqlState::CONFIGURATION_LIMIT_EXCEEDED,
        ) => Error::Full { place },
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => Error::ReadOnly { place },
        Some(
            &SqlState::LOCK_NOT_AVAILABLE
            | &SqlState::QUERY_CANCELED
            | &SqlState::T_R_SERIALIZATION_FAILURE
            | &SqlState::T_R_DEADLOCK_DETECTED,
        ) => Error::Busy { place },
        // No statement of ours breaks a constraint of a sound store, and one that was found whole has its tables.
        Some(code) if code.code().starts_with("23") || code.code().starts_with("XX") => {
            Error::NotAStore { place, why: Said(error).to_string() }
        }
        _ => medium(place, Said(error)),
    }
}

/// What the driver says with what lies behind it: alone it says no more than "db error".
#[derive(Debug)]
struct Said(tokio_postgres::Error);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(said) = self.0.as_db_error() {
            return write!(f, "{} ({})", said.message(), said.code().code());
        }
        write!(f, "{}", self.0)?;
        let mut cause = error::Error::source(&self.0);
        while let Some(next) = cause {
            write!(f, ": {next}")?;
            cause = next.source();
        }
        Ok(())
    }
}

impl error::Error for Said {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        error::Error::source(&self.0)
    }
}
