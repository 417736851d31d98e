//! Keys in and out of the token: what is generated or imported signs, and none can be read back.

use portcullis_pal::{MemoryStore, ObjectStore};
use portcullis_token::{
    AttributeType, AttributeValue, Curve, Date, Error, KeyMaterial, KeyType, MechanismType, ObjectClass,
    ObjectHandle, Secret, Session, Template, Value, formats,
};

use crate::common::{
    contains, generate, new_token, on_token, public_template, records, secret_key, user_session,
};

const RSA: &[u8] = include_bytes!("../../testdata/rsa-2048.pkcs8.der");
const P256: &[u8] = include_bytes!("../../testdata/p256.pkcs8.der");
const P384: &[u8] = include_bytes!("../../testdata/p384.pkcs8.der");
const ED25519: &[u8] = include_bytes!("../../testdata/ed25519.pkcs8.der");

/// The template of an existing private key that is to live on the token.
pub(crate) fn imported(der: &[u8], label: &str) -> Template {
    Template::of_key(formats::private_key(der).unwrap())
        .unwrap()
        .with(AttributeType::Token, true)
        .with(AttributeType::Label, label)
}

/// The public key object that belongs to a private key.
fn public_half(session: &Session, private: ObjectHandle, label: &str) -> ObjectHandle {
    let AttributeValue::Plain(Value::Bytes(info)) =
        session.attribute(private, AttributeType::PublicKeyInfo).unwrap()
    else {
        panic!("public key information is public");
    };
    let template = Template::of_key(formats::public_key(&info).unwrap()).unwrap();
    session.create_object(template.with(AttributeType::Label, label)).unwrap()
}

/// A self-signed certificate's template; the certificate is of some other key, which is enough where only
/// its being found matters.
pub(crate) fn self_signed(_: &Session, _: ObjectHandle, label: &str) -> Template {
    let certificate = rcgen::generate_simple_self_signed([String::from("device")]).unwrap();
    Template::of(ObjectClass::Certificate)
        .with(AttributeType::Token, true)
        .with(AttributeType::CertificateType, 0)
        .with(AttributeType::Label, label)
        .with(AttributeType::Value, certificate.cert.der().to_vec())
}

#[test]
fn generated_keys_sign_and_verify() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let cases = [
        (Curve::P256, MechanismType::ECDSA_SHA256),
        (Curve::P384, MechanismType::ECDSA_SHA384),
        (Curve::Ed25519, MechanismType::EDDSA),
    ];
    for (curve, mechanism) in cases {
        let (public, private) = generate(&session, curve, "key");
        session.sign_init(mechanism, private).unwrap();
        let signature = session.sign(b"message").unwrap();
        session.verify_init(mechanism, public).unwrap();
        session.verify(b"message", &signature).unwrap();
        session.verify_init(mechanism, public).unwrap();
        assert!(matches!(session.verify(b"massage", &signature), Err(Error::SignatureInvalid)));
    }
}

#[test]
fn imported_keys_sign_and_verify() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let cases = [
        (RSA, MechanismType::SHA256_RSA_PKCS),
        (P256, MechanismType::ECDSA_SHA256),
        (P384, MechanismType::ECDSA_SHA384),
        (ED25519, MechanismType::EDDSA),
    ];
    for (der, mechanism) in cases {
        let private = session.create_object(imported(der, "imported")).unwrap();
        let public = public_half(&session, private, "imported");
        session.sign_init(mechanism, private).unwrap();
        let signature = session.sign(b"message").unwrap();
        session.verify_init(mechanism, public).unwrap();
        session.verify(b"message", &signature).unwrap();
    }
}

