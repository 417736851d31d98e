//! The least that TLS client authentication needs of PKCS #11, call by call, on a memory store: the table of
//! `docs/porting.md` in the order in which the FreeRTOS TLS layer makes the calls.

use portcullis_pal::c_pal::{FolderPort, ImageStore, WellKnown};
use portcullis_pal::{Change, Label, MemoryStore, ObjectStore};
use portcullis_token::{
    AttributeType, AttributeValue, Curve, KeyType, MechanismType, ObjectClass, SessionAccess, Template,
    UserType, Value,
};

use crate::common::{USER_PIN, contains, data, generate, new_token, open, random, set_up, user_session};
use crate::keys::self_signed;

#[test]
fn tls_client_authentication_needs_no_more_than_these_calls() {
    let (store, provisioning) = new_token();
    {
        let session = user_session(&provisioning);
        let (_, key) = generate(&session, Curve::P256, "Device Priv TLS Key");
        session.create_object(self_signed(&session, key, "Device Cert")).unwrap();
    }
    drop(provisioning);

    // C_GetFunctionList, C_Initialize and C_GetSlotList: the composition.
    let token = open(&store);
    // C_OpenSession (and C_Login, which the FreeRTOS port makes with a fixed PIN)
    let session = token.open_session(SessionAccess::ReadOnly).unwrap();
    session.login(UserType::User, USER_PIN).unwrap();

    // C_FindObjectsInit, C_FindObjects, C_FindObjectsFinal: the private key
    let key = find_one(&session, ObjectClass::PrivateKey, "Device Priv TLS Key");
    // C_GetAttributeValue
    let key_type = session.attribute(key, AttributeType::KeyType).unwrap();
    assert_eq!(key_type, AttributeValue::Plain(Value::Ulong(KeyType::Ec.code())));

    // The find sequence once more: the certificate
    let certificate = find_one(&session, ObjectClass::Certificate, "Device Cert");
    let AttributeValue::Plain(Value::Bytes(der)) =
        session.attribute(certificate, AttributeType::Value).unwrap()
    else {
        panic!("a public certificate is no secret");
    };
    assert!(portcullis_token::formats::CertificateParts::parse(&der).is_ok());

    // C_SignInit, C_Sign
    session.sign_init(MechanismType::ECDSA_SHA256, key).unwrap();
    assert_eq!(session.sign(b"the handshake so far").unwrap().len(), 64);

    // C_CloseSession, C_Finalize
    drop(session);
    drop(token);
}

fn find_one(
    session: &portcullis_token::Session,
    class: ObjectClass,
    label: &str,
) -> portcullis_token::ObjectHandle {
    session.find_init(&Template::of(class).with(AttributeType::Label, label)).unwrap();
    let found = session.find(2).unwrap();
    session.find_final().unwrap();
    assert_eq!(found.len(), 1);
    found[0]
}

#[test]
fn the_four_pal_functions_have_their_methods() {
    let store = MemoryStore::new();
    let label = Label::new(b"Device Cert").unwrap();
    // PKCS11_PAL_SaveObject
    store.apply(&[Change::save(label, b"certificate")]).unwrap();
    // PKCS11_PAL_FindObject
    let id = store.find(&label).unwrap().unwrap();
    // PKCS11_PAL_GetObjectValue
    let value = store.value(id).unwrap().unwrap();
    assert_eq!(value.bytes.as_slice(), b"certificate");
    // PKCS11_PAL_GetObjectValueCleanup
    drop(value);
}

/// A token over the port that a board had for corePKCS11: two of its objects hold all, sealed.
#[test]
fn a_token_lives_in_two_objects_of_a_vendors_port() {
    let folder = tempfile::tempdir().unwrap();
    let names = [WellKnown::ClaimPrivateKey.label(), WellKnown::ClaimCertificate.label()];
    let start = || open(&ImageStore::open(FolderPort::open(folder.path()).unwrap(), names).unwrap());
    let token = start();
    set_up(&token);
    let session = user_session(&token);
    generate(&session, Curve::P256, "Device Priv TLS Key");
    session.create_object(data_in_private(b"for nobody's eyes")).unwrap();
    drop((session, token));

    let token = start();
    let session = user_session(&token);
    let key = find_one(&session, ObjectClass::PrivateKey, "Device Priv TLS Key");
    session.sign_init(MechanismType::ECDSA_SHA256, key).unwrap();
    assert_eq!(session.sign(b"the handshake so far").unwrap().len(), 64);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        assert!(!contains(&std::fs::read(file.unwrap().path()).unwrap(), b"for nobody's eyes"));
    }
}

fn data_in_private(value: &[u8]) -> Template {
    data("private", value).with(AttributeType::Private, true)
}

#[test]
fn the_random_port_never_gives_the_same_value_twice() {
    let (mut first, mut second) = ([0; 32], [0; 32]);
    random().fill(&mut first).unwrap();
    random().fill(&mut second).unwrap();
    assert_ne!(first, second);
}
