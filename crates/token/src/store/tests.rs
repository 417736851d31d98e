//! Tests of the encoding and the sealing, below the public API.

use alloc::vec::Vec;

use portcullis_entropy::{Random, RandomError};
use proptest::prelude::*;

use super::codec;
use super::*;
use crate::attribute::{AttributeSet, Kind, MAX_DEPTH, Secrets, Value};
use crate::{AttributeType, MechanismType, Secret};

/// Bytes that are easily told from zeros.
pub(crate) struct Counter(core::sync::atomic::AtomicU8);

impl Random for Counter {
    fn fill(&self, out: &mut [u8]) -> core::result::Result<(), RandomError> {
        for byte in out {
            *byte = self.0.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
        }
        Ok(())
    }

    fn mix(&self, _: &[u8]) -> core::result::Result<(), RandomError> {
        Ok(())
    }
}

pub(crate) fn counter() -> Counter {
    Counter(core::sync::atomic::AtomicU8::new(1))
}

/// A set as it stands behind its length.
fn encoded(set: &AttributeSet) -> Vec<u8> {
    let mut out = Vec::new();
    codec::put_set(&mut out, set);
    out.split_off(4)
}

const SERIAL: Serial = Serial(*b"serialno");

fn value(kind: Kind, depth: usize) -> BoxedStrategy<Value> {
    let bytes = prop::collection::vec(any::<u8>(), 0..40);
    match kind {
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Ulong => any::<u64>().prop_map(Value::Ulong).boxed(),
        Kind::Bytes | Kind::Secret => bytes.prop_map(Value::Bytes).boxed(),
        Kind::Date => {
            proptest::option::of(any::<[u8; 8]>()).prop_map(|date| Value::Date(date.map(crate::Date))).boxed()
        }
        Kind::Mechanisms => prop::collection::vec(any::<u64>(), 0..4)
            .prop_map(|codes| Value::Mechanisms(codes.into_iter().map(MechanismType).collect()))
            .boxed(),
        Kind::Template => {
            (0..depth).prop_flat_map(set_of_depth).prop_map(|inner| Value::Template(Box::new(inner))).boxed()
        }
    }
}

fn set() -> BoxedStrategy<AttributeSet> {
    set_of_depth(MAX_DEPTH)
}

