//! What a token derives keys from, and how short they may be (PKCS #11 v3.2 section 5.18.5).

use crate::engine::Mechanism;
use crate::object::{Object, ObjectClass};
use crate::policy::usage;
use crate::{AttributeType, Error, Parameters, Result};

/// The fewest bytes that a shared secret may be cut to: 112 bits.
const MIN_LEN: usize = 14;

/// Whether a key may go into a derivation beside the base key, as a salt or a field.
pub(crate) fn check_part(object: &Object, mechanism: &dyn Mechanism) -> Result<()> {
    if object.class != ObjectClass::SecretKey {
        return Err(Error::KeyTypeInconsistent(mechanism.id()));
    }
    if !object.flag(AttributeType::Derive) {
        return Err(Error::KeyFunctionNotPermitted(AttributeType::Derive));
    }
    usage::check_allowed(object, mechanism)
}

/// Whether so many bytes may be derived. Where the derived key is the start of the base's own secret, keys of one
/// byte, then two, then three give that secret away by trying.
pub(crate) fn check_len(parameters: &Parameters, len: Option<usize>) -> Result<()> {
    let cut = matches!(parameters, Parameters::Ecdh { kdf: None, .. });
    if cut { check_cut(len) } else { Ok(()) }
}

/// Whether a shared secret may be cut to so many bytes.
pub(crate) fn check_cut(len: Option<usize>) -> Result<()> {
    if len.is_some_and(|len| len < MIN_LEN) {
        return Err(Error::TemplateInconsistent(AttributeType::ValueLen));
    }
    Ok(())
}
