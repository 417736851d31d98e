//! What all operations with a key have in common: the call, the key that is ready for it, and under which login and
//! after which PIN it may be used.

use alloc::sync::Arc;

use super::{Lease, Operations, Session};
use crate::engine::{KeyLoader, LoadedKey, Mechanism};
use crate::object::{Entry, ObjectHandle};
use crate::policy::usage;
use crate::token::{Shared, View};
use crate::{AttributeType, Error, MechanismCall, MechanismType, Result};

/// A key that is ready for an operation.
pub(super) struct Keyed {
    pub(super) call: MechanismCall,
    ready: Arc<Ready>,
    /// Whether the key's user has to give the PIN first.
    pub(super) awaits_pin: bool,
}

/// A key that may be used in one way by one mechanism.
///
/// A session holds the one that it used last. Who uses a key again and again asks for it once, and after that writes
/// to no memory that another session with the same key writes to, as the catalog's lock and a key's count are.
pub(super) struct Ready {
    handle: ObjectHandle,
    used_to: AttributeType,
    mechanism: MechanismType,
    lease: Lease,
    /// Whether the PIN has to be given before each use.
    asks: bool,
    key: LoadedKey,
}

/// What a mechanism has to offer an operation, and who parses the keys for it.
pub(super) type Capability<C> = (C, &'static dyn KeyLoader);

impl Ready {
    /// The key as the mechanism's engine wants it.
    pub(super) fn key(&self) -> &LoadedKey {
        &self.key
    }
}

impl Keyed {
    pub(super) fn new(call: MechanismCall, ready: Arc<Ready>) -> Self {
        Self { call, awaits_pin: ready.asks, ready }
    }

    /// The key as the mechanism's engine wants it.
    pub(super) fn key(&self) -> &LoadedKey {
        &self.ready.key
    }

    pub(super) fn lease(&self) -> Lease {
        self.ready.lease
    }

    pub(super) fn check_ready(&self) -> Result<()> {
        if self.awaits_pin { Err(Error::UserNotLoggedIn) } else { Ok(()) }
    }

    /// Whether the next part, or the end of all, may come.
    pub(super) fn check_part(&self) -> Result<()> {
        self.check_parts()?;
        self.check_ready()
    }

    /// Whether the data may come in parts: otherwise no operation that takes parts has been started.
    pub(super) fn check_parts(&self) -> Result<()> {
        if self.call.mechanism.takes_parts() { Ok(()) } else { Err(Error::OperationNotInitialized) }
    }

    /// Lets the next use wait for the PIN again, if the key wants it so.
    pub(super) fn ask_again(&mut self) {
        self.awaits_pin = self.ready.asks;
    }

    /// Lets an answer go out. A logout while the engine was at work takes it back.
    pub(super) fn give(&self, token: &Shared, answer: &mut [u8]) -> Result<()> {
        if self.lease().is_valid(token) {
            return Ok(());
        }
        answer.fill(0);
        Err(Error::OperationNotInitialized)
    }
}

/// The key of an entry, if it may be used so by the mechanism. Nothing of it is opened before that is clear.
pub(super) fn usable(
    view: &View,
    entry: &Entry,
    used_to: AttributeType,
    mechanism: &'static dyn Mechanism,
    loader: &'static dyn KeyLoader,
) -> Result<LoadedKey> {
    usage::check(&entry.object, used_to, mechanism)?;
    view.open(&entry.object)?.key(&entry.object, loader)
}

impl Session {
    /// A key that is ready, if it may be used so by this mechanism. What is wrong with the mechanism is told before what
    /// is wrong with the key.
    pub(super) fn ready<C>(
        &self,
        operations: &mut Operations,
        mechanism: MechanismType,
        handle: ObjectHandle,
        used_to: AttributeType,
        capability: impl FnOnce(&'static dyn Mechanism) -> Option<Capability<C>>,
    ) -> Result<(Arc<Ready>, C)> {
        let capable = self.mechanism(mechanism)?;
        let (capability, loader) = capability(capable).ok_or_else(|| Error::MechanismInvalid(mechanism))?;
        let is_same =
            |held: &Arc<Ready>| (held.handle, held.used_to, held.mechanism) == (handle, used_to, mechanism);
        let ready = match operations.held.take().filter(is_same) {
            Some(held) => held,
            None => {
                let changes = self.token.changes();
                let view = self.view()?;
                operations.enter(view.epoch, changes);
                let entry = self.token.key_entry(&view, handle)?;
                let key = usable(&view, &entry, used_to, capable, loader)?;
                let (lease, asks) = (Lease::of(&view, &entry.object), usage::asks_each_time(&entry.object));
                Arc::new(Ready { handle, used_to, mechanism, lease, asks, key })
            }
        };
        operations.held = Some(ready.clone());
        Ok((ready, capability))
    }
}
