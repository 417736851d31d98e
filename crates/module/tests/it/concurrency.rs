//! Many threads and sessions of one process at once. What runs in one session while another one ends, logs out or
//! destroys, gets a code that says so.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::{ffi, ptr};

use cryptoki_sys::*;

use crate::support::{Module, attribute, c, mechanism};

/// What a running call may answer when its session, its key or its library has gone meanwhile.
const GONE: &[CK_RV] = &[
    CKR_CRYPTOKI_NOT_INITIALIZED,
    CKR_SESSION_HANDLE_INVALID,
    CKR_KEY_HANDLE_INVALID,
    CKR_OPERATION_NOT_INITIALIZED,
    CKR_USER_NOT_LOGGED_IN,
];

fn sign(module: &Module, session: CK_SESSION_HANDLE, key: CK_OBJECT_HANDLE) -> CK_RV {
    let (mut kind, mut data, mut signature, mut len) = (mechanism(CKM_ECDSA_SHA256), [7; 40], [0; 64], 64);
    match c!(module, C_SignInit(session, &raw mut kind, key)) {
        CKR_OK => {
            c!(module, C_Sign(session, data.as_mut_ptr(), 40, signature.as_mut_ptr(), &raw mut len))
        }
        other => other,
    }
}

/// Signs in a session of its own until it can't any more; gives the last answer.
///
/// `over` is raised once what ends the key is over: no signature may be begun after that.
fn sign_until_it_ends<'scope>(
    scope: &'scope Scope<'scope, '_>,
    module: &'scope Module,
    key: CK_OBJECT_HANDLE,
    done: &'scope AtomicUsize,
    over: &'scope AtomicBool,
) -> ScopedJoinHandle<'scope, CK_RV> {
    let session = module.session();
    scope.spawn(move || {
        loop {
            let was_over = over.load(Ordering::SeqCst);
            match sign(module, session, key) {
                CKR_OK if was_over => return CKR_OK,
                CKR_OK => done.fetch_add(1, Ordering::SeqCst),
                other => return other,
            };
        }
    })
}

/// Four threads sign; once each has, `end` does away with what they need.
fn while_threads_sign(module: &Module, end: impl FnOnce(CK_SESSION_HANDLE, CK_OBJECT_HANDLE)) {
    let session = module.user_session();
    let (_, key) = module.generate(session);
    let (done, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let threads = [(); 4].map(|()| sign_until_it_ends(scope, module, key, &done, &over));
        while done.load(Ordering::SeqCst) < 50 {
            assert!(threads.iter().all(|thread| !thread.is_finished()), "nothing has ended yet");
            thread::yield_now();
        }
        end(session, key);
        over.store(true, Ordering::SeqCst);
        for thread in threads {
            let last = thread.join().unwrap();
            assert!(GONE.contains(&last), "{last:#x}");
        }
    });
}

#[test]
fn a_logout_ends_what_other_threads_sign() {
    let module = Module::with_token();
    while_threads_sign(&module, |session, key| {
        assert_eq!(c!(module, C_Logout(session)), CKR_OK);
        assert_eq!(sign(&module, session, key), CKR_KEY_HANDLE_INVALID);
    });
}

#[test]
fn destroying_a_key_ends_what_other_threads_sign() {
    let module = Module::with_token();
    while_threads_sign(&module, |session, key| {
        assert_eq!(c!(module, C_DestroyObject(session, key)), CKR_OK);
    });
}

#[test]
fn finalising_ends_what_other_threads_sign_and_all_can_begin_again() {
    let module = Module::with_token();
    for _ in 0..3 {
        while_threads_sign(&module, |_, _| {
            let ended = thread::scope(|scope| {
                let both = [(); 2].map(|()| scope.spawn(|| c!(module, C_Finalize(ptr::null_mut()))));
                both.map(|thread| thread.join().unwrap())
            });
            assert!(ended.contains(&CKR_OK) && ended.contains(&CKR_CRYPTOKI_NOT_INITIALIZED), "{ended:?}");
        });
        assert_eq!(module.initialize(), CKR_OK);
    }
}

#[test]
fn closing_all_sessions_ends_what_other_threads_sign() {
    let module = Module::with_token();
    while_threads_sign(&module, |_, _| assert_eq!(c!(module, C_CloseAllSessions(0)), CKR_OK));
}

fn create(module: &Module, session: CK_SESSION_HANDLE) -> CK_OBJECT_HANDLE {
    let (mut class, mut label, mut made) = (CKO_DATA.to_ne_bytes(), *b"short-lived", 0);
    let mut template = [attribute(CKA_CLASS, &mut class), attribute(CKA_LABEL, &mut label)];
    assert_eq!(c!(module, C_CreateObject(session, template.as_mut_ptr(), 2, &raw mut made)), CKR_OK);
    made
}

/// Finds by the label of those that come and go, and asks each for its label.
fn find_and_look(module: &Module, session: CK_SESSION_HANDLE) {
    let (mut label, mut found, mut count) = (*b"short-lived", [0; 16], 0);
    let mut template = attribute(CKA_LABEL, &mut label);
    assert_eq!(c!(module, C_FindObjectsInit(session, &raw mut template, 1)), CKR_OK);
    loop {
        assert_eq!(c!(module, C_FindObjects(session, found.as_mut_ptr(), 3, &raw mut count)), CKR_OK);
        assert!(count <= 3);
        if count == 0 {
            break;
        }
        for object in &found[..count as usize] {
            let mut value = [0; 16];
            let mut wanted = attribute(CKA_LABEL, &mut value);
            match c!(module, C_GetAttributeValue(session, *object, &raw mut wanted, 1)) {
                CKR_OK => assert_eq!(&value[..wanted.ulValueLen as usize], b"short-lived"),
                other => assert_eq!(other, CKR_OBJECT_HANDLE_INVALID),
            }
        }
    }
    assert_eq!(c!(module, C_FindObjectsFinal(session)), CKR_OK);
}

