//! Sessions: who may do what through one, and the operations that run in it. An operation's own steps live
//! in the files named after it; when one starts, goes on and ends, in [`cell`].

mod cell;
mod cipher;
mod decrypt;
mod derive;
mod digest;
mod dual;
mod encapsulate;
mod encrypt;
mod generate;
mod iv;
mod key_block;
mod keyed;
mod made;
mod message;
mod message_sign;
mod objects;
mod operations;
mod recover;
mod sign;
mod state;
#[cfg(test)]
mod tests;
mod verify;
mod wiped;
mod wrap;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicBool, Ordering};

use hashbrown::HashMap;

pub use cell::{Output, Room};
pub use derive::DerivedKeys;
pub use iv::IvGenerator;
pub use message::CipherMessage;
pub(crate) use message::takes_messages;
pub use operations::OperationKind;
pub(crate) use operations::Operations;
pub(crate) use sign::sign;

use crate::engine::Mechanism;
use crate::object::Object;
use crate::sync::{Locked, Mutex};
use crate::token::{Shared, View};
use crate::{EngineError, Error, Login, MechanismType, Result, UserType};

/// A session's number within its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionNumber(u64);

/// What a session may do to token objects (`CKF_RW_SESSION`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionAccess {
    /// Read them.
    ReadOnly,
    /// Create, change and destroy them too.
    ReadWrite,
}

/// A session on a token. Any thread may use it; calls on one session wait for each other, calls on different
/// sessions don't. Dropping it closes it (`C_CloseSession`), and closing the last one logs out.
pub struct Session {
    token: Arc<Shared>,
    core: Arc<SessionCore>,
}

/// What the token knows of a session.
pub(crate) struct SessionCore {
    pub(crate) number: SessionNumber,
    pub(crate) access: SessionAccess,
    closed: AtomicBool,
    operations: Mutex<Operations>,
}

/// The login under which an operation with a private key runs; it ends with that login.
#[derive(Clone, Copy, Debug)]
struct Lease(Option<u32>);

/// What a session is and who is logged in (`CK_SESSION_INFO`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionInfo {
    /// What it may do to token objects.
    pub access: SessionAccess,
    /// Who is logged in.
    pub login: Login,
}

impl Lease {
    fn of(view: &View, object: &Object) -> Self {
        Self(object.is_private().then_some(view.epoch))
    }

    fn is_valid(self, token: &Shared) -> bool {
        self.0.is_none_or(|epoch| epoch == token.epoch())
    }
}

/// The operations of a session while a call works with them.
struct Running<'call> {
    session: &'call Session,
    operations: Locked<'call, Operations>,
    /// Dropped after the lock has been given back.
    _leaving: Leaving<'call>,
}

/// Who closes a session while a call is running in it finds its operations locked, so the call ends them.
struct Leaving<'call>(&'call SessionCore);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if self.0.is_closed() {
            self.0.end_operations();
        }
    }
}

impl Deref for Running<'_> {
    type Target = Operations;

    fn deref(&self) -> &Operations {
        &self.operations
    }
}

impl DerefMut for Running<'_> {
    fn deref_mut(&mut self) -> &mut Operations {
        &mut self.operations
    }
}

impl Drop for Running<'_> {
    /// Neither a logout nor the end of an object waits for a call that is running: what the call leaves behind ends
    /// here.
    fn drop(&mut self) {
        self.session.enter(&mut self.operations);
    }
}

impl Session {
    pub(crate) fn new(token: Arc<Shared>, core: Arc<SessionCore>) -> Self {
        Self { token, core }
    }

    /// Closes the session (`C_CloseSession`): its operations and its own objects end, and closing the last one logs
    /// out. Dropping a session does the same. A call that is running in it does not keep it open.
    pub fn close(&self) {
        if self.core.close() {
            self.token.close_session(self.core.number);
        }
    }

