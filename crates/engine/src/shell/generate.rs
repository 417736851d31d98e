//! The shell of key generation on curves and lattices, and of symmetric keys (PKCS #11 3.1, `CKM_EC_KEY_PAIR_GEN`,
//! `CKM_EC_EDWARDS_KEY_PAIR_GEN`, `CKM_EC_MONTGOMERY_KEY_PAIR_GEN`, `CKM_GENERIC_SECRET_KEY_GEN`,
//! `CKM_AES_KEY_GEN` and others; 3.2 on lattices), out of the randomness that the caller gives and nothing else. A
//! library adds only how a private key's point is computed, or how a seed expands to a key.
//!
//! RSA keys are not made here.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
#[cfg(feature = "aws_lc")]
use portcullis_token::ParameterSet;
use portcullis_token::engine::{Generating, KeyRequest};
use portcullis_token::{
    Curve, EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, Parameters, Secret,
};

use super::no_parameters;

/// The lengths in bytes that generic secrets may have. The upper end keeps a caller from asking for all
/// memory; no HMAC gains by a key longer than its hash's block of at most 128 bytes.
pub(crate) const SECRET_LENGTHS: RangeInclusive<u32> = 1..=1024;

/// How often a scalar is drawn before the randomness is taken for broken. A draw fails with probability
/// 2^-32 on P-256, 2^-127 on secp256k1, 2^-190 on P-384 and 2^-262 on P-521.
const DRAWS: usize = 16;

/// The public point of a private scalar or seed; [`EngineError::KeyInvalid`] when it is none of the curve's,
/// [`EngineError::Unsupported`] when the library doesn't know the curve.
pub(crate) type PublicPoint = fn(Curve, &Secret) -> Result<Vec<u8>, EngineError>;

/// The private key that a seed expands to, with its public half and its seed.
#[cfg(feature = "aws_lc")]
pub(crate) type Expand = fn(ParameterSet, Secret) -> Result<KeyMaterial, EngineError>;

/// A mechanism that generates keys of one type.
pub(crate) struct Generator {
    id: MechanismType,
    key_types: &'static [KeyType],
    sizes: RangeInclusive<u32>,
    recipe: Recipe,
}

/// What becomes of randomness.
enum Recipe {
    /// A symmetric key, whose length in bytes is a multiple of this.
    Bytes(u32),
    /// A scalar or seed, and its point.
    Pair(PublicPoint),
    /// A seed, and the pair that it expands to.
    #[cfg(feature = "aws_lc")]
    Lattice(Expand),
}

impl Generator {
    /// Generic secrets.
    pub(crate) const fn secrets() -> Self {
        Self::any_length(MechanismType::GENERIC_SECRET_KEY_GEN, &[KeyType::GenericSecret])
    }

    /// Symmetric keys of one type that have any of the [`SECRET_LENGTHS`].
    pub(crate) const fn any_length(id: MechanismType, key_types: &'static [KeyType]) -> Self {
        Self { id, key_types, sizes: SECRET_LENGTHS, recipe: Recipe::Bytes(1) }
    }

    /// Symmetric keys of one type, whose lengths in bytes are the multiples of `step` in a range.
    #[cfg(feature = "aws_lc")]
    pub(crate) const fn symmetric(
        id: MechanismType,
        key_types: &'static [KeyType],
        sizes: RangeInclusive<u32>,
        step: u32,
    ) -> Self {
        Self { id, key_types, sizes, recipe: Recipe::Bytes(step) }
    }

    /// Key pairs on the Weierstrass curves of these sizes.
    pub(crate) const fn weierstrass(sizes: RangeInclusive<u32>, public_point: PublicPoint) -> Self {
        let recipe = Recipe::Pair(public_point);
        Self { id: MechanismType::EC_KEY_PAIR_GEN, key_types: &[KeyType::Ec], sizes, recipe }
    }

    /// Key pairs on Ed25519.
    pub(crate) const fn edwards(public_point: PublicPoint) -> Self {
        let (id, recipe) = (MechanismType::EC_EDWARDS_KEY_PAIR_GEN, Recipe::Pair(public_point));
        Self { id, key_types: &[KeyType::EcEdwards], sizes: 256..=256, recipe }
    }

