//! Keys that leave the token wrapped and come back.

use portcullis_pal::{Change, Label, ObjectStore};
use portcullis_token::{
    AttributeType, Curve, Error, KeyType, MechanismType, ObjectClass, ObjectHandle, Output, Parameters,
    Session, Template,
};

use crate::common::{generate, on_token, public_template, records, secret_key, user_session};
use crate::toy::toy_token;

const KWP: MechanismType = MechanismType::AES_KEY_WRAP_KWP;
const ECB: MechanismType = MechanismType::AES_ECB;

pub(crate) fn aes_key(session: &Session, value: u8) -> ObjectHandle {
    session.create_object(aes_template(value)).unwrap()
}

pub(crate) fn aes_template(value: u8) -> Template {
    Template::key(ObjectClass::SecretKey, KeyType::Aes).with(AttributeType::Value, vec![value; 16])
}

pub(crate) fn wrap(
    session: &Session,
    mechanism: MechanismType,
    wrapping: ObjectHandle,
    key: ObjectHandle,
) -> Result<Vec<u8>, Error> {
    let mut wrapped = Vec::new();
    session.wrap_key(mechanism, wrapping, key, Output::Vec(&mut wrapped))?;
    assert_eq!(session.wrap_key(mechanism, wrapping, key, Output::Length)?, wrapped.len());
    Ok(wrapped)
}

pub(crate) fn flag(session: &Session, object: ObjectHandle, attribute: AttributeType) -> bool {
    use portcullis_token::{AttributeValue, Value};
    match session.attribute(object, attribute).unwrap() {
        AttributeValue::Plain(Value::Bool(flag)) => flag,
        other => panic!("{other:?} is no truth value"),
    }
}

fn extractable(template: Template) -> Template {
    template.with(AttributeType::Extractable, true)
}

#[test]
fn a_secret_key_comes_back_with_its_value() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let wrapping = aes_key(&session, 7);
    let key = session.create_object(extractable(secret_key(b"a MAC key", "mac"))).unwrap();
    let wrapped = wrap(&session, KWP, wrapping, key).unwrap();
    let template = Template::key(ObjectClass::SecretKey, KeyType::GenericSecret)
        .with(AttributeType::Label, "back")
        .with(AttributeType::Token, true);
    let back = session.unwrap_key(KWP, wrapping, &wrapped, template).unwrap();
    session.sign_init(MechanismType::SHA256_HMAC, key).unwrap();
    let mac = session.sign(b"message").unwrap();
    session.verify_init(MechanismType::SHA256_HMAC, back).unwrap();
    session.verify(b"message", &mac).unwrap();
    for attribute in [
        AttributeType::Local,
        AttributeType::AlwaysSensitive,
        AttributeType::NeverExtractable,
        AttributeType::Extractable,
    ] {
        assert!(!flag(&session, back, attribute), "{attribute}");
    }
    for attribute in [AttributeType::Private, AttributeType::Sensitive, AttributeType::Sign] {
        assert!(flag(&session, back, attribute), "{attribute}");
    }
}

#[test]
fn a_question_for_the_length_opens_no_secret_key() {
    let (store, token) = toy_token();
    let session = user_session(&token);
    let wrapping = aes_key(&session, 7);
    let template = extractable(secret_key(b"a MAC key", "mac")).with(AttributeType::Token, true);
    let before = records(&store);
    let key = session.create_object(template).unwrap();
    let (label, mut record) = records(&store)
        .into_iter()
        .find(|record| record.0.starts_with(b"o-") && !before.contains(record))
        .unwrap();
    let wrapped = wrap(&session, KWP, wrapping, key).unwrap();
    *record.last_mut().unwrap() ^= 1;
    store.apply(&[Change::save(Label::new(&label).unwrap(), &record)]).unwrap();
    session.find_objects(&Template::new()).unwrap();
    assert_eq!(session.wrap_key(KWP, wrapping, key, Output::Length).unwrap(), wrapped.len());
    assert!(matches!(wrap(&session, KWP, wrapping, key), Err(Error::Damaged { .. })));
}

