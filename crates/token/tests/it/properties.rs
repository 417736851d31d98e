//! Random call sequences against a plain model: what exists, what is visible and who is logged in agree at
//! every step, also after closing and opening the token again.

use std::collections::BTreeMap;

use portcullis_pal::MemoryStore;
use portcullis_token::{
    AttributeType, Error, MechanismType, ObjectClass, ObjectHandle, Session, SessionAccess, Template, Token,
    UserType, Value,
};
use proptest::prelude::*;

use crate::common::{SO_PIN, USER_PIN, data, new_token, open};

#[derive(Clone, Debug)]
enum Step {
    OpenSession(bool),
    CloseSession(usize),
    LogIn(bool),
    LogOut,
    Create { label: u8, private: bool, on_token: bool },
    Rename { nth: usize, label: u8 },
    Destroy(usize),
    Find(Option<u8>),
    Digest(bool),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => any::<bool>().prop_map(Step::OpenSession),
        1 => (0..4_usize).prop_map(Step::CloseSession),
        1 => prop::bool::weighted(0.8).prop_map(Step::LogIn),
        1 => Just(Step::LogOut),
        5 => (0..4_u8, any::<bool>(), any::<bool>())
            .prop_map(|(label, private, on_token)| Step::Create { label, private, on_token }),
        2 => (0..8_usize, 0..4_u8).prop_map(|(nth, label)| Step::Rename { nth, label }),
        2 => (0..8_usize).prop_map(Step::Destroy),
        4 => proptest::option::of(0..4_u8).prop_map(Step::Find),
        1 => any::<bool>().prop_map(Step::Digest),
        1 => Just(Step::Reopen),
    ]
}

/// What the model knows of an object.
#[derive(Clone, Debug)]
struct Known {
    label: u8,
    private: bool,
    /// The session that it dies with.
    session: Option<usize>,
}

/// The token as it should be.
struct Model {
    store: MemoryStore,
    token: Token,
    sessions: BTreeMap<usize, (Session, SessionAccess)>,
    last: usize,
    login: Option<UserType>,
    /// By their unique ids.
    objects: BTreeMap<Vec<u8>, Known>,
}

fn name(label: u8) -> String {
    format!("label {label}")
}

impl Model {
    fn new() -> Self {
        let (store, token) = new_token();
        Self { store, token, sessions: BTreeMap::new(), last: 0, login: None, objects: BTreeMap::new() }
    }

    /// The session with this number, or any other.
    fn session(&self) -> Option<(usize, &Session, SessionAccess)> {
        self.sessions.iter().next_back().map(|(number, (session, access))| (*number, session, *access))
    }

    fn is_visible(&self, known: &Known) -> bool {
        !known.private || self.login == Some(UserType::User)
    }

    fn end_login(&mut self) {
        self.login = None;
        self.objects.retain(|_, known| !(known.private && known.session.is_some()));
    }

