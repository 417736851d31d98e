//! Operations: multi-part calls, size queries, short buffers and their order, and that no session waits for
//! another's engine.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};

use portcullis_engine::RingEngine;
use portcullis_entropy::{Random, RandomError};
use portcullis_pal::MemoryStore;
use portcullis_token::engine::{KeyLoader, LoadedKey, SignStream, Signing};
use portcullis_token::{
    AttributeType, Curve, Engine, EngineError, Error, KeyMaterial, KeyType, Mechanism, MechanismType,
    ObjectClass, OperationKind, Output, Parameters, Parts, SessionAccess, Template, Token, UserType,
};

use crate::common::{USER_PIN, generate, new_token, parts, random, secret_key, set_up, user_session};

#[test]
fn parts_and_whole_give_the_same() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let key = session.create_object(secret_key(b"a key for a MAC", "mac")).unwrap();
    session.sign_init(MechanismType::SHA256_HMAC, key).unwrap();
    let whole = session.sign(b"one two three").unwrap();
    session.sign_init(MechanismType::SHA256_HMAC, key).unwrap();
    for part in [&b"one "[..], b"", b"two three"] {
        session.sign_update(part).unwrap();
    }
    assert_eq!(session.sign_final().unwrap(), whole);

    // ECDSA, for which the engine wants the message whole.
    let (public, private) = generate(&session, Curve::P256, "key");
    session.sign_init(MechanismType::ECDSA_SHA256, private).unwrap();
    session.sign_update(b"one ").unwrap();
    session.sign_update(b"two").unwrap();
    let signature = session.sign_final().unwrap();
    session.verify_init(MechanismType::ECDSA_SHA256, public).unwrap();
    session.verify_update(b"one two").unwrap();
    session.verify_final(&signature).unwrap();

    session.digest_init(MechanismType::SHA256).unwrap();
    let digest = session.digest(b"abc").unwrap();
    session.digest_init(MechanismType::SHA256).unwrap();
    session.digest_update(b"a").unwrap();
    session.digest_update(b"bc").unwrap();
    assert_eq!(session.digest_final().unwrap(), digest);
    assert_eq!(hex::encode(digest), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn cancelling_one_kind_leaves_the_others() {
    let (_, token) = new_token();
    let session = user_session(&token);
    session.digest_init(MechanismType::SHA256).unwrap();
    session.find_init(&Template::new()).unwrap();
    assert!(session.cancel(OperationKind::Digest).unwrap());
    assert!(!session.cancel(OperationKind::Digest).unwrap());
    assert!(matches!(session.digest(b"abc"), Err(Error::OperationNotInitialized)));
    session.find_final().unwrap();
}

#[test]
fn a_size_query_and_a_short_buffer_keep_the_operation_alive() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let (_, key) = generate(&session, Curve::P256, "key");
    session.sign_init(MechanismType::ECDSA_SHA256, key).unwrap();
    assert_eq!(session.sign_into(b"message", Output::Length).unwrap(), 64);
    let mut short = [0; 63];
    assert!(matches!(
        session.sign_into(b"message", Output::Buffer(&mut short)),
        Err(Error::BufferTooSmall { needed: 64 })
    ));
    let mut enough = [0; 80];
    assert_eq!(session.sign_into(b"message", Output::Buffer(&mut enough)).unwrap(), 64);
    assert!(matches!(session.sign(b"message"), Err(Error::OperationNotInitialized)));

    session.digest_init(MechanismType::SHA384).unwrap();
    session.digest_update(b"a").unwrap();
    assert_eq!(session.digest_final_into(Output::Length).unwrap(), 48);
    assert_eq!(session.digest_final().unwrap().len(), 48);
}

#[test]
fn calls_out_of_order_are_refused() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let (public, key) = generate(&session, Curve::P256, "key");
    assert!(matches!(session.sign_update(b"x"), Err(Error::OperationNotInitialized)));
    session.sign_init(MechanismType::ECDSA_SHA256, key).unwrap();
    assert!(matches!(session.sign_init(MechanismType::ECDSA_SHA256, key), Err(Error::OperationActive)));
    session.sign_update(b"x").unwrap();
    assert!(matches!(session.sign(b"x"), Err(Error::OperationActive)));
    // A check in the same session is another operation.
    session.verify_init(MechanismType::ECDSA_SHA256, public).unwrap();
    assert!(matches!(session.verify(b"x", &[0; 63]), Err(Error::SignatureLength)));
    assert!(matches!(session.verify(b"x", &[0; 64]), Err(Error::OperationNotInitialized)));
    session.sign_final().unwrap();
    assert!(matches!(
        session.digest_init((MechanismType::SHA256, pss())),
        Err(Error::MechanismParamInvalid(_))
    ));
}

