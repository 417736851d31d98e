//! A token in a database: several machines are several processes, or several copies of the library, with nothing in
//! common but the server.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

use std::{fs, ptr, thread};

use cryptoki_sys::*;
use portcullis_pal::testkit::PostgresServer;

use crate::device::{self, authority};
use crate::support::{Module, USER_PIN, attribute, c, mechanism, text};
use crate::{processes, server};

#[test]
fn machines_that_share_a_token_lose_nothing() {
    const TEST: &str = "machines_that_share_a_token_lose_nothing";
    if processes::is_child() {
        return;
    }
    let Some(server) = PostgresServer::start(TEST) else { return };
    let module = Module::in_database(&server.address("shared"));
    module.init_token();
    processes::share(module, &format!("database::{TEST}"), 2, 600);
}

/// A server with a token, and two machines that have it.
fn machines(test: &str) -> Option<(PostgresServer, [Module; 2])> {
    let server = PostgresServer::start(test)?;
    let first = Module::in_database(&server.address("shared"));
    first.init_token();
    let second = Module::in_database(&server.address("shared"));
    Some((server, [first, second]))
}

/// How many wrong PINs are taken for wrong until the PIN is locked.
fn wrong_tries(module: &Module) -> usize {
    let session = module.session();
    let answers = (0..).map(|_| module.login(session, CKU_USER, "not-the-pin"));
    answers
        .take_while(|answer| {
            assert!([CKR_PIN_INCORRECT, CKR_PIN_LOCKED].contains(answer), "{answer:#x}");
            *answer == CKR_PIN_INCORRECT
        })
        .count()
}

/// What one machine may try, two may try together.
#[test]
fn machines_that_guess_at_once_have_no_more_tries() {
    let Some((_server, machines)) = machines("machines_that_guess_at_once_have_no_more_tries") else {
        return;
    };
    let together: usize = thread::scope(|scope| {
        let guessing: Vec<_> = machines.iter().map(|machine| scope.spawn(|| wrong_tries(machine))).collect();
        guessing.into_iter().map(|guessing| guessing.join().unwrap()).sum()
    });
    let alone = wrong_tries(&Module::with_token());
    assert_eq!(together, alone);
    for machine in &machines {
        assert_eq!(machine.login(machine.session(), CKU_USER, USER_PIN), CKR_PIN_LOCKED);
    }
}

/// Each machine writes an attribute of its own; what the other one wrote meanwhile stays.
#[test]
fn machines_that_change_one_object_lose_no_change() {
    let Some((_server, machines)) = machines("machines_that_change_one_object_lose_no_change") else {
        return;
    };
    let sessions = [&machines[0], &machines[1]].map(Module::user_session);
    make_key(&machines[0], sessions[0]);
    thread::scope(|scope| {
        for (at, kind) in [CKA_LABEL, CKA_ID].into_iter().enumerate() {
            let (machine, session) = (&machines[at], sessions[at]);
            scope.spawn(move || {
                let object = only_key(machine, session);
                for round in 0..40_u8 {
                    let mut value = *b"round 0";
                    value[6] = round;
                    let mut change = attribute(kind, &mut value);
                    let set = c!(machine, C_SetAttributeValue(session, object, &raw mut change, 1));
                    assert_eq!(set, CKR_OK);
                }
            });
        }
    });
    for (machine, session) in machines.iter().zip(sessions) {
        let object = only_key(machine, session);
        let (mut label, mut id) = ([0; 7], [0; 7]);
        let mut wanted = [attribute(CKA_LABEL, &mut label), attribute(CKA_ID, &mut id)];
        let given = c!(machine, C_GetAttributeValue(session, object, wanted.as_mut_ptr(), 2));
        assert_eq!((given, label, id), (CKR_OK, *b"round \x27", *b"round \x27"));
        let (mut hmac, mut data, mut code, mut len) = (mechanism(CKM_SHA256_HMAC), [7; 32], [0; 32], 32);
        assert_eq!(c!(machine, C_SignInit(session, &raw mut hmac, object)), CKR_OK);
        let signed = c!(machine, C_Sign(session, data.as_mut_ptr(), 32, code.as_mut_ptr(), &raw mut len));
        assert_eq!((signed, len), (CKR_OK, 32));
    }
}

