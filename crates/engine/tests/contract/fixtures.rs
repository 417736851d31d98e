//! Keys, parameters and stand-ins for randomness that the checks share. Nothing here is an engine's.

use std::sync::Mutex;

use portcullis_entropy::{Random, RandomError};
use portcullis_token::engine::{KeyRequest, LoadedKey, Signing, Verifying};
use portcullis_token::{
    Curve, Engine, HashAlgorithm, Hedge, KeyMaterial, KeyType, Mechanism, MechanismType, Oaep, ParameterSet,
    Parameters, RsaPrivate, RsaPublic, Secret,
};

use crate::files::{bytes, vectors};

/// Bytes that look random and follow from a seed alone (`SplitMix64`).
pub(crate) struct Repeatable(Mutex<u64>);

impl Repeatable {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Random for Repeatable {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        let mut state = self.0.lock().unwrap();
        for chunk in out.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = *state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }

    fn mix(&self, _seed: &[u8]) -> Result<(), RandomError> {
        Ok(())
    }
}

/// Randomness that gives one byte for ever.
pub(crate) struct Stuck(pub(crate) u8);

impl Random for Stuck {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        out.fill(self.0);
        Ok(())
    }

    fn mix(&self, _seed: &[u8]) -> Result<(), RandomError> {
        Ok(())
    }
}

/// Randomness that has nothing to give.
pub(crate) struct Dead;

impl Random for Dead {
    fn fill(&self, _out: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError::NoEntropy)
    }

    fn mix(&self, _seed: &[u8]) -> Result<(), RandomError> {
        Err(RandomError::NoEntropy)
    }
}

/// The engine's mechanism of this number, which it must have.
pub(crate) fn mechanism(engine: &dyn Engine, id: MechanismType) -> &'static dyn Mechanism {
    *engine.mechanisms().iter().find(|mechanism| mechanism.id() == id).expect("the engine has it")
}

/// A key pair (or a MAC key as both halves) for a mechanism that signs.
pub(crate) struct Sample {
    pub(crate) mechanism: &'static dyn Mechanism,
    pub(crate) signing: &'static dyn Signing,
    pub(crate) verifying: &'static dyn Verifying,
    pub(crate) parameters: Parameters,
    pub(crate) private: KeyMaterial,
    pub(crate) public: KeyMaterial,
}

impl Sample {
    pub(crate) fn signing_key(&self) -> LoadedKey {
        self.signing.loader().load(&self.private).unwrap()
    }

    pub(crate) fn verifying_key(&self) -> LoadedKey {
        self.verifying.loader().load(&self.public).unwrap()
    }
}

/// A sample for each mechanism that signs, and for each curve that it signs on.
pub(crate) fn samples(engine: &dyn Engine) -> Vec<Sample> {
    let mut samples = Vec::new();
    for mechanism in engine.mechanisms() {
        let (Some(signing), Some(verifying)) = (mechanism.signing(), mechanism.verifying()) else { continue };
        let keys = private_keys(engine, mechanism.key_types()[0]);
        for private in keys.into_iter().filter(|key| mechanism.key_sizes().contains(&key.size())) {
            let public = match &private {
                KeyMaterial::Secret { key_type, value } => {
                    KeyMaterial::Secret { key_type: *key_type, value: Secret::copied(value.expose()) }
                }
                pair => engine.public_key(pair).unwrap(),
            };
            samples.push(Sample {
                mechanism: *mechanism,
                signing,
                verifying,
                parameters: parameters(mechanism.id()),
                private,
                public,
            });
        }
    }
    assert!(!samples.is_empty());
    samples
}

/// Private or MAC keys of a type, of each size that an engine may know.
pub(crate) fn private_keys(engine: &dyn Engine, key_type: KeyType) -> Vec<KeyMaterial> {
    match key_type {
        KeyType::Rsa => vec![rsa_private()],
        KeyType::Ec | KeyType::EcEdwards | KeyType::EcMontgomery => Curve::ALL
            .into_iter()
            .filter(|curve| curve.key_type() == key_type)
            .filter_map(|curve| ec_private(engine, curve, 0x11))
            .collect(),
        KeyType::MlKem | KeyType::MlDsa => lattice_private_keys(engine, key_type),
        key_type => vec![KeyMaterial::Secret { key_type, value: Secret::copied(&[0x11; 32]) }],
    }
}

/// A private key of each parameter set, where the engine makes them.
fn lattice_private_keys(engine: &dyn Engine, key_type: KeyType) -> Vec<KeyMaterial> {
    let maker = engine
        .mechanisms()
        .iter()
        .find(|mechanism| mechanism.generating().is_some() && mechanism.key_types().contains(&key_type));
    let Some(generating) = maker.and_then(|maker| maker.generating()) else { return Vec::new() };
    let sets = ParameterSet::ALL.into_iter().filter(|set| set.key_type() == key_type);
    let random = Repeatable::new(5);
    sets.map(|set| generating.generate(&KeyRequest::Lattice(set), &Parameters::None, &random).unwrap())
        .collect()
}