#[test]
fn a_private_key_cannot_be_read_back() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let generated = generate(&session, Curve::P256, "key").1;
    let ec = session.create_object(imported(P256, "ec")).unwrap();
    let rsa = session.create_object(imported(RSA, "rsa")).unwrap();
    for key in [generated, ec] {
        assert!(matches!(
            session.attribute(key, AttributeType::Value),
            Err(Error::AttributeSensitive(AttributeType::Value))
        ));
    }
    for attribute in [
        AttributeType::PrivateExponent,
        AttributeType::Prime1,
        AttributeType::Prime2,
        AttributeType::Exponent1,
        AttributeType::Exponent2,
        AttributeType::Coefficient,
    ] {
        assert!(matches!(session.attribute(rsa, attribute), Err(Error::AttributeSensitive(_))));
    }
    // Nor can the key be made readable, or be found by its value.
    for (attribute, weaker) in [(AttributeType::Sensitive, false), (AttributeType::Extractable, true)] {
        let change = Template::new().with(attribute, weaker);
        assert!(matches!(session.set_attributes(generated, &change), Err(Error::AttributeReadOnly(_))));
    }
    let KeyMaterial::EcPrivate { scalar, .. } = formats::private_key(P256).unwrap() else { panic!() };
    let by_value = Template::new().with_secret(AttributeType::Value, scalar);
    assert!(session.find_objects(&by_value).unwrap().is_empty());
}

#[test]
fn a_key_that_its_owner_left_readable_can_be_read() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let open =
        imported(P256, "open").with(AttributeType::Sensitive, false).with(AttributeType::Extractable, true);
    let key = session.create_object(open).unwrap();
    let KeyMaterial::EcPrivate { scalar, .. } = formats::private_key(P256).unwrap() else { panic!() };
    assert_eq!(session.attribute(key, AttributeType::Value).unwrap(), AttributeValue::Secret(scalar));
    // From now on it is sensitive, and stays so.
    session.set_attributes(key, &Template::new().with(AttributeType::Sensitive, true)).unwrap();
    assert!(matches!(session.attribute(key, AttributeType::Value), Err(Error::AttributeSensitive(_))));
    let plain = |attribute| session.attribute(key, attribute).unwrap();
    assert_eq!(plain(AttributeType::AlwaysSensitive), AttributeValue::Plain(Value::Bool(false)));
    assert_eq!(plain(AttributeType::NeverExtractable), AttributeValue::Plain(Value::Bool(false)));
    assert_eq!(plain(AttributeType::Local), AttributeValue::Plain(Value::Bool(false)));
}

#[test]
fn no_plaintext_key_reaches_the_store() {
    let (store, token) = new_token();
    let session = user_session(&token);
    let readable = |template: Template| {
        template.with(AttributeType::Sensitive, false).with(AttributeType::Extractable, true)
    };
    let mut secrets: Vec<Vec<u8>> = vec![b"a symmetric key of the device".to_vec(), b"diary entry".to_vec()];
    session.create_object(secret_key(&secrets[0], "hmac").with(AttributeType::Token, true)).unwrap();
    session.create_object(crate::common::data("diary", &secrets[1])).unwrap();
    for der in [RSA, P256, P384, ED25519] {
        session.create_object(readable(imported(der, "imported"))).unwrap();
        match formats::private_key(der).unwrap() {
            KeyMaterial::RsaPrivate(key) => {
                let parts = [&key.private_exponent, &key.prime_1, &key.exponent_2, &key.coefficient];
                secrets.extend(parts.map(|part| part.expose().to_vec()));
            }
            KeyMaterial::EcPrivate { scalar, .. } => secrets.push(scalar.expose().to_vec()),
            other => panic!("{other:?}"),
        }
    }
    let generated = readable(on_token("generated"));
    let (_, key) = session
        .generate_key_pair(
            MechanismType::EC_KEY_PAIR_GEN,
            public_template(Curve::P256, "generated"),
            generated,
        )
        .unwrap();
    let AttributeValue::Secret(scalar) = session.attribute(key, AttributeType::Value).unwrap() else {
        panic!()
    };
    secrets.push(scalar.expose().to_vec());

    let stored = records(&store);
    let found = |part: &[u8]| stored.iter().any(|(_, value)| contains(value, part));
    // The search itself finds what is public.
    assert!(found(b"generated"));
    for secret in &secrets {
        assert!(!found(secret) && !found(&secret[..8]), "a secret lies in the store");
    }
}

#[test]
fn no_plaintext_key_reaches_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.db");
    let store = std::sync::Arc::new(portcullis_pal::SqliteStore::create(&path).unwrap());
    let token = portcullis_token::Token::open(crate::common::parts(store)).unwrap();
    crate::common::set_up(&token);
    let session = user_session(&token);
    session.create_object(imported(P256, "the label")).unwrap();
    let KeyMaterial::EcPrivate { scalar, .. } = formats::private_key(P256).unwrap() else { panic!() };
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    assert!(contains(&bytes, b"the label"));
    assert!(!contains(&bytes, &scalar.expose()[..8]));
}

