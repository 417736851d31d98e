//! Keys derived from keys, and secrets shared by encapsulation.

use portcullis_token::{
    AttributeType, AttributeValue, Error, HashAlgorithm, HkdfSalt, KbkdfField, KeyType, MechanismType,
    ObjectClass, ObjectHandle, Output, ParameterSet, Parameters, Session, Template, TlsRandoms, Value,
};

use crate::common::{on_token, secret_key, user_session};
use crate::toy::toy_token;
use crate::wrapping::{aes_template, flag};

fn hkdf(salt: Option<HkdfSalt>) -> Parameters {
    Parameters::Hkdf { hash: HashAlgorithm::Sha256, extract: salt, expand: Some(b"info".to_vec()) }
}

fn readable(template: Template) -> Template {
    template.with(AttributeType::Sensitive, false).with(AttributeType::Extractable, true)
}

fn value(session: &Session, key: ObjectHandle) -> Vec<u8> {
    match session.attribute(key, AttributeType::Value).unwrap() {
        AttributeValue::Secret(secret) => secret.expose().to_vec(),
        AttributeValue::Plain(Value::Bytes(bytes)) => bytes,
        other => panic!("{other:?} are no bytes"),
    }
}

fn derive_one(
    session: &Session,
    mechanism: MechanismType,
    parameters: Parameters,
    base: ObjectHandle,
    template: Template,
) -> Result<ObjectHandle, Error> {
    let derived = session.derive_keys((mechanism, parameters), base, vec![template])?;
    assert_eq!(derived.keys.len(), 1);
    Ok(derived.keys[0])
}

#[test]
fn a_derived_key_is_what_its_template_says() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let base = session.create_object(secret_key(&[1], "base")).unwrap();
    let derive = |template| derive_one(&session, MechanismType::HKDF_DERIVE, hkdf(None), base, template);
    let plain = derive(readable(Template::new()).with(AttributeType::ValueLen, 4)).unwrap();
    assert_eq!(value(&session, plain), [1, 2, 3, 4]);
    let whole = derive(readable(Template::new())).unwrap();
    assert_eq!(value(&session, whole).len(), 32, "as long as the hash");
    let aes = derive(Template::key(ObjectClass::SecretKey, KeyType::Aes).with(AttributeType::ValueLen, 16));
    let aes = aes.unwrap();
    assert!(flag(&session, aes, AttributeType::Encrypt));
    assert!(flag(&session, aes, AttributeType::Sensitive));
    assert!(!flag(&session, aes, AttributeType::Local));
    assert!(matches!(
        derive(Template::key(ObjectClass::SecretKey, KeyType::Aes).with(AttributeType::ValueLen, 15)),
        Err(Error::AttributeValueInvalid(AttributeType::ValueLen))
    ));
    assert!(matches!(
        derive(Template::key(ObjectClass::PrivateKey, KeyType::Ec)),
        Err(Error::TemplateInconsistent(AttributeType::Class))
    ));
    assert!(matches!(
        derive(Template::new().with(AttributeType::Value, "given")),
        Err(Error::AttributeReadOnly(AttributeType::Value))
    ));
}

#[test]
fn a_key_has_never_been_seen_only_if_none_of_its_bases_has() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let generate = || {
        let template = Template::new().with(AttributeType::ValueLen, 16).with(AttributeType::Derive, true);
        session.generate_key(MechanismType::GENERIC_SECRET_KEY_GEN, template).unwrap()
    };
    let (unseen, other) = (generate(), generate());
    let seen = session.create_object(secret_key(b"known", "seen")).unwrap();
    let past = |base, salt, template| {
        let salt = Some(HkdfSalt::Key(salt));
        let key = derive_one(&session, MechanismType::HKDF_DERIVE, hkdf(salt), base, template).unwrap();
        [AttributeType::AlwaysSensitive, AttributeType::NeverExtractable]
            .map(|each| flag(&session, key, each))
    };
    assert_eq!(past(unseen, other, Template::new()), [true, true]);
    assert_eq!(past(seen, unseen, Template::new()), [false, false]);
    assert_eq!(past(unseen, seen, Template::new()), [false, false]);
    assert_eq!(past(unseen, other, readable(Template::new())), [false, false]);
    let extractable = Template::new().with(AttributeType::Extractable, true);
    assert_eq!(past(unseen, other, extractable), [true, false]);
}

