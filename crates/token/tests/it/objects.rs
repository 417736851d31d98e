//! Objects: what templates may say, who sees what, and how objects are found, changed and destroyed.

use portcullis_token::{
    AttributeType, AttributeValue, Error, KeyType, MechanismType, ObjectClass, ObjectHandle, Secret, Session,
    SessionAccess, Template, Value,
};

use crate::common::{contains, data, new_token, open, records, secret_key, user_session};
use crate::keys::self_signed;

fn label(session: &Session, object: ObjectHandle) -> String {
    match session.attribute(object, AttributeType::Label).unwrap() {
        AttributeValue::Plain(Value::Bytes(bytes)) => String::from_utf8(bytes).unwrap(),
        other => panic!("{other:?} is no label"),
    }
}

fn by_label(label: &str) -> Template {
    Template::new().with(AttributeType::Label, label)
}

#[test]
fn a_template_must_make_sense() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let create = |template| session.create_object(template).unwrap_err();
    assert!(matches!(create(Template::new()), Error::TemplateIncomplete(AttributeType::Class)));
    assert!(matches!(
        create(Template::of(ObjectClass::SecretKey)),
        Error::TemplateIncomplete(AttributeType::KeyType)
    ));
    assert!(matches!(
        create(Template::key(ObjectClass::SecretKey, KeyType::Aes)),
        Error::TemplateIncomplete(AttributeType::Value)
    ));
    assert!(matches!(
        create(Template::key(ObjectClass::SecretKey, KeyType::Aes).with(AttributeType::Value, vec![1; 15])),
        Error::AttributeValueInvalid(AttributeType::Value)
    ));
    assert!(matches!(
        create(secret_key(b"key", "x").with(AttributeType::Local, true)),
        Error::AttributeReadOnly(AttributeType::Local)
    ));
    assert!(matches!(
        create(data("x", b"x").with(AttributeType::Sign, true)),
        Error::AttributeTypeInvalid(AttributeType::Sign)
    ));
    assert!(matches!(
        create(data("x", b"x").with(AttributeType::Label, "y")),
        Error::TemplateInconsistent(AttributeType::Label)
    ));
    assert!(matches!(
        create(data("x", b"x").with(AttributeType::Private, 1)),
        Error::AttributeValueInvalid(AttributeType::Private)
    ));
    assert!(matches!(
        create(Template::new().with(AttributeType::Class, 99)),
        Error::AttributeValueInvalid(AttributeType::Class)
    ));
    assert!(matches!(
        create(
            Template::of(ObjectClass::Certificate)
                .with(AttributeType::CertificateType, 0)
                .with(AttributeType::Value, "no certificate")
        ),
        Error::AttributeValueInvalid(AttributeType::Value)
    ));
    assert!(session.find_objects(&Template::new()).unwrap().is_empty());
}

#[test]
fn a_certificate_fills_in_what_the_template_leaves_out() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let certificate = session.create_object(self_signed(&session, ObjectHandle(0), "cert")).unwrap();
    for attribute in [AttributeType::Subject, AttributeType::Issuer, AttributeType::SerialNumber] {
        let AttributeValue::Plain(Value::Bytes(der)) = session.attribute(certificate, attribute).unwrap()
        else {
            panic!("{attribute} is no byte array");
        };
        assert!(!der.is_empty(), "{attribute} is empty");
    }
}

#[test]
fn only_the_security_officer_marks_what_is_trusted() {
    let (_, token) = new_token();
    let trusted = |session: &Session| {
        session.create_object(self_signed(session, ObjectHandle(0), "ca").with(AttributeType::Trusted, true))
    };
    {
        let session = user_session(&token);
        assert!(matches!(trusted(&session), Err(Error::AttributeReadOnly(AttributeType::Trusted))));
        let plain = session.create_object(self_signed(&session, ObjectHandle(0), "plain")).unwrap();
        let mark = Template::new().with(AttributeType::Trusted, true);
        assert!(matches!(session.set_attributes(plain, &mark), Err(Error::AttributeReadOnly(_))));
    }
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(portcullis_token::UserType::So, crate::common::SO_PIN).unwrap();
    trusted(&session).unwrap();
}

