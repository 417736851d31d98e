//! What a token derives keys from, and how short they may be (PKCS #11 v3.2 section 5.18.5).

use crate::attribute::Value;
use crate::engine::Mechanism;
use crate::object::{Object, ObjectClass};
use crate::policy::usage;
use crate::{AttributeType, Error, MechanismType, Parameters, Result, Template};

/// What a key that holds others' bytes may do only if they all may.
const INHERITED: [AttributeType; 8] = [
    AttributeType::Encrypt,
    AttributeType::Decrypt,
    AttributeType::Sign,
    AttributeType::Verify,
    AttributeType::Wrap,
    AttributeType::Unwrap,
    AttributeType::Derive,
    AttributeType::Extractable,
];

/// What a key that holds others' bytes is if one of them is.
const SPREADING: [AttributeType; 2] = [AttributeType::Sensitive, AttributeType::WrapWithTrusted];

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

/// Makes the template of a key that holds its bases' bytes as narrow as they are: it is no more than they are, and says
/// so where it says nothing. Else an XOR with zeros were a copy with whatever attributes its maker likes, and a base
/// with a zero behind it the same key to an HMAC.
pub(crate) fn inherit<'a>(
    mechanism: MechanismType,
    bases: impl Iterator<Item = &'a Object> + Clone,
    template: &mut Template,
) -> Result<()> {
    let holds_bases = matches!(
        mechanism,
        MechanismType::CONCATENATE_BASE_AND_KEY
            | MechanismType::CONCATENATE_BASE_AND_DATA
            | MechanismType::CONCATENATE_DATA_AND_BASE
            | MechanismType::XOR_BASE_AND_DATA
    );
    if !holds_bases {
        return Ok(());
    }
    let denied = INHERITED.into_iter().filter(|attribute| bases.clone().any(|base| !base.flag(*attribute)));
    let spread = SPREADING.into_iter().filter(|attribute| bases.clone().any(|base| base.flag(*attribute)));
    for (attribute, bound) in denied.map(|one| (one, false)).chain(spread.map(|one| (one, true))) {
        let given = template.values.value(attribute).and_then(Value::as_bool);
        if given.is_some_and(|given| given != bound) {
            return Err(Error::TemplateInconsistent(attribute));
        }
        template.values.set(attribute, bound);
    }
    Ok(())
}