    fn unique_id(session: &Session, object: ObjectHandle) -> Vec<u8> {
        match session.attribute(object, AttributeType::UniqueId).unwrap() {
            portcullis_token::AttributeValue::Plain(Value::Bytes(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    /// The nth visible object, in the order of unique ids, with its handle.
    fn nth(&self, nth: usize) -> Option<(Vec<u8>, ObjectHandle)> {
        let (_, session, _) = self.session()?;
        let visible: Vec<_> = self.objects.iter().filter(|(_, known)| self.is_visible(known)).collect();
        let (id, _) = visible.get(nth % visible.len().max(1))?;
        let by_id = Template::new().with(AttributeType::UniqueId, &id[..]);
        let found = session.find_objects(&by_id).unwrap();
        assert_eq!(found.len(), 1);
        Some((id.to_vec(), found[0]))
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::OpenSession(writes) => self.open_session(writes),
            Step::CloseSession(nth) => self.close_session(nth),
            Step::LogIn(user) => self.log_in(if user { UserType::User } else { UserType::So }),
            Step::LogOut => self.log_out(),
            Step::Create { label, private, on_token } => self.create(label, private, on_token),
            Step::Rename { nth, label } => self.rename(nth, label),
            Step::Destroy(nth) => self.destroy(nth),
            Step::Find(label) => self.find(label),
            Step::Digest(finish) => self.digest(finish),
            Step::Reopen => self.reopen(),
        }
    }

    fn open_session(&mut self, writes: bool) {
        let access = if writes { SessionAccess::ReadWrite } else { SessionAccess::ReadOnly };
        let opened = self.token.open_session(access);
        if !writes && self.login == Some(UserType::So) {
            assert!(matches!(opened, Err(Error::SessionReadWriteSoExists)));
            return;
        }
        self.last += 1;
        self.sessions.insert(self.last, (opened.unwrap(), access));
    }

    fn close_session(&mut self, nth: usize) {
        let Some(number) = self.sessions.keys().copied().nth(nth) else { return };
        self.sessions.remove(&number);
        self.objects.retain(|_, known| known.session != Some(number));
        if self.sessions.is_empty() {
            self.end_login();
        }
    }

    fn log_in(&mut self, user: UserType) {
        let Some((_, session, _)) = self.session() else { return };
        let pin = if user == UserType::User { USER_PIN } else { SO_PIN };
        let readers = self.sessions.values().any(|(_, access)| *access == SessionAccess::ReadOnly);
        let outcome = session.login(user, pin);
        match self.login {
            Some(now) if now == user => assert!(matches!(outcome, Err(Error::UserAlreadyLoggedIn))),
            Some(_) => assert!(matches!(outcome, Err(Error::UserAnotherAlreadyLoggedIn))),
            None if user == UserType::So && readers => {
                assert!(matches!(outcome, Err(Error::SessionReadOnlyExists)));
            }
            None => {
                outcome.unwrap();
                self.login = Some(user);
            }
        }
    }

    fn log_out(&mut self) {
        let Some((_, session, _)) = self.session() else { return };
        let outcome = session.logout();
        assert_eq!(outcome.is_ok(), self.login.is_some());
        self.end_login();
    }

    fn create(&mut self, label: u8, private: bool, on_token: bool) {
        let Some((number, session, access)) = self.session() else { return };
        let template = Template::of(ObjectClass::Data)
            .with(AttributeType::Token, on_token)
            .with(AttributeType::Private, private)
            .with(AttributeType::Label, name(label))
            .with(AttributeType::Value, vec![label]);
        let outcome = session.create_object(template);
        if on_token && access == SessionAccess::ReadOnly {
            assert!(matches!(outcome, Err(Error::SessionReadOnly)));
        } else if private && self.login != Some(UserType::User) {
            assert!(matches!(outcome, Err(Error::UserNotLoggedIn)));
        } else {
            let id = Self::unique_id(session, outcome.unwrap());
            let owner = (!on_token).then_some(number);
            self.objects.insert(id, Known { label, private, session: owner });
        }
    }

    fn rename(&mut self, nth: usize, label: u8) {
        let Some((id, handle)) = self.nth(nth) else { return };
        let Some((_, session, access)) = self.session() else { return };
        let outcome =
            session.set_attributes(handle, &Template::new().with(AttributeType::Label, name(label)));
        let Some(known) = self.objects.get_mut(&id) else { return };
        if known.session.is_none() && access == SessionAccess::ReadOnly {
            assert!(matches!(outcome, Err(Error::SessionReadOnly)));
        } else {
            outcome.unwrap();
            known.label = label;
        }
    }

    fn destroy(&mut self, nth: usize) {
        let Some((id, handle)) = self.nth(nth) else { return };
        let Some((_, session, access)) = self.session() else { return };
        let outcome = session.destroy_object(handle);
        if self.objects[&id].session.is_none() && access == SessionAccess::ReadOnly {
            assert!(matches!(outcome, Err(Error::SessionReadOnly)));
        } else {
            outcome.unwrap();
            assert!(session.attribute(handle, AttributeType::Label).is_err());
            self.objects.remove(&id);
        }
    }

    fn find(&self, label: Option<u8>) {
        let Some((_, session, _)) = self.session() else { return };
        let template = Template::new().with_some(AttributeType::Label, label.map(name));
        let handles = session.find_objects(&template).unwrap();
        let mut found: Vec<_> = handles.iter().map(|handle| Self::unique_id(session, *handle)).collect();
        found.sort_unstable();
        let fits = |known: &Known| self.is_visible(known) && label.is_none_or(|label| label == known.label);
        let expected: Vec<_> =
            self.objects.iter().filter(|(_, known)| fits(known)).map(|(id, _)| id.clone()).collect();
        assert_eq!(found, expected);
    }

    fn digest(&self, finish: bool) {
        let Some((_, session, _)) = self.session() else { return };
        match session.digest_init(MechanismType::SHA256) {
            Ok(()) | Err(Error::OperationActive) => {}
            Err(error) => panic!("{error}"),
        }
        if finish {
            assert_eq!(session.digest(b"x").unwrap().len(), 32);
        }
    }

    fn reopen(&mut self) {
        self.sessions.clear();
        self.token = open(&self.store);
        self.login = None;
        self.objects.retain(|_, known| known.session.is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sessions_and_objects_agree_with_a_model(steps in prop::collection::vec(step(), 1..60)) {
        let mut model = Model::new();
        for step in steps {
            model.run(step);
        }
        model.find(None);
    }

    #[test]
    fn a_template_is_taken_or_refused_but_never_half_taken(
        attributes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), prop::collection::vec(any::<u8>(), 0..40)), 0..8),
    ) {
        let (token, session) = shared();
        let before = session.find_objects(&Template::new()).unwrap().len();
        let mut template = Template::new();
        for (index, kind, bytes) in attributes {
            let attribute = AttributeType::ALL[index.index(AttributeType::ALL.len())];
            template = match kind % 5 {
                0 => template.with(attribute, kind & 32 != 0),
                1 => template.with(attribute, u64::from(kind >> 5)),
                _ => template.with(attribute, bytes),
            };
        }
        let created = session.create_object(template).is_ok();
        let after = session.find_objects(&Template::new()).unwrap().len();
        prop_assert_eq!(after, before + usize::from(created));
        prop_assert!(token.damage().unwrap().is_empty());
    }
}

/// One token for all cases of the template test: setting one up costs two key derivations.
fn shared() -> (&'static Token, &'static Session) {
    static SHARED: std::sync::OnceLock<(Token, Session)> = std::sync::OnceLock::new();
    let (token, session) = SHARED.get_or_init(|| {
        let (_, token) = new_token();
        let session = crate::common::user_session(&token);
        session.create_object(data("first", b"x")).unwrap();
        (token, session)
    });
    (token, session)
}
