//! Certificate objects: what a template may leave out, what it may not say, and what is computed.

use portcullis_token::{
    AttributeType, AttributeValue, Error, MechanismType, ObjectClass, ObjectHandle, Session, Template, Value,
};

use crate::common::{new_token, open, user_session};
use crate::keys::self_signed;

const X_509: u64 = 0;
const HASH: [u8; 20] = [7; 20];

fn certificate() -> Template {
    Template::of(ObjectClass::Certificate).with(AttributeType::CertificateType, X_509)
}

/// A certificate that lies elsewhere.
fn by_url() -> Template {
    certificate()
        .with(AttributeType::Url, "https://ca.example/device.der")
        .with(AttributeType::HashOfSubjectPublicKey, &HASH[..])
        .with(AttributeType::HashOfIssuerPublicKey, &HASH[..])
        .with(AttributeType::Subject, "subject")
        .with(AttributeType::Value, "")
}

fn value(session: &Session, object: ObjectHandle, attribute: AttributeType) -> Value {
    match session.attribute(object, attribute).unwrap() {
        AttributeValue::Plain(value) => value,
        AttributeValue::Secret(_) => panic!("{attribute} of a certificate is no secret"),
    }
}

#[test]
fn what_is_left_out_has_the_standards_defaults() {
    let (store, token) = new_token();
    let session = user_session(&token);
    session.create_object(self_signed(&session, ObjectHandle(0), "cert")).unwrap();
    drop(session);
    let token = open(&store);
    let session = user_session(&token);
    let made = session.find_objects(&certificate()).unwrap()[0];
    for attribute in [
        AttributeType::Url,
        AttributeType::HashOfSubjectPublicKey,
        AttributeType::HashOfIssuerPublicKey,
        AttributeType::Id,
    ] {
        assert_eq!(value(&session, made, attribute), Value::Bytes(Vec::new()), "{attribute}");
    }
    for attribute in [AttributeType::CertificateCategory, AttributeType::JavaMidpSecurityDomain] {
        assert_eq!(value(&session, made, attribute), Value::Ulong(0), "{attribute}");
    }
    for attribute in [AttributeType::StartDate, AttributeType::EndDate] {
        assert_eq!(value(&session, made, attribute), Value::Date(None), "{attribute}");
    }
    let sha_1 = Value::from(MechanismType::SHA_1);
    assert_eq!(value(&session, made, AttributeType::NameHashAlgorithm), sha_1);
    assert_eq!(value(&session, made, AttributeType::Trusted), Value::Bool(false));
    // A key's attribute is none of a certificate.
    assert!(matches!(
        session.attribute(made, AttributeType::ObjectValidationFlags),
        Err(Error::AttributeTypeInvalid(_))
    ));
}

#[test]
fn a_certificate_may_lie_behind_a_url_beside_its_hashes() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let made = session.create_object(by_url()).unwrap();
    assert_eq!(value(&session, made, AttributeType::HashOfIssuerPublicKey), Value::from(&HASH[..]));
    assert_eq!(value(&session, made, AttributeType::PublicKeyInfo), Value::Bytes(Vec::new()));
    let found = session.find_objects(&Template::new().with(AttributeType::HashOfSubjectPublicKey, &HASH[..]));
    assert_eq!(found.unwrap(), [made]);
    let empty = |attribute| {
        let values = [
            (AttributeType::Url, &b"https://ca.example/device.der"[..]),
            (AttributeType::HashOfSubjectPublicKey, &HASH),
            (AttributeType::HashOfIssuerPublicKey, &HASH),
            (AttributeType::Subject, b"subject"),
            (AttributeType::Value, b""),
        ];
        let given = values.into_iter().filter(|(other, _)| *other != attribute);
        session.create_object(given.fold(certificate(), |made, (other, value)| made.with(other, value)))
    };
    for attribute in [
        AttributeType::HashOfSubjectPublicKey,
        AttributeType::HashOfIssuerPublicKey,
        AttributeType::Subject,
        AttributeType::Value,
    ] {
        assert!(matches!(empty(attribute), Err(Error::TemplateIncomplete(lacking)) if lacking == attribute));
    }
    // Without a URL it is the certificate that lacks.
    let nowhere = empty(AttributeType::Url);
    assert!(matches!(nowhere, Err(Error::TemplateIncomplete(AttributeType::Value))));
}

#[test]
fn other_kinds_of_certificates_and_unknown_numbers_are_refused() {
    let (_, token) = new_token();
    let session = user_session(&token);
    // `CKC_X_509_ATTR_CERT`, `CKC_WTLS` and a vendor's.
    for kind in [1, 2, 0x8000_0000] {
        let other = Template::of(ObjectClass::Certificate)
            .with(AttributeType::CertificateType, kind)
            .with(AttributeType::Subject, "subject")
            .with(AttributeType::Value, "certificate");
        assert!(matches!(
            session.create_object(other),
            Err(Error::AttributeValueInvalid(AttributeType::CertificateType))
        ));
    }
    for attribute in [AttributeType::CertificateCategory, AttributeType::JavaMidpSecurityDomain] {
        let of = |number: u64| session.create_object(by_url().with(attribute, number));
        of(3).unwrap();
        assert!(matches!(of(4), Err(Error::AttributeValueInvalid(wrong)) if wrong == attribute));
    }
}

#[test]
fn the_public_key_is_the_certificates_own() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let made = session.create_object(self_signed(&session, ObjectHandle(0), "cert")).unwrap();
    assert!(
        matches!(value(&session, made, AttributeType::PublicKeyInfo), Value::Bytes(info) if !info.is_empty())
    );
    let another =
        self_signed(&session, ObjectHandle(0), "cert").with(AttributeType::PublicKeyInfo, "another");
    assert!(matches!(
        session.create_object(another),
        Err(Error::TemplateInconsistent(AttributeType::PublicKeyInfo))
    ));
}

#[test]
fn identifying_attributes_may_change_and_what_describes_the_certificate_may_not() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let made = session.create_object(self_signed(&session, ObjectHandle(0), "cert")).unwrap();
    for attribute in [AttributeType::Id, AttributeType::Issuer, AttributeType::SerialNumber] {
        session.set_attributes(made, &Template::new().with(attribute, "new")).unwrap();
    }
    for attribute in [
        AttributeType::Url,
        AttributeType::HashOfSubjectPublicKey,
        AttributeType::HashOfIssuerPublicKey,
        AttributeType::PublicKeyInfo,
    ] {
        let changed = session.set_attributes(made, &Template::new().with(attribute, "new"));
        assert!(matches!(changed, Err(Error::AttributeReadOnly(fixed)) if fixed == attribute));
    }
}

#[test]
fn no_key_was_made_under_a_validation() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let key = session.create_object(crate::common::secret_key(b"key", "x")).unwrap();
    let flags = AttributeType::ObjectValidationFlags;
    assert_eq!(value(&session, key, flags), Value::Ulong(0));
    let by = |number: u64| session.find_objects(&Template::new().with(flags, number)).unwrap();
    assert_eq!((by(0), by(1)), (vec![key], vec![]));
    let claimed = crate::common::secret_key(b"key", "x").with(flags, 1);
    assert!(matches!(session.create_object(claimed), Err(Error::AttributeReadOnly(_))));
}
