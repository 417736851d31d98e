//! Private keys out: PKCS #8 `PrivateKeyInfo` (RFC 5958 section 2) in version 1, as other tokens wrap them
//! (PKCS #11 v3.2 section 6.7).

use der::Encode;
use der::asn1::{AnyRef, OctetStringRef, UintRef};
use pkcs8::PrivateKeyInfoRef;
use spki::AlgorithmIdentifierRef;

use super::curve::{checked_point, curve_oid};
use super::error::{FormatError, Result};
use super::lattice;
use super::public::lattice_oid;
use crate::{Curve, KeyMaterial, RsaPrivate, Secret};

/// The `PrivateKeyInfo` of a private key, in DER. An `ECPrivateKey` in it carries the public key, if that is
/// known; a lattice key carries its seed, if that was kept.
///
/// # Errors
/// [`FormatError::NotAPrivateKey`] for a public or symmetric key, and [`FormatError::PointForm`] for a point that
/// is none of the curve.
pub fn private_key_info(key: &KeyMaterial) -> Result<Secret> {
    match key {
        KeyMaterial::RsaPrivate(private) => {
            info(pkcs1::ALGORITHM_OID, Some(AnyRef::NULL), &rsa_private(private)?)
        }
        KeyMaterial::EcPrivate { curve: curve @ (Curve::Ed25519 | Curve::X25519), scalar, .. } => {
            let inner = Secret::new(OctetStringRef::new(scalar.expose())?.to_der()?);
            info(curve_oid(*curve), None, &inner)
        }
        KeyMaterial::EcPrivate { curve, scalar, point } => {
            let name = curve_oid(*curve);
            info(sec1::ALGORITHM_OID, Some(AnyRef::from(&name)), &ec_private(*curve, scalar, point)?)
        }
        KeyMaterial::LatticePrivate { set, value, seed, .. } => {
            info(lattice_oid(*set), None, &lattice::encode_private(value, seed.as_ref())?)
        }
        KeyMaterial::RsaPublic(_)
        | KeyMaterial::EcPublic { .. }
        | KeyMaterial::LatticePublic { .. }
        | KeyMaterial::Secret { .. } => Err(FormatError::NotAPrivateKey),
    }
}

fn info(oid: const_oid::ObjectIdentifier, parameters: Option<AnyRef<'_>>, key: &Secret) -> Result<Secret> {
    let algorithm = AlgorithmIdentifierRef { oid, parameters };
    let info = PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(key.expose())?);
    Ok(Secret::new(info.to_der()?))
}

fn rsa_private(key: &RsaPrivate) -> Result<Secret> {
    let key = pkcs1::RsaPrivateKeyRef {
        modulus: UintRef::new(&key.public.modulus)?,
        public_exponent: UintRef::new(&key.public.public_exponent)?,
        private_exponent: UintRef::new(key.private_exponent.expose())?,
        prime1: UintRef::new(key.prime_1.expose())?,
        prime2: UintRef::new(key.prime_2.expose())?,
        exponent1: UintRef::new(key.exponent_1.expose())?,
        exponent2: UintRef::new(key.exponent_2.expose())?,
        coefficient: UintRef::new(key.coefficient.expose())?,
        other_prime_infos: None,
    };
    Ok(Secret::new(key.to_der()?))
}

fn ec_private(curve: Curve, scalar: &Secret, point: &[u8]) -> Result<Secret> {
    let public = if point.is_empty() { None } else { Some(checked_point(curve, point)?) };
    let key =
        sec1::EcPrivateKey { private_key: scalar.expose(), parameters: None, public_key: public.as_deref() };
    Ok(Secret::new(key.to_der()?))
}
