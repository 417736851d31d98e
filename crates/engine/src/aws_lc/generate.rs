//! Key generation: on curves and of generic secrets out of the caller's randomness, by the shared shell; of
//! RSA keys (FIPS 186-5 appendix A.1; PKCS #11 3.1, `CKM_RSA_PKCS_KEY_PAIR_GEN`) by AWS-LC, out of its own.

use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::{Generating, KeyRequest};
use portcullis_token::{EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, Parameters, formats};

use super::aes;
use super::chacha;
use super::keys::{EC_BITS, NEW_RSA_BITS, RSA_BITS};
use super::public_point;
use super::raw::RsaKey;
use crate::shell::generate::Generator;
use crate::shell::no_parameters;

pub(super) static RSA_PKCS_KEY_PAIR_GEN: RsaGenerator = RsaGenerator { sizes: NEW_RSA_BITS };
pub(super) static SHORT_RSA_PKCS_KEY_PAIR_GEN: RsaGenerator = RsaGenerator { sizes: RSA_BITS };
pub(super) static GENERIC_SECRET_KEY_GEN: Generator = Generator::secrets();
pub(super) static AES_KEY_GEN: Generator =
    Generator::symmetric(MechanismType::AES_KEY_GEN, &[KeyType::Aes], aes::KEY_LENGTHS, 8);
pub(super) static CHACHA20_KEY_GEN: Generator =
    Generator::symmetric(MechanismType::CHACHA20_KEY_GEN, &[KeyType::ChaCha20], chacha::KEY_LENGTHS, 1);
pub(super) static HKDF_KEY_GEN: Generator =
    Generator::any_length(MechanismType::HKDF_KEY_GEN, &[KeyType::Hkdf]);
pub(super) static EC_KEY_PAIR_GEN: Generator = Generator::weierstrass(EC_BITS, public_point);
pub(super) static EC_EDWARDS_KEY_PAIR_GEN: Generator = Generator::edwards(public_point);
pub(super) static EC_MONTGOMERY_KEY_PAIR_GEN: Generator = Generator::montgomery(public_point);

/// The mechanism that makes keys of an HMAC.
macro_rules! hmac_keys {
    ($($id:ident: $key_type:ident),+ $(,)?) => {
        $(
            pub(super) static $id: Generator =
                Generator::any_length(MechanismType::$id, &[KeyType::$key_type]);
        )+
    };
}

hmac_keys! {
    SHA_1_KEY_GEN: Sha1Hmac,
    SHA224_KEY_GEN: Sha224Hmac,
    SHA256_KEY_GEN: Sha256Hmac,
    SHA384_KEY_GEN: Sha384Hmac,
    SHA512_KEY_GEN: Sha512Hmac,
    SHA512_256_KEY_GEN: Sha512_256Hmac,
    SHA3_224_KEY_GEN: Sha3_224Hmac,
    SHA3_256_KEY_GEN: Sha3_256Hmac,
    SHA3_384_KEY_GEN: Sha3_384Hmac,
    SHA3_512_KEY_GEN: Sha3_512Hmac,
}

/// The smallest public exponent of a new key (FIPS 186-5 appendix A.1.1), and the largest that AWS-LC takes.
const PUBLIC_EXPONENTS: RangeInclusive<u64> = 0x1_0001..=0x1_ffff_ffff;

/// The lengths that AWS-LC gives a modulus are multiples of so many bits.
const STEP: u32 = 128;

/// Makes RSA keys.
pub(super) struct RsaGenerator {
    /// The lengths of their moduli in bits.
    sizes: RangeInclusive<u32>,
}

impl Mechanism for RsaGenerator {
    fn id(&self) -> MechanismType {
        MechanismType::RSA_PKCS_KEY_PAIR_GEN
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.sizes.clone()
    }

    fn key_types(&self) -> &'static [KeyType] {
        &[KeyType::Rsa]
    }

    fn generating(&'static self) -> Option<&'static dyn Generating> {
        Some(self)
    }
}

impl Generating for RsaGenerator {
    fn generate(
        &self,
        wanted: &KeyRequest,
        parameters: &Parameters,
        random: &dyn Random,
    ) -> Result<KeyMaterial, EngineError> {
        no_parameters(parameters)?;
        let KeyRequest::Rsa { bits, public_exponent } = wanted else { return Err(EngineError::Unsupported) };
        let exponent = number(public_exponent)
            .filter(|exponent| PUBLIC_EXPONENTS.contains(exponent) && exponent % 2 == 1)
            .ok_or(EngineError::KeyInvalid)?;
        if !self.sizes.contains(bits) || !bits.is_multiple_of(STEP) {
            return Err(EngineError::Unsupported);
        }
        // The primes are drawn by AWS-LC. The caller's randomness must answer all the same, so that a device
        // whose health tests failed makes no keys.
        random.fill(&mut [0; 32])?;
        let der = RsaKey::generate(*bits, exponent).ok_or(EngineError::Failed)?;
        formats::private_key(&der).map_err(|_| EngineError::Failed)
    }
}

/// A big-endian number of any length, if it is small enough.
fn number(bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(0_u64, |number, &byte| Some(number.checked_mul(256)? + u64::from(byte)))
}
