//! Operations message by message: initialisation vectors that the token makes, tags of their own, parts, failures that
//! end a message and not the whole.

use portcullis_token::{
    CipherMessage, Curve, Error, IvGenerator, MechanismType, ObjectHandle, OperationKind, Output, Session,
};

use crate::common::{generate, user_session};
use crate::toy_cipher::{STREAM, TAG, TAGGED, cipher_key, cipher_token, encrypted};

const PLAIN: &[u8] = b"ten bytes.";

fn session_with_key() -> (Session, ObjectHandle) {
    let session = user_session(&cipher_token());
    let key = session.create_object(cipher_key()).unwrap();
    (session, key)
}

fn message<'a>(iv: &'a mut [u8], tag: &'a mut [u8]) -> CipherMessage<'a> {
    CipherMessage { iv, generator: IvGenerator::Caller, fixed_bits: 0, tag, data_len: None }
}

#[test]
fn a_tag_is_kept_apart() {
    let (session, key) = session_with_key();
    session.message_encrypt_init(TAGGED, key).unwrap();
    session.message_decrypt_init(TAGGED, key).unwrap();
    let whole = encrypted(TAGGED, PLAIN);
    for _ in 0..2 {
        let (mut iv, mut tag) = ([1; 12], [0; TAG]);
        let mut one = message(&mut iv, &mut tag);
        let mut buffer = [0; PLAIN.len()];
        assert_eq!(session.encrypt_message_into(&mut one, b"aad", PLAIN, Output::Length).unwrap(), 10);
        let short = session.encrypt_message_into(&mut one, b"aad", PLAIN, Output::Buffer(&mut buffer[1..]));
        assert!(matches!(short, Err(Error::BufferTooSmall { needed: 10 })));
        session.encrypt_message_into(&mut one, b"aad", PLAIN, Output::Buffer(&mut buffer)).unwrap();
        assert_eq!([&buffer[..], &tag].concat(), whole);

        // A forged message fails alone.
        let mut plain = Vec::new();
        let mut forged = [tag[0] ^ 1, tag[1]];
        let outcome = session.decrypt_message_into(
            &mut message(&mut iv, &mut forged),
            b"aad",
            &buffer,
            Output::Vec(&mut plain),
        );
        assert!(matches!(outcome, Err(Error::MessageForged)));
        assert!(plain.is_empty());
        let mut one = message(&mut iv, &mut tag);
        session.decrypt_message_into(&mut one, b"aad", &buffer, Output::Vec(&mut plain)).unwrap();
        assert_eq!(plain, PLAIN);
    }
    session.message_encrypt_final().unwrap();
    assert!(matches!(session.message_encrypt_final(), Err(Error::OperationNotInitialized)));
    assert!(session.cancel(OperationKind::MessageDecrypt).unwrap());
    let no_tag = session.message_encrypt_init(STREAM, key);
    assert!(matches!(no_tag, Err(Error::MechanismInvalid(STREAM))));
}

#[test]
fn a_message_in_parts_comes_at_its_end() {
    let (session, key) = session_with_key();
    session.message_encrypt_init(TAGGED, key).unwrap();
    let (mut iv, mut tag) = ([1; 12], [0; TAG]);
    let mut one = message(&mut iv, &mut tag);
    assert!(matches!(
        session.encrypt_message_next_into(b"x", Output::Length),
        Err(Error::OperationNotInitialized)
    ));
    session.encrypt_message_begin(&mut one, b"aad").unwrap();
    assert!(matches!(session.encrypt_message_begin(&mut one, b""), Err(Error::OperationActive)));
    assert!(matches!(session.message_encrypt_final(), Err(Error::OperationActive)));
    let mut ciphertext = Vec::new();
    // A question takes nothing.
    assert_eq!(session.encrypt_message_next_into(&PLAIN[..4], Output::Length).unwrap(), 0);
    session.encrypt_message_next_into(&PLAIN[..4], Output::Vec(&mut ciphertext)).unwrap();
    let last = &PLAIN[4..];
    assert_eq!(session.encrypt_message_last_into(&mut one, last, Output::Length).unwrap(), 10);
    session.encrypt_message_last_into(&mut one, last, Output::Vec(&mut ciphertext)).unwrap();
    assert_eq!([&ciphertext[..], &tag].concat(), encrypted(TAGGED, PLAIN));
    session.message_encrypt_final().unwrap();

    session.message_decrypt_init(TAGGED, key).unwrap();
    for forged in [true, false] {
        let mut given = [tag[0] ^ u8::from(forged), tag[1]];
        let mut one = message(&mut iv, &mut given);
        session.decrypt_message_begin(&mut one, b"aad").unwrap();
        session.decrypt_message_next_into(&ciphertext[..7], Output::Buffer(&mut [])).unwrap();
        let mut plain = Vec::new();
        let outcome = session.decrypt_message_last_into(&mut one, &ciphertext[7..], Output::Vec(&mut plain));
        assert_eq!((outcome.is_ok(), &plain[..]), (!forged, if forged { b"" } else { PLAIN }));
    }
}