#[test]
fn values_that_are_no_key_are_refused_and_nothing_is_kept() {
    let (store, token) = new_token();
    let session = user_session(&token);
    let before = records(&store).len();
    let ec = |value: Vec<u8>| {
        Template::key(ObjectClass::PrivateKey, KeyType::Ec)
            .with(AttributeType::Token, true)
            .with(AttributeType::EcParams, formats::curve_params(Curve::P256))
            .with(AttributeType::Value, value)
    };
    assert!(matches!(session.create_object(ec(vec![0; 32])), Err(Error::Engine(_))));
    assert!(matches!(session.create_object(ec(vec![0xff; 32])), Err(Error::Engine(_))));
    assert!(matches!(session.create_object(ec(vec![1; 33])), Err(Error::AttributeValueInvalid(_))));
    let public = Template::key(ObjectClass::PublicKey, KeyType::Ec)
        .with(AttributeType::EcParams, formats::curve_params(Curve::P256))
        .with(AttributeType::EcPoint, vec![4; 10]);
    assert!(matches!(session.create_object(public), Err(Error::AttributeValueInvalid(_))));
    let other = generate(&session, Curve::P256, "other").1;
    let AttributeValue::Plain(info) = session.attribute(other, AttributeType::PublicKeyInfo).unwrap() else {
        panic!()
    };
    let before = before + 2;
    let wrong_half = imported(P256, "x").with(AttributeType::PublicKeyInfo, info);
    assert!(matches!(session.create_object(wrong_half), Err(Error::TemplateInconsistent(_))));
    assert_eq!(records(&store).len(), before);
}

#[test]
fn a_scalar_without_its_leading_zeros_is_the_same_key() {
    let store = MemoryStore::new();
    let token = crate::common::open(&store);
    crate::common::set_up(&token);
    let session = user_session(&token);
    let mut small = [0; 32];
    small[31] = 7;
    let ec = |value: &[u8]| {
        Template::key(ObjectClass::PrivateKey, KeyType::Ec)
            .with(AttributeType::EcParams, formats::curve_params(Curve::P256))
            .with(AttributeType::Value, value)
    };
    let infos: Vec<_> = [&small[..], &[7], &[0, 0, 7]]
        .into_iter()
        .map(|value| session.create_object(ec(value)).unwrap())
        .map(|key| session.attribute(key, AttributeType::PublicKeyInfo).unwrap())
        .collect();
    assert!(infos.iter().all(|info| *info == infos[0]));
}

#[test]
fn a_key_is_used_only_as_its_attributes_allow() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let pair = |private: Template| {
        let public = public_template(Curve::P256, "key");
        session.generate_key_pair(MechanismType::EC_KEY_PAIR_GEN, public, private).unwrap()
    };
    let (public, no_sign) = pair(on_token("key").with(AttributeType::Sign, false));
    assert!(matches!(
        session.sign_init(MechanismType::ECDSA_SHA256, no_sign),
        Err(Error::KeyFunctionNotPermitted(AttributeType::Sign))
    ));
    // A public key does not sign, and a P-256 key does not sign by a mechanism for P-384 or RSA.
    assert!(matches!(
        session.sign_init(MechanismType::ECDSA_SHA256, public),
        Err(Error::KeyTypeInconsistent(_))
    ));
    let (_, key) = pair(on_token("key"));
    assert!(matches!(session.sign_init(MechanismType::ECDSA_SHA384, key), Err(Error::KeySizeRange(_))));
    assert!(matches!(
        session.sign_init(MechanismType::SHA256_RSA_PKCS, key),
        Err(Error::KeyTypeInconsistent(_))
    ));
    assert!(matches!(session.sign_init(MechanismType::SHA256, key), Err(Error::MechanismInvalid(_))));
    let only_384 = on_token("key")
        .with(AttributeType::AllowedMechanisms, Value::Mechanisms(vec![MechanismType::ECDSA_SHA384]));
    let (_, bound) = pair(only_384);
    assert!(matches!(session.sign_init(MechanismType::ECDSA_SHA256, bound), Err(Error::MechanismInvalid(_))));
    session.sign_init(MechanismType::ECDSA_SHA256, key).unwrap();
}

