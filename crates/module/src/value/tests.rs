//! Values of each kind, there and back, and bytes that are none.

use portcullis_token::AttributeType as A;

use super::*;

fn encoded(value: Value) -> Vec<u8> {
    encode(&AttributeValue::Plain(value)).to_vec()
}

#[test]
fn each_kind_has_its_layout() {
    assert_eq!(encoded(Value::Bool(true)), [1]);
    assert_eq!(encoded(Value::Ulong(3)), (3 as CK_ULONG).to_ne_bytes());
    assert_eq!(encoded(Value::Ulong(u64::MAX)), CK_ULONG::MAX.to_ne_bytes());
    assert_eq!(encoded(Value::Date(None)), []);
    assert_eq!(encoded(Value::Date(Some(Date(*b"20261123")))), b"20261123");
    let list = Value::Mechanisms(vec![MechanismType::ECDSA, MechanismType::EDDSA]);
    assert_eq!(encoded(list.clone()).len(), 2 * ULONG);
    assert_eq!(parse_mechanisms(&encoded(list)), Some(vec![MechanismType::ECDSA, MechanismType::EDDSA]));
    assert_eq!(*encode(&AttributeValue::Secret(Secret::copied(b"key"))), b"key");
}

#[test]
fn bytes_of_the_wrong_shape_are_refused() {
    let cases: &[(A, &[u8])] = &[
        (A::Token, b""),
        (A::Token, &[2]),
        (A::Token, &[1, 0]),
        (A::Class, b""),
        (A::Class, &[0; ULONG - 1]),
        (A::Class, &[0; ULONG + 1]),
        (A::StartDate, b"2026112"),
        (A::StartDate, b"2026-1-1"),
        (A::AllowedMechanisms, &[0; ULONG + 1]),
    ];
    for (attribute, bytes) in cases {
        let refused = add(Template::new(), *attribute, bytes);
        assert!(matches!(refused, Err(Error::AttributeMalformed(code)) if code == attribute.code()));
    }
}
