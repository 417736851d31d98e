//! The private keys of ML-KEM (RFC 9935 section 6) and ML-DSA (RFC 9881 section 6): a seed, an expanded key, or
//! both. Whether the two belong together is the engine's to say.

use alloc::vec::Vec;

use der::asn1::{AnyRef, BitStringRef, ContextSpecific, OctetStringRef};
use der::{Decode, Encode, SliceReader, Tag, TagMode, TagNumber, Tagged};

use super::error::{FormatError, Result};
use super::public::{lattice_value, whole_bytes};
use crate::{KeyMaterial, ParameterSet, Secret};

/// The tag of the choice `seed`, `[0] IMPLICIT OCTET STRING`.
const SEED: TagNumber = TagNumber(0);

/// The private key in the octets of a PKCS #8 structure, with the public key beside it.
pub(super) fn private_key(
    set: ParameterSet,
    der: &[u8],
    public: Option<BitStringRef<'_>>,
) -> Result<KeyMaterial> {
    let choice = AnyRef::from_der(der)?;
    let (value, seed) = match choice.tag() {
        Tag::OctetString => (Some(<&OctetStringRef>::from_der(der)?.as_bytes()), None),
        Tag::Sequence => {
            let mut inside = SliceReader::new(choice.value())?;
            let seed = <&OctetStringRef>::decode(&mut inside)?;
            let value = <&OctetStringRef>::decode(&mut inside)?;
            der::Reader::finish(inside)?;
            (Some(value.as_bytes()), Some(seed.as_bytes()))
        }
        tag if tag == (Tag::ContextSpecific { constructed: false, number: SEED }) => {
            (None, Some(choice.value()))
        }
        _ => return Err(FormatError::NotAPrivateKey),
    };
    let of_length = |bytes: &[u8], len| {
        if bytes.len() == len { Ok(Secret::copied(bytes)) } else { Err(FormatError::LatticeLength(set)) }
    };
    let public = match public {
        Some(bits) => lattice_value(set, whole_bytes(bits)?)?,
        None => Vec::new(),
    };
    Ok(KeyMaterial::LatticePrivate {
        set,
        value: value.map_or(Ok(Secret::zeroed(0)), |bytes| of_length(bytes, set.private_len()))?,
        seed: seed.map(|bytes| of_length(bytes, set.seed_len())).transpose()?,
        public,
    })
}

/// The octets of a PKCS #8 structure for a private key: all that is known of it.
pub(super) fn encode_private(value: &Secret, seed: Option<&Secret>) -> Result<Secret> {
    let encoded = match seed {
        None => OctetStringRef::new(value.expose())?.to_der()?,
        Some(seed) if value.is_empty() => {
            let value = OctetStringRef::new(seed.expose())?;
            ContextSpecific { tag_number: SEED, tag_mode: TagMode::Implicit, value }.to_der()?
        }
        Some(seed) => {
            let (seed, value) = (OctetStringRef::new(seed.expose())?, OctetStringRef::new(value.expose())?);
            let mut both = Secret::zeroed(
                usize::try_from((seed.encoded_len()? + value.encoded_len()?)?)
                    .map_err(|_| FormatError::Truncated)?,
            );
            let mut writer = der::SliceWriter::new(both.expose_mut());
            seed.encode(&mut writer)?;
            value.encode(&mut writer)?;
            AnyRef::new(Tag::Sequence, both.expose())?.to_der()?
        }
    };
    Ok(Secret::new(encoded))
}