#[test]
fn private_objects_are_seen_by_the_user_alone() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let private = session.create_object(data("private", b"x")).unwrap();
    let public = session.create_object(data("public", b"y").with(AttributeType::Private, false)).unwrap();
    session.logout().unwrap();
    assert!(matches!(session.attribute(private, AttributeType::Label), Err(Error::ObjectHandleInvalid)));
    assert_eq!(session.find_objects(&Template::new()).unwrap(), [public]);
    assert_eq!(
        session.attribute(public, AttributeType::Value).unwrap(),
        AttributeValue::Plain(Value::Bytes(b"y".to_vec()))
    );
    assert!(matches!(session.destroy_object(private), Err(Error::ObjectHandleInvalid)));
}

#[test]
fn read_only_sessions_change_no_token_objects() {
    let (_, token) = new_token();
    let writer = user_session(&token);
    let object = writer.create_object(data("object", b"x")).unwrap();
    let reader = token.open_session(SessionAccess::ReadOnly).unwrap();
    assert!(matches!(reader.create_object(data("new", b"x")), Err(Error::SessionReadOnly)));
    assert!(matches!(reader.set_attributes(object, &by_label("new")), Err(Error::SessionReadOnly)));
    assert!(matches!(reader.destroy_object(object), Err(Error::SessionReadOnly)));
    reader.create_object(data_in_session("new", b"x")).unwrap();
}

fn data_in_session(label: &str, value: &[u8]) -> Template {
    Template::of(ObjectClass::Data).with(AttributeType::Label, label).with(AttributeType::Value, value)
}

#[test]
fn session_objects_are_seen_by_all_sessions_and_die_with_their_own() {
    let (store, token) = new_token();
    let reader = user_session(&token);
    let writer = token.open_session(SessionAccess::ReadOnly).unwrap();
    writer.create_object(data_in_session("mine", b"x")).unwrap();
    assert_eq!(reader.find_objects(&by_label("mine")).unwrap().len(), 1);
    assert!(open(&store).info().is_ok(), "the store has never heard of it");
    drop(writer);
    assert!(reader.find_objects(&by_label("mine")).unwrap().is_empty());
}

#[test]
fn a_find_gives_every_match_once_and_then_none() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let mut created: Vec<_> = (0..5).map(|n| session.create_object(data("twin", &[n])).unwrap()).collect();
    session.create_object(data("other", b"x")).unwrap();
    session.find_init(&by_label("twin")).unwrap();
    assert!(matches!(session.find_init(&by_label("twin")), Err(Error::OperationActive)));
    let mut found = session.find(2).unwrap();
    found.extend(session.find(2).unwrap());
    found.extend(session.find(2).unwrap());
    assert!(session.find(2).unwrap().is_empty());
    session.find_final().unwrap();
    assert!(matches!(session.find(2), Err(Error::OperationNotInitialized)));
    created.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, created);
    let both = by_label("twin").with(AttributeType::Value, vec![3]);
    assert_eq!(session.find_objects(&both).unwrap(), [created[3]]);
}

#[test]
fn changes_are_kept_and_found() {
    let (store, token) = new_token();
    let session = user_session(&token);
    let object = session.create_object(data("before", b"x")).unwrap();
    session.set_attributes(object, &by_label("after")).unwrap();
    assert_eq!(label(&session, object), "after");
    assert!(session.find_objects(&by_label("before")).unwrap().is_empty());
    drop(session);
    let token = open(&store);
    let session = user_session(&token);
    let found = session.find_objects(&by_label("after")).unwrap();
    assert_eq!(
        session.attribute(found[0], AttributeType::Value).unwrap(),
        AttributeValue::Secret(Secret::copied(b"x"))
    );
}