#[test]
fn the_token_makes_initialisation_vectors() {
    let (session, key) = session_with_key();
    let next = |start: [u8; 4], fixed_bits, generator| {
        let (mut iv, mut tag) = (start, [0; TAG]);
        let mut one = CipherMessage { generator, fixed_bits, ..message(&mut iv, &mut tag) };
        session.encrypt_message_into(&mut one, b"", PLAIN, Output::Vec(&mut Vec::new())).map(|_| iv)
    };
    session.message_encrypt_init(TAGGED, key).unwrap();
    let count = IvGenerator::Counter;
    assert_eq!(next([9, 9, 9, 9], 12, count).unwrap(), [9, 0, 0, 0]);
    assert_eq!(next([9, 0x19, 9, 9], 12, count).unwrap(), [9, 0x10, 0, 1]);
    // Two bits count to four.
    assert_eq!(next([0xff; 4], 30, count).unwrap(), [0xff, 0xff, 0xff, 0xfe]);
    assert_eq!(next([0xff; 4], 30, count).unwrap(), [0xff; 4]);
    assert!(matches!(next([0xff; 4], 30, count), Err(Error::MechanismParamInvalid(TAGGED))));
    assert!(next([0; 4], 32, count).is_err());
    assert!(next([0; 4], 33, IvGenerator::Random).is_err());
    session.message_encrypt_final().unwrap();

    session.message_encrypt_init(TAGGED, key).unwrap();
    let xor = IvGenerator::CounterXor;
    assert_eq!(next([1, 2, 3, 0x81], 0, xor).unwrap(), [1, 2, 3, 0x81]);
    assert_eq!(next([1, 2, 3, 0x81], 0, xor).unwrap(), [1, 2, 3, 0x80]);
    assert_eq!(next([1, 2, 3, 0x80], 0, xor).unwrap(), [1, 2, 3, 0x83]);
    let random = next([7; 4], 8, IvGenerator::Random).unwrap();
    assert_eq!(random[0], 7);
    assert_ne!(random, next([7; 4], 8, IvGenerator::Random).unwrap());
}

#[test]
fn a_message_that_is_not_as_said_is_refused() {
    let (session, key) = session_with_key();
    session.message_encrypt_init(TAGGED, key).unwrap();
    let (mut iv, mut tag, mut long) = ([1; 12], [0; TAG], [0; TAG + 1]);
    let mut said = CipherMessage { data_len: Some(3), ..message(&mut iv, &mut tag) };
    let outcome = session.encrypt_message_into(&mut said, b"", PLAIN, Output::Vec(&mut Vec::new()));
    assert!(matches!(outcome, Err(Error::MechanismParamInvalid(TAGGED))));
    let mut other = message(&mut iv, &mut long);
    let outcome = session.encrypt_message_into(&mut other, b"", PLAIN, Output::Vec(&mut Vec::new()));
    assert!(matches!(outcome, Err(Error::MechanismParamInvalid(TAGGED))));
    session.logout().unwrap();
    assert!(matches!(session.message_encrypt_final(), Err(Error::OperationNotInitialized)));
}

#[test]
fn messages_are_signed_and_verified() {
    let (session, _) = session_with_key();
    let (public, private) = generate(&session, Curve::P256, "pair");
    let ecdsa = MechanismType::ECDSA_SHA256;
    session.message_sign_init(ecdsa, private).unwrap();
    session.message_verify_init(ecdsa, public).unwrap();
    assert_eq!(session.sign_message_into(PLAIN, Output::Length).unwrap(), 64);
    let whole = session.sign_message(PLAIN).unwrap();
    session.sign_message_begin().unwrap();
    assert!(matches!(session.sign_message(PLAIN), Err(Error::OperationActive)));
    session.sign_message_next(&PLAIN[..3]).unwrap();
    let mut parts = [0; 64];
    // Neither a question nor a short buffer takes the part.
    session.sign_message_last_into(&PLAIN[3..], Output::Length).unwrap();
    session.sign_message_last_into(&PLAIN[3..], Output::Buffer(&mut parts[1..])).unwrap_err();
    session.sign_message_last_into(&PLAIN[3..], Output::Buffer(&mut parts)).unwrap();
    session.verify_message(PLAIN, &whole).unwrap();
    assert!(matches!(session.verify_message(b"other", &whole), Err(Error::SignatureInvalid)));
    session.verify_message_begin().unwrap();
    session.verify_message_next(&PLAIN[..5]).unwrap();
    session.verify_message_last(&PLAIN[5..], &parts).unwrap();
    session.message_sign_final().unwrap();
    session.message_verify_final().unwrap();
    assert!(matches!(session.sign_message(PLAIN), Err(Error::OperationNotInitialized)));
}
