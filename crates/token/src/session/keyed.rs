//! What all operations with a key have in common: the call, the key that is ready for it, and under which login and
//! after which PIN it may be used.

use super::{Lease, Session};
use crate::engine::{KeyLoader, LoadedKey, Mechanism};
use crate::object::ObjectHandle;
use crate::policy::usage;
use crate::token::{Shared, View};
use crate::{AttributeType, Error, MechanismCall, Result};

/// A key that is ready for an operation.
pub(super) struct Keyed {
    pub(super) call: MechanismCall,
    pub(super) key: LoadedKey,
    pub(super) lease: Lease,
    /// Whether the key's user has to give the PIN first.
    pub(super) awaits_pin: bool,
}

/// What a mechanism has to offer an operation, and who parses the keys for it.
pub(super) type Capability<C> = (C, &'static dyn KeyLoader);

impl Keyed {
    pub(super) fn check_ready(&self) -> Result<()> {
        if self.awaits_pin { Err(Error::UserNotLoggedIn) } else { Ok(()) }
    }

    /// Lets an answer go out. A logout while the engine was at work takes it back.
    pub(super) fn give(&self, token: &Shared, used: Result<usize>, place: &mut [u8]) -> Result<usize> {
        if self.lease.is_valid(token) {
            return used;
        }
        place.fill(0);
        Err(Error::OperationNotInitialized)
    }
}

impl Session {
    /// Prepares a key, if it may be used so by this mechanism.
    pub(super) fn keyed<C>(
        &self,
        view: &View,
        call: MechanismCall,
        key: ObjectHandle,
        used_to: AttributeType,
        capability: impl FnOnce(&'static dyn Mechanism) -> Option<Capability<C>>,
    ) -> Result<(Keyed, C)> {
        let mechanism = self.mechanism(call.mechanism)?;
        let (capability, loader) = capability(mechanism).ok_or(Error::MechanismInvalid(call.mechanism))?;
        let entry = self.token.key_entry(view, key)?;
        usage::check(&entry.object, used_to, mechanism)?;
        let key = view.open(&entry.object)?.key(&entry.object, loader)?;
        let lease = Lease::of(view, &entry.object);
        let awaits_pin = usage::asks_each_time(&entry.object);
        Ok((Keyed { call, key, lease, awaits_pin }, capability))
    }
}
