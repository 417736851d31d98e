//! The token as TLS sees it: keys by query, their certificates and anchors, and signatures in TLS's form.

use portcullis_token::key_service::{KeyAlgorithm, KeyQuery, KeyRef, SignatureScheme};
use portcullis_token::{
    AttributeType, Curve, Error, HashAlgorithm, KeyService, MechanismType, ObjectClass, ObjectHandle,
    Session, SessionAccess, Template, Token, TokenKeys, UserType, formats,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PublicKeyData};

use crate::common::{SO_PIN, USER_PIN, generate, new_token, on_token, public_template, user_session};

fn keys(token: &Token) -> TokenKeys {
    TokenKeys::login(token, USER_PIN).unwrap()
}

fn query(text: &str) -> KeyQuery {
    KeyQuery::parse(text).unwrap()
}

/// A public key that a certificate is to be issued for.
struct Subject(Vec<u8>);

impl PublicKeyData for Subject {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn store_certificate(session: &Session, label: &str, der: &[u8], trusted: bool) -> ObjectHandle {
    let template = Template::of(ObjectClass::Certificate)
        .with(AttributeType::Token, true)
        .with(AttributeType::CertificateType, 0)
        .with(AttributeType::Label, label)
        .with(AttributeType::Trusted, trusted)
        .with(AttributeType::Value, der);
    session.create_object(template).unwrap()
}

/// The raw point of a key, as rcgen wants it.
fn point(info: &[u8]) -> Vec<u8> {
    match formats::public_key(info).unwrap() {
        portcullis_token::KeyMaterial::EcPublic { point, .. } => point,
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_are_named_by_label_id_and_uri() {
    let (_, token) = new_token();
    {
        let session = user_session(&token);
        generate(&session, Curve::P256, "first");
        let with_id = |template: Template| template.with(AttributeType::Id, vec![0x0a, 0x1b]);
        let public = with_id(public_template(Curve::Ed25519, "second"));
        let private = with_id(on_token("second"));
        session.generate_key_pair(MechanismType::EC_EDWARDS_KEY_PAIR_GEN, public, private).unwrap();
    }
    let keys = keys(&token);
    let labels = |text: &str| -> Vec<String> {
        keys.keys(&query(text)).unwrap().into_iter().map(|key| key.label).collect()
    };
    assert_eq!(labels("first"), ["first"]);
    assert_eq!(labels("id:0a1b"), ["second"]);
    assert_eq!(labels("pkcs11:token=test%20token;object=second;type=private"), ["second"]);
    assert_eq!(labels("pkcs11:manufacturer=Portcullis"), ["first", "second"]);
    assert!(labels("pkcs11:token=another;object=first").is_empty());
    assert!(labels("third").is_empty());
    let serial = token.info().unwrap().serial;
    assert_eq!(labels(&format!("pkcs11:serial={serial};id=%0a%1b")), ["second"]);
}

#[test]
fn signatures_have_the_form_that_tls_uses() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let (public, _) = generate(&session, Curve::P256, "key");
    let keys = TokenKeys::login(&token, USER_PIN).unwrap();
    let key = &keys.keys(&query("key")).unwrap()[0];
    assert_eq!(key.algorithm, KeyAlgorithm::Ec(Curve::P256));
    let scheme = SignatureScheme::Ecdsa(Curve::P256, HashAlgorithm::Sha256);
    assert_eq!(key.schemes, [scheme]);
    // Often enough to meet a leading zero in r or s.
    for n in 0..600_u32 {
        let signature = keys.sign(key.key, scheme, &n.to_be_bytes()).unwrap();
        let raw = formats::ecdsa_from_der(&signature, Curve::P256).unwrap();
        session.verify_init(MechanismType::ECDSA_SHA256, public).unwrap();
        session.verify(&n.to_be_bytes(), &raw).unwrap();
    }
    let other = SignatureScheme::Ecdsa(Curve::P384, HashAlgorithm::Sha384);
    assert!(matches!(keys.sign(key.key, other, b""), Err(Error::KeySizeRange(_))));
    assert!(matches!(keys.sign(KeyRef(1), scheme, b""), Err(Error::KeyHandleInvalid)));
}

#[test]
fn chains_follow_the_keys_not_the_ids() {
    let (_, token) = new_token();
    let root = authority("root");
    let session = user_session(&token);
    let (_, private) = generate(&session, Curve::P256, "key");
    generate(&session, Curve::P256, "other");
    let portcullis_token::AttributeValue::Plain(info) =
        session.attribute(private, AttributeType::PublicKeyInfo).unwrap()
    else {
        panic!()
    };
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "intermediate");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let intermediate = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &root).unwrap();
    let subject = Subject(point(info.as_bytes().unwrap()));
    let leaf =
        CertificateParams::new([String::from("device")]).unwrap().signed_by(&subject, &intermediate).unwrap();
    store_certificate(&session, "root", root.der(), false);
    store_certificate(&session, "leaf", leaf.der(), false);
    store_certificate(&session, "intermediate", intermediate.der(), false);
    drop(session);

    let keys = keys(&token);
    let key = keys.keys(&query("key")).unwrap()[0].key;
    let chains = keys.certificates(key).unwrap();
    assert_eq!(chains, [vec![leaf.der().clone(), intermediate.der().clone()]]);
    let other = keys.keys(&query("other")).unwrap()[0].key;
    assert!(keys.certificates(other).unwrap().is_empty());
}

#[test]
fn anchors_are_what_the_security_officer_trusts() {
    let (_, token) = new_token();
    let (trusted, merely_there) = (authority("trusted"), authority("merely there"));
    {
        let session = token.open_session(SessionAccess::ReadWrite).unwrap();
        session.login(UserType::So, SO_PIN).unwrap();
        store_certificate(&session, "trusted", trusted.der(), true);
        store_certificate(&session, "merely there", merely_there.der(), false);
    }
    assert_eq!(keys(&token).anchors().unwrap(), [trusted.der().clone()]);
}

#[test]
fn keys_that_may_not_sign_unattended_are_not_offered() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let pair = |private: Template| {
        let public = public_template(Curve::P256, "key");
        session.generate_key_pair(MechanismType::EC_KEY_PAIR_GEN, public, private).unwrap();
    };
    pair(on_token("no sign").with(AttributeType::Sign, false));
    pair(on_token("asks").with(AttributeType::AlwaysAuthenticate, true));
    let keys = TokenKeys::of(session);
    assert!(keys.keys(&KeyQuery::default()).unwrap().is_empty());
}

#[test]
fn a_logout_ends_the_service() {
    let (_, token) = new_token();
    let session = user_session(&token);
    generate(&session, Curve::P256, "key");
    let keys = TokenKeys::login(&token, USER_PIN).unwrap();
    let key = keys.keys(&KeyQuery::default()).unwrap()[0].key;
    session.logout().unwrap();
    let scheme = SignatureScheme::Ecdsa(Curve::P256, HashAlgorithm::Sha256);
    assert!(matches!(keys.sign(key, scheme, b"message"), Err(Error::KeyHandleInvalid)));
}

#[test]
fn a_wrong_pin_opens_no_service() {
    let (_, token) = new_token();
    assert!(matches!(TokenKeys::login(&token, b"wrong"), Err(Error::PinIncorrect { .. })));
}
