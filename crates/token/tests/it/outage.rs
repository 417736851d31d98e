//! A whole token and the loss of power, on a medium that keeps of what was not synced whatever it likes
//! (`portcullis-outage`): it logs in, and every object that was acknowledged is there and opens.

use std::path::Path;
use std::sync::Arc;

use portcullis_outage::{Chance, Cut, Medium, Record};
use portcullis_pal::SqliteStore;
use portcullis_token::{
    AttributeType, AttributeValue, Curve, MechanismType, ObjectClass, ObjectHandle, Session, SessionAccess,
    Template, Token, UserType, Value,
};

use crate::common::{USER_PIN, data, generate, parts, set_up};

const NEW_PIN: &[u8] = b"5678";

/// What is done to a token, one after the other.
#[derive(Clone, Copy, Debug)]
enum Step {
    Create(&'static str),
    Generate(&'static str),
    Rename(&'static str, &'static str),
    Destroy(&'static str),
    ChangePin,
}

const STEPS: [Step; 9] = [
    Step::Create("first"),
    Step::Generate("key"),
    Step::Rename("first", "renamed"),
    Step::Create("second"),
    Step::ChangePin,
    Step::Create("third"),
    Step::Destroy("second"),
    Step::Generate("another key"),
    Step::Destroy("key"),
];

/// What the token holds after the first `done` steps: the labels of its objects.
fn labels(done: usize) -> Vec<&'static str> {
    let mut labels = Vec::new();
    for step in &STEPS[..done] {
        match *step {
            Step::Create(label) | Step::Generate(label) => labels.push(label),
            Step::Rename(from, to) => {
                labels.retain(|label| *label != from);
                labels.push(to);
            }
            Step::Destroy(label) => labels.retain(|other| *other != label),
            Step::ChangePin => {}
        }
    }
    labels.sort_unstable();
    labels
}

fn pin(done: usize) -> &'static [u8] {
    let is_changed = STEPS[..done].iter().any(|step| matches!(step, Step::ChangePin));
    if is_changed { NEW_PIN } else { USER_PIN }
}

fn value_of(label: &str) -> Vec<u8> {
    // Renamed objects keep their value.
    let label = if label == "renamed" { "first" } else { label };
    label.as_bytes().repeat(200)
}

fn carry_out(session: &Session, step: Step) {
    let all = |label: &str| session.find_objects(&Template::new().with(AttributeType::Label, label)).unwrap();
    match step {
        Step::Create(label) => {
            let template = data(label, &value_of(label)).with(AttributeType::Private, true);
            session.create_object(template).unwrap();
        }
        Step::Generate(label) => drop(generate(session, Curve::P256, label)),
        Step::Rename(from, to) => {
            let template = Template::new().with(AttributeType::Label, to);
            session.set_attributes(all(from)[0], &template).unwrap();
        }
        Step::Destroy(label) => {
            all(label).into_iter().for_each(|object| session.destroy_object(object).unwrap())
        }
        Step::ChangePin => session.set_pin(USER_PIN, NEW_PIN).unwrap(),
    }
}

fn open(path: &Path) -> Token {
    Token::open(parts(Arc::new(SqliteStore::open(path).unwrap()))).unwrap()
}

fn live(path: &Path) -> Record {
    drop(SqliteStore::create(path).unwrap());
    set_up(&open(path));
    let medium = Medium::watch(path.parent().unwrap());
    medium.mark(0);
    let mut done = 0;
    // The token is opened anew on the way, so that its log is merged.
    for steps in STEPS.chunks(5) {
        let token = open(path);
        let session = token.open_session(SessionAccess::ReadWrite).unwrap();
        session.login(UserType::User, pin(done)).unwrap();
        for step in steps {
            carry_out(&session, *step);
            done += 1;
            medium.mark(done as u64);
        }
    }
    medium.finish()
}

fn bytes(session: &Session, object: ObjectHandle, attribute: AttributeType) -> Vec<u8> {
    match session.attribute(object, attribute).unwrap() {
        AttributeValue::Plain(Value::Bytes(bytes)) => bytes,
        AttributeValue::Secret(secret) => secret.expose().to_vec(),
        other => panic!("{other:?} has no bytes"),
    }
}

fn is_key(label: &str) -> bool {
    label.ends_with("key")
}

/// Asserts that each object opens, and says what labels there are.
fn opened(session: &Session) -> Vec<String> {
    let of = |class, label: &str| Template::of(class).with(AttributeType::Label, label);
    let objects = session.find_objects(&Template::new()).unwrap();
    let labels = objects.into_iter().map(|object| bytes(session, object, AttributeType::Label));
    let mut labels: Vec<_> = labels.map(|label| String::from_utf8(label).unwrap()).collect();
    labels.sort_unstable();
    labels.dedup();
    for label in &labels {
        if !is_key(label) {
            let object = session.find_objects(&of(ObjectClass::Data, label)).unwrap()[0];
            assert_eq!(bytes(session, object, AttributeType::Value), value_of(label), "the value of {label}");
            continue;
        }
        let private = session.find_objects(&of(ObjectClass::PrivateKey, label)).unwrap();
        let public = session.find_objects(&of(ObjectClass::PublicKey, label)).unwrap();
        // A key pair is made at once, and its halves are destroyed one after the other.
        if let (Some(&private), Some(&public)) = (private.first(), public.first()) {
            session.sign_init(MechanismType::ECDSA_SHA256, private).unwrap();
            let signature = session.sign(b"message").unwrap();
            session.verify_init(MechanismType::ECDSA_SHA256, public).unwrap();
            session.verify(b"message", &signature).unwrap();
        }
    }
    labels
}

/// Loses power before `step`, and opens the token that is left.
fn cut(record: &Record, step: usize, chance: &mut Chance) {
    let done = usize::try_from(record.mark(step).unwrap()).unwrap();
    let how = Cut::any(chance);
    let folder = tempfile::tempdir().unwrap();
    record.crash(step, how, chance).write(folder.path());
    let _unsynced = Medium::watch(folder.path());
    let token = open(&folder.path().join("store"));
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    let story = format!("{how:?} before step {step}, {done} steps acknowledged");
    let next = (done + 1).min(STEPS.len());
    let login = session.login(UserType::User, pin(done));
    if pin(done) == pin(next) {
        login.unwrap_or_else(|error| panic!("{story}: {error:?}"));
    } else if login.is_err() {
        session.login(UserType::User, pin(next)).unwrap_or_else(|error| panic!("{story}: {error:?}"));
    }
    let found = opened(&session);
    assert!(found == labels(done) || found == labels(next), "{story}: {found:?}");
    for label in labels(done).into_iter().filter(|label| is_key(label) && labels(next).contains(label)) {
        let halves = session.find_objects(&Template::new().with(AttributeType::Label, label)).unwrap();
        assert_eq!(halves.len(), 2, "{story}: both halves of {label}");
    }
    carry_out(&session, Step::Create("after"));
}

#[test]
fn a_token_loses_nothing_acknowledged_to_a_power_cut() {
    let folder = tempfile::tempdir().unwrap();
    let record = live(&folder.path().join("store"));
    let cuts =
        std::env::var("PORTCULLIS_CUTS").map_or(25, |cuts| cuts.parse().expect("the variable is a number"));
    for number in 0..cuts {
        let mut chance = Chance::new(number);
        let step = chance.below(record.steps() + 1);
        // The mark of the start is the first step.
        cut(&record, step.max(1), &mut chance);
    }
}