#[test]
fn fixed_attributes_and_fixed_objects_do_not_change() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let object = session.create_object(data("x", b"x")).unwrap();
    for change in [
        Template::new().with(AttributeType::Private, false),
        Template::new().with(AttributeType::Token, false),
        Template::new().with(AttributeType::Value, "y"),
        Template::new().with(AttributeType::UniqueId, "y"),
    ] {
        assert!(matches!(session.set_attributes(object, &change), Err(Error::AttributeReadOnly(_))));
    }
    let fixed = session.create_object(data("x", b"x").with(AttributeType::Modifiable, false)).unwrap();
    assert!(matches!(session.set_attributes(fixed, &by_label("y")), Err(Error::ActionProhibited)));
    let kept = session.create_object(data("x", b"x").with(AttributeType::Destroyable, false)).unwrap();
    assert!(matches!(session.destroy_object(kept), Err(Error::ActionProhibited)));
    session.destroy_object(fixed).unwrap();
    assert!(matches!(session.destroy_object(fixed), Err(Error::ObjectHandleInvalid)));
}

#[test]
fn a_secret_key_is_not_kept_where_no_login_protects_it() {
    let (_, token) = new_token();
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    let key =
        || secret_key(b"key", "key").with(AttributeType::Private, false).with(AttributeType::Token, true);
    assert!(matches!(session.create_object(key()), Err(Error::UserNotLoggedIn)));
    session.login(portcullis_token::UserType::User, crate::common::USER_PIN).unwrap();
    session.create_object(key()).unwrap();
}

#[test]
fn several_objects_come_into_being_together_or_not_at_all() {
    let (store, token) = new_token();
    let session = user_session(&token);
    let before = records(&store);
    let flawed = vec![data("good", b"x"), data("flawed", b"x").with(AttributeType::Local, true)];
    assert!(session.create_objects(flawed).is_err());
    assert_eq!(records(&store), before);
    let handles = session.create_objects(vec![data("a", b"x"), data_in_session("b", b"x")]).unwrap();
    assert_eq!([label(&session, handles[0]), label(&session, handles[1])], ["a", "b"]);
}

#[test]
fn each_attribute_has_its_own_answer() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let key = session.create_object(secret_key(b"sixteen byte key", "k")).unwrap();
    let wanted = [AttributeType::Label, AttributeType::Value, AttributeType::Modulus, AttributeType::Sign];
    let answers = session.attributes(key, wanted).unwrap();
    assert!(matches!(
        &answers[..],
        [
            Ok(AttributeValue::Plain(_)),
            Err(Error::AttributeSensitive(AttributeType::Value)),
            Err(Error::AttributeTypeInvalid(AttributeType::Modulus)),
            Ok(AttributeValue::Plain(Value::Bool(true))),
        ]
    ));
    assert!(matches!(session.attributes(ObjectHandle(0), wanted), Err(Error::ObjectHandleInvalid)));
}

#[test]
fn a_larger_object_has_a_larger_size() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let size = |template| session.object_size(session.create_object(template).unwrap()).unwrap();
    let on_token = |value| data("d", value);
    assert_eq!(size(on_token(&[7; 1000])), size(on_token(&[7; 900])) + 100);
    let in_memory = |value| Template::of(ObjectClass::Data).with(AttributeType::Value, value);
    assert_eq!(size(in_memory(&[7; 1000][..])), size(in_memory(&[7; 900][..])) + 100);
}

#[test]
fn a_copy_is_the_same_key_and_never_weaker() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let key = session.create_object(secret_key(b"a key for a MAC", "mac")).unwrap();
    let changes = Template::new().with(AttributeType::Token, true).with(AttributeType::Label, "kept");
    let copy = session.copy_object(key, &changes).unwrap();
    assert_eq!(label(&session, copy), "kept");
    assert_eq!(label(&session, key), "mac");
    let mac = |key| {
        session.sign_init(MechanismType::SHA256_HMAC, key).unwrap();
        session.sign(b"message").unwrap()
    };
    assert_eq!(mac(copy), mac(key));
    assert_ne!(
        session.attribute(copy, AttributeType::UniqueId).unwrap(),
        session.attribute(key, AttributeType::UniqueId).unwrap()
    );
    for (weaker, value) in [
        (AttributeType::Sensitive, false),
        (AttributeType::Extractable, true),
        (AttributeType::Private, false),
        (AttributeType::AlwaysSensitive, true),
    ] {
        let refused = session.copy_object(key, &Template::new().with(weaker, value));
        assert!(
            matches!(refused, Err(Error::AttributeReadOnly(_) | Error::TemplateInconsistent(_))),
            "{weaker}"
        );
    }
}

