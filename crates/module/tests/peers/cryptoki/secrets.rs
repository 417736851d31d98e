//! Secrets: encrypted with, agreed on, wrapped, encapsulated; and what a second start of the library finds.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, UnparsedPublicKey, X25519};
use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::kem::{EncapsulationKey, ML_KEM_768};
use aws_lc_rs::key_wrap::{AesKek, KeyWrapPadded as _};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::RsaPublicKeyComponents;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::aead::{GcmMessageParams, GcmParams, GeneratorFunction};
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource};
use cryptoki::mechanism::{Mechanism, MechanismType, MessageParam};
use cryptoki::object::{Attribute, AttributeType, KeyType, MlKemParameterSetType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::{P256, bytes, inside, module, pair, point, user_session, with_token};

/// A DER object identifier (RFC 8410).
const X25519_OID: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x6e];

const KEY: [u8; 32] = [7; 32];

/// The key whose value is [`KEY`].
fn known_key(session: &Session) -> ObjectHandle {
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Value(KEY.into()),
    ];
    session.create_object(&template).unwrap()
}

/// A secret that can be read.
fn readable() -> [Attribute; 4] {
    [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::GENERIC_SECRET),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
    ]
}

fn seal(nonce: [u8; 12], data: &[u8]) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &KEY).unwrap());
    let mut sealed = data.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::from(b"bound"), &mut sealed).unwrap();
    sealed
}

#[test]
fn ciphertexts_are_those_of_others() {
    inside("secrets::ciphertexts_are_those_of_others", || {
        let module = module();
        let slot = with_token(&module);
        let session = user_session(&module, slot);
        let key = known_key(&session);
        let mut nonce = [3; 12];
        let gcm = Mechanism::AesGcm(GcmParams::new(&mut nonce, b"bound", 128.into()).unwrap());
        let mut sealed = seal([3; 12], b"message");
        assert_eq!(session.encrypt(&gcm, key, b"message").unwrap(), sealed);
        assert_eq!(session.decrypt(&gcm, key, &sealed).unwrap(), b"message");
        session.encrypt_init(&gcm, key).unwrap();
        let parts = [b"mes".as_slice(), b"sage"].map(|part| session.encrypt_update(part).unwrap());
        let last = session.encrypt_final().unwrap();
        assert_eq!([parts.concat(), last].concat(), sealed);
        sealed[0] ^= 1;
        let refused = session.decrypt(&gcm, key, &sealed);
        assert!(matches!(refused, Err(Error::Pkcs11(RvError::EncryptedDataInvalid, _))), "{refused:?}");

        let mut ciphertext = session.encrypt(&Mechanism::AesCbcPad([5; 16]), key, b"message").unwrap();
        let own =
            PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &KEY).unwrap()).unwrap();
        let context = DecryptionContext::Iv128(FixedLength::from([5; 16]));
        assert_eq!(own.decrypt(&mut ciphertext, context).unwrap(), b"message");

        let rsa = pair(&session, &Mechanism::RsaPkcsKeyPairGen, Attribute::ModulusBits(2048.into()), "rsa");
        let components = RsaPublicKeyComponents {
            n: bytes(&session, rsa.0, AttributeType::Modulus),
            e: bytes(&session, rsa.0, AttributeType::PublicExponent),
        };
        let own: PublicEncryptingKey = components.try_into().unwrap();
        let own = OaepPublicEncryptingKey::new(own).unwrap();
        let mut room = [0; 256];
        let encrypted = own.encrypt(&OAEP_SHA256_MGF1SHA256, b"message", &mut room, Some(b"label")).unwrap();
        let label = PkcsOaepSource::data_specified(b"label");
        let oaep = PkcsOaepParams::new(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, label);
        let decrypted = session.decrypt(&Mechanism::RsaPkcsOaep(oaep), rsa.1, encrypted);
        assert_eq!(decrypted.unwrap(), b"message");
    });
}

#[test]
fn messages_bring_a_nonce_each() {
    inside("secrets::messages_bring_a_nonce_each", || {
        let module = module();
        let slot = with_token(&module);
        let session = user_session(&module, slot);
        let key = known_key(&session);
        for number in 0..3 {
            let (mut nonce, mut tag) = ([number; 12], [0; 16]);
            let terms = |nonce, tag| {
                GcmMessageParams::new(nonce, 96.into(), GeneratorFunction::NoGenerate, tag).unwrap()
            };
            let gcm = Mechanism::AesGcmMessage(terms(&mut nonce, &mut tag));
            session.message_encrypt_init(&gcm, key).unwrap();
            let (mut nonce, mut tag) = ([number; 12], [0; 16]);
            let parameter = MessageParam::AesGcmMessage(terms(&mut nonce, &mut tag));
            let ciphertext = session.encrypt_message(&parameter, b"bound", b"message").unwrap();
            session.message_encrypt_final().unwrap();
            let MessageParam::AesGcmMessage(used) = &parameter;
            assert_eq!([&ciphertext, used.tag()].concat(), seal([number; 12], b"message"));
            session.message_decrypt_init(&gcm, key).unwrap();
            assert_eq!(session.decrypt_message(&parameter, b"bound", &ciphertext).unwrap(), b"message");
            assert!(session.decrypt_message(&parameter, b"other", &ciphertext).is_err());
            session.message_decrypt_final().unwrap();
        }
    });
}