#[test]
fn a_list_that_was_never_given_is_not_there_and_restricts_nothing() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let open = || secret_key(&[7; 32], "key");
    let given = open().with(AttributeType::AllowedMechanisms, Value::Mechanisms(Vec::new()));
    for (template, is_given) in [(open(), false), (given, true)] {
        let key = session.create_object(template).unwrap();
        let read = |attribute| session.attribute(key, attribute);
        match read(AttributeType::AllowedMechanisms) {
            Ok(AttributeValue::Plain(Value::Mechanisms(list))) => assert!(is_given && list.is_empty()),
            other => assert!(!is_given && matches!(other, Err(Error::AttributeTypeInvalid(_)))),
        }
        for attribute in [AttributeType::WrapTemplate, AttributeType::UnwrapTemplate] {
            assert!(matches!(
                read(attribute),
                Ok(AttributeValue::Plain(Value::Template(set))) if set.iter().next().is_none()
            ));
        }
        assert!(matches!(read(AttributeType::EncapsulateTemplate), Err(Error::AttributeTypeInvalid(_))));
        session.sign_init(MechanismType::SHA256_HMAC, key).unwrap();
        session.sign(b"data").unwrap();
    }
}

/// Of an RSA private key the standard asks for the modulus and the private exponent alone (section 6.1.3).
#[test]
fn an_rsa_key_without_its_primes_and_public_exponent_signs() {
    let KeyMaterial::RsaPrivate(key) = formats::private_key(RSA).unwrap() else { panic!("an RSA key") };
    let (_, token) = new_token();
    let session = user_session(&token);
    let template = || {
        Template::key(ObjectClass::PrivateKey, KeyType::Rsa)
            .with(AttributeType::Modulus, key.public.modulus.clone())
            .with_secret(AttributeType::PrivateExponent, Secret::copied(key.private_exponent.expose()))
    };
    let private = session.create_object(template()).unwrap();
    let public = public_half(&session, private, "completed");
    session.sign_init(MechanismType::SHA256_RSA_PKCS, private).unwrap();
    let signature = session.sign(b"message").unwrap();
    session.verify_init(MechanismType::SHA256_RSA_PKCS, public).unwrap();
    session.verify(b"message", &signature).unwrap();
    let wrong = template().with(AttributeType::PublicExponent, vec![3]);
    assert!(matches!(
        session.create_object(wrong),
        Err(Error::TemplateInconsistent(AttributeType::PrivateExponent))
    ));
    let wrong = template().with(AttributeType::Prime1, vec![3]);
    assert!(matches!(session.create_object(wrong), Err(Error::TemplateInconsistent(AttributeType::Modulus))));
}

/// No one can be asked for a PIN while a key is derived, so what always asks for one does not derive by default.
#[test]
fn a_key_that_always_authenticates_derives_only_if_its_template_says_so() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let derives = |private: Template| {
        let public = public_template(Curve::P256, "key");
        let pair = session.generate_key_pair(MechanismType::EC_KEY_PAIR_GEN, public, private).unwrap();
        session.attribute(pair.1, AttributeType::Derive).unwrap()
    };
    let careful = || Template::new().with(AttributeType::AlwaysAuthenticate, true);
    assert_eq!(derives(Template::new()), AttributeValue::Plain(Value::Bool(true)));
    assert_eq!(derives(careful()), AttributeValue::Plain(Value::Bool(false)));
    // What a template says is said; the derivation itself refuses.
    assert_eq!(
        derives(careful().with(AttributeType::Derive, true)),
        AttributeValue::Plain(Value::Bool(true))
    );
    let rsa =
        session.create_object(imported(RSA, "rsa").with(AttributeType::AlwaysAuthenticate, true)).unwrap();
    for (usage, allowed) in [(AttributeType::Unwrap, false), (AttributeType::Decrypt, true)] {
        assert_eq!(session.attribute(rsa, usage).unwrap(), AttributeValue::Plain(Value::Bool(allowed)));
    }
}