#[test]
fn keys_inside_parameters_need_the_right_to_derive() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let base = session.create_object(secret_key(&[1], "base")).unwrap();
    let salt = session.create_object(secret_key(&[10], "salt")).unwrap();
    let template = || readable(Template::new()).with(AttributeType::ValueLen, 2);
    let with = |salt| {
        derive_one(&session, MechanismType::HKDF_DERIVE, hkdf(Some(HkdfSalt::Key(salt))), base, template())
    };
    assert_eq!(value(&session, with(salt).unwrap()), [11, 12]);
    let denied = secret_key(&[10], "denied").with(AttributeType::Derive, false);
    let denied = session.create_object(denied).unwrap();
    assert!(matches!(with(denied), Err(Error::KeyFunctionNotPermitted(AttributeType::Derive))));
    assert!(matches!(with(ObjectHandle(u64::MAX)), Err(Error::KeyHandleInvalid)));
    let listed = secret_key(&[10], "listed")
        .with(AttributeType::AllowedMechanisms, Value::Mechanisms(vec![MechanismType::SHA256_HMAC]));
    let listed = session.create_object(listed).unwrap();
    assert!(matches!(with(listed), Err(Error::MechanismInvalid(_))));
    let fields = vec![KbkdfField::Key(salt)];
    let kbkdf = Parameters::Kbkdf { prf: MechanismType::SHA256_HMAC, fields, iv: vec![] };
    let key = derive_one(&session, MechanismType::SP800_108_COUNTER_KDF, kbkdf, base, template()).unwrap();
    assert_eq!(value(&session, key), [11, 12]);
}

#[test]
fn several_keys_are_derived_all_or_none() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let base = session.create_object(secret_key(&[1], "base")).unwrap();
    let kbkdf = || Parameters::Kbkdf { prf: MechanismType::SHA256_HMAC, fields: vec![], iv: vec![] };
    let call = || (MechanismType::SP800_108_COUNTER_KDF, kbkdf());
    let template = |len: u64| readable(Template::new()).with(AttributeType::ValueLen, len);
    let keys = session.derive_keys(call(), base, vec![template(2), template(3)]).unwrap().keys;
    assert_eq!((value(&session, keys[0]), value(&session, keys[1])), (vec![1, 2], vec![3, 4, 5]));
    let before = session.find_objects(&Template::new()).unwrap().len();
    let aes = Template::key(ObjectClass::SecretKey, KeyType::Aes).with(AttributeType::ValueLen, 15);
    assert!(session.derive_keys(call(), base, vec![template(2), aes]).is_err());
    let unnamed = session.derive_keys(call(), base, vec![template(2), Template::new()]);
    assert!(matches!(unnamed, Err(Error::TemplateIncomplete(AttributeType::ValueLen))));
    assert_eq!(session.find_objects(&Template::new()).unwrap().len(), before);
    // Only SP 800-108 makes more than one.
    let two =
        session.derive_keys((MechanismType::HKDF_DERIVE, hkdf(None)), base, vec![template(2), template(2)]);
    assert!(matches!(two, Err(Error::MechanismParamInvalid(_))));
}

fn randoms() -> TlsRandoms {
    TlsRandoms { client: Box::new([1; 32]), server: Box::new([2; 32]) }
}

#[test]
fn a_key_block_becomes_four_keys_and_two_vectors() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let master = session.create_object(secret_key(&[0; 48], "master")).unwrap();
    let block = |mac_len| {
        let hash = HashAlgorithm::Sha256;
        let parameters =
            Parameters::TlsKeyBlock { hash, randoms: randoms(), mac_len, key_len: 16, iv_len: 4 };
        let template = readable(Template::key(ObjectClass::SecretKey, KeyType::Aes))
            .with(AttributeType::Encrypt, true)
            .with(AttributeType::ValueLen, 16);
        session
            .derive_keys((MechanismType::TLS12_KEY_AND_MAC_DERIVE, parameters), master, vec![template])
            .unwrap()
    };
    let derived = block(20);
    let [client_mac, server_mac, client, server] = derived.keys[..] else { panic!("four keys") };
    let bytes = |range: core::ops::Range<u8>| range.collect::<Vec<u8>>();
    assert_eq!(value(&session, client_mac), bytes(0..20));
    assert_eq!(value(&session, server_mac), bytes(20..40));
    assert_eq!(value(&session, client), bytes(40..56));
    assert_eq!(value(&session, server), bytes(56..72));
    assert_eq!(derived.ivs, Some((bytes(72..76), bytes(76..80))));
    assert!(flag(&session, client_mac, AttributeType::Sign));
    assert!(!flag(&session, client_mac, AttributeType::Encrypt));
    assert!(flag(&session, client, AttributeType::Encrypt));
    assert_eq!(block(0).keys.len(), 2);
}

