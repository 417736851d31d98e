//! Tests of the schema and of templates.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::object::ObjectClass;
use crate::{Error, KeyType};

#[test]
fn codes_are_unlike_and_lead_back_to_their_attribute() {
    for attribute in AttributeType::ALL {
        assert_eq!(AttributeType::from_code(attribute.code()), Some(*attribute));
    }
    assert_eq!(AttributeType::from_code(0x8000_0000), None);
}

#[test]
fn what_is_secret_belongs_to_secret_classes_or_is_a_value() {
    for attribute in AttributeType::ALL.iter().filter(|attribute| attribute.is_secret()) {
        let public_key = attribute.row().applies_to(ObjectClass::PublicKey, Some(KeyType::Rsa));
        assert!(!public_key, "{attribute} of a public key is no secret");
    }
}

#[test]
fn flags_that_protect_a_key_move_in_one_direction() {
    let one_way = |attribute: AttributeType| attribute.row().change;
    assert_eq!(one_way(AttributeType::Sensitive), Change::OnlyToTrue);
    assert_eq!(one_way(AttributeType::WrapWithTrusted), Change::OnlyToTrue);
    assert_eq!(one_way(AttributeType::Extractable), Change::OnlyToFalse);
    for fixed in [AttributeType::AlwaysSensitive, AttributeType::NeverExtractable, AttributeType::Local] {
        assert_eq!(fixed.row().given, Given::Never);
        assert_eq!(one_way(fixed), Change::Fixed);
    }
}

#[test]
fn key_attributes_go_with_their_key_types() {
    let applies = |attribute: AttributeType, key_type| {
        attribute.row().applies_to(ObjectClass::PrivateKey, Some(key_type))
    };
    assert!(applies(AttributeType::Prime1, KeyType::Rsa));
    assert!(!applies(AttributeType::Prime1, KeyType::Ec));
    assert!(applies(AttributeType::Value, KeyType::Ec));
    assert!(!applies(AttributeType::Value, KeyType::Rsa));
}

#[test]
fn a_template_remembers_its_first_flaw() {
    let twice = Template::new().with(AttributeType::Label, "a").with(AttributeType::Label, "b");
    assert!(matches!(twice.check(), Err(Error::TemplateInconsistent(AttributeType::Label))));
    let same = Template::new().with(AttributeType::Label, "a").with(AttributeType::Label, "a");
    assert!(same.check().is_ok());
    let wrong = Template::new().with(AttributeType::Sign, "yes").with(AttributeType::Label, true);
    assert!(matches!(wrong.check(), Err(Error::AttributeValueInvalid(AttributeType::Sign))));
    let not_secret = Template::new().with_secret(AttributeType::Label, Secret::copied(b"x"));
    assert!(not_secret.check().is_err());
}

#[test]
fn a_template_does_not_print_its_secrets() {
    let template = Template::of(ObjectClass::SecretKey).with(AttributeType::Value, "hunter2");
    let shown = alloc::format!("{template:?}");
    assert!(shown.contains("7 bytes") && !shown.contains("hunter2"), "{shown}");
    let bytes: Vec<u8> = b"hunter2".to_vec();
    assert!(!shown.contains(&alloc::format!("{bytes:?}")));
}

/// Whatever is set and taken out, a set shows what a plain map has, in the order of the codes.
#[test]
fn a_set_is_a_map_in_the_order_of_codes() {
    let values = [
        Value::Bool(true),
        Value::Bool(false),
        Value::Ulong(1),
        Value::Bytes(vec![1]),
        Value::Bytes(Vec::new()),
        Value::Template(Box::default()),
    ];
    // Every value meets every attribute, also of another kind, and each step meets what the ones before it left.
    let (mut set, mut map) = (AttributeSet::default(), BTreeMap::new());
    let mut random = 1_u64;
    let mut draw = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    for _ in 0..20_000 {
        let attribute = AttributeType::ALL[draw(AttributeType::ALL.len())];
        let value = values[draw(values.len())].clone();
        match draw(4) {
            0 => assert_eq!(set.remove(attribute), map.remove(&attribute)),
            1 => {
                set.set_default(attribute, value.clone());
                map.entry(attribute).or_insert(value);
            }
            2 => {
                let bytes = map.get(&attribute).and_then(Value::as_bytes).map(<[u8]>::to_vec);
                if bytes.is_some() {
                    map.remove(&attribute);
                }
                assert_eq!(set.take_bytes(attribute), bytes);
            }
            _ => {
                set.set(attribute, value.clone());
                map.insert(attribute, value);
            }
        }
        assert_eq!(set.value(attribute), map.get(&attribute));
        assert_eq!(set.flag(attribute), map.get(&attribute).and_then(Value::as_bool).unwrap_or(false));
        assert!(set.iter().eq(map.iter().map(|(attribute, value)| (*attribute, value))));
    }
    let mut again = AttributeSet::default();
    map.iter().rev().for_each(|(attribute, value)| again.set(*attribute, value.clone()));
    assert_eq!(again, set);
}
