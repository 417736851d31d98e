//! Random sequences of operations against a plain model: which of them run in a session, what each has been given,
//! and what it must answer, whatever the others do. The engine's ciphers can be computed in one's head.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use portcullis_token::{
    AttributeType, CipherMessage, Curve, Error, IvGenerator, KeyType, MechanismType, ObjectClass,
    ObjectHandle, OperationKind, Output, Result, Session, SessionAccess, Template, Token, UserType,
};
use proptest::prelude::*;

use crate::common::{USER_PIN, public_template, user_session};
use crate::toy_cipher::{STREAM, TAG, TAGGED, cipher_key, cipher_token, encrypted};
use crate::toy_digest::{RECOVER, SUM};

const HMAC: MechanismType = MechanismType::SHA256_HMAC;
/// What the signature that is checked was made over.
const SIGNED: &[u8] = b"ab";

/// The kinds of operations that the model knows. What takes parts comes first.
const KINDS: [OperationKind; 9] = [
    OperationKind::Encrypt,
    OperationKind::Decrypt,
    OperationKind::Sign,
    OperationKind::Digest,
    OperationKind::VerifySignature,
    OperationKind::SignRecover,
    OperationKind::VerifyRecover,
    OperationKind::MessageEncrypt,
    OperationKind::MessageDecrypt,
];
const WITH_PARTS: usize = 5;

#[derive(Clone, Debug)]
enum Step {
    Init(usize),
    Whole(usize, Vec<u8>),
    Update(usize, Vec<u8>),
    Final(usize),
    EndMessages(bool),
    Cancel(usize),
    LogOutAndIn,
    Save,
    Restore,
}

fn step() -> impl Strategy<Value = Step> {
    let data = || prop::collection::vec(b'a'..b'c', 0..4);
    prop_oneof![
        8 => (0..KINDS.len()).prop_map(Step::Init),
        6 => (0..KINDS.len(), data()).prop_map(|(kind, data)| Step::Whole(kind, data)),
        6 => (0..WITH_PARTS, data()).prop_map(|(kind, data)| Step::Update(kind, data)),
        4 => (0..WITH_PARTS).prop_map(Step::Final),
        1 => any::<bool>().prop_map(Step::EndMessages),
        1 => (0..KINDS.len()).prop_map(Step::Cancel),
        1 => Just(Step::LogOutAndIn),
        2 => Just(Step::Save),
        2 => Just(Step::Restore),
    ]
}

/// An operation as it should be: what it was given in parts, if it was.
#[derive(Clone, Debug, Default)]
struct Running {
    parts: Option<Vec<u8>>,
}

struct Model {
    session: Session,
    /// Another session, which says what is right.
    oracle: Session,
    running: BTreeMap<usize, Running>,
    saved: Option<(Vec<u8>, Running)>,
}

/// One token for all cases: setting one up costs two key derivations.
fn token() -> &'static Token {
    static TOKEN: std::sync::OnceLock<Token> = std::sync::OnceLock::new();
    TOKEN.get_or_init(|| {
        let token = cipher_token();
        let session = user_session(&token);
        let hidden = |template: Template| template.with(AttributeType::Private, true);
        let on_token = |template: Template| hidden(template.with(AttributeType::Token, true));
        session.create_object(on_token(cipher_key())).unwrap();
        let mac = Template::key(ObjectClass::SecretKey, KeyType::GenericSecret);
        session.create_object(on_token(mac.with(AttributeType::Value, "a MAC key"))).unwrap();
        let public = hidden(public_template(Curve::P256, "x")).with(AttributeType::VerifyRecover, true);
        let private = crate::common::on_token("x").with(AttributeType::SignRecover, true);
        session.generate_key_pair(MechanismType::EC_KEY_PAIR_GEN, public, private).unwrap();
        token
    })
}

fn key(session: &Session, class: ObjectClass, key_type: KeyType) -> ObjectHandle {
    session.find_objects(&Template::key(class, key_type)).unwrap()[0]
}

/// The message of [`RECOVER`] in its signature.
fn sealed(message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0x5e];
    signature.extend_from_slice(message);
    signature.resize(crate::toy_digest::SIGNATURE_LEN, 0);
    signature
}

fn sum(data: &[u8]) -> Vec<u8> {
    vec![data.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte))]
}

impl Model {
    fn new() -> Self {
        let session = user_session(token());
        let oracle = token().open_session(SessionAccess::ReadOnly).unwrap();
        Self { session, oracle, running: BTreeMap::new(), saved: None }
    }