#[test]
fn the_version_in_a_premaster_secret_is_told() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let premaster = [&[3, 3][..], &[9; 46]].concat();
    let premaster = session.create_object(secret_key(&premaster, "premaster")).unwrap();
    let parameters = Parameters::TlsMaster { hash: HashAlgorithm::Sha256, randoms: randoms() };
    let call = (MechanismType::TLS12_MASTER_KEY_DERIVE, parameters);
    let derived = session.derive_keys(call, premaster, vec![Template::new()]).unwrap();
    assert_eq!(derived.version, Some([3, 3]));
}

#[test]
fn hkdf_makes_data_too() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let base = session.create_object(secret_key(&[1], "base")).unwrap();
    let template =
        Template::of(ObjectClass::Data).with(AttributeType::ValueLen, 3).with(AttributeType::Label, "iv");
    let data = derive_one(&session, MechanismType::HKDF_DATA, hkdf(None), base, template).unwrap();
    assert_eq!(value(&session, data), [1, 2, 3]);
    let key = Template::key(ObjectClass::SecretKey, KeyType::Aes);
    assert!(derive_one(&session, MechanismType::HKDF_DATA, hkdf(None), base, key).is_err());
    let data = Template::of(ObjectClass::Data);
    assert!(derive_one(&session, MechanismType::HKDF_DERIVE, hkdf(None), base, data).is_err());
}

#[test]
fn a_derive_template_binds_derived_keys() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let imposed =
        Template::new().with(AttributeType::Sensitive, true).with(AttributeType::Extractable, false);
    let base = secret_key(&[1], "base").with_template(AttributeType::DeriveTemplate, imposed);
    let base = session.create_object(base).unwrap();
    let derive = |template| derive_one(&session, MechanismType::HKDF_DERIVE, hkdf(None), base, template);
    assert!(matches!(derive(readable(Template::new())), Err(Error::TemplateInconsistent(_))));
    derive(Template::new()).unwrap();
}

fn kem_pair(session: &Session) -> (ObjectHandle, ObjectHandle) {
    let public = Template::new().with(AttributeType::ParameterSet, ParameterSet::MlKem768.code());
    session.generate_key_pair(MechanismType::ML_KEM_KEY_PAIR_GEN, public, on_token("kem")).unwrap()
}

#[test]
fn both_sides_of_an_encapsulation_have_one_secret() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let (public, private) = kem_pair(&session);
    let template = || readable(Template::key(ObjectClass::SecretKey, KeyType::Aes));
    let kem = MechanismType::ML_KEM;
    let before = session.find_objects(&Template::new()).unwrap().len();
    assert_eq!(session.encapsulate_key(kem, public, template(), Output::Length).unwrap(), (8, None));
    assert_eq!(session.find_objects(&Template::new()).unwrap().len(), before);
    let mut ciphertext = Vec::new();
    let (_, made) = session.encapsulate_key(kem, public, template(), Output::Vec(&mut ciphertext)).unwrap();
    let made = made.unwrap();
    let found = session.decapsulate_key(kem, private, &ciphertext, template()).unwrap();
    assert_eq!(value(&session, made), value(&session, found));
    assert!(!flag(&session, found, AttributeType::AlwaysSensitive));
    let short = session.decapsulate_key(kem, private, &ciphertext[1..], template());
    assert!(matches!(short, Err(Error::WrappedKeyLength)));
    let swapped = session.encapsulate_key(kem, private, template(), Output::Length);
    assert!(matches!(swapped, Err(Error::KeyTypeInconsistent(_))));

    // A length in the template keeps the secret's first bytes, but never so few that they can be tried out.
    let cut = |len: u64| {
        session.decapsulate_key(kem, private, &ciphertext, template().with(AttributeType::ValueLen, len))
    };
    assert_eq!(value(&session, cut(16).unwrap()), value(&session, made)[..16]);
    for len in [1, 13, 33] {
        let refused = cut(len);
        assert!(
            matches!(refused, Err(Error::TemplateInconsistent(AttributeType::ValueLen))),
            "{len}: {refused:?}"
        );
    }
}