#[test]
fn a_private_key_comes_back_and_signs() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let wrapping = aes_key(&session, 7);
    for (curve, sign) in [(Curve::P256, MechanismType::ECDSA_SHA256), (Curve::Ed25519, MechanismType::EDDSA)]
    {
        let generator = match curve {
            Curve::Ed25519 => MechanismType::EC_EDWARDS_KEY_PAIR_GEN,
            _ => MechanismType::EC_KEY_PAIR_GEN,
        };
        let (public, private) = session
            .generate_key_pair(generator, public_template(curve, "pair"), extractable(on_token("pair")))
            .unwrap();
        let wrapped = wrap(&session, KWP, wrapping, private).unwrap();
        let template = Template::key(ObjectClass::PrivateKey, curve.key_type());
        let back = session.unwrap_key(KWP, wrapping, &wrapped, template).unwrap();
        session.sign_init(sign, back).unwrap();
        let signature = session.sign(b"message").unwrap();
        session.verify_init(sign, public).unwrap();
        session.verify(b"message", &signature).unwrap();
        // The same structure is no key of another type.
        let template = Template::key(ObjectClass::PrivateKey, KeyType::Rsa);
        let other = session.unwrap_key(KWP, wrapping, &wrapped, template);
        assert!(matches!(other, Err(Error::WrappedKeyInvalid)));
    }
}

#[test]
fn blocks_are_filled_with_zeros_and_cut_by_the_templates_length() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let wrapping = aes_key(&session, 1);
    let key = session.create_object(extractable(secret_key(&[5; 20], "x"))).unwrap();
    let wrapped = wrap(&session, ECB, wrapping, key).unwrap();
    assert_eq!(wrapped, [[6; 20].as_slice(), &[1; 12]].concat());
    let template = |len: u64| {
        Template::key(ObjectClass::SecretKey, KeyType::GenericSecret)
            .with(AttributeType::ValueLen, len)
            .with(AttributeType::Sensitive, false)
            .with(AttributeType::Extractable, true)
    };
    let back = session.unwrap_key(ECB, wrapping, &wrapped, template(20)).unwrap();
    let value = session.attribute(back, AttributeType::Value).unwrap();
    assert_eq!(value, portcullis_token::AttributeValue::Secret(portcullis_token::Secret::copied(&[5; 20])));
    for len in [19, 15, 33] {
        let refused = session.unwrap_key(ECB, wrapping, &wrapped, template(len));
        assert!(matches!(refused, Err(Error::WrappedKeyInvalid)), "{len}");
    }
    let (_, private) = generate(&session, Curve::P256, "pair");
    assert!(matches!(wrap(&session, ECB, wrapping, private), Err(Error::KeyUnextractable)));
}

#[test]
fn a_length_is_told_and_a_short_buffer_is_not_filled() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let wrapping = aes_key(&session, 7);
    let key = session.create_object(extractable(aes_template(9))).unwrap();
    assert_eq!(session.wrap_key(KWP, wrapping, key, Output::Length).unwrap(), 17);
    let mut short = [0; 16];
    let refused = session.wrap_key(KWP, wrapping, key, Output::Buffer(&mut short));
    assert!(matches!(refused, Err(Error::BufferTooSmall { needed: 17 })));
    assert_eq!(short, [0; 16]);
}

#[test]
fn what_is_authenticated_beside_a_key_must_come_back_with_it() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let wrapping = aes_key(&session, 7);
    let key = session.create_object(extractable(aes_template(9))).unwrap();
    let gcm = || (MechanismType::AES_GCM, Parameters::Gcm { iv: vec![1; 12], aad: vec![], tag_len: 16 });
    let mut wrapped = Vec::new();
    session.wrap_key_authenticated(gcm(), wrapping, key, b"aad", Output::Vec(&mut wrapped)).unwrap();
    let template = || Template::key(ObjectClass::SecretKey, KeyType::Aes);
    session.unwrap_key_authenticated(gcm(), wrapping, &wrapped, template(), b"aad").unwrap();
    let other = session.unwrap_key_authenticated(gcm(), wrapping, &wrapped, template(), b"other");
    assert!(matches!(other, Err(Error::WrappedKeyInvalid)));
    let unauthenticated = session.wrap_key_authenticated(KWP, wrapping, key, b"aad", Output::Length);
    assert!(matches!(unauthenticated, Err(Error::MechanismInvalid(KWP))));
}

#[test]
fn each_key_of_a_call_is_named_by_its_error() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let (aes, generic) = (aes_key(&session, 7), session.create_object(secret_key(b"key", "x")).unwrap());
    let gone = ObjectHandle(u64::MAX);
    let template = || Template::key(ObjectClass::SecretKey, KeyType::Aes);
    assert!(matches!(wrap(&session, KWP, gone, aes), Err(Error::WrappingKeyHandleInvalid)));
    assert!(matches!(wrap(&session, KWP, aes, gone), Err(Error::KeyHandleInvalid)));
    assert!(matches!(wrap(&session, KWP, generic, aes), Err(Error::WrappingKeyTypeInconsistent(_))));
    let unwrap = |key| session.unwrap_key(KWP, key, &[0; 17], template()).unwrap_err();
    assert!(matches!(unwrap(gone), Error::UnwrappingKeyHandleInvalid));
    assert!(matches!(unwrap(generic), Error::UnwrappingKeyTypeInconsistent(_)));
    let (public, _) = generate(&session, Curve::P256, "pair");
    let wrapped = wrap(&session, KWP, aes, public);
    assert!(matches!(wrapped, Err(Error::KeyNotWrappable)));
    let denied = session.create_object(aes_template(3).with(AttributeType::Wrap, false)).unwrap();
    assert!(matches!(
        wrap(&session, KWP, denied, aes),
        Err(Error::KeyFunctionNotPermitted(AttributeType::Wrap))
    ));
}

