//! Encryption and decryption: whole and in parts, lengths that are known only afterwards, errors, logins.

use portcullis_token::{
    AttributeType, EngineError, Error, MechanismCall, MechanismType, ObjectHandle, OperationKind, Output,
    Parameters, Session, SessionAccess,
};
use proptest::prelude::*;

use crate::common::user_session;
use crate::toy_cipher::{
    BLOCK, PADDED, STREAM, TAG, TAGGED, cipher_key, cipher_token, encrypted, tagged_parameters,
};

fn call(mechanism: MechanismType) -> MechanismCall {
    let parameters = if mechanism == TAGGED { tagged_parameters() } else { Parameters::None };
    MechanismCall { mechanism, parameters }
}

fn session_with_key() -> (Session, ObjectHandle) {
    let session = user_session(&cipher_token());
    let key = session.create_object(cipher_key()).unwrap();
    (session, key)
}

const PLAIN: &[u8] = b"ten bytes.";

#[test]
fn whole_data_comes_back() {
    let (session, key) = session_with_key();
    for mechanism in [STREAM, PADDED, TAGGED] {
        session.encrypt_init(call(mechanism), key).unwrap();
        let ciphertext = session.encrypt(PLAIN).unwrap();
        assert_eq!(ciphertext, encrypted(mechanism, PLAIN));
        session.decrypt_init(call(mechanism), key).unwrap();
        assert_eq!(session.decrypt(&ciphertext).unwrap(), PLAIN);
        assert!(matches!(session.decrypt(&ciphertext), Err(Error::OperationNotInitialized)));
    }
}

#[test]
fn a_buffer_that_fits_the_plaintext_is_long_enough() {
    let (session, key) = session_with_key();
    let ciphertext = encrypted(PADDED, PLAIN);
    session.decrypt_init(call(PADDED), key).unwrap();
    // The most it can be is asked for; what it needs is only known once it is decrypted.
    assert_eq!(session.decrypt_into(&ciphertext, Output::Length).unwrap(), 12);
    let mut buffer = [0xee; 10];
    for room in [0, 9] {
        let short = session.decrypt_into(&ciphertext, Output::Buffer(&mut buffer[..room]));
        assert!(matches!(short, Err(Error::BufferTooSmall { needed: 10 })));
        assert_eq!(buffer, [0xee; 10]);
    }
    // Between two calls the data may be another's.
    let other = encrypted(PADDED, b"another");
    let short = session.decrypt_into(&other, Output::Buffer(&mut buffer[..6]));
    assert!(matches!(short, Err(Error::BufferTooSmall { needed: 7 })));
    assert_eq!(session.decrypt_into(&ciphertext, Output::Buffer(&mut buffer)).unwrap(), 10);
    assert_eq!(buffer, PLAIN);

    session.decrypt_init(call(PADDED), key).unwrap();
    session.decrypt_update(&ciphertext).unwrap();
    assert_eq!(session.decrypt_final_into(Output::Length).unwrap(), BLOCK);
    let short = session.decrypt_final_into(Output::Buffer(&mut buffer[..1]));
    assert!(matches!(short, Err(Error::BufferTooSmall { needed: 2 })));
    assert!(matches!(session.decrypt_update(b"more"), Err(Error::OperationActive)));

    session.decrypt_init(call(PADDED), key).unwrap();
    let mut start = session.decrypt_update(&ciphertext).unwrap();
    assert!(session.decrypt_final_into(Output::Buffer(&mut buffer[..1])).is_err());
    assert_eq!(session.decrypt_final_into(Output::Length).unwrap(), 2);
    assert_eq!(session.decrypt_final_into(Output::Buffer(&mut buffer[..2])).unwrap(), 2);
    start.extend_from_slice(&buffer[..2]);
    assert_eq!(start, PLAIN);
}

#[test]
fn what_the_engine_needs_whole_is_collected() {
    let (session, key) = session_with_key();
    let ciphertext = encrypted(TAGGED, PLAIN);
    session.decrypt_init(call(TAGGED), key).unwrap();
    for part in ciphertext.chunks(5) {
        assert_eq!(session.decrypt_update_into(part, Output::Length).unwrap(), 0);
        assert!(session.decrypt_update(part).unwrap().is_empty());
    }
    assert_eq!(session.decrypt_final_into(Output::Length).unwrap(), 10);
    let short = session.decrypt_final_into(Output::Buffer(&mut [0; 9]));
    assert!(matches!(short, Err(Error::BufferTooSmall { needed: 10 })));
    assert_eq!(session.decrypt_final().unwrap(), PLAIN);

    session.encrypt_init(call(TAGGED), key).unwrap();
    assert!(session.encrypt_update(PLAIN).unwrap().is_empty());
    let short = session.encrypt_final_into(Output::Buffer(&mut [0; 9]));
    assert!(matches!(short, Err(Error::BufferTooSmall { needed }) if needed == PLAIN.len() + TAG));
    assert_eq!(session.encrypt_final().unwrap(), ciphertext);
}

#[test]
fn an_error_ends_the_operation() {
    let (session, key) = session_with_key();
    let failed = |outcome: Result<Vec<u8>, Error>| {
        assert!(matches!(session.decrypt(b""), Err(Error::OperationNotInitialized)));
        outcome.unwrap_err()
    };
    let init = |mechanism| session.decrypt_init(call(mechanism), key).unwrap();
    init(PADDED);
    assert!(matches!(failed(session.decrypt(&[0; 3])), Error::EncryptedDataLength));
    init(PADDED);
    assert!(matches!(failed(session.decrypt(&[0; 4])), Error::Engine(EngineError::DecryptionFailed)));
    let mut forged = encrypted(TAGGED, PLAIN);
    forged[0] ^= 1;
    init(TAGGED);
    session.decrypt_update(&forged).unwrap();
    assert!(matches!(failed(session.decrypt_final()), Error::Engine(EngineError::DecryptionFailed)));
    init(TAGGED);
    let short = session.decrypt_into(&forged, Output::Buffer(&mut [0; 1])).map(|_| vec![]);
    assert!(matches!(failed(short), Error::Engine(EngineError::DecryptionFailed)));
}

