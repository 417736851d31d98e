//! Random sequences of wrapping, unwrapping, deriving and encapsulating against a plain model: each key has the value
//! that it should have, gives it to whom it may, and says truly whether it was ever outside.

use portcullis_token::{
    AttributeType, AttributeValue, Error, HashAlgorithm, KeyType, MechanismType, ObjectClass, ObjectHandle,
    Output, ParameterSet, Parameters, Session, Template, Token, UserType,
};
use proptest::prelude::*;

use crate::common::{USER_PIN, on_token, secret_key, user_session};
use crate::toy::toy_token;
use crate::wrapping::{aes_template, flag, wrap};

const KWP: MechanismType = MechanismType::AES_KEY_WRAP_KWP;
const KEM: MechanismType = MechanismType::ML_KEM;

#[derive(Clone, Debug)]
enum Step {
    Create { value: Vec<u8>, open: bool },
    Derive { nth: usize, len: usize, open: bool },
    Wrap(usize),
    Unwrap { nth: usize, open: bool },
    Exchange { open: bool },
    GiveUp(usize),
    Destroy(usize),
    LogOutAndIn,
}

fn step() -> impl Strategy<Value = Step> {
    let (nth, open) = (|| 0..8_usize, any::<bool>);
    prop_oneof![
        3 => (prop::collection::vec(1..9_u8, 1..4), open()).prop_map(|(value, open)| Step::Create { value, open }),
        3 => (nth(), 1..9_usize, open()).prop_map(|(nth, len, open)| Step::Derive { nth, len, open }),
        3 => nth().prop_map(Step::Wrap),
        3 => (nth(), open()).prop_map(|(nth, open)| Step::Unwrap { nth, open }),
        1 => open().prop_map(|open| Step::Exchange { open }),
        1 => nth().prop_map(Step::GiveUp),
        1 => nth().prop_map(Step::Destroy),
        1 => Just(Step::LogOutAndIn),
    ]
}

/// A key as it should be.
struct Known {
    handle: ObjectHandle,
    value: Vec<u8>,
    sensitive: bool,
    extractable: bool,
}

struct Model {
    session: Session,
    keys: Vec<Known>,
    wrapped: Vec<(Vec<u8>, Vec<u8>)>,
}

/// One token for all cases, with what wraps and exchanges keys.
fn token() -> &'static Token {
    static TOKEN: std::sync::OnceLock<Token> = std::sync::OnceLock::new();
    TOKEN.get_or_init(|| {
        let (_, token) = toy_token();
        let session = user_session(&token);
        session.create_object(aes_template(7).with(AttributeType::Token, true)).unwrap();
        let public = on_token("kem").with(AttributeType::ParameterSet, ParameterSet::MlKem768.code());
        session.generate_key_pair(MechanismType::ML_KEM_KEY_PAIR_GEN, public, on_token("kem")).unwrap();
        token
    })
}

fn secret() -> Template {
    Template::key(ObjectClass::SecretKey, KeyType::GenericSecret)
}

fn opened(template: Template, open: bool) -> Template {
    template.with(AttributeType::Sensitive, !open).with(AttributeType::Extractable, open)
}

impl Model {
    fn new() -> Self {
        Self { session: user_session(token()), keys: Vec::new(), wrapped: Vec::new() }
    }

    fn only(&self, class: ObjectClass, key_type: KeyType) -> ObjectHandle {
        let found = self.session.find_objects(&Template::key(class, key_type)).unwrap();
        assert_eq!(found.len(), 1);
        found[0]
    }

    fn wrapping(&self) -> ObjectHandle {
        self.only(ObjectClass::SecretKey, KeyType::Aes)
    }

    fn add(&mut self, handle: ObjectHandle, value: Vec<u8>, open: bool) {
        self.keys.push(Known { handle, value, sensitive: !open, extractable: open });
    }

    fn derive(&mut self, nth: usize, len: usize, open: bool) {
        let Some(base) = self.keys.get(nth) else { return };
        let hkdf = Parameters::Hkdf { hash: HashAlgorithm::Sha256, extract: None, expand: Some(Vec::new()) };
        let template = opened(secret(), open).with(AttributeType::ValueLen, len as u64);
        let call = (MechanismType::HKDF_DERIVE, hkdf);
        let made = self.session.derive_keys(call, base.handle, vec![template]).unwrap();
        let value = base.value.iter().cycle().zip(0..len as u8).map(|(byte, at)| byte + at).collect();
        self.add(made.keys[0], value, open);
    }

