//! Between a key's attributes and its material.
//!
//! Which attributes a key of each type has: PKCS #11 v3.1 sections 6.1 (RSA), 6.3 (EC), 6.7 (generic
//! secret) and 6.8 (AES). Those of lattices are in [`lattice`](super::lattice),
//! and what RSA keys lack is computed in [`rsa`](super::rsa).

use alloc::vec::Vec;

use crate::attribute::{AttributeSet, Secrets};
use crate::formats::{self, FormatError};
use crate::object::{Object, ObjectClass, lattice, rsa};
use crate::{AttributeType, Curve, Error, KeyMaterial, KeyType, Result, RsaPublic, Secret, Template};

/// The material that attributes describe. A private key on a curve has an empty point unless its
/// `CKA_PUBLIC_KEY_INFO` is there.
pub(crate) fn material(
    class: ObjectClass,
    key_type: KeyType,
    public: &AttributeSet,
    secrets: &Secrets,
) -> Result<KeyMaterial> {
    match (class, key_type) {
        (ObjectClass::PublicKey, KeyType::Rsa) => rsa_public(public).map(KeyMaterial::RsaPublic),
        (ObjectClass::PrivateKey, KeyType::Rsa) => rsa::private(public, secrets).map(KeyMaterial::RsaPrivate),
        (ObjectClass::PublicKey, KeyType::Ec | KeyType::EcEdwards | KeyType::EcMontgomery) => {
            ec_public(key_type, public)
        }
        (ObjectClass::PrivateKey, KeyType::Ec | KeyType::EcEdwards | KeyType::EcMontgomery) => {
            ec_private(key_type, public, secrets)
        }
        (ObjectClass::PublicKey, KeyType::MlKem | KeyType::MlDsa) => {
            lattice::public(key_type, public, secrets)
        }
        (ObjectClass::PrivateKey, KeyType::MlKem | KeyType::MlDsa) => {
            lattice::private(key_type, public, secrets)
        }
        (ObjectClass::SecretKey, _) if key_type.is_symmetric() => {
            let value = secret(secrets, AttributeType::Value)?;
            check_len(key_type, value.len())?;
            Ok(KeyMaterial::Secret { key_type, value: Secret::copied(value.expose()) })
        }
        _ => Err(Error::TemplateInconsistent(AttributeType::KeyType)),
    }
}

/// Whether a secret key of this type can have so many bytes.
pub(crate) fn check_len(key_type: KeyType, len: usize) -> Result<()> {
    let whole = match key_type {
        KeyType::Aes => matches!(len, 16 | 24 | 32),
        KeyType::ChaCha20 => len == 32,
        _ => len > 0,
    };
    if whole { Ok(()) } else { Err(Error::AttributeValueInvalid(AttributeType::Value)) }
}

/// A key's size as mechanisms count it: bits for RSA and curves, bytes for symmetric keys.
pub(crate) fn size(key: &Object) -> Option<u32> {
    match key.key_type? {
        KeyType::Rsa => rsa_public(&key.public).ok().map(|public| public.bits()),
        key_type @ (KeyType::Ec | KeyType::EcEdwards | KeyType::EcMontgomery) => {
            curve(key_type, &key.public).ok().map(Curve::bits)
        }
        key_type @ (KeyType::MlKem | KeyType::MlDsa) => {
            lattice::parameters(key_type, &key.public).ok().map(|set| set.public_len() as u32)
        }
        _ => key.public.ulong(AttributeType::ValueLen).and_then(|len| u32::try_from(len).ok()),
    }
}

/// Writes the attributes that follow from a key's material into an object of `class`.
pub(crate) fn describe(
    class: ObjectClass,
    material: KeyMaterial,
    public: &mut AttributeSet,
    secrets: &mut Secrets,
) -> Result<()> {
    public.set(AttributeType::KeyType, material.key_type().code());
    if class != ObjectClass::SecretKey {
        public.set(AttributeType::PublicKeyInfo, formats::public_key_info(&material)?);
    }
    match &material {
        KeyMaterial::RsaPublic(key) => public.set(AttributeType::ModulusBits, u64::from(key.bits())),
        KeyMaterial::Secret { value, .. } => public.set(AttributeType::ValueLen, value.len() as u64),
        KeyMaterial::RsaPrivate(_)
        | KeyMaterial::EcPublic { .. }
        | KeyMaterial::EcPrivate { .. }
        | KeyMaterial::LatticePublic { .. }
        | KeyMaterial::LatticePrivate { .. } => {}
    }
    write_values(material, public, secrets)
}

/// Writes a key's own values: those that a caller gives to create it.
fn write_values(material: KeyMaterial, public: &mut AttributeSet, secrets: &mut Secrets) -> Result<()> {
    match material {
        KeyMaterial::RsaPublic(key) => write_rsa(key, public),
        KeyMaterial::RsaPrivate(key) => {
            write_rsa(key.public, public);
            secrets.set(AttributeType::PrivateExponent, key.private_exponent);
            secrets.set(AttributeType::Prime1, key.prime_1);
            secrets.set(AttributeType::Prime2, key.prime_2);
            secrets.set(AttributeType::Exponent1, key.exponent_1);
            secrets.set(AttributeType::Exponent2, key.exponent_2);
            secrets.set(AttributeType::Coefficient, key.coefficient);
        }
        KeyMaterial::EcPublic { curve, point } => {
            public.set(AttributeType::EcParams, formats::curve_params(curve));
            public.set(AttributeType::EcPoint, formats::point_attribute(curve, &point)?);
        }
        KeyMaterial::EcPrivate { curve, scalar, .. } => {
            public.set(AttributeType::EcParams, formats::curve_params(curve));
            secrets.set(AttributeType::Value, scalar);
        }
        KeyMaterial::LatticePublic { set, value } => {
            public.set(AttributeType::ParameterSet, set.code());
            secrets.set(AttributeType::Value, Secret::new(value));
        }
        KeyMaterial::LatticePrivate { set, value, seed, .. } => {
            public.set(AttributeType::ParameterSet, set.code());
            secrets.set(AttributeType::Value, value);
            if let Some(seed) = seed {
                secrets.set(AttributeType::Seed, seed);
            }
        }
        KeyMaterial::Secret { value, .. } => secrets.set(AttributeType::Value, value),
    }
    Ok(())
}