#[test]
fn templates_of_a_wrapping_key_bind_what_it_wraps_and_unwraps() {
    let (store, token) = toy_token();
    let session = user_session(&token);
    let wrapping = aes_template(7)
        .with(AttributeType::Token, true)
        .with(AttributeType::Label, "wrapping")
        .with_template(
            AttributeType::WrapTemplate,
            Template::key(ObjectClass::SecretKey, KeyType::GenericSecret),
        )
        .with_template(
            AttributeType::UnwrapTemplate,
            Template::new().with(AttributeType::Sign, false).with(AttributeType::Extractable, false),
        );
    session.create_object(wrapping).unwrap();
    drop(session);
    // They are kept.
    let token = reopened(&store, token);
    let session = user_session(&token);
    let wrapping = session.find_objects(&Template::new().with(AttributeType::Label, "wrapping")).unwrap()[0];
    let aes = session.create_object(extractable(aes_template(9))).unwrap();
    let generic = session.create_object(extractable(secret_key(&[9; 16], "x"))).unwrap();
    assert!(matches!(wrap(&session, KWP, wrapping, aes), Err(Error::KeyNotWrappable)));
    let wrapped = wrap(&session, KWP, wrapping, generic).unwrap();
    let template = || Template::key(ObjectClass::SecretKey, KeyType::GenericSecret);
    let refused = session.unwrap_key(KWP, wrapping, &wrapped, extractable(template()));
    assert!(matches!(refused, Err(Error::TemplateInconsistent(AttributeType::Extractable))));
    let back = session.unwrap_key(KWP, wrapping, &wrapped, template()).unwrap();
    assert!(!flag(&session, back, AttributeType::Sign));
}

fn reopened(store: &portcullis_pal::MemoryStore, token: portcullis_token::Token) -> portcullis_token::Token {
    drop(token);
    crate::toy::open(store)
}

#[test]
fn templates_lie_in_one_another_only_so_deep() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let nested = |depth: usize| {
        (0..depth).fold(Template::new().with(AttributeType::Sign, true), |inner, _| {
            Template::new().with_template(AttributeType::UnwrapTemplate, inner)
        })
    };
    let create = |depth| {
        session.create_object(aes_template(1).with_template(AttributeType::UnwrapTemplate, nested(depth)))
    };
    create(3).unwrap();
    assert!(matches!(create(4), Err(Error::AttributeValueInvalid(AttributeType::UnwrapTemplate))));
    let with_secret = Template::new().with(AttributeType::Value, "secret");
    let refused =
        session.create_object(aes_template(1).with_template(AttributeType::WrapTemplate, with_secret));
    assert!(matches!(refused, Err(Error::AttributeValueInvalid(AttributeType::WrapTemplate))));
}

/// What client programs ask for: an RSA key that may leave, and one that can be read when it comes back.
#[test]
fn an_rsa_key_under_aes_comes_back_as_its_template_says() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let wrapping = aes_key(&session, 7);
    let rsa = include_bytes!("../../testdata/rsa-2048.pkcs8.der");
    let open = |template: Template| extractable(template).with(AttributeType::Sensitive, false);
    let key = session.create_object(open(crate::keys::imported(rsa, "rsa"))).unwrap();
    let wrapped = wrap(&session, KWP, wrapping, key).unwrap();
    let template = open(Template::key(ObjectClass::PrivateKey, KeyType::Rsa));
    let back = session.unwrap_key(KWP, wrapping, &wrapped, template).unwrap();
    let prime = |key| session.attribute(key, AttributeType::Prime2).unwrap();
    assert_eq!(prime(back), prime(key));
    for history in [AttributeType::AlwaysSensitive, AttributeType::NeverExtractable, AttributeType::Local] {
        assert!(!flag(&session, back, history), "{history}");
    }
    // A template that contradicts itself is refused, in whichever order.
    for first in [true, false] {
        let twice = Template::key(ObjectClass::PrivateKey, KeyType::Rsa)
            .with(AttributeType::Sensitive, first)
            .with(AttributeType::Sensitive, !first);
        let refused = session.unwrap_key(KWP, wrapping, &wrapped, twice);
        assert!(matches!(refused, Err(Error::TemplateInconsistent(AttributeType::Sensitive))));
    }
}