/// Keys that get their id after they were made would be without it where the power fails in between.
#[test]
fn an_id_that_follows_from_the_key_is_written_with_it() {
    let (store, token) = new_token();
    let session = user_session(&token);
    let before = records(&store).len();
    let stamp = store.stamp().unwrap();
    let (public, private) = session
        .generate_key_pair_with_id(
            MechanismType::EC_KEY_PAIR_GEN,
            public_template(Curve::P256, "named"),
            on_token("named"),
            |info| info[info.len() - 8..].to_vec(),
        )
        .unwrap();
    assert_eq!(records(&store).len(), before + 2);
    assert_eq!(store.stamp().unwrap().0, stamp.0 + 1, "one write");
    let value = |key, attribute| match session.attribute(key, attribute).unwrap() {
        AttributeValue::Plain(Value::Bytes(bytes)) => bytes,
        other => panic!("{other:?}"),
    };
    let info = value(public, AttributeType::PublicKeyInfo);
    for key in [public, private] {
        assert_eq!(value(key, AttributeType::Id), info[info.len() - 8..]);
    }
}

/// Dates inform (section 4.7): a key works on outside of them. But its last day is never before its first, however it
/// got the two.
#[test]
fn the_last_day_of_a_key_is_not_before_its_first() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let day = |day: &[u8; 8]| Value::Date(Some(Date(*day)));
    let dated = |first, last| {
        secret_key(b"dated", "dated")
            .with(AttributeType::StartDate, day(first))
            .with(AttributeType::EndDate, day(last))
    };
    let refused = session.create_object(dated(b"20200102", b"20200101"));
    assert!(matches!(refused, Err(Error::TemplateInconsistent(AttributeType::EndDate))));
    let key = session.create_object(dated(b"20200101", b"20200101")).unwrap();
    session.sign_init(MechanismType::SHA256_HMAC, key).unwrap();
    session.sign(b"long after").unwrap();
    let earlier = Template::new().with(AttributeType::EndDate, day(b"20191231"));
    let refused = session.set_attributes(key, &earlier);
    assert!(matches!(refused, Err(Error::TemplateInconsistent(AttributeType::EndDate))));
    let refused = session.copy_object(key, &earlier);
    assert!(matches!(refused, Err(Error::TemplateInconsistent(AttributeType::EndDate))));
    let last = |key| session.attribute(key, AttributeType::EndDate).unwrap();
    assert_eq!(last(key), AttributeValue::Plain(day(b"20200101")));
    session.set_attributes(key, &Template::new().with(AttributeType::EndDate, Value::Date(None))).unwrap();
    assert_eq!(last(key), AttributeValue::Plain(Value::Date(None)));
}

/// `CKA_KEY_GEN_MECHANISM` names what generated a key here, and nothing for a key from elsewhere.
#[test]
fn a_key_says_what_generated_it() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let of = |key, attribute| match session.attribute(key, attribute).unwrap() {
        AttributeValue::Plain(Value::Ulong(code)) => code,
        AttributeValue::Plain(Value::Bool(flag)) => flag.into(),
        other => panic!("{other:?}"),
    };
    let (public, private) = generate(&session, Curve::P256, "pair");
    for key in [public, private] {
        assert_eq!(of(key, AttributeType::KeyGenMechanism), MechanismType::EC_KEY_PAIR_GEN.0);
        assert_eq!(of(key, AttributeType::Local), 1);
    }
    let copy = session.copy_object(private, &Template::new()).unwrap();
    assert_eq!(of(copy, AttributeType::KeyGenMechanism), MechanismType::EC_KEY_PAIR_GEN.0);
    let given = session.create_object(imported(P256, "given")).unwrap();
    assert_eq!(of(given, AttributeType::KeyGenMechanism), u64::MAX);
    assert_eq!(of(given, AttributeType::Local), 0);
    let claiming =
        imported(P256, "claims").with(AttributeType::KeyGenMechanism, MechanismType::EC_KEY_PAIR_GEN.0);
    let refused = session.create_object(claiming);
    assert!(matches!(refused, Err(Error::AttributeReadOnly(AttributeType::KeyGenMechanism))));
}