    fn mac(&self, data: &[u8]) -> Vec<u8> {
        let key = key(&self.oracle, ObjectClass::SecretKey, KeyType::GenericSecret);
        self.oracle.sign_init(HMAC, key).unwrap();
        self.oracle.sign(data).unwrap()
    }

    fn init(&mut self, kind: usize) {
        let (session, of) = (&self.session, |class, key_type| key(&self.session, class, key_type));
        let aes = of(ObjectClass::SecretKey, KeyType::Aes);
        let mac = of(ObjectClass::SecretKey, KeyType::GenericSecret);
        let outcome = match KINDS[kind] {
            OperationKind::Encrypt => session.encrypt_init(STREAM, aes),
            OperationKind::Decrypt => session.decrypt_init(STREAM, aes),
            OperationKind::Sign => session.sign_init(HMAC, mac),
            OperationKind::Digest => session.digest_init(SUM),
            OperationKind::VerifySignature => session.verify_signature_init(HMAC, mac, &self.mac(SIGNED)),
            OperationKind::SignRecover => {
                session.sign_recover_init(RECOVER, of(ObjectClass::PrivateKey, KeyType::Ec))
            }
            OperationKind::VerifyRecover => {
                session.verify_recover_init(RECOVER, of(ObjectClass::PublicKey, KeyType::Ec))
            }
            OperationKind::MessageEncrypt => session.message_encrypt_init(TAGGED, aes),
            _ => session.message_decrypt_init(TAGGED, aes),
        };
        match self.running.entry(kind) {
            Entry::Occupied(_) => assert!(matches!(outcome, Err(Error::OperationActive)), "{outcome:?}"),
            Entry::Vacant(free) => {
                outcome.unwrap();
                free.insert(Running::default());
            }
        }
    }

    /// What an operation answers to data, and what it should.
    fn whole(&mut self, kind: usize, data: &[u8]) {
        let session = &self.session;
        let valid = || if data == SIGNED { Ok(Vec::new()) } else { Err(Error::SignatureInvalid) };
        let (outcome, right) = match KINDS[kind] {
            OperationKind::Encrypt => (session.encrypt(data), Ok(encrypted(STREAM, data))),
            OperationKind::Decrypt => (session.decrypt(&encrypted(STREAM, data)), Ok(data.to_vec())),
            OperationKind::Sign => (session.sign(data), Ok(self.mac(data))),
            OperationKind::Digest => (session.digest(data), Ok(sum(data))),
            OperationKind::VerifySignature => (session.verify_signature(data).map(|()| Vec::new()), valid()),
            OperationKind::SignRecover => (session.sign_recover(data), Ok(sealed(data))),
            OperationKind::VerifyRecover => (session.verify_recover(&sealed(data)), Ok(data.to_vec())),
            kind => (self.message(kind, data), Ok(data.to_vec())),
        };
        let ends = !matches!(KINDS[kind], OperationKind::MessageEncrypt | OperationKind::MessageDecrypt);
        match self.running.get(&kind) {
            None => assert!(matches!(outcome, Err(Error::OperationNotInitialized)), "{outcome:?}"),
            Some(Running { parts: Some(_) }) => {
                assert!(matches!(outcome, Err(Error::OperationActive)), "{outcome:?}");
            }
            Some(Running { parts: None }) => {
                assert_same(outcome, right);
                if ends {
                    self.running.remove(&kind);
                }
            }
        }
    }

    /// Encrypts or decrypts one message; the plaintext, in both cases.
    fn message(&self, kind: OperationKind, plain: &[u8]) -> Result<Vec<u8>> {
        let whole = encrypted(TAGGED, plain);
        let (sealed, right_tag) = whole.split_at(plain.len());
        let (mut iv, mut tag, mut out) = ([1; 12], [0; TAG], Vec::new());
        if kind == OperationKind::MessageDecrypt {
            tag.copy_from_slice(right_tag);
        }
        let mut message = CipherMessage {
            iv: &mut iv,
            generator: IvGenerator::Caller,
            fixed_bits: 0,
            tag: &mut tag,
            data_len: None,
        };
        if kind == OperationKind::MessageDecrypt {
            self.session.decrypt_message_into(&mut message, b"aad", sealed, Output::Vec(&mut out))?;
            return Ok(out);
        }
        self.session.encrypt_message_into(&mut message, b"aad", plain, Output::Vec(&mut out))?;
        assert_eq!((&out[..], &tag[..]), (sealed, right_tag));
        Ok(plain.to_vec())
    }

