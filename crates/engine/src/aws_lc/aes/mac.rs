//! CMAC (NIST SP 800-38B, RFC 4493; `CKM_AES_CMAC`, `CKM_AES_CMAC_GENERAL`).

use alloc::vec::Vec;

use portcullis_token::{EngineError, MechanismType};

use super::super::raw::cmac::Cmac;
use super::{KEY_LENGTHS, KEY_TYPES, parse};
use crate::shell::loader::Loader;
use crate::shell::mac::{Mac, MacMechanism, TagLength, keyed};

/// The tag's length in bytes.
const TAG: usize = 16;

pub(crate) static AES_CMAC: MacMechanism<Running> = mechanism(MechanismType::AES_CMAC, TagLength::Full(TAG));
pub(crate) static AES_CMAC_GENERAL: MacMechanism<Running> =
    mechanism(MechanismType::AES_CMAC_GENERAL, TagLength::Cut(TAG));

static CMAC: Loader = Loader {
    name: "aws-lc aes cmac",
    parse: |key| parse(key, |value| Some(keyed(MechanismType::AES_CMAC, Cmac::new(value)?))),
};

const fn mechanism(id: MechanismType, tag: TagLength) -> MacMechanism<Running> {
    MacMechanism {
        id,
        made_for: MechanismType::AES_CMAC,
        key_types: KEY_TYPES,
        key_sizes: KEY_LENGTHS,
        tag,
        loader: &CMAC,
        start: |key, _| Ok(Running { mac: key.copied().ok_or(EngineError::Failed)?, valid: true }),
    }
}

/// A tag in the making.
pub(crate) struct Running {
    mac: Cmac,
    /// Whether AWS-LC took every part.
    valid: bool,
}

impl Mac for Running {
    type Key = Cmac;

    fn update(&mut self, part: &[u8]) {
        self.valid = self.valid && self.mac.update(part);
    }

    fn finish(self) -> Option<Vec<u8>> {
        self.mac.finish().filter(|_| self.valid).map(|tag| tag.to_vec())
    }
}
