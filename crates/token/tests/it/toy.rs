//! An engine of toys: ciphers, derivations and encapsulation whose outcome a test can compute in its head. It
//! stands beside the ring engine and protects nothing.

use std::ops::RangeInclusive;
use std::sync::Arc;

use portcullis_engine::RingEngine;
use portcullis_entropy::Random;
use portcullis_pal::MemoryStore;
use portcullis_token::engine::{
    Decapsulating, Decrypting, Deriving, Encapsulating, Encrypting, Generating, KeyLoader, KeyRequest,
    LoadedKey,
};
use portcullis_token::{
    Engine, EngineError, HkdfSalt, KbkdfField, KeyMaterial, KeyType, Mechanism, MechanismType, ParameterSet,
    Parameters, Parts, Secret, Token,
};

use crate::common::{parts, set_up};

/// A token over the toys.
pub(crate) fn toy_token() -> (MemoryStore, Token) {
    let store = MemoryStore::new();
    let token = open(&store);
    set_up(&token);
    (store, token)
}

/// The token that a store holds, over the toys.
pub(crate) fn open(store: &MemoryStore) -> Token {
    let engine = Arc::new(ToyEngine::new());
    Token::open(Parts { engine, ..parts(Arc::new(store.clone())) }).unwrap()
}

struct ToyEngine {
    ring: RingEngine,
    mechanisms: Vec<&'static dyn Mechanism>,
}

impl ToyEngine {
    fn new() -> Self {
        let ring = RingEngine;
        let own = TOYS.iter().map(|toy| toy as &'static dyn Mechanism);
        let others = ring.mechanisms().iter().copied();
        let others = others.filter(|other| TOYS.iter().all(|toy| toy.id != other.id()));
        let mechanisms = others.chain(own).collect();
        Self { ring, mechanisms }
    }
}

impl Engine for ToyEngine {
    fn mechanisms(&self) -> &[&'static dyn Mechanism] {
        &self.mechanisms
    }

    fn public_key(&self, private: &KeyMaterial) -> Result<KeyMaterial, EngineError> {
        match private {
            KeyMaterial::LatticePrivate { set, value, .. } => Ok(lattice_public(*set, value)),
            KeyMaterial::EcPrivate { curve: curve @ portcullis_token::Curve::X25519, scalar, .. } => {
                Ok(KeyMaterial::EcPublic { curve: *curve, point: scalar.expose().to_vec() })
            }
            other => self.ring.public_key(other),
        }
    }

    fn expand(&self, set: ParameterSet, seed: &Secret) -> Result<KeyMaterial, EngineError> {
        let first = seed.expose().first().copied().unwrap_or(0);
        let value = Secret::copied(&vec![first; set.private_len()]);
        let KeyMaterial::LatticePublic { value: public, .. } = lattice_public(set, &value) else {
            return Err(EngineError::Failed);
        };
        Ok(KeyMaterial::LatticePrivate { set, value, seed: Some(Secret::copied(seed.expose())), public })
    }
}

/// The public half of a lattice key is its private half's first byte over and over.
fn lattice_public(set: ParameterSet, private: &Secret) -> KeyMaterial {
    let first = private.expose().first().copied().unwrap_or(0);
    KeyMaterial::LatticePublic { set, value: vec![first; set.public_len()] }
}

/// What a toy does.
#[derive(PartialEq)]
enum Does {
    /// Adds the key's first byte to each byte; with a tag, one more byte that is the sum of all.
    Cipher {
        tag: bool,
    },
    /// The key's bytes over and over, with each parameter's bytes added to the first.
    Derive,
    /// The ciphertext is random; the secret is 32 times the sum of key and ciphertext.
    Encapsulate,
    Generate,
}

struct Toy {
    id: MechanismType,
    keys: &'static [KeyType],
    does: Does,
}

const BASES: &[KeyType] = &[KeyType::GenericSecret, KeyType::Aes, KeyType::Ec];

static TOYS: [Toy; 13] = [
    Toy { id: MechanismType::AES_ECB, keys: &[KeyType::Aes], does: Does::Cipher { tag: false } },
    Toy { id: MechanismType::AES_KEY_WRAP_KWP, keys: &[KeyType::Aes], does: Does::Cipher { tag: true } },
    Toy { id: MechanismType::AES_GCM, keys: &[KeyType::Aes], does: Does::Cipher { tag: true } },
    Toy { id: MechanismType::HKDF_DERIVE, keys: BASES, does: Does::Derive },
    Toy { id: MechanismType::HKDF_DATA, keys: BASES, does: Does::Derive },
    Toy { id: MechanismType::CONCATENATE_BASE_AND_KEY, keys: BASES, does: Does::Derive },
    Toy { id: MechanismType::XOR_BASE_AND_DATA, keys: BASES, does: Does::Derive },
    Toy { id: MechanismType::ECDH1_DERIVE, keys: BASES, does: Does::Derive },
    Toy { id: MechanismType::SP800_108_COUNTER_KDF, keys: BASES, does: Does::Derive },
    Toy { id: MechanismType::TLS12_KEY_AND_MAC_DERIVE, keys: BASES, does: Does::Derive },
    Toy { id: MechanismType::TLS12_MASTER_KEY_DERIVE, keys: BASES, does: Does::Derive },
    Toy { id: MechanismType::ML_KEM, keys: &[KeyType::MlKem], does: Does::Encapsulate },
    Toy { id: MechanismType::ML_KEM_KEY_PAIR_GEN, keys: &[KeyType::MlKem], does: Does::Generate },
];

impl Mechanism for Toy {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        1..=4096
    }

