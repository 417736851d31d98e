//! HKDF (RFC 5869; PKCS #11 v3.2, `CKM_HKDF_DERIVE` and `CKM_HKDF_DATA`). The two give the same bytes: which
//! object becomes of them is the token's to say.

use portcullis_token::{EngineError, HashAlgorithm, HkdfSalt, KeyType, MechanismType, Parameters, Secret};

use super::super::raw::kdf;
use super::{BaseKey, Deriver, base_key, first, told};
use crate::shell::generate::SECRET_LENGTHS;
use crate::shell::loader::Loader;

pub(in super::super) static HKDF_DERIVE: Deriver<BaseKey<Hkdf>> = deriver(MechanismType::HKDF_DERIVE);
pub(in super::super) static HKDF_DATA: Deriver<BaseKey<Hkdf>> = deriver(MechanismType::HKDF_DATA);

/// The types of keys to derive from.
const KEY_TYPES: &[KeyType] = &[KeyType::Hkdf, KeyType::GenericSecret];

/// The family of base keys of HKDF.
pub(in super::super) enum Hkdf {}

static BASE: Loader =
    Loader { name: "aws-lc hkdf base", parse: |key| base_key::<Hkdf>(key, KEY_TYPES, &SECRET_LENGTHS) };

const fn deriver(id: MechanismType) -> Deriver<BaseKey<Hkdf>> {
    Deriver { id, key_types: KEY_TYPES, sizes: SECRET_LENGTHS, loader: &BASE, derive }
}

fn derive(key: &BaseKey<Hkdf>, parameters: &Parameters, len: Option<usize>) -> Result<Secret, EngineError> {
    let Parameters::Hkdf { hash, extract, expand } = parameters else {
        return Err(EngineError::ParametersInvalid);
    };
    match (extract, expand) {
        (None, None) => Err(EngineError::ParametersInvalid),
        (Some(salt), None) => first(extracted(*hash, &key.value, salt)?, len),
        (Some(salt), Some(info)) => expanded(*hash, &extracted(*hash, &key.value, salt)?, info, len),
        (None, Some(info)) => expanded(*hash, &key.value, info, len),
    }
}

fn extracted(hash: HashAlgorithm, secret: &Secret, salt: &HkdfSalt) -> Result<Secret, EngineError> {
    let salt = match salt {
        HkdfSalt::Null => &[][..],
        HkdfSalt::Data(salt) => salt,
        HkdfSalt::Value(salt) => salt.expose(),
        // No engine knows handles.
        HkdfSalt::Key(_) => return Err(EngineError::ParametersInvalid),
    };
    kdf::hkdf_extract(hash, secret.expose(), salt).ok_or(EngineError::Failed)
}

fn expanded(
    hash: HashAlgorithm,
    key: &Secret,
    info: &[u8],
    len: Option<usize>,
) -> Result<Secret, EngineError> {
    let len = told(len, 255 * hash.digest_len())?;
    kdf::hkdf_expand(hash, key.expose(), info, len).ok_or(EngineError::Failed)
}