impl Template {
    /// The template that creates a key from its material, whose secret values are moved, not copied.
    ///
    /// # Errors
    /// [`Error::Format`] for a public point that is not one of its curve's.
    pub fn of_key(material: KeyMaterial) -> Result<Self> {
        let class = match material {
            KeyMaterial::RsaPublic(_) | KeyMaterial::EcPublic { .. } | KeyMaterial::LatticePublic { .. } => {
                ObjectClass::PublicKey
            }
            KeyMaterial::RsaPrivate(_)
            | KeyMaterial::EcPrivate { .. }
            | KeyMaterial::LatticePrivate { .. } => ObjectClass::PrivateKey,
            KeyMaterial::Secret { .. } => ObjectClass::SecretKey,
        };
        let mut template = Self::key(class, material.key_type());
        write_values(material, &mut template.values, &mut template.secrets)?;
        Ok(template)
    }
}

fn write_rsa(key: RsaPublic, public: &mut AttributeSet) {
    public.set(AttributeType::Modulus, key.modulus);
    public.set(AttributeType::PublicExponent, key.public_exponent);
}

/// The curve that `CKA_EC_PARAMS` names; it must be one of the key type's (section 6.3).
pub(crate) fn curve(key_type: KeyType, public: &AttributeSet) -> Result<Curve> {
    let parameters = required(public, AttributeType::EcParams)?;
    // The names of these mistakes are the standard's (section 6.3).
    let curve = formats::curve_from_params(parameters).map_err(|error| match error {
        FormatError::UnsupportedCurve(_) | FormatError::UnknownCurveName => Error::CurveNotSupported,
        _ => Error::DomainParamsInvalid,
    })?;
    if curve.key_type() != key_type {
        return Err(Error::CurveNotSupported);
    }
    Ok(curve)
}

fn ec_public(key_type: KeyType, public: &AttributeSet) -> Result<KeyMaterial> {
    let curve = curve(key_type, public)?;
    let point = formats::point_from_attribute(curve, required(public, AttributeType::EcPoint)?)
        .map_err(|_| Error::AttributeValueInvalid(AttributeType::EcPoint))?;
    Ok(KeyMaterial::EcPublic { curve, point })
}

fn ec_private(key_type: KeyType, public: &AttributeSet, secrets: &Secrets) -> Result<KeyMaterial> {
    let curve = curve(key_type, public)?;
    let scalar = fixed_length(secret(secrets, AttributeType::Value)?, curve)?;
    let point = match public.bytes(AttributeType::PublicKeyInfo) {
        [] => Vec::new(),
        info => match formats::public_key(info) {
            Ok(KeyMaterial::EcPublic { curve: other, point }) if other == curve => point,
            _ => return Err(Error::AttributeValueInvalid(AttributeType::PublicKeyInfo)),
        },
    };
    Ok(KeyMaterial::EcPrivate { curve, scalar, point })
}

/// A scalar in its curve's length. Other software strips leading zeros of a big integer, or adds one.
fn fixed_length(value: &Secret, curve: Curve) -> Result<Secret> {
    let invalid = Error::AttributeValueInvalid(AttributeType::Value);
    let len = curve.scalar_len();
    if matches!(curve, Curve::Ed25519 | Curve::X25519) {
        return if value.len() == len { Ok(Secret::copied(value.expose())) } else { Err(invalid) };
    }
    let digits = strip(value.expose());
    let mut scalar = Secret::zeroed(len);
    let Some(start) = len.checked_sub(digits.len()) else { return Err(invalid) };
    scalar.expose_mut()[start..].copy_from_slice(digits);
    Ok(scalar)
}

fn rsa_public(public: &AttributeSet) -> Result<RsaPublic> {
    Ok(RsaPublic {
        modulus: strip(required(public, AttributeType::Modulus)?).to_vec(),
        public_exponent: strip(required(public, AttributeType::PublicExponent)?).to_vec(),
    })
}

/// A big-endian integer without its leading zeros.
pub(super) fn strip(integer: &[u8]) -> &[u8] {
    let zeros = integer.iter().take_while(|byte| **byte == 0).count();
    &integer[zeros..]
}

pub(super) fn required(public: &AttributeSet, attribute: AttributeType) -> Result<&[u8]> {
    match public.bytes(attribute) {
        [] => Err(Error::TemplateIncomplete(attribute)),
        bytes => Ok(bytes),
    }
}

pub(super) fn secret(secrets: &Secrets, attribute: AttributeType) -> Result<&Secret> {
    secrets.value(attribute).ok_or(Error::TemplateIncomplete(attribute))
}