#[test]
fn what_is_not_copyable_is_not_copied_and_what_is_fixed_stays_so() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let make = |attribute| session.create_object(data("d", b"content").with(attribute, false)).unwrap();
    let unique = make(AttributeType::Copyable);
    assert!(matches!(session.copy_object(unique, &Template::new()), Err(Error::ActionProhibited)));
    let fixed = make(AttributeType::Modifiable);
    session.copy_object(fixed, &Template::new()).unwrap();
    let relabelled = session.copy_object(fixed, &by_label("other"));
    assert!(matches!(relabelled, Err(Error::ActionProhibited)));
    let freed = session.copy_object(fixed, &Template::new().with(AttributeType::Modifiable, true));
    assert!(matches!(freed, Err(Error::TemplateInconsistent(AttributeType::Modifiable))));
}

#[test]
fn a_public_object_may_be_copied_into_a_private_one() {
    let (store, token) = new_token();
    let session = user_session(&token);
    let note = data("note", b"for all to see").with(AttributeType::Private, false);
    let note = session.create_object(note).unwrap();
    let copy = session.copy_object(note, &Template::new().with(AttributeType::Private, true)).unwrap();
    session.destroy_object(note).unwrap();
    let content = session.attribute(copy, AttributeType::Value).unwrap();
    assert_eq!(content, AttributeValue::Secret(Secret::copied(b"for all to see")));
    assert!(!records(&store).iter().any(|(_, record)| contains(record, b"for all to see")));
}

#[test]
fn what_has_gone_its_one_way_is_read_only_even_to_its_own_value() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let key = secret_key(&[7; 16], "settled")
        .with(AttributeType::Sensitive, true)
        .with(AttributeType::Extractable, true);
    let key = session.create_object(key).unwrap();
    let set = |attribute, to| session.set_attributes(key, &Template::new().with(attribute, to));
    let read_only = |outcome| matches!(outcome, Err(Error::AttributeReadOnly(_)));
    assert!(read_only(set(AttributeType::Sensitive, true)));
    assert!(read_only(set(AttributeType::Sensitive, false)));
    set(AttributeType::Extractable, true).unwrap();
    set(AttributeType::Extractable, false).unwrap();
    assert!(read_only(set(AttributeType::Extractable, false)));
    assert!(read_only(set(AttributeType::Extractable, true)));
    // A copy may say what is so anyway.
    session.copy_object(key, &Template::new().with(AttributeType::Sensitive, true)).unwrap();
}

#[test]
fn what_a_data_object_is_about_does_not_change() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let object = session.create_object(data("kept", b"x")).unwrap();
    for attribute in [AttributeType::Application, AttributeType::ObjectId] {
        let change = Template::new().with(attribute, "other");
        assert!(matches!(session.set_attributes(object, &change), Err(Error::AttributeReadOnly(_))));
        assert!(matches!(session.copy_object(object, &change), Err(Error::AttributeReadOnly(_))));
    }
    // What it holds stays too, but a copy may hold something else.
    let change = Template::new().with(AttributeType::Value, "other");
    assert!(matches!(session.set_attributes(object, &change), Err(Error::AttributeReadOnly(_))));
    let private = session.copy_object(object, &change.with(AttributeType::Private, true)).unwrap();
    let copy = |of, held| session.copy_object(of, &Template::new().with(AttributeType::Value, held)).unwrap();
    let holds = |object, expected: &str| match session.attribute(object, AttributeType::Value).unwrap() {
        AttributeValue::Plain(Value::Bytes(held)) => held == expected.as_bytes(),
        AttributeValue::Secret(held) => held.expose() == expected.as_bytes(),
        other => panic!("{other:?} is not what an object holds"),
    };
    assert!(holds(private, "other") && holds(copy(private, "third"), "third"));
    assert!(holds(copy(object, "fourth"), "fourth") && holds(object, "x"));
    session.set_attributes(object, &Template::new().with(AttributeType::Label, "renamed")).unwrap();
}