#[test]
fn both_sides_have_the_same_secret() {
    inside("secrets::both_sides_have_the_same_secret", || {
        let module = module();
        let slot = with_token(&module);
        let session = user_session(&module, slot);
        let curves = [
            (Mechanism::EccKeyPairGen, P256.as_slice(), &ECDH_P256),
            (Mechanism::EccMontgomeryKeyPairGen, X25519_OID.as_slice(), &X25519),
        ];
        for (mechanism, curve, algorithm) in curves {
            let curve = [Attribute::EcParams(curve.to_vec())];
            let ours = session.generate_key_pair(&mechanism, &curve, &[Attribute::Derive(true)]).unwrap();
            let theirs = agreement::PrivateKey::generate(algorithm).unwrap();
            let public = theirs.compute_public_key().unwrap();
            let ecdh = Mechanism::Ecdh1Derive(Ecdh1DeriveParams::new(EcKdf::null(), public.as_ref()));
            let derived = session.derive_key(&ecdh, ours.1, &readable()).unwrap();
            let peer = UnparsedPublicKey::new(algorithm, point(&session, ours.0));
            let agreed = agreement::agree(&theirs, peer, (), |secret| Ok(secret.to_vec())).unwrap();
            assert_eq!(bytes(&session, derived, AttributeType::Value), agreed);
        }
    });
}

#[test]
fn an_encapsulated_secret_arrives() {
    inside("secrets::an_encapsulated_secret_arrives", || {
        let module = module();
        let slot = with_token(&module);
        let session = user_session(&module, slot);
        let set = MlKemParameterSetType::ML_KEM_768.into();
        let may = [Attribute::ParameterSet(set), Attribute::Encapsulate(true)];
        let made =
            session.generate_key_pair(&Mechanism::MlKemKeyPairGen, &may, &[Attribute::Decapsulate(true)]);
        let (public, private) = made.unwrap();
        let value = bytes(&session, public, AttributeType::Value);
        let (ciphertext, secret) = EncapsulationKey::new(&ML_KEM_768, &value).unwrap().encapsulate().unwrap();
        let opened = session.decapsulate_key(&Mechanism::MlKem, private, &readable(), ciphertext.as_ref());
        assert_eq!(bytes(&session, opened.unwrap(), AttributeType::Value), secret.as_ref());
        let (ciphertext, sent) = session.encapsulate_key(&Mechanism::MlKem, public, &readable()).unwrap();
        let opened = session.decapsulate_key(&Mechanism::MlKem, private, &readable(), &ciphertext).unwrap();
        let value = |secret| bytes(&session, secret, AttributeType::Value);
        assert_eq!(value(sent), value(opened));
    });
}

#[test]
fn a_wrapped_key_opens_elsewhere() {
    inside("secrets::a_wrapped_key_opens_elsewhere", || {
        let module = module();
        let slot = with_token(&module);
        let session = user_session(&module, slot);
        let wrapping = known_key(&session);
        let template = [&readable()[..], &[Attribute::ValueLen(20.into())]].concat();
        let key = session.generate_key(&Mechanism::GenericSecretKeyGen, &template).unwrap();
        let value = bytes(&session, key, AttributeType::Value);
        let wrapped = session.wrap_key(&Mechanism::AesKeyWrapPad, wrapping, key).unwrap();
        let own = AesKek::new(&aws_lc_rs::key_wrap::AES_256, &KEY).unwrap();
        let mut room = [0; 32];
        assert_eq!(own.unwrap_with_padding(&wrapped, &mut room).unwrap(), value);
        let back = session.unwrap_key(&Mechanism::AesKeyWrapPad, wrapping, &wrapped, &readable()).unwrap();
        assert_eq!(bytes(&session, back, AttributeType::Value), value);

        let template = [Attribute::ValueLen(32.into()), Attribute::Extractable(false)];
        let kept = session.generate_key(&Mechanism::AesKeyGen, &template).unwrap();
        let refused = session.wrap_key(&Mechanism::AesKeyWrapPad, wrapping, kept);
        assert!(matches!(refused, Err(Error::Pkcs11(RvError::KeyUnextractable, _))), "{refused:?}");
    });
}

#[test]
fn a_second_start_finds_what_was_stored_alone() {
    inside("secrets::a_second_start_finds_what_was_stored_alone", || {
        let first = module();
        let slot = with_token(&first);
        let session = user_session(&first, slot);
        let curve = Attribute::EcParams(P256.to_vec());
        pair(&session, &Mechanism::EccKeyPairGen, curve, "stored");
        known_key(&session);
        session
            .sign_init(&Mechanism::EcdsaSha256, session.find_objects(&[Attribute::Sign(true)]).unwrap()[0])
            .unwrap();
        drop(session);
        first.finalize().unwrap();

        let second = module();
        let slots = second.get_slots_with_initialized_token().unwrap();
        let session = user_session(&second, slots[0]);
        let found = session.find_objects(&[]).unwrap();
        let labels: Vec<_> = found
            .iter()
            .map(|found| session.get_attributes(*found, &[AttributeType::Label]).unwrap())
            .collect();
        assert_eq!(labels, vec![vec![Attribute::Label("stored".into())]; 2]);
        let private = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).unwrap()[0];
        assert_eq!(session.sign(&Mechanism::EcdsaSha256, private, b"data").unwrap().len(), 64);
    });
}
