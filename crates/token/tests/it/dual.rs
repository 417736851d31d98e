//! Operations side by side: two on one part, a digest that goes on elsewhere, signatures that give their message, and
//! signatures that come before it.

use portcullis_token::{AttributeType, Curve, Error, MechanismType, OperationKind, Output, Template};

use crate::common::{generate, on_token, public_template, secret_key, user_session};
use crate::toy_cipher::{BLOCK, PADDED, STREAM, cipher_key, cipher_token, encrypted};
use crate::toy_digest::{RECOVER, SIGNATURE_LEN, SUM};

const PLAIN: &[u8] = b"ten bytes.";

#[test]
fn a_question_and_a_short_buffer_feed_no_digest() {
    let session = user_session(&cipher_token());
    let key = session.create_object(cipher_key()).unwrap();
    session.digest_init(MechanismType::SHA256).unwrap();
    let expected = session.digest(PLAIN).unwrap();

    session.digest_init(MechanismType::SHA256).unwrap();
    let alone = session.digest_encrypt_update_into(PLAIN, Output::Length);
    assert!(matches!(alone, Err(Error::OperationNotInitialized)));
    session.encrypt_init(STREAM, key).unwrap();
    let mut ciphertext = [0; PLAIN.len()];
    assert_eq!(session.digest_encrypt_update_into(PLAIN, Output::Length).unwrap(), PLAIN.len());
    assert!(session.digest_encrypt_update_into(PLAIN, Output::Buffer(&mut ciphertext[1..])).is_err());
    session.digest_encrypt_update_into(PLAIN, Output::Buffer(&mut ciphertext)).unwrap();
    assert_eq!(ciphertext[..], encrypted(STREAM, PLAIN));
    session.encrypt_final().unwrap();
    assert_eq!(session.digest_final().unwrap(), expected);

    // What a decryption keeps to its end is the caller's to digest.
    session.digest_init(MechanismType::SHA256).unwrap();
    session.decrypt_init(PADDED, key).unwrap();
    let ciphertext = encrypted(PADDED, PLAIN);
    assert_eq!(session.decrypt_digest_update_into(&ciphertext, Output::Length).unwrap(), 2 * BLOCK);
    let mut plain = Vec::new();
    session.decrypt_digest_update_into(&ciphertext, Output::Vec(&mut plain)).unwrap();
    let last = session.decrypt_final().unwrap();
    assert_eq!([plain, last.clone()].concat(), PLAIN);
    session.digest_update(&last).unwrap();
    assert_eq!(session.digest_final().unwrap(), expected);
}

#[test]
fn signed_and_encrypted_comes_back_verified() {
    let session = user_session(&cipher_token());
    let key = session.create_object(cipher_key()).unwrap();
    let mac = session.create_object(secret_key(b"a key for a MAC", "mac")).unwrap();
    session.sign_init(MechanismType::SHA256_HMAC, mac).unwrap();
    session.encrypt_init(STREAM, key).unwrap();
    let mut ciphertext = Vec::new();
    for part in PLAIN.chunks(3) {
        session.sign_encrypt_update_into(part, Output::Length).unwrap();
        session.sign_encrypt_update_into(part, Output::Vec(&mut ciphertext)).unwrap();
    }
    let signature = session.sign_final().unwrap();
    session.decrypt_init(STREAM, key).unwrap();
    for forged in [false, true] {
        session.verify_init(MechanismType::SHA256_HMAC, mac).unwrap();
        ciphertext[0] ^= u8::from(forged);
        let mut plain = Vec::new();
        session.decrypt_verify_update_into(&ciphertext, Output::Vec(&mut plain)).unwrap();
        assert_eq!(plain == PLAIN, !forged);
        assert_eq!(session.verify_final(&signature).is_ok(), !forged);
    }
}