fn make_key(module: &Module, session: CK_SESSION_HANDLE) {
    let (mut class, mut kind) = (CKO_SECRET_KEY.to_ne_bytes(), CKK_GENERIC_SECRET.to_ne_bytes());
    let (mut yes, mut value, mut made) = ([CK_TRUE], [9; 32], 0);
    let mut template = [
        attribute(CKA_CLASS, &mut class),
        attribute(CKA_KEY_TYPE, &mut kind),
        attribute(CKA_TOKEN, &mut yes),
        attribute(CKA_VALUE, &mut value),
    ];
    let created = c!(module, C_CreateObject(session, template.as_mut_ptr(), 4, &raw mut made));
    assert_eq!(created, CKR_OK);
}

/// The only secret key there is.
fn only_key(module: &Module, session: CK_SESSION_HANDLE) -> CK_OBJECT_HANDLE {
    let (mut class, mut found, mut count) = (CKO_SECRET_KEY.to_ne_bytes(), [0; 2], 0);
    let mut template = attribute(CKA_CLASS, &mut class);
    assert_eq!(c!(module, C_FindObjectsInit(session, &raw mut template, 1)), CKR_OK);
    assert_eq!(c!(module, C_FindObjects(session, found.as_mut_ptr(), 2, &raw mut count)), CKR_OK);
    assert_eq!(c!(module, C_FindObjectsFinal(session)), CKR_OK);
    assert_eq!(count, 1);
    found[0]
}

/// A server that is down hides its token only until it is back.
#[test]
fn a_server_that_comes_later() {
    let Some(mut server) = PostgresServer::start("a_server_that_comes_later") else { return };
    Module::in_database(&server.address("shared")).init_token();
    server.kill();
    let module = Module::in_database(&server.address("shared"));
    let slots_with_token = || {
        let mut count = 0;
        assert_eq!(c!(module, C_GetSlotList(CK_TRUE, ptr::null_mut(), &raw mut count)), CKR_OK);
        count
    };
    server.restart();
    assert_eq!(slots_with_token(), 1);
    let session = module.session();
    let (pin, len) = text(USER_PIN);
    assert_eq!(c!(module, C_Login(session, CKU_USER, pin, len)), CKR_OK);
}

/// A server that knows its clients by their certificates alone, whose keys are in the token of each machine.
#[test]
fn a_server_that_asks_for_a_certificate() {
    let (root, issuer) = authority();
    let access = "hostssl all device 127.0.0.1/32 cert\nhost all portcullis 127.0.0.1/32 trust\n";
    let server = server::start("a_server_that_asks_for_a_certificate", (&root, &issuer), access);
    let Some(server) = server else { return };
    server.sql("CREATE ROLE device LOGIN; CREATE SCHEMA gate AUTHORIZATION device");
    let module = Module::load();
    let file = |name: &str| module.dir.path().join(name);
    fs::create_dir(file("seed")).unwrap();
    let own = device::token(&file("seed/token.db"), &issuer);
    for (name, text) in [("ca.pem", root.pem().as_str()), ("pin", device::PIN), ("wrong", "not the PIN")] {
        fs::write(file(name), text).unwrap();
    }
    let slot_uses = |pin: &str| {
        let uri = format!("pkcs11:object=device?pin-source=file:{}", file(pin).display());
        let address = server.address("gate").replace("portcullis@", "device@");
        module.use_database(&format!("{address}&sslkey={uri}"), "ca = \"ca.pem\"\n");
        c!(module, C_Finalize(ptr::null_mut()));
        assert_eq!(module.initialize(), CKR_OK);
        let mut count = 0;
        for _ in 0..3 {
            assert_eq!(c!(module, C_GetSlotList(CK_TRUE, ptr::null_mut(), &raw mut count)), CKR_OK);
        }
        count
    };
    assert_eq!(slot_uses("pin"), 1);
    module.init_token();
    module.user_session();
    let shown = server.sql("SELECT DISTINCT client_dn FROM pg_stat_ssl WHERE ssl AND client_dn IS NOT NULL");
    assert!(shown.contains("CN=device"), "{shown}");
    // A wrong PIN is tried once, and not whenever somebody looks at the slots.
    assert_eq!(slot_uses("wrong"), 0);
    assert_eq!(own.info().unwrap().user_pin.unwrap().tries_left, 9);
    assert_eq!(slot_uses("missing"), 0);
    assert_eq!(slot_uses("pin"), 1);
}