#[test]
fn whole_data_whose_answers_length_was_told_is_not_followed_by_parts() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let (_, private) = generate(&session, Curve::P256, "key");
    let active = |outcome: Result<(), Error>| assert!(matches!(outcome, Err(Error::OperationActive)));
    let gone = |outcome: Result<(), Error>| assert!(matches!(outcome, Err(Error::OperationNotInitialized)));

    let digest = || {
        session.digest_init(MechanismType::SHA256).unwrap();
        assert_eq!(session.digest_into(b"data", Output::Length).unwrap(), 32);
    };
    digest();
    active(session.digest_final().map(drop));
    gone(session.digest(b"data").map(drop));
    digest();
    active(session.digest_update(b"data"));
    gone(session.digest_final().map(drop));
    digest();
    assert_eq!(session.digest(b"data").unwrap().len(), 32);

    session.sign_init(MechanismType::ECDSA_SHA256, private).unwrap();
    let short = session.sign_into(b"data", Output::Buffer(&mut [0; 63]));
    assert!(matches!(short, Err(Error::BufferTooSmall { needed: 64 })));
    active(session.sign_update(b"data"));
    gone(session.sign_final().map(drop));

    // The end of all parts may be asked for its length first.
    session.digest_init(MechanismType::SHA256).unwrap();
    assert_eq!(session.digest_final_into(Output::Length).unwrap(), 32);
    session.digest_update(b"data").unwrap();
    session.digest_final().unwrap();
}

fn pss() -> Parameters {
    let hash = portcullis_token::HashAlgorithm::Sha256;
    Parameters::RsaPss { hash, mgf: hash, salt_len: 1 }
}

#[test]
fn a_closed_session_does_nothing_more() {
    let (_, token) = new_token();
    let session = user_session(&token);
    token.close_all_sessions();
    assert!(matches!(session.find_objects(&Template::new()), Err(Error::SessionClosed)));
    assert!(matches!(session.digest_init(MechanismType::SHA256), Err(Error::SessionClosed)));
    assert!(matches!(session.logout(), Err(Error::SessionClosed)));
    let other = token.open_session(SessionAccess::ReadOnly).unwrap();
    drop(session);
    assert_eq!(other.info().unwrap().login, portcullis_token::Login::Public);
}

/// Randomness that waits for the test before it gives what a session asks for.
struct BlockingRandom {
    random: Arc<dyn Random>,
    gates: Gates,
    shut: AtomicBool,
}

impl Random for BlockingRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        if self.shut.load(Ordering::SeqCst) {
            self.gates.wait();
        }
        self.random.fill(out)
    }

    fn mix(&self, seed: &[u8]) -> Result<(), RandomError> {
        self.random.mix(seed)
    }
}

#[test]
fn a_key_that_was_being_made_at_the_close_is_in_no_session() {
    let gates = Gates { entered: Barrier::new(2), released: Barrier::new(2) };
    let random = Arc::new(BlockingRandom { random: random(), gates, shut: AtomicBool::new(false) });
    let token = Parts { random: random.clone(), ..parts(Arc::new(MemoryStore::new())) };
    let token = Token::open(token).unwrap();
    set_up(&token);
    let session = user_session(&token);
    let closed = Arc::new(token.open_session(SessionAccess::ReadWrite).unwrap());
    random.shut.store(true, Ordering::SeqCst);
    let making = std::thread::spawn({
        let closed = closed.clone();
        let template = Template::new().with(AttributeType::ValueLen, 16_u64);
        move || closed.generate_key(MechanismType::GENERIC_SECRET_KEY_GEN, template)
    });
    random.gates.entered.wait();
    random.shut.store(false, Ordering::SeqCst);
    closed.close();
    random.gates.released.wait();
    assert!(matches!(making.join().unwrap(), Err(Error::SessionClosed)));
    assert!(session.find_objects(&Template::of(ObjectClass::SecretKey)).unwrap().is_empty());
}

/// An engine whose one mechanism signs only when the test lets it.
struct BlockingEngine {
    ring: RingEngine,
    mechanisms: Vec<&'static dyn Mechanism>,
}

struct BlockingMechanism(Arc<Gates>);

struct Gates {
    entered: Barrier,
    released: Barrier,
}

impl Gates {
    fn wait(&self) {
        self.entered.wait();
        self.released.wait();
    }
}

/// A signature over parts, each of which waits for the test.
struct BlockingStream(Arc<Gates>);

impl SignStream for BlockingStream {
    fn update(&mut self, _: &[u8]) {
        self.0.wait();
    }

    fn finish(self: Box<Self>, _: &dyn Random) -> Result<Vec<u8>, EngineError> {
        Ok(vec![1])
    }
}