#[test]
fn who_may_start_one() {
    let (session, key) = session_with_key();
    let no_tag = session.encrypt_init(TAGGED, key);
    assert!(matches!(no_tag, Err(Error::MechanismParamInvalid(TAGGED))));
    let digest = session.encrypt_init(MechanismType::SHA256, key);
    assert!(matches!(digest, Err(Error::MechanismInvalid(MechanismType::SHA256))));
    let only = cipher_key().with(AttributeType::Encrypt, true).with(AttributeType::Decrypt, false);
    let only = session.create_object(only).unwrap();
    session.encrypt_init(STREAM, only).unwrap();
    let refused = session.decrypt_init(STREAM, only);
    assert!(matches!(refused, Err(Error::KeyFunctionNotPermitted(AttributeType::Decrypt))));
    assert!(matches!(session.encrypt_init(STREAM, key), Err(Error::OperationActive)));
    // The two ways don't stand in each other's way.
    session.decrypt_init(STREAM, key).unwrap();
    assert!(session.cancel(OperationKind::Encrypt).unwrap());
    assert_eq!(session.decrypt(&encrypted(STREAM, PLAIN)).unwrap(), PLAIN);
}

#[test]
fn a_logout_ends_it() {
    let token = cipher_token();
    let session = user_session(&token);
    let key = session.create_object(cipher_key()).unwrap();
    let open = session.create_object(cipher_key().with(AttributeType::Private, false)).unwrap();
    let other = token.open_session(SessionAccess::ReadOnly).unwrap();
    session.encrypt_init(STREAM, key).unwrap();
    session.encrypt_update(b"part").unwrap();
    other.encrypt_init(STREAM, open).unwrap();
    other.logout().unwrap();
    assert!(matches!(session.encrypt_final(), Err(Error::OperationNotInitialized)));
    assert_eq!(other.encrypt(PLAIN).unwrap(), encrypted(STREAM, PLAIN));
}

/// A step of a program that encrypts or decrypts in parts.
#[derive(Clone, Debug)]
enum Step {
    Part(usize),
    Length(usize),
    Short(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..9_usize).prop_map(Step::Part),
        (0..9_usize).prop_map(Step::Length),
        (0..9_usize).prop_map(Step::Short),
    ]
}

/// Gives `data` in the parts that the steps say, with questions and short buffers between, and what is left at the
/// end.
fn in_parts(
    data: &[u8],
    steps: &[Step],
    update: impl Fn(&[u8], Output<'_>) -> Result<usize, Error>,
    finish: impl Fn(Output<'_>) -> Result<usize, Error>,
) -> Vec<u8> {
    let (mut rest, mut answer) = (data, Vec::new());
    for step in steps {
        let (Step::Part(len) | Step::Length(len) | Step::Short(len)) = *step;
        let (part, after) = rest.split_at(len.min(rest.len()));
        match step {
            Step::Part(_) => {
                update(part, Output::Vec(&mut answer)).unwrap();
                rest = after;
            }
            Step::Length(_) => {
                update(part, Output::Length).unwrap();
            }
            Step::Short(_) => {
                let needed = update(part, Output::Length).unwrap();
                if needed > 0 {
                    let short = update(part, Output::Buffer(&mut vec![0; needed - 1]));
                    assert!(matches!(short, Err(Error::BufferTooSmall { needed: said }) if said == needed));
                }
            }
        }
    }
    update(rest, Output::Vec(&mut answer)).unwrap();
    finish(Output::Length).unwrap();
    // Byte by byte up to what it needs: a short buffer never ends an operation.
    let start = answer.len();
    for room in 0.. {
        answer.resize(start + room, 0);
        match finish(Output::Buffer(&mut answer[start..])) {
            Ok(used) => {
                answer.truncate(start + used);
                break;
            }
            Err(Error::BufferTooSmall { needed }) => assert!(needed > room),
            Err(error) => panic!("{error}"),
        }
    }
    answer
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_make_the_whole(
        data in proptest::collection::vec(any::<u8>(), 0..40),
        steps in proptest::collection::vec(step(), 0..12),
    ) {
        thread_local! {
            static SESSION: (Session, ObjectHandle) = session_with_key();
        }
        SESSION.with(|(session, key)| {
            for mechanism in [STREAM, PADDED, TAGGED] {
                session.encrypt_init(call(mechanism), *key).unwrap();
                let ciphertext = in_parts(
                    &data,
                    &steps,
                    |part, out| session.encrypt_update_into(part, out),
                    |out| session.encrypt_final_into(out),
                );
                assert_eq!(ciphertext, encrypted(mechanism, &data));
                session.decrypt_init(call(mechanism), *key).unwrap();
                let plain = in_parts(
                    &ciphertext,
                    &steps,
                    |part, out| session.decrypt_update_into(part, out),
                    |out| session.decrypt_final_into(out),
                );
                assert_eq!(plain, data);
                assert!(matches!(session.decrypt_final(), Err(Error::OperationNotInitialized)));
            }
        });
    }
}