/// A private key on a curve, or `None` where the engine doesn't know the curve.
pub(crate) fn ec_private(engine: &dyn Engine, curve: Curve, byte: u8) -> Option<KeyMaterial> {
    let scalar = || {
        let mut scalar = vec![byte; curve.scalar_len()];
        scalar[0] = 0;
        Secret::new(scalar)
    };
    let half = KeyMaterial::EcPrivate { curve, scalar: scalar(), point: Vec::new() };
    match engine.public_key(&half) {
        Ok(KeyMaterial::EcPublic { point, .. }) => {
            Some(KeyMaterial::EcPrivate { curve, scalar: scalar(), point })
        }
        _ => None,
    }
}

/// A symmetric key out of a hexadecimal string.
pub(crate) fn secret(key_type: KeyType, value: &str) -> KeyMaterial {
    KeyMaterial::Secret { key_type, value: Secret::new(hex::decode(value).unwrap()) }
}

/// The RSA-2048 key of Wycheproof's signing vectors.
pub(crate) fn rsa_private() -> KeyMaterial {
    let vectors = vectors("rsa_pkcs1_2048_sig_gen");
    KeyMaterial::RsaPrivate(rsa_from_pkcs8(&bytes(&vectors["testGroups"][0]["privateKeyPkcs8"])))
}

/// An RSA private key out of its PKCS #8 form.
pub(crate) fn rsa_from_pkcs8(der: &[u8]) -> RsaPrivate {
    let info = pkcs8::PrivateKeyInfoRef::try_from(der).unwrap();
    let key = pkcs1::RsaPrivateKeyRef::try_from(info.private_key.as_bytes()).unwrap();
    RsaPrivate {
        public: RsaPublic {
            modulus: key.modulus.as_bytes().to_vec(),
            public_exponent: key.public_exponent.as_bytes().to_vec(),
        },
        private_exponent: Secret::copied(key.private_exponent.as_bytes()),
        prime_1: Secret::copied(key.prime1.as_bytes()),
        prime_2: Secret::copied(key.prime2.as_bytes()),
        exponent_1: Secret::copied(key.exponent1.as_bytes()),
        exponent_2: Secret::copied(key.exponent2.as_bytes()),
        coefficient: Secret::copied(key.coefficient.as_bytes()),
    }
}

/// The parameters that a mechanism takes to encrypt a message of `len` bytes.
pub(crate) fn cipher_parameters(id: MechanismType, len: usize) -> Parameters {
    let aad = vec![0xad; 20];
    match id {
        MechanismType::AES_CBC | MechanismType::AES_CBC_PAD => Parameters::Iv(vec![7; 16]),
        MechanismType::AES_CTR => Parameters::Counter { bits: 32, block: [9; 16] },
        MechanismType::AES_GCM => Parameters::Gcm { iv: vec![5; 12], aad, tag_len: 16 },
        MechanismType::AES_CCM => Parameters::Ccm { data_len: len, nonce: vec![6; 12], aad, tag_len: 8 },
        MechanismType::CHACHA20_POLY1305 => Parameters::ChaCha20Poly1305 { nonce: vec![8; 12], aad },
        MechanismType::RSA_PKCS_OAEP => Parameters::RsaOaep(oaep(HashAlgorithm::Sha256)),
        MechanismType::RSA_AES_KEY_WRAP => {
            Parameters::RsaAesKeyWrap { aes_bits: 256, oaep: oaep(HashAlgorithm::Sha1) }
        }
        _ => Parameters::None,
    }
}

fn oaep(hash: HashAlgorithm) -> Oaep {
    Oaep { hash, mgf: hash, label: b"label".to_vec() }
}

/// The parameters that a mechanism takes to sign: those of PSS follow from its hash, and SHA-256 where it has
/// none; cut MACs have 12 bytes.
pub(crate) fn parameters(id: MechanismType) -> Parameters {
    if id.name().is_some_and(|name| name.ends_with("MAC_GENERAL")) {
        return Parameters::MacLen(12);
    }
    if id == MechanismType::AES_GMAC {
        return Parameters::Gcm { iv: vec![3; 12], aad: Vec::new(), tag_len: 16 };
    }
    let hash = match id {
        MechanismType::HASH_ML_DSA => {
            let hash = Some(HashAlgorithm::Sha256);
            return Parameters::MlDsa { hedge: Hedge::Preferred, context: Vec::new(), hash };
        }
        MechanismType::TLS_MAC | MechanismType::TLS12_MAC => {
            return Parameters::TlsMac { hash: HashAlgorithm::Sha256, len: 12, server: false };
        }
        MechanismType::SHA1_RSA_PKCS_PSS => HashAlgorithm::Sha1,
        MechanismType::SHA224_RSA_PKCS_PSS => HashAlgorithm::Sha224,
        MechanismType::RSA_PKCS_PSS | MechanismType::SHA256_RSA_PKCS_PSS => HashAlgorithm::Sha256,
        MechanismType::SHA384_RSA_PKCS_PSS => HashAlgorithm::Sha384,
        MechanismType::SHA512_RSA_PKCS_PSS => HashAlgorithm::Sha512,
        MechanismType::SHA3_224_RSA_PKCS_PSS => HashAlgorithm::Sha3_224,
        MechanismType::SHA3_256_RSA_PKCS_PSS => HashAlgorithm::Sha3_256,
        MechanismType::SHA3_384_RSA_PKCS_PSS => HashAlgorithm::Sha3_384,
        MechanismType::SHA3_512_RSA_PKCS_PSS => HashAlgorithm::Sha3_512,
        _ => return Parameters::None,
    };
    Parameters::RsaPss { hash, mgf: hash, salt_len: hash.digest_len() }
}
