//! How derived bytes become keys: one after the other, and TLS's key block as RFC 5246 section 6.3 has it (PKCS #11
//! v3.2 section 6.40).

use alloc::vec::Vec;

use crate::{
    AttributeType, Error, KeyType, MechanismCall, MechanismType, Parameters, Result, Secret, Template,
};

/// What only an encryption key of a key block can be asked to do.
const OF_ENCRYPTION: [AttributeType; 4] =
    [AttributeType::Encrypt, AttributeType::Decrypt, AttributeType::Wrap, AttributeType::Unwrap];

/// The length of each key; `None` leaves it to the mechanism.
type Lens = Vec<Option<usize>>;

/// The two initialisation vectors of a key block.
type Ivs = Option<(Vec<u8>, Vec<u8>)>;

/// The templates of all keys that a call makes, and their lengths where the parameters say them.
pub(super) fn split(
    call: &mut MechanismCall,
    mut templates: Vec<Template>,
) -> Result<(Vec<Template>, Option<Lens>)> {
    let many = matches!(call.parameters, Parameters::Kbkdf { .. });
    let template = match templates.pop() {
        Some(template) if templates.is_empty() => template,
        Some(last) if many => {
            templates.push(last);
            return Ok((templates, None));
        }
        _ => return Err(Error::MechanismParamInvalid(call.mechanism)),
    };
    let Parameters::TlsKeyBlock { mac_len, key_len, iv_len, .. } = &mut call.parameters else {
        return Ok((alloc::vec![template], None));
    };
    if call.mechanism == MechanismType::TLS12_KEY_SAFE_DERIVE {
        *iv_len = 0;
    }
    let mut keys = Vec::new();
    let mut lens = Lens::new();
    for len in [*mac_len, *mac_len].into_iter().filter(|len| *len > 0) {
        keys.push(mac_template(&template));
        lens.push(Some(len));
    }
    for len in [*key_len, *key_len].into_iter().filter(|len| *len > 0) {
        let mut key = template.without_secrets();
        key.values.remove(AttributeType::ValueLen);
        keys.push(key);
        lens.push(Some(len));
    }
    Ok((keys, Some(lens)))
}

/// The template of a MAC key: a generic secret, whatever the encryption keys are.
fn mac_template(template: &Template) -> Template {
    let mut mac = template.without_secrets();
    mac.values.remove(AttributeType::ValueLen);
    for usage in OF_ENCRYPTION {
        mac.values.remove(usage);
    }
    mac.values.set(AttributeType::KeyType, KeyType::GenericSecret.code());
    mac
}

/// The value of each key, and what comes behind them.
pub(super) fn cut(
    bytes: &Secret,
    parameters: &Parameters,
    lens: &[Option<usize>],
) -> Result<(Vec<Secret>, Ivs)> {
    if let [None] = lens {
        return Ok((alloc::vec![Secret::copied(bytes.expose())], None));
    }
    let mut rest = bytes.expose();
    let mut next = |len: usize| {
        let (part, behind) = rest.split_at_checked(len).ok_or(crate::EngineError::Failed)?;
        rest = behind;
        Ok::<_, Error>(part)
    };
    let mut values = Vec::new();
    for len in lens {
        values.push(Secret::copied(next(len.unwrap_or_default())?));
    }
    let ivs = match parameters {
        Parameters::TlsKeyBlock { iv_len, .. } => Some((next(*iv_len)?.to_vec(), next(*iv_len)?.to_vec())),
        _ => None,
    };
    Ok((values, ivs))
}
