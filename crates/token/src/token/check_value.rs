//! `CKA_CHECK_VALUE` (PKCS #11 v3.2 sections 4.6.2 and 4.10.2): three bytes by which two keys can be told apart.
//!
//! It is computed when it is asked for and kept nowhere: at rest it would tell anyone who reads the medium 24 bits
//! of a key.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Shared, View};
use crate::engine::Mechanism;
use crate::object::build::Draft;
use crate::object::{Object, ObjectClass, key};
use crate::{AttributeType, Error, KeyMaterial, KeyType, MechanismType, Parameters, Result, Secret};

/// How many bytes it has.
const LEN: usize = 3;

/// The block length of AES.
const BLOCK: usize = 16;

impl Shared {
    /// The check value of an object; an empty one where the object's maker wanted none.
    pub(super) fn check_value(&self, view: &View, object: &Arc<Object>) -> Result<Vec<u8>> {
        let none = || Error::AttributeTypeInvalid(AttributeType::CheckValue);
        if !AttributeType::CheckValue.row().applies_to(object.class, object.key_type) {
            return Err(none());
        }
        let opened = view.open(object)?;
        let bytes = match opened.secrets.value(AttributeType::Value) {
            Some(value) => value.expose(),
            None => object.public.bytes(AttributeType::Value),
        };
        self.compute(object.class, object.key_type, bytes)?.ok_or_else(none)
    }

    /// Checks the check value that a template gives a new object. Only the wish to have none is kept.
    pub(super) fn settle_check_value(&self, draft: &mut Draft) -> Result<()> {
        let given = match draft.public.value(AttributeType::CheckValue).and_then(|value| value.as_bytes()) {
            None | Some([]) => return Ok(()),
            Some(given) => given,
        };
        let bytes = match draft.secrets.value(AttributeType::Value) {
            Some(value) => value.expose(),
            None => draft.public.bytes(AttributeType::Value),
        };
        // Where nothing can compute it, nothing can be said against it.
        let computed = self.compute(draft.class, draft.key_type, bytes)?;
        if computed.is_some_and(|computed| computed != given) {
            return Err(Error::AttributeValueInvalid(AttributeType::CheckValue));
        }
        draft.public.remove(AttributeType::CheckValue);
        Ok(())
    }

    /// A block of zeros encrypted by an AES key, and the SHA-1 digest of anything else.
    fn compute(
        &self,
        class: ObjectClass,
        key_type: Option<KeyType>,
        bytes: &[u8],
    ) -> Result<Option<Vec<u8>>> {
        if !matches!(class, ObjectClass::SecretKey | ObjectClass::Certificate) {
            return Ok(None);
        }
        let whole = match key_type {
            Some(KeyType::Aes) => self.encrypted_zeros(bytes)?,
            _ => self.mechanism(MechanismType::SHA_1).ok().and_then(Mechanism::digesting).map(|sha1| {
                let mut stream = sha1.stream();
                stream.update(bytes);
                stream.finish()
            }),
        };
        Ok(whole.map(|mut value| {
            value.truncate(LEN);
            value
        }))
    }

    fn encrypted_zeros(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let Some(ecb) = self.mechanism(MechanismType::AES_ECB).ok().and_then(Mechanism::encrypting) else {
            return Ok(None);
        };
        key::check_len(KeyType::Aes, key.len())?;
        let value = Secret::copied(key);
        let key = ecb.loader().load(&KeyMaterial::Secret { key_type: KeyType::Aes, value })?;
        let mut block = alloc::vec![0; BLOCK];
        ecb.encrypt(&key, &Parameters::None, &[0; BLOCK], &mut block, &*self.random)?;
        Ok(Some(block))
    }
}
