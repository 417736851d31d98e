//! Whether a key may be used with a mechanism (PKCS #11 v3.1 section 4.7 and the `..._INIT` functions).

use crate::attribute::Value;
use crate::engine::Mechanism;
use crate::object::{Object, key};
use crate::{AttributeType, Error, Result};

/// Whether `object` may be used as `usage` asks, by a mechanism that can do it.
pub(crate) fn check(object: &Object, usage: AttributeType, mechanism: &dyn Mechanism) -> Result<()> {
    if !object.class.is_key() || !usage.row().applies_to(object.class, object.key_type) {
        return Err(Error::KeyTypeInconsistent(mechanism.id()));
    }
    if !object.key_type.is_some_and(|key_type| mechanism.key_types().contains(&key_type)) {
        return Err(Error::KeyTypeInconsistent(mechanism.id()));
    }
    if !object.flag(usage) {
        return Err(Error::KeyFunctionNotPermitted(usage));
    }
    check_allowed(object, mechanism)?;
    check_size(key::size(object).unwrap_or(0), mechanism)
}

/// Whether the key's list of mechanisms has this one. An empty list restricts nothing.
pub(crate) fn check_allowed(object: &Object, mechanism: &dyn Mechanism) -> Result<()> {
    match object.public.value(AttributeType::AllowedMechanisms) {
        Some(Value::Mechanisms(allowed)) if !allowed.is_empty() && !allowed.contains(&mechanism.id()) => {
            Err(Error::MechanismInvalid(mechanism.id()))
        }
        _ => Ok(()),
    }
}

/// Whether a key of this size goes with the mechanism.
pub(crate) fn check_size(size: u32, mechanism: &dyn Mechanism) -> Result<()> {
    if mechanism.key_sizes().contains(&size) { Ok(()) } else { Err(Error::KeySizeRange(mechanism.id())) }
}

/// Whether the key's user has to give the PIN before each use.
pub(crate) fn asks_each_time(object: &Object) -> bool {
    object.flag(AttributeType::AlwaysAuthenticate)
}

/// Whether a key may be used where no one can be asked for a PIN.
pub(crate) fn check_unattended(object: &Object) -> Result<()> {
    if asks_each_time(object) { Err(Error::KeyAlwaysAuthenticates) } else { Ok(()) }
}
