//! Why a call of the C ABI failed. What each cause is called in C is `rv.rs`'s to say.

use std::sync::Arc;

use crate::config::ConfigError;

/// The result of what a call does.
pub(crate) type Result<T> = core::result::Result<T, Error>;

/// One variant a cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    /// The token refused or failed.
    #[error(transparent)]
    Token(#[from] portcullis_token::Error),
    /// The slot's token could not be opened when the library was initialised.
    #[error("the slot's token can't be used: {0}")]
    Slot(Arc<portcullis_token::Error>),
    /// There is no slot with this number.
    #[error("there is no such slot")]
    SlotIdInvalid,
    /// The configuration can't be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `C_Initialize` was not called, or not in this process.
    #[error("the library is not initialised in this process")]
    NotInitialized,
    /// `C_Initialize` was called twice.
    #[error("the library is already initialised")]
    AlreadyInitialized,
    /// An argument is not what the function takes.
    #[error("a bad argument: {0}")]
    ArgumentsBad(&'static str),
    /// There is no such session.
    #[error("there is no such session")]
    SessionHandleInvalid,
    /// A session that is not serial was asked for (a legacy of version 1).
    #[error("only serial sessions are supported")]
    ParallelSession,
    /// An asynchronous session was asked for.
    #[error("asynchronous sessions are not supported")]
    AsyncSession,
    /// No such user can log in here.
    #[error("there is no such type of user here")]
    UserTypeInvalid,
    /// The function is in the list because the standard wants it there; nothing of it is here.
    #[error("the function is not supported")]
    NotSupported,
    /// Functions that only parallel sessions had.
    #[error("the function is not running in parallel")]
    NotParallel,
    /// What goes with a message is none of the structures that there are for it.
    #[error("the message's parameters are not valid")]
    ParameterInvalid,
    /// A key was given with a saved state that holds none.
    #[error("the saved state needs no key")]
    KeyNotNeeded,
    /// Nothing has happened to any slot.
    #[error("no slot event has occurred")]
    NoEvent,
    /// The caller's buffer is too short; the length it needs has been written.
    #[error("the buffer is too short")]
    BufferTooSmall,
    /// The token knows no such attribute.
    #[error("the attribute type {0:#x} is not known")]
    AttributeUnknown(u64),
    /// The bytes are not a value of the attribute's kind.
    #[error("the value of the attribute {0:#x} is malformed")]
    AttributeMalformed(u64),
    /// The code stopped at a mistake of its own.
    #[error("an internal error")]
    Panicked,
}