#[test]
fn finding_goes_on_while_objects_are_destroyed() {
    let module = Module::with_token();
    let kept = module.user_session();
    let standing = [(); 8].map(|()| create(&module, kept));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let session = module.session();
                for _ in 0..500 {
                    let object = create(&module, session);
                    assert_eq!(c!(module, C_DestroyObject(session, object)), CKR_OK);
                }
            });
            scope.spawn(|| {
                let session = module.session();
                (0..200).for_each(|_| find_and_look(&module, session));
            });
        }
    });
    let (mut found, mut count) = ([0; 64], 0);
    assert_eq!(c!(module, C_FindObjectsInit(kept, ptr::null_mut(), 0)), CKR_OK);
    assert_eq!(c!(module, C_FindObjects(kept, found.as_mut_ptr(), 64, &raw mut count)), CKR_OK);
    let mut left = found[..count as usize].to_vec();
    left.sort_unstable();
    assert_eq!(left, standing, "those that no thread destroyed, and no other");
}

#[test]
fn threads_open_use_and_close_sessions_at_once() {
    let module = Module::with_token();
    let keeper = module.user_session();
    let (public, private) = module.generate(keeper);
    thread::scope(|scope| {
        for number in 0..6_u8 {
            let module = &module;
            scope.spawn(move || {
                for round in 0..40 {
                    let session = module.session();
                    let (mut kind, mut data) = (mechanism(CKM_ECDSA_SHA256), [number ^ round; 33]);
                    let (mut signature, mut len) = ([0; 64], 64);
                    let (input, output) = (data.as_mut_ptr(), signature.as_mut_ptr());
                    assert_eq!(c!(module, C_SignInit(session, &raw mut kind, private)), CKR_OK);
                    assert_eq!(c!(module, C_Sign(session, input, 33, output, &raw mut len)), CKR_OK);
                    assert_eq!(c!(module, C_VerifyInit(session, &raw mut kind, public)), CKR_OK);
                    assert_eq!(c!(module, C_Verify(session, input, 33, output, len)), CKR_OK);
                    let own = create(module, session);
                    assert_eq!(c!(module, C_CloseSession(session)), CKR_OK);
                    let mut size = 0;
                    let gone = c!(module, C_GetObjectSize(keeper, own, &raw mut size));
                    assert_eq!(gone, CKR_OBJECT_HANDLE_INVALID, "session objects die with their session");
                }
            });
        }
    });
    let mut info = CK_TOKEN_INFO::default();
    assert_eq!(c!(module, C_GetTokenInfo(0, &raw mut info)), CKR_OK);
    assert_eq!(info.ulSessionCount, 1);
}

static LOCKED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn lock(_: *mut ffi::c_void) -> CK_RV {
    LOCKED.fetch_add(1, Ordering::SeqCst);
    CKR_OK
}

extern "C" fn create_lock(_: *mut *mut ffi::c_void) -> CK_RV {
    lock(ptr::null_mut())
}

/// Locks are the operating system's and can be had always, so none of the four ways to ask for them (section 5.4.1)
/// ends in `CKR_CANT_LOCK`; no thread is ever made, so a program that forbids them loses nothing.
#[test]
fn every_way_to_ask_for_locks_is_taken() {
    let module = Module::load();
    let path = ffi::CString::new(module.config().to_str().unwrap()).unwrap();
    let none = CK_C_INITIALIZE_ARGS { pReserved: path.as_ptr().cast_mut().cast(), ..Default::default() };
    let own = CK_C_INITIALIZE_ARGS {
        CreateMutex: Some(create_lock),
        DestroyMutex: Some(lock),
        LockMutex: Some(lock),
        UnlockMutex: Some(lock),
        ..none
    };
    for flags in [0, CKF_OS_LOCKING_OK, CKF_LIBRARY_CANT_CREATE_OS_THREADS] {
        for arguments in [none, own] {
            let mut arguments = CK_C_INITIALIZE_ARGS { flags, ..arguments };
            assert_eq!(c!(module, C_Initialize((&raw mut arguments).cast())), CKR_OK);
            assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
        }
    }
    assert_eq!(LOCKED.load(Ordering::SeqCst), 0, "the program's own locks are not needed");
}

/// A thread may remember the session that it used last. That keeps neither the session nor its login.
#[test]
fn a_session_that_another_thread_closes_ends_with_its_login() {
    let module = Module::with_token();
    let session = module.user_session();
    let (_, key) = module.generate(session);
    assert_eq!(sign(&module, session, key), CKR_OK);
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(c!(module, C_CloseSession(session)), CKR_OK));
    });
    let (fresh, mut info) = (module.session(), CK_SESSION_INFO::default());
    assert_eq!(c!(module, C_GetSessionInfo(fresh, &raw mut info)), CKR_OK);
    assert_eq!(info.state, CKS_RW_PUBLIC_SESSION, "the last session took the login with it");
    assert_eq!(sign(&module, session, key), CKR_SESSION_HANDLE_INVALID);
}

#[test]
fn a_library_that_another_thread_finalises_closes_its_stores() {
    let module = Module::with_token();
    module.user_session();
    let log = module.store().with_extension("db-wal");
    assert!(log.exists(), "SQLite has such a file as long as the store is open");
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK));
    });
    assert!(!log.exists(), "a session that this thread remembers keeps no store open");
}