    fn wrap(&mut self, nth: usize) {
        let Some(key) = self.keys.get(nth) else { return };
        match wrap(&self.session, KWP, self.wrapping(), key.handle) {
            Ok(wrapped) if key.extractable => self.wrapped.push((wrapped, key.value.clone())),
            Err(Error::KeyUnextractable) if !key.extractable => {}
            other => panic!("{other:?}"),
        }
    }

    fn unwrap(&mut self, nth: usize, open: bool) {
        let Some((wrapped, value)) = self.wrapped.get(nth).cloned() else { return };
        let unwrap =
            |wrapped: &[u8]| self.session.unwrap_key(KWP, self.wrapping(), wrapped, opened(secret(), open));
        let mut forged = wrapped.clone();
        forged[0] ^= 1;
        assert!(matches!(unwrap(&forged), Err(Error::WrappedKeyInvalid)));
        let made = unwrap(&wrapped).unwrap();
        self.add(made, value, open);
    }

    fn exchange(&mut self, open: bool) {
        let template = || opened(secret(), open);
        let (public, private) = (ObjectClass::PublicKey, ObjectClass::PrivateKey);
        let (public, private) = (self.only(public, KeyType::MlKem), self.only(private, KeyType::MlKem));
        let mut ciphertext = Vec::new();
        let into = Output::Vec(&mut ciphertext);
        let (_, made) = self.session.encapsulate_key(KEM, public, template(), into).unwrap();
        let found = self.session.decapsulate_key(KEM, private, &ciphertext, template()).unwrap();
        let mac = |key| {
            self.session.sign_init(MechanismType::SHA256_HMAC, key).unwrap();
            self.session.sign(b"message").unwrap()
        };
        assert_eq!(mac(made.unwrap()), mac(found));
        for key in [made.unwrap(), found] {
            self.session.destroy_object(key).unwrap();
        }
    }

    /// Makes a key stricter, which can't be undone.
    fn give_up(&mut self, nth: usize) {
        let Some(key) = self.keys.get_mut(nth) else { return };
        let change = |attribute, value| {
            self.session.set_attributes(key.handle, &Template::new().with(attribute, value))
        };
        assert_eq!(change(AttributeType::Sensitive, true).is_ok(), !key.sensitive);
        assert_eq!(change(AttributeType::Extractable, false).is_ok(), key.extractable);
        assert!(change(AttributeType::Sensitive, false).is_err());
        assert!(change(AttributeType::Extractable, true).is_err());
        (key.sensitive, key.extractable) = (true, false);
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Create { value, open } => {
                let made = self.session.create_object(opened(secret_key(&value, "x"), open)).unwrap();
                self.add(made, value, open);
            }
            Step::Derive { nth, len, open } => self.derive(nth, len, open),
            Step::Wrap(nth) => self.wrap(nth),
            Step::Unwrap { nth, open } => self.unwrap(nth, open),
            Step::Exchange { open } => self.exchange(open),
            Step::GiveUp(nth) => self.give_up(nth),
            Step::Destroy(nth) if nth < self.keys.len() => {
                let gone = self.keys.remove(nth).handle;
                self.session.destroy_object(gone).unwrap();
            }
            Step::Destroy(_) => {}
            Step::LogOutAndIn => {
                self.session.logout().unwrap();
                self.session.login(UserType::User, USER_PIN).unwrap();
                for gone in self.keys.drain(..) {
                    let read = self.session.attribute(gone.handle, AttributeType::Label);
                    assert!(matches!(read, Err(Error::ObjectHandleInvalid)));
                }
            }
        }
    }

    fn check(&self) {
        assert_eq!(self.session.find_objects(&secret()).unwrap().len(), self.keys.len());
        for key in &self.keys {
            match self.session.attribute(key.handle, AttributeType::Value) {
                Ok(AttributeValue::Secret(value)) => {
                    assert!(!key.sensitive && key.extractable && value.expose() == key.value);
                }
                Err(Error::AttributeSensitive(_)) => assert!(key.sensitive || !key.extractable),
                other => panic!("{other:?}"),
            }
            // Each goes back to a value that a caller gave.
            for history in
                [AttributeType::AlwaysSensitive, AttributeType::NeverExtractable, AttributeType::Local]
            {
                assert!(!flag(&self.session, key.handle, history), "{history}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn keys_made_of_keys_agree_with_a_model(steps in prop::collection::vec(step(), 1..40)) {
        let mut model = Model::new();
        for step in steps {
            model.run(step);
            model.check();
        }
    }
}