    fn key_types(&self) -> &'static [KeyType] {
        self.keys
    }

    fn encrypting(&'static self) -> Option<&'static dyn Encrypting> {
        matches!(self.does, Does::Cipher { .. }).then_some(self)
    }

    fn decrypting(&'static self) -> Option<&'static dyn Decrypting> {
        matches!(self.does, Does::Cipher { .. }).then_some(self)
    }

    fn wrapping(&'static self) -> Option<&'static dyn Encrypting> {
        self.encrypting()
    }

    fn unwrapping(&'static self) -> Option<&'static dyn Decrypting> {
        self.decrypting()
    }

    fn deriving(&'static self) -> Option<&'static dyn Deriving> {
        (self.does == Does::Derive).then_some(self)
    }

    fn encapsulating(&'static self) -> Option<&'static dyn Encapsulating> {
        (self.does == Does::Encapsulate).then_some(self)
    }

    fn decapsulating(&'static self) -> Option<&'static dyn Decapsulating> {
        (self.does == Does::Encapsulate).then_some(self)
    }

    fn generating(&'static self) -> Option<&'static dyn Generating> {
        (self.does == Does::Generate).then_some(self)
    }
}

/// A key is the bytes of its value.
struct ToyLoader;

impl KeyLoader for ToyLoader {
    fn name(&self) -> &'static str {
        "test.toy"
    }

    fn load(&self, key: &KeyMaterial) -> Result<LoadedKey, EngineError> {
        let bytes = match key {
            KeyMaterial::Secret { value, .. } | KeyMaterial::LatticePrivate { value, .. } => value.expose(),
            KeyMaterial::EcPrivate { scalar, .. } => scalar.expose(),
            KeyMaterial::LatticePublic { value, .. } => value,
            _ => return Err(EngineError::KeyInvalid),
        };
        Ok(Arc::new(bytes.to_vec()))
    }
}

fn bytes(key: &LoadedKey) -> &[u8] {
    key.downcast_ref::<Vec<u8>>().unwrap()
}

/// What a cipher adds to each byte: the key's first byte, and the sum of what is authenticated.
fn shift(key: &LoadedKey, parameters: &Parameters) -> u8 {
    let aad = match parameters {
        Parameters::Gcm { aad, .. } => aad.as_slice(),
        _ => &[],
    };
    bytes(key)[0].wrapping_add(sum(aad))
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

impl Toy {
    fn tag_len(&self) -> usize {
        usize::from(self.does == Does::Cipher { tag: true })
    }
}

impl Encrypting for Toy {
    fn loader(&self) -> &'static dyn KeyLoader {
        &ToyLoader
    }

    fn check(&self, _: &LoadedKey, _: &Parameters) -> Result<(), EngineError> {
        Ok(())
    }

    fn encrypted_len(&self, _: &LoadedKey, _: &Parameters, len: usize) -> Result<usize, EngineError> {
        if self.tag_len() == 0 && !len.is_multiple_of(16) {
            return Err(EngineError::DataLength);
        }
        Ok(len + self.tag_len())
    }

    fn encrypt(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        plaintext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<(), EngineError> {
        let shift = shift(key, parameters);
        let tag = [sum(plaintext).wrapping_add(shift)];
        let tag = tag.iter().take(self.tag_len()).copied();
        let all = plaintext.iter().map(|byte| byte.wrapping_add(shift)).chain(tag);
        out.iter_mut().zip(all).for_each(|(place, byte)| *place = byte);
        Ok(())
    }
}

impl Decrypting for Toy {
    fn loader(&self) -> &'static dyn KeyLoader {
        &ToyLoader
    }

    fn check(&self, _: &LoadedKey, _: &Parameters) -> Result<(), EngineError> {
        Ok(())
    }

    fn decrypted_len(&self, _: &LoadedKey, _: &Parameters, len: usize) -> Result<usize, EngineError> {
        len.checked_sub(self.tag_len()).ok_or(EngineError::DataLength)
    }

    fn decrypt(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        ciphertext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<usize, EngineError> {
        let shift = shift(key, parameters);
        out.iter_mut().zip(ciphertext).for_each(|(place, byte)| *place = byte.wrapping_sub(shift));
        let tag = ciphertext.get(out.len()..).unwrap_or_default();
        let right = tag.iter().all(|tag| *tag == sum(out).wrapping_add(shift));
        if right { Ok(out.len()) } else { Err(EngineError::DecryptionFailed) }
    }
}

impl Deriving for Toy {
    fn loader(&self) -> &'static dyn KeyLoader {
        &ToyLoader
    }

    fn derive(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        len: Option<usize>,
    ) -> Result<Secret, EngineError> {
        let extra = match parameters {
            Parameters::Hkdf { extract: Some(HkdfSalt::Value(salt)), .. } => sum(salt.expose()),
            Parameters::KeyValue(other) => sum(other.expose()),
            Parameters::Hkdf { extract: Some(HkdfSalt::Key(_)), .. } => return Err(EngineError::Failed),
            Parameters::Kbkdf { fields, .. } => fields.iter().map(field).fold(0, u8::wrapping_add),
            _ => 0,
        };
        let len = match (parameters, len) {
            (Parameters::TlsKeyBlock { mac_len, key_len, iv_len, .. }, None) => {
                2 * (mac_len + key_len + iv_len)
            }
            (Parameters::Kbkdf { .. }, None) => return Err(EngineError::DataLength),
            (Parameters::TlsMaster { .. }, _) => 48,
            (_, len) => len.unwrap_or(32),
        };
        let mut derived = Secret::zeroed(len);
        let values = bytes(key).iter().cycle().zip(0_u8..=255).map(|(byte, at)| byte.wrapping_add(at));
        derived
            .expose_mut()
            .iter_mut()
            .zip(values)
            .for_each(|(place, byte)| *place = byte.wrapping_add(extra));
        Ok(derived)
    }
}

fn field(field: &KbkdfField) -> u8 {
    match field {
        KbkdfField::Value(value) => sum(value.expose()),
        _ => 0,
    }
}

impl Encapsulating for Toy {
    fn loader(&self) -> &'static dyn KeyLoader {
        &ToyLoader
    }

    fn ciphertext_len(&self, _: &LoadedKey, _: &Parameters) -> Result<usize, EngineError> {
        Ok(8)
    }

    fn encapsulate(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        random: &dyn Random,
    ) -> Result<(Vec<u8>, Secret), EngineError> {
        let mut ciphertext = vec![0; 8];
        random.fill(&mut ciphertext)?;
        let secret = self.decapsulate(key, parameters, &ciphertext)?;
        Ok((ciphertext, secret))
    }
}

impl Decapsulating for Toy {
    fn loader(&self) -> &'static dyn KeyLoader {
        &ToyLoader
    }

    fn decapsulate(&self, key: &LoadedKey, _: &Parameters, ciphertext: &[u8]) -> Result<Secret, EngineError> {
        if ciphertext.len() != 8 {
            return Err(EngineError::DataLength);
        }
        Ok(Secret::copied(&[sum(ciphertext).wrapping_add(bytes(key)[0]); 32]))
    }
}

impl Generating for Toy {
    fn generate(
        &self,
        wanted: &KeyRequest,
        _: &Parameters,
        random: &dyn Random,
    ) -> Result<KeyMaterial, EngineError> {
        let KeyRequest::Lattice(set) = wanted else { return Err(EngineError::Unsupported) };
        let mut seed = Secret::zeroed(set.seed_len());
        random.fill(seed.expose_mut())?;
        ToyEngine::new().expand(*set, &seed)
    }
}
