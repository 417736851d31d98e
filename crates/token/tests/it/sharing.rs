//! Several tokens on one store, as several processes have them: nothing is lost, each sees the others'
//! objects at its next look, and a stale copy never overwrites a newer one.

use portcullis_pal::MemoryStore;
use portcullis_token::{AttributeType, Curve, Error, MechanismType, Template, UserType};

use crate::common::{SO_PIN, data, generate, new_token, open, secret_key, user_session};

fn by_label(label: &str) -> Template {
    Template::new().with(AttributeType::Label, label)
}

#[test]
fn each_sees_what_the_other_committed() {
    let (store, first) = new_token();
    let second = open(&store);
    let (ours, theirs) = (user_session(&first), user_session(&second));
    let object = ours.create_object(data("new", b"x")).unwrap();
    let seen = theirs.find_objects(&by_label("new")).unwrap();
    assert_eq!(seen.len(), 1);
    theirs.set_attributes(seen[0], &by_label("renamed")).unwrap();
    assert!(ours.find_objects(&by_label("new")).unwrap().is_empty());
    assert_eq!(ours.find_objects(&by_label("renamed")).unwrap(), [object]);
    ours.destroy_object(object).unwrap();
    assert!(theirs.find_objects(&by_label("renamed")).unwrap().is_empty());
}

#[test]
fn a_stale_copy_does_not_overwrite_a_newer_one() {
    let (store, first) = new_token();
    let second = open(&store);
    let (ours, theirs) = (user_session(&first), user_session(&second));
    let object = ours.create_object(secret_key(&[7; 16], "x").with(AttributeType::Token, true)).unwrap();
    let seen = theirs.find_objects(&by_label("x")).unwrap()[0];
    ours.set_attributes(object, &Template::new().with(AttributeType::Id, "ours")).unwrap();
    // They have not looked since, and change another attribute.
    theirs.set_attributes(seen, &by_label("theirs")).unwrap();
    let both = by_label("theirs").with(AttributeType::Id, "ours");
    assert_eq!(ours.find_objects(&both).unwrap(), [object]);
    // One destroys what the other is about to change.
    ours.destroy_object(object).unwrap();
    assert!(matches!(theirs.set_attributes(seen, &by_label("y")), Err(Error::ObjectHandleInvalid)));
}

#[test]
fn wrong_pins_are_counted_together() {
    let (store, first) = new_token();
    let second = open(&store);
    let ours = first.open_session(portcullis_token::SessionAccess::ReadOnly).unwrap();
    let theirs = second.open_session(portcullis_token::SessionAccess::ReadOnly).unwrap();
    for left in [9, 7, 5] {
        let Err(Error::PinIncorrect { tries_left }) = ours.login(UserType::User, b"wrong") else { panic!() };
        assert_eq!(tries_left, left);
        assert!(theirs.login(UserType::User, b"wrong").is_err());
    }
}

#[test]
fn a_token_initialised_anew_ends_the_others_sessions() {
    let (store, first) = new_token();
    let second = open(&store);
    let session = user_session(&second);
    let (_, key) = generate(&session, Curve::P256, "key");
    first.init(SO_PIN, "anew").unwrap();
    assert_eq!(second.info().unwrap().label, "anew");
    assert!(matches!(session.sign_init(MechanismType::ECDSA_SHA256, key), Err(Error::SessionClosed)));
}

#[test]
fn threads_that_write_at_once_lose_nothing() {
    const EACH: usize = 50;
    let (store, _) = new_token();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store: MemoryStore = store.clone();
            std::thread::spawn(move || {
                let token = open(&store);
                let session = user_session(&token);
                for n in 0..EACH {
                    session.create_object(data(&format!("{writer}-{n}"), b"x")).unwrap();
                    let shared = session.find_objects(&by_label(&format!("{writer}-{}", n / 2))).unwrap();
                    assert_eq!(shared.len(), 1);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    let token = open(&store);
    assert_eq!(user_session(&token).find_objects(&Template::new()).unwrap().len(), 4 * EACH);
}