/// A set in which at most so many templates lie in one another.
fn set_of_depth(depth: usize) -> BoxedStrategy<AttributeSet> {
    let fits = move |attribute: &AttributeType| depth > 0 || attribute.kind() != Kind::Template;
    let attributes: Vec<_> = AttributeType::ALL.iter().copied().filter(fits).collect();
    let attribute = prop::sample::select(attributes);
    let pair = attribute.prop_flat_map(move |attribute| (Just(attribute), value(attribute.kind(), depth)));
    let len = if depth == MAX_DEPTH { 12 } else { 3 };
    prop::collection::vec(pair, 0..len)
        .prop_map(|pairs| {
            let mut set = AttributeSet::default();
            for (attribute, value) in pairs {
                set.set(attribute, value);
            }
            set
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sets_survive_their_encoding(set in set()) {
        let bytes = encoded(&set);
        prop_assert_eq!(bytes.len(), codec::set_len(&set));
        prop_assert_eq!(codec::decode_set(&bytes), Ok(set));
    }

    #[test]
    fn what_decodes_has_one_encoding(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(set) = codec::decode_set(&bytes) {
            prop_assert_eq!(encoded(&set), bytes);
        }
    }

    #[test]
    fn hostile_records_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut framed = alloc::vec![FORMAT];
        framed.extend(&bytes);
        let key = DomainKey::open(SERIAL);
        for record in [&bytes, &framed] {
            if let Ok(parsed) = SealedRecord::parse(ObjectNumber(1), record) {
                let SealedRecord { version, public, sealed } = parsed;
                prop_assert!(key.unseal(ObjectNumber(1), version, &public, &sealed).is_err());
                prop_assert_eq!(&sealed.record(version, &public), record);
            }
            let _ = Header::decode(record);
            let _ = PinRecord::decode(UserType::User, record);
        }
    }

    #[test]
    fn sealed_secrets_come_back_and_show_nowhere(public in set(), content in prop::collection::vec(any::<u8>(), 8..64)) {
        let mut secrets = Secrets::default();
        secrets.set(AttributeType::Value, Secret::copied(&content));
        let key = DomainKey::master(SERIAL, Secret::copied(&[7; 32]));
        let sealed = key.seal(Domain::Master, ObjectNumber(3), 9, &public, &secrets, &counter()).expect("sealing works");
        let record = sealed.record(9, &public);
        prop_assert_eq!(record.len(), sealed.record_len(&public));
        let shown = record.windows(content.len()).any(|window| window == content);
        prop_assert!(!shown || encoded(&public).windows(content.len()).any(|window| window == content));
        let parsed = SealedRecord::parse(ObjectNumber(3), &record).expect("it was just written");
        prop_assert_eq!(&parsed.public, &public);
        prop_assert_eq!(parsed.version, 9);
        prop_assert_eq!(parsed.sealed.known(9), sealed.known(9));
        let sealed = parsed.sealed;
        prop_assert_eq!(key.unseal(ObjectNumber(3), 9, &public, &sealed).expect("it was just sealed"), secrets);
        prop_assert!(key.unseal(ObjectNumber(4), 9, &public, &sealed).is_err());
        prop_assert!(key.unseal(ObjectNumber(3), 8, &public, &sealed).is_err());
        let mut changed = public;
        changed.set(AttributeType::Label, "another one");
        prop_assert!(key.unseal(ObjectNumber(3), 9, &changed, &sealed).is_err());
        let other = DomainKey::master(Serial(*b"another!"), Secret::copied(&[7; 32]));
        prop_assert!(other.unseal(ObjectNumber(3), 9, &changed, &sealed).is_err());
    }
}

#[test]
fn labels_of_objects_lead_back_to_their_number() {
    for number in [0, 1, 0xabcd_ef01_2345_6789, u64::MAX] {
        assert_eq!(object_number(&object_label(ObjectNumber(number))), Some(ObjectNumber(number)));
    }
    for other in [&b"token"[..], b"seed", b"o-", b"o-123", b"o-ABCDEF0123456789", b"o-+bcdef0123456789"] {
        assert_eq!(object_number(&label(other)), None);
    }
}

fn wrap(user: UserType, device: Option<&DeviceKey>) -> PinRecord {
    let with = Wrapping { serial: SERIAL, derivation: KeyDerivation::MINIMUM, device, random: &counter() };
    PinRecord::wrap(user, b"1234", &Secret::copied(&[9; 32]), with).expect("it wraps")
}

#[test]
fn a_pin_record_opens_with_its_pin_alone() {
    let record = wrap(UserType::User, None);
    let read = PinRecord::decode(UserType::User, &record.encode()).expect("it was just written");
    assert_eq!(read, record);
    let open = |serial, pin: &[u8]| read.unwrap(serial, pin, None).expect("it is well-formed");
    assert_eq!(open(SERIAL, b"1234"), Some(Secret::copied(&[9; 32])));
    assert_eq!(open(SERIAL, b"1235"), None);
    // Neither as another user's nor in another token.
    assert!(PinRecord::decode(UserType::So, &record.encode()).is_err());
    assert_eq!(open(Serial(*b"another!"), b"1234"), None);
}

#[test]
fn a_pin_record_of_a_device_opens_there_alone() {
    let [own, other] = [1, 2]
        .map(|byte| DeviceKey::of(&portcullis_pal::testkit::FakeDevice::new(byte)).expect("a fake answers"));
    let record = wrap(UserType::User, Some(&own));
    let read = PinRecord::decode(UserType::User, &record.encode()).expect("it was just written");
    assert!(read.unwrap(SERIAL, b"1234", Some(&own)).expect("it is this device's").is_some());
    assert!(matches!(read.unwrap(SERIAL, b"1234", None), Err(Error::DeviceSecretMissing { .. })));
    assert!(matches!(read.unwrap(SERIAL, b"1234", Some(&other)), Err(Error::DeviceSecretWrong { .. })));
    // One that was made without opens with and without.
    let plain = wrap(UserType::User, None);
    assert!(plain.unwrap(SERIAL, b"1234", Some(&own)).expect("it needs none").is_some());
    assert!(plain.is_current(None) && !plain.is_current(Some(&own)) && read.is_current(Some(&own)));
}

#[test]
fn derivations_below_the_minimum_or_beyond_reason_are_refused() {
    assert!(KeyDerivation::STANDARD.is_acceptable());
    assert!(KeyDerivation::MINIMUM.is_acceptable());
    for rounds in [0, 1_000, 599_999, u32::MAX] {
        assert!(!KeyDerivation::Pbkdf2 { rounds }.is_acceptable());
    }
    #[cfg(feature = "argon2")]
    for (memory_kib, passes, lanes) in
        [(8, 3, 1), (65_536, 1, 1), (65_536, 3, 0), (u32::MAX, 3, 1), (65_536, u32::MAX, 1)]
    {
        assert!(!KeyDerivation::Argon2id { memory_kib, passes, lanes }.is_acceptable());
    }
}

#[test]
fn pbkdf2_is_the_published_function() {
    // RFC 7914 section 11 gives PBKDF2-HMAC-SHA-256 of "passwd"/"salt", one round, 64 bytes; its first 32.
    let key = KeyDerivation::Pbkdf2 { rounds: 1 }.derive(b"passwd", b"salt").expect("PBKDF2 takes any input");
    let expected = "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc";
    assert_eq!(hex::encode(key.expose()), expected);
}

#[test]
fn a_token_label_is_short_and_unpadded() {
    assert_eq!(TokenLabel::new("device   ").expect("it is short").as_str(), "device");
    assert!(TokenLabel::new(&"x".repeat(33)).is_err());
    let header = Header { serial: SERIAL, label: TokenLabel::new("device").expect("it is short") };
    assert_eq!(Header::decode(&header.encode()).expect("it was just written"), header);
    let trailing: Vec<u8> = [header.encode(), alloc::vec![0]].concat();
    assert!(Header::decode(&trailing).is_err());
}