#[test]
fn a_digest_goes_on_in_another_session() {
    let token = cipher_token();
    let (session, key) = (user_session(&token), cipher_key());
    let key = session.create_object(key).unwrap();
    let other = token.open_session(portcullis_token::SessionAccess::ReadOnly).unwrap();
    assert!(matches!(session.operation_state(), Err(Error::OperationNotInitialized)));
    session.digest_init(SUM).unwrap();
    session.digest_update(&[1, 2]).unwrap();
    let len = session.operation_state_into(Output::Length).unwrap();
    let short = session.operation_state_into(Output::Buffer(&mut vec![0; len - 1]));
    assert!(matches!(short, Err(Error::BufferTooSmall { needed }) if needed == len));
    let state = session.operation_state().unwrap();
    assert_eq!(state.len(), len);
    other.set_operation_state(&state).unwrap();
    assert!(matches!(other.digest(&[4]), Err(Error::OperationActive)));
    other.digest_update(&[4]).unwrap();
    assert_eq!(other.digest_final().unwrap(), [7]);
    assert_eq!(session.digest_final().unwrap(), [3]);

    for at in 0..len {
        let mut damaged = state.clone();
        damaged[at] ^= 1;
        assert!(matches!(other.set_operation_state(&damaged), Err(Error::SavedStateInvalid)));
        assert!(matches!(other.set_operation_state(&state[..at]), Err(Error::SavedStateInvalid)));
    }
    // Neither a key's value nor an operation with a key leaves the token.
    session.digest_init(SUM).unwrap();
    session.digest_key(key).unwrap();
    assert!(matches!(session.operation_state(), Err(Error::StateUnsaveable)));
    assert_eq!(session.digest_final().unwrap(), [7 * 16]);
    session.digest_init(SUM).unwrap();
    session.encrypt_init(STREAM, key).unwrap();
    assert!(matches!(session.operation_state(), Err(Error::StateUnsaveable)));
    session.digest_init(MechanismType::SHA256).unwrap_err();
    session.cancel(OperationKind::Encrypt).unwrap();
    session.cancel(OperationKind::Digest).unwrap();
    // An engine that saves none.
    session.digest_init(MechanismType::SHA256).unwrap();
    assert!(matches!(session.operation_state(), Err(Error::StateUnsaveable)));
}

#[test]
fn only_secret_keys_are_digested() {
    let session = user_session(&cipher_token());
    let (public, private) = generate(&session, Curve::P256, "pair");
    session.digest_init(SUM).unwrap();
    assert!(matches!(session.digest_key(public), Err(Error::KeyIndigestible)));
    assert!(matches!(session.digest_key(private), Err(Error::KeyIndigestible)));
    assert!(matches!(session.digest_key(portcullis_token::ObjectHandle(99)), Err(Error::KeyHandleInvalid)));
}

#[test]
fn a_signature_gives_its_message() {
    let session = user_session(&cipher_token());
    let public = public_template(Curve::P256, "pair").with(AttributeType::VerifyRecover, true);
    let private: Template = on_token("pair").with(AttributeType::SignRecover, true);
    let (public, private) =
        session.generate_key_pair(MechanismType::EC_KEY_PAIR_GEN, public, private).unwrap();
    session.sign_recover_init(RECOVER, private).unwrap();
    assert_eq!(session.sign_recover_into(b"message", Output::Length).unwrap(), SIGNATURE_LEN);
    let signature = session.sign_recover(b"message").unwrap();
    assert!(matches!(session.sign_recover(b"message"), Err(Error::OperationNotInitialized)));

    session.verify_recover_init(RECOVER, public).unwrap();
    assert_eq!(session.verify_recover_into(&signature, Output::Length).unwrap(), SIGNATURE_LEN);
    let mut buffer = [0; 7];
    let short = session.verify_recover_into(&signature, Output::Buffer(&mut buffer[..6]));
    assert!(matches!(short, Err(Error::BufferTooSmall { needed: 7 })));
    assert_eq!(session.verify_recover_into(&signature, Output::Buffer(&mut buffer)).unwrap(), 7);
    assert_eq!(&buffer, b"message");

    session.verify_recover_init(RECOVER, public).unwrap();
    assert!(matches!(session.verify_recover(&signature[1..]), Err(Error::SignatureLength)));
    session.verify_recover_init(RECOVER, public).unwrap();
    assert!(matches!(session.verify_recover(&[0; SIGNATURE_LEN]), Err(Error::SignatureInvalid)));
    let (plain, _) = generate(&session, Curve::P256, "other");
    let refused = session.verify_recover_init(RECOVER, plain);
    assert!(matches!(refused, Err(Error::KeyFunctionNotPermitted(AttributeType::VerifyRecover))));
}

#[test]
fn a_signature_may_come_before_its_message() {
    let session = user_session(&cipher_token());
    let (public, private) = generate(&session, Curve::P256, "pair");
    session.sign_init(MechanismType::ECDSA_SHA256, private).unwrap();
    let signature = session.sign(PLAIN).unwrap();
    let start =
        |signature: &[u8]| session.verify_signature_init(MechanismType::ECDSA_SHA256, public, signature);
    assert!(matches!(start(&signature[1..]), Err(Error::SignatureLength)));
    start(&signature).unwrap();
    assert!(matches!(start(&signature), Err(Error::OperationActive)));
    session.verify_signature(PLAIN).unwrap();
    start(&signature).unwrap();
    for part in PLAIN.chunks(4) {
        session.verify_signature_update(part).unwrap();
    }
    assert!(matches!(session.verify_signature(PLAIN), Err(Error::OperationActive)));
    session.verify_signature_final().unwrap();
    start(&signature).unwrap();
    assert!(matches!(session.verify_signature(b"other"), Err(Error::SignatureInvalid)));
    start(&signature).unwrap();
    assert!(session.cancel(OperationKind::VerifySignature).unwrap());
}