    /// Key pairs on X25519.
    #[cfg(feature = "aws_lc")]
    pub(crate) const fn montgomery(public_point: PublicPoint) -> Self {
        let (id, recipe) = (MechanismType::EC_MONTGOMERY_KEY_PAIR_GEN, Recipe::Pair(public_point));
        Self { id, key_types: &[KeyType::EcMontgomery], sizes: 256..=256, recipe }
    }

    /// Key pairs on lattices, whose public keys are of these sizes in bytes. The seed is kept with the key.
    #[cfg(feature = "aws_lc")]
    pub(crate) const fn lattice(
        id: MechanismType,
        key_types: &'static [KeyType],
        sizes: RangeInclusive<u32>,
        expand: Expand,
    ) -> Self {
        Self { id, key_types, sizes, recipe: Recipe::Lattice(expand) }
    }

    /// Whether it makes keys of this type.
    fn makes(&self, key_type: KeyType) -> bool {
        self.key_types.contains(&key_type)
    }

    /// Whether it makes symmetric keys of this length, which is to be a multiple of `step`.
    fn fits(&self, len: usize, step: u32) -> bool {
        u32::try_from(len).is_ok_and(|len| self.sizes.contains(&len) && len.is_multiple_of(step))
    }
}

impl Mechanism for Generator {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.sizes.clone()
    }

    fn key_types(&self) -> &'static [KeyType] {
        self.key_types
    }

    fn generating(&'static self) -> Option<&'static dyn Generating> {
        Some(self)
    }
}

impl Generating for Generator {
    fn generate(
        &self,
        wanted: &KeyRequest,
        parameters: &Parameters,
        random: &dyn Random,
    ) -> Result<KeyMaterial, EngineError> {
        no_parameters(parameters)?;
        match (wanted, &self.recipe) {
            (KeyRequest::Secret { key_type, len }, Recipe::Bytes(step))
                if self.makes(*key_type) && self.fits(*len, *step) =>
            {
                Ok(KeyMaterial::Secret { key_type: *key_type, value: drawn(*len, random)? })
            }
            (KeyRequest::Ec(curve), Recipe::Pair(public_point)) if self.makes(curve.key_type()) => {
                pair(*curve, *public_point, random)
            }
            #[cfg(feature = "aws_lc")]
            (KeyRequest::Lattice(set), Recipe::Lattice(expand)) if self.makes(set.key_type()) => {
                expand(*set, drawn(set.seed_len(), random)?).map_err(|_| EngineError::Failed)
            }
            _ => Err(EngineError::Unsupported),
        }
    }
}

/// Draws a private key and computes its point: by rejection sampling (FIPS 186-5 appendix A.2.2) on
/// Weierstrass curves; every 32 bytes are a seed of Ed25519 or a scalar of X25519.
fn pair(curve: Curve, public_point: PublicPoint, random: &dyn Random) -> Result<KeyMaterial, EngineError> {
    // As many bits as the order has: P-521's fill the first byte only partly.
    let spare = curve.scalar_len() as u32 * 8 - curve.bits();
    for _ in 0..DRAWS {
        let mut scalar = drawn(curve.scalar_len(), random)?;
        if let Some(first) = scalar.expose_mut().first_mut() {
            *first &= 0xff >> spare;
        }
        match public_point(curve, &scalar) {
            Ok(point) => return Ok(KeyMaterial::EcPrivate { curve, scalar, point }),
            Err(EngineError::KeyInvalid) => {}
            Err(error) => return Err(error),
        }
    }
    Err(EngineError::Failed)
}

/// So many bytes of the caller's randomness.
///
/// # Errors
/// [`EngineError::Random`] when there is none.
pub(crate) fn drawn(len: usize, random: &dyn Random) -> Result<Secret, EngineError> {
    let mut bytes = Secret::zeroed(len);
    random.fill(bytes.expose_mut())?;
    Ok(bytes)
}