#[test]
fn a_lattice_key_is_created_by_its_seed_and_its_public_half_can_be_read() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let set = ParameterSet::MlKem512;
    let private = |seed: u8| {
        Template::key(ObjectClass::PrivateKey, KeyType::MlKem)
            .with(AttributeType::ParameterSet, set.code())
            .with(AttributeType::Seed, vec![seed; set.seed_len()])
    };
    let key = session.create_object(readable(private(7))).unwrap();
    assert_eq!(value(&session, key), vec![7; set.private_len()]);
    let other = private(7).with(AttributeType::Value, vec![8; set.private_len()]);
    assert!(matches!(session.create_object(other), Err(Error::TemplateInconsistent(AttributeType::Seed))));
    let public = Template::key(ObjectClass::PublicKey, KeyType::MlKem)
        .with(AttributeType::ParameterSet, set.code())
        .with(AttributeType::Value, vec![7; set.public_len()]);
    let public = session.create_object(public).unwrap();
    assert_eq!(value(&session, public), vec![7; set.public_len()]);
    let same = |attribute| {
        session.attribute(public, attribute).unwrap() == session.attribute(key, attribute).unwrap()
    };
    assert!(same(AttributeType::PublicKeyInfo));
    assert!(flag(&session, public, AttributeType::Encapsulate));
}

#[test]
fn a_check_value_is_computed_and_compared() {
    let (store, token) = toy_token();
    let session = user_session(&token);
    let check = |object| session.attribute(object, AttributeType::CheckValue);
    let bytes = |bytes: &[u8]| AttributeValue::Plain(Value::Bytes(bytes.to_vec()));
    // The toy's AES adds the key's first byte to the block of zeros.
    let aes = session.create_object(aes_template(9).with(AttributeType::CheckValue, vec![9; 3])).unwrap();
    assert_eq!(check(aes).unwrap(), bytes(&[9; 3]));
    let wrong = aes_template(9).with(AttributeType::CheckValue, vec![8; 3]);
    assert!(matches!(
        session.create_object(wrong),
        Err(Error::AttributeValueInvalid(AttributeType::CheckValue))
    ));
    let none = session.create_object(aes_template(9).with(AttributeType::CheckValue, "")).unwrap();
    assert_eq!(check(none).unwrap(), bytes(&[]));
    let found = session.find_objects(&Template::new().with(AttributeType::CheckValue, vec![9; 3])).unwrap();
    assert_eq!(found, [aes]);
    // At rest there is nothing of it.
    let kept = session.create_object(aes_template(9).with(AttributeType::Token, true)).unwrap();
    assert_eq!(check(kept).unwrap(), bytes(&[9; 3]));
    let code = [0, 0, 0, 0x90];
    assert!(crate::common::records(&store).iter().all(|(_, record)| !crate::common::contains(record, &code)));
}

#[test]
fn profiles_are_shown_to_who_asks_for_them() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let all = session.find_objects(&Template::new()).unwrap();
    let profiles = session.find_objects(&Template::of(ObjectClass::Profile)).unwrap();
    assert!(profiles.iter().all(|profile| !all.contains(profile)));
    assert!(matches!(session.destroy_object(profiles[0]), Err(Error::ActionProhibited)));
    let id = session.attribute(profiles[0], AttributeType::ProfileId).unwrap();
    assert_eq!(id, AttributeValue::Plain(Value::Ulong(1)));
    let own = session.create_object(Template::of(ObjectClass::Profile));
    assert!(matches!(own, Err(Error::AttributeValueInvalid(AttributeType::Class))));
}

#[test]
fn a_generated_secret_key_derives_only_if_its_template_says_so() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let derives = |template: Template| {
        let key = session.generate_key(MechanismType::GENERIC_SECRET_KEY_GEN, template).unwrap();
        session.attribute(key, AttributeType::Derive)
    };
    let sized = || Template::new().with(AttributeType::ValueLen, 32);
    assert!(matches!(derives(sized()), Ok(AttributeValue::Plain(Value::Bool(false)))));
    let said = sized().with(AttributeType::Derive, true);
    assert!(matches!(derives(said), Ok(AttributeValue::Plain(Value::Bool(true)))));
    // Who brings a key need not say it.
    let given = session.create_object(secret_key(&[7; 32], "given")).unwrap();
    let own = session.attribute(given, AttributeType::Derive);
    assert!(matches!(own, Ok(AttributeValue::Plain(Value::Bool(true)))));
}