    fn update(&mut self, kind: usize, part: &[u8]) {
        let session = &self.session;
        let none = |outcome: Result<()>| outcome.map(|()| Vec::new());
        let (outcome, right) = match KINDS[kind] {
            OperationKind::Encrypt => (session.encrypt_update(part), encrypted(STREAM, part)),
            OperationKind::Decrypt => (session.decrypt_update(&encrypted(STREAM, part)), part.to_vec()),
            OperationKind::Sign => (none(session.sign_update(part)), Vec::new()),
            OperationKind::Digest => (none(session.digest_update(part)), Vec::new()),
            _ => (none(session.verify_signature_update(part)), Vec::new()),
        };
        match self.running.get_mut(&kind) {
            None => assert!(matches!(outcome, Err(Error::OperationNotInitialized)), "{outcome:?}"),
            Some(running) => {
                assert_same(outcome, Ok(right));
                running.parts.get_or_insert_default().extend_from_slice(part);
            }
        }
    }

    fn finish(&mut self, kind: usize) {
        let session = &self.session;
        let running = self.running.remove(&kind);
        let data = running.clone().and_then(|running| running.parts).unwrap_or_default();
        let (outcome, right) = match KINDS[kind] {
            OperationKind::Encrypt => (session.encrypt_final(), Ok(Vec::new())),
            OperationKind::Decrypt => (session.decrypt_final(), Ok(Vec::new())),
            OperationKind::Sign => (session.sign_final(), Ok(self.mac(&data))),
            OperationKind::Digest => (session.digest_final(), Ok(sum(&data))),
            _ => {
                let valid = if data == SIGNED { Ok(Vec::new()) } else { Err(Error::SignatureInvalid) };
                (session.verify_signature_final().map(|()| Vec::new()), valid)
            }
        };
        match running {
            None => assert!(matches!(outcome, Err(Error::OperationNotInitialized)), "{outcome:?}"),
            Some(_) => assert_same(outcome, right),
        }
    }

    fn end_messages(&mut self, encryption: bool) {
        let (kind, outcome) = if encryption {
            (OperationKind::MessageEncrypt, self.session.message_encrypt_final())
        } else {
            (OperationKind::MessageDecrypt, self.session.message_decrypt_final())
        };
        let was = KINDS.iter().position(|other| *other == kind).and_then(|kind| self.running.remove(&kind));
        assert_eq!(outcome.is_ok(), was.is_some(), "{outcome:?}");
    }

    /// All keys are private: only a digest outlives a logout.
    fn log_out_and_in(&mut self) {
        self.session.logout().unwrap();
        self.session.login(UserType::User, USER_PIN).unwrap();
        self.running.retain(|kind, _| KINDS[*kind] == OperationKind::Digest);
    }

    fn save(&mut self) {
        let digest = self.running.iter().find(|(kind, _)| KINDS[**kind] == OperationKind::Digest);
        let others = self.running.len() - usize::from(digest.is_some());
        match (self.session.operation_state(), digest) {
            (outcome, _) if others > 0 => assert!(matches!(outcome, Err(Error::StateUnsaveable))),
            (outcome, None) => assert!(matches!(outcome, Err(Error::OperationNotInitialized))),
            (outcome, Some((_, running))) => self.saved = Some((outcome.unwrap(), running.clone())),
        }
    }

    fn restore(&mut self) {
        let Some((state, running)) = self.saved.clone() else { return };
        self.session.set_operation_state(&state).unwrap();
        let digest = KINDS.iter().position(|kind| *kind == OperationKind::Digest).unwrap();
        self.running.insert(digest, running);
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Init(kind) => self.init(*kind),
            Step::Whole(kind, data) => self.whole(*kind, data),
            Step::Update(kind, part) => self.update(*kind, part),
            Step::Final(kind) => self.finish(*kind),
            Step::EndMessages(encryption) => self.end_messages(*encryption),
            Step::Cancel(kind) => {
                let was = self.running.remove(kind).is_some();
                assert_eq!(self.session.cancel(KINDS[*kind]).unwrap(), was);
            }
            Step::LogOutAndIn => self.log_out_and_in(),
            Step::Save => self.save(),
            Step::Restore => self.restore(),
        }
    }
}

fn assert_same(outcome: Result<Vec<u8>>, right: Result<Vec<u8>>) {
    match (outcome, right) {
        (Ok(outcome), Ok(right)) => assert_eq!(outcome, right),
        (Err(Error::SignatureInvalid), Err(Error::SignatureInvalid)) => {}
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn operations_agree_with_a_model(steps in prop::collection::vec(step(), 1..80)) {
        let mut model = Model::new();
        for step in &steps {
            model.run(step);
        }
    }
}