impl Engine for BlockingEngine {
    fn mechanisms(&self) -> &[&'static dyn Mechanism] {
        &self.mechanisms
    }

    fn public_key(&self, private: &KeyMaterial) -> Result<KeyMaterial, EngineError> {
        self.ring.public_key(private)
    }
}

impl Mechanism for BlockingMechanism {
    fn id(&self) -> MechanismType {
        MechanismType::SHA512_HMAC
    }

    fn key_sizes(&self) -> core::ops::RangeInclusive<u32> {
        1..=64
    }

    fn key_types(&self) -> &'static [KeyType] {
        &[KeyType::GenericSecret]
    }

    fn signing(&'static self) -> Option<&'static dyn Signing> {
        Some(self)
    }
}

impl Signing for BlockingMechanism {
    fn loader(&self) -> &'static dyn KeyLoader {
        &Unparsed
    }

    fn signature_len(&self, _: &LoadedKey, _: &Parameters) -> Result<usize, EngineError> {
        Ok(1)
    }

    fn sign(&self, _: &LoadedKey, _: &Parameters, _: &[u8], _: &dyn Random) -> Result<Vec<u8>, EngineError> {
        self.0.wait();
        Ok(vec![1])
    }

    fn stream(&self, _: &LoadedKey, _: &Parameters) -> Option<Box<dyn SignStream>> {
        Some(Box::new(BlockingStream(self.0.clone())))
    }
}

struct Unparsed;

impl KeyLoader for Unparsed {
    fn name(&self) -> &'static str {
        "test.unparsed"
    }

    fn load(&self, _: &KeyMaterial) -> Result<LoadedKey, EngineError> {
        Ok(Arc::new(()))
    }
}

/// A token over an engine that waits for the test, and where it waits.
fn blocking_token() -> (Token, Arc<Gates>) {
    let gates = Arc::new(Gates { entered: Barrier::new(2), released: Barrier::new(2) });
    let blocking: &'static BlockingMechanism = Box::leak(Box::new(BlockingMechanism(gates.clone())));
    let ring = RingEngine;
    let others = ring.mechanisms().iter().copied().filter(|each| each.id() != blocking.id());
    let mut mechanisms: Vec<&'static dyn Mechanism> = others.collect();
    mechanisms.push(blocking);
    let engine = Arc::new(BlockingEngine { ring, mechanisms });
    let token = Token::open(Parts { engine, ..parts(Arc::new(MemoryStore::new())) }).unwrap();
    set_up(&token);
    (token, gates)
}

#[test]
fn a_signature_that_was_busy_at_the_logout_stands_in_no_ones_way() {
    let (token, gates) = blocking_token();
    let session = user_session(&token);
    let key = session.create_object(secret_key(b"key", "key").with(AttributeType::Token, true)).unwrap();
    let busy = Arc::new(token.open_session(SessionAccess::ReadOnly).unwrap());
    busy.sign_init(MechanismType::SHA512_HMAC, key).unwrap();
    let signing = std::thread::spawn({
        let busy = busy.clone();
        move || busy.sign_update(b"part").unwrap()
    });
    gates.entered.wait();
    session.logout().unwrap();
    gates.released.wait();
    signing.join().unwrap();
    session.login(UserType::User, USER_PIN).unwrap();
    let key = session.find_objects(&Template::of(ObjectClass::SecretKey)).unwrap()[0];
    busy.sign_init(MechanismType::SHA512_HMAC, key).unwrap();
}

#[test]
fn no_session_waits_for_anothers_engine() {
    let (token, gates) = blocking_token();
    let session = user_session(&token);
    let key = session.create_object(secret_key(b"key", "key")).unwrap();

    let busy = token.open_session(SessionAccess::ReadOnly).unwrap();
    busy.sign_init(MechanismType::SHA512_HMAC, key).unwrap();
    let (done, result) = mpsc::channel();
    let signing = std::thread::spawn(move || done.send(busy.sign(b"message").is_ok()).unwrap());
    gates.entered.wait();
    // The engine is at work in another session. Everything goes on here, up to the logout.
    let (public, private) = generate(&session, Curve::P256, "new");
    session.sign_init(MechanismType::ECDSA_SHA256, private).unwrap();
    let signature = session.sign(b"message").unwrap();
    session.verify_init(MechanismType::ECDSA_SHA256, public).unwrap();
    session.verify(b"message", &signature).unwrap();
    session.destroy_object(private).unwrap();
    assert_eq!(session.find_objects(&Template::of(ObjectClass::SecretKey)).unwrap().len(), 1);
    drop(token.open_session(SessionAccess::ReadOnly).unwrap());
    session.logout().unwrap();
    gates.released.wait();
    signing.join().unwrap();
    assert!(!result.recv().unwrap(), "a signature came out after the logout");
}