    /// Whether it was closed, by itself or with all others of its token.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.core.is_closed()
    }

    /// What the session is (`C_GetSessionInfo`).
    ///
    /// # Errors
    /// [`Error::SessionClosed`].
    pub fn info(&self) -> Result<SessionInfo> {
        Ok(SessionInfo { access: self.core.access, login: self.view()?.login })
    }

    /// Logs a user in, for all sessions of the token (`C_Login`).
    ///
    /// # Errors
    /// [`Error::PinIncorrect`], [`Error::PinLocked`], [`Error::UserPinNotInitialized`], or that someone is
    /// logged in already.
    pub fn login(&self, user: UserType, pin: &[u8]) -> Result<()> {
        self.check_open()?;
        self.token.log_in(user, pin)
    }

    /// Logs out, for all sessions of the token (`C_Logout`). Private objects are gone at once, for running
    /// operations too.
    ///
    /// # Errors
    /// [`Error::UserNotLoggedIn`].
    pub fn logout(&self) -> Result<()> {
        self.check_open()?;
        self.token.log_out()
    }

    /// Sets the user's PIN, as the security officer (`C_InitPIN`).
    ///
    /// # Errors
    /// [`Error::UserNotLoggedIn`] unless the security officer is logged in; [`Error::PinLength`].
    pub fn init_pin(&self, pin: &[u8]) -> Result<()> {
        self.check_open()?;
        self.token.init_pin(pin)
    }

    /// Changes the PIN of whoever is logged in, or the user's when no one is (`C_SetPIN`).
    ///
    /// # Errors
    /// [`Error::PinIncorrect`] or [`Error::PinLocked`] for the old PIN, [`Error::PinLength`] for the new one,
    /// [`Error::SessionReadOnly`].
    pub fn set_pin(&self, old: &[u8], new: &[u8]) -> Result<()> {
        self.check_open()?;
        if self.core.access == SessionAccess::ReadOnly {
            return Err(Error::SessionReadOnly);
        }
        self.token.set_pin(old, new)
    }

    /// Fills `out` with random bytes (`C_GenerateRandom`).
    ///
    /// # Errors
    /// [`Error::Random`] when no safe randomness is to be had.
    pub fn generate_random(&self, out: &mut [u8]) -> Result<()> {
        self.check_open()?;
        Ok(self.token.random.fill(out)?)
    }

    /// Mixes `seed` into the random generator (`C_SeedRandom`). It counts as no entropy.
    ///
    /// # Errors
    /// [`Error::Random`] when the generator is not running.
    pub fn seed_random(&self, seed: &[u8]) -> Result<()> {
        self.check_open()?;
        Ok(self.token.random.mix(seed)?)
    }

    /// Cancels the operation of a kind (`C_SessionCancel`); whether there was one.
    ///
    /// # Errors
    /// [`Error::SessionClosed`].
    pub fn cancel(&self, kind: OperationKind) -> Result<bool> {
        Ok(self.operations()?.cancel(kind))
    }

    /// The token that the session is on.
    pub(crate) fn token(&self) -> &Shared {
        &self.token
    }

    /// The token's state, if the session is open.
    pub(crate) fn view(&self) -> Result<View> {
        self.check_open()?;
        self.token.view()
    }

    /// Whether the session is open, and so its token initialised: one that is no more closes its sessions.
    fn check_open(&self) -> Result<()> {
        if self.is_closed() { Err(Error::SessionClosed) } else { Ok(()) }
    }

    /// The operations of an open session, locked for one call. Those whose login has ended are ended first, so that
    /// they neither go on nor stand in the way of new ones.
    fn operations(&self) -> Result<Running<'_>> {
        self.check_open()?;
        let mut operations = self.core.operations.lock();
        self.enter(&mut operations);
        Ok(Running { session: self, operations, _leaving: Leaving(&self.core) })
    }

    fn enter(&self, operations: &mut Operations) {
        operations.enter(self.token.epoch(), self.token.changes());
    }

    /// Whether the token has the mechanism with this number.
    ///
    /// # Errors
    /// [`Error::MechanismInvalid`] when it does not.
    pub fn check_mechanism(&self, id: MechanismType) -> Result<()> {
        self.mechanism(id).map(|_| ())
    }

    /// The mechanism with this number.
    fn mechanism(&self, id: MechanismType) -> Result<&'static dyn Mechanism> {
        self.token.mechanism(id)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close();
    }
}

impl SessionCore {
    /// Refuses all further calls, and ends all operations but one that is running now, which its own thread ends.
    /// Whether the session was still open.
    pub(crate) fn close(&self) -> bool {
        let was_open = !self.closed.swap(true, Ordering::AcqRel);
        if was_open {
            self.end_operations();
        }
        was_open
    }

    fn end_operations(&self) {
        if let Some(mut operations) = self.operations.try_lock() {
            operations.end();
        }
    }

    /// Whether it was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Lets go of the key that was used last. A call that is running now does so at its end.
    fn let_go(&self) {
        if let Some(mut operations) = self.operations.try_lock() {
            operations.held = None;
        }
    }

    /// Cancels operations with private keys. One that is running now is left to its own thread, which finds
    /// that its login has ended.
    pub(crate) fn cancel_private(&self) {
        if let Some(mut operations) = self.operations.try_lock() {
            operations.cancel_leased(|lease| lease.0.is_some());
        }
    }
}

/// The open sessions of a token.
#[derive(Default)]
pub(crate) struct Sessions {
    last: u64,
    open: HashMap<SessionNumber, Arc<SessionCore>>,
}

impl Sessions {
    pub(crate) fn open(&mut self, access: SessionAccess) -> Arc<SessionCore> {
        self.last += 1;
        let number = SessionNumber(self.last);
        let core = Arc::new(SessionCore {
            number,
            access,
            closed: AtomicBool::new(false),
            operations: Mutex::default(),
        });
        self.open.insert(number, core.clone());
        core
    }

    /// Forgets a session; whether it was the last one.
    pub(crate) fn close(&mut self, number: SessionNumber) -> bool {
        self.open.remove(&number).is_some() && self.open.is_empty()
    }

    /// Lets no session keep the key that it used last.
    pub(crate) fn let_go_of_keys(&self) {
        self.open.values().for_each(|core| core.let_go());
    }

    pub(crate) fn take_all(&mut self) -> Vec<Arc<SessionCore>> {
        self.open.drain().map(|(_, core)| core).collect()
    }

    pub(crate) fn all(&self) -> Vec<Arc<SessionCore>> {
        self.open.values().cloned().collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn has_read_only(&self) -> bool {
        self.open.values().any(|core| core.access == SessionAccess::ReadOnly)
    }
}

/// An engine's error, with the mechanism that it concerns.
fn engine_error(mechanism: MechanismType) -> impl Fn(EngineError) -> Error {
    move |error| match error {
        EngineError::ParametersInvalid => Error::MechanismParamInvalid(mechanism),
        EngineError::SignatureInvalid => Error::SignatureInvalid,
        EngineError::StateInvalid => Error::SavedStateInvalid,
        EngineError::Unsupported
        | EngineError::KeyInvalid
        | EngineError::DataLength
        | EngineError::DecryptionFailed
        | EngineError::Random(_)
        | EngineError::Failed => Error::Engine(error),
    }
}
