//! A child process is a stranger until it initialises the library itself.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{process, ptr, thread};

use cryptoki_sys::*;

use crate::support::{Module, P256, attribute, c, mechanism};

/// What a child that goes this far writes first.
const FINE: u8 = b'+';

/// A child that runs `what` on its end of a socket, and ours. Whatever it waits for, it ends within a minute.
fn forked(what: impl FnOnce(&mut UnixStream) -> Option<()>) -> (libc::pid_t, UnixStream) {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    // SAFETY: the child calls the library, talks through a socket and ends; it touches no lock of the test harness.
    #[allow(unsafe_code)]
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        // So that the child notices when its parent fails.
        drop(ours);
        // SAFETY: has the kernel end this process later, which may wait for ever where the library is wrong.
        #[allow(unsafe_code)]
        unsafe {
            libc::alarm(60)
        };
        let failed = what(&mut theirs).is_none();
        // SAFETY: ends the child without running what the parent's test harness would run at its end.
        #[allow(unsafe_code)]
        unsafe {
            libc::_exit(i32::from(failed))
        };
    }
    assert!(pid > 0, "process {} could not fork", process::id());
    (pid, ours)
}

/// Waits for a child, and says whether it ended well.
fn ended_well(pid: libc::pid_t) -> bool {
    let mut status = 0;
    // SAFETY: waits for a child of this process; the status is a local variable.
    #[allow(unsafe_code)]
    let waited = unsafe { libc::waitpid(pid, &raw mut status, 0) };
    waited == pid && libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
}

fn random(module: &Module, session: CK_SESSION_HANDLE) -> [u8; 32] {
    let mut bytes = [0; 32];
    assert_eq!(c!(module, C_GenerateRandom(session, bytes.as_mut_ptr(), 32)), CKR_OK);
    bytes
}

/// What the child does, up to its random bytes. Nothing here may panic: a panic would unwind into the harness.
fn child(module: &Module, session: CK_SESSION_HANDLE) -> Option<[u8; 32]> {
    let (mut info, mut bytes) = (CK_INFO::default(), [0; 32]);
    let strange = [
        c!(module, C_GetInfo(&raw mut info)),
        c!(module, C_GenerateRandom(session, bytes.as_mut_ptr(), 32)),
        c!(module, C_CloseSession(session)),
        c!(module, C_Finalize(ptr::null_mut())),
    ];
    if strange != [CKR_CRYPTOKI_NOT_INITIALIZED; 4] || module.initialize() != CKR_OK {
        return None;
    }
    // The parent's session is not the child's.
    if c!(module, C_GenerateRandom(session, bytes.as_mut_ptr(), 32)) != CKR_SESSION_HANDLE_INVALID {
        return None;
    }
    let mut own = 0;
    let flags = CKF_SERIAL_SESSION;
    if c!(module, C_OpenSession(0, flags, ptr::null_mut(), None, &raw mut own)) != CKR_OK
        || c!(module, C_GenerateRandom(own, bytes.as_mut_ptr(), 32)) != CKR_OK
        || c!(module, C_Finalize(ptr::null_mut())) != CKR_OK
    {
        return None;
    }
    Some(bytes)
}

#[test]
fn a_child_starts_anew_and_repeats_no_random_bytes() {
    let module = Module::with_token();
    let session = module.session();
    random(&module, session);
    let (pid, mut ours) = forked(|theirs| {
        let bytes = child(&module, session)?;
        theirs.write_all(&[FINE]).and_then(|()| theirs.write_all(&bytes)).ok()
    });
    let mut told = Vec::new();
    ours.read_to_end(&mut told).unwrap();
    assert!(ended_well(pid));
    assert_eq!(told.first(), Some(&FINE), "the child saw something else");
    assert_ne!(random(&module, session), told[1..]);
    // Closing the parent's own session still works: the child took nothing away.
    assert_eq!(c!(module, C_CloseSession(session)), CKR_OK);
}

/// Creates a data object on the token that anyone may see.
fn create(module: &Module, session: CK_SESSION_HANDLE) -> CK_RV {
    let (mut class, mut token, mut private) = (CKO_DATA.to_ne_bytes(), [CK_TRUE], [CK_FALSE]);
    let mut template = [
        attribute(CKA_CLASS, &mut class),
        attribute(CKA_TOKEN, &mut token),
        attribute(CKA_PRIVATE, &mut private),
    ];
    c!(module, C_CreateObject(session, template.as_mut_ptr(), 3, &mut 0))
}

/// Initialises the library in the child, then saves one object before and one after the parent has ended its own.
fn save_twice(module: &Module, theirs: &mut UnixStream) -> Option<()> {
    let (mut own, mut ended) = (0, [0]);
    let flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    if module.initialize() != CKR_OK
        || c!(module, C_OpenSession(0, flags, ptr::null_mut(), None, &raw mut own)) != CKR_OK
        || create(module, own) != CKR_OK
    {
        return None;
    }
    theirs.write_all(&[FINE]).ok()?;
    theirs.read_exact(&mut ended).ok()?;
    if create(module, own) != CKR_OK {
        return None;
    }
    theirs.write_all(&[FINE]).ok()?;
    // The parent looks while this process still has the token open.
    theirs.read_exact(&mut ended).ok()
}

#[test]
fn what_a_child_saves_survives_its_parents_end() {
    let module = Module::with_token();
    let session = module.session();
    assert_eq!(create(&module, session), CKR_OK);
    let (pid, mut ours) = forked(|theirs| save_twice(&module, theirs));
    let mut told = [0];
    ours.read_exact(&mut told).unwrap();
    // The parent's own session goes on after the fork.
    assert_eq!(create(&module, session), CKR_OK);
    assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
    ours.write_all(&[FINE]).unwrap();
    ours.read_exact(&mut told).unwrap();

    assert_eq!(module.initialize(), CKR_OK);
    let session = module.session();
    let (mut found, mut count) = ([0; 8], 0);
    assert_eq!(c!(module, C_FindObjectsInit(session, ptr::null_mut(), 0)), CKR_OK);
    assert_eq!(c!(module, C_FindObjects(session, found.as_mut_ptr(), 8, &raw mut count)), CKR_OK);
    assert_eq!(count, 4, "one before the fork, one of the parent's after it, and two of the child's");
    ours.write_all(&[FINE]).unwrap();
    assert!(ended_well(pid));
}

/// What a child draws after it has initialised the library, and what its own child draws.
fn draw(module: &Module, theirs: &mut UnixStream, deeper: bool) -> Option<()> {
    if c!(module, C_Finalize(ptr::null_mut())) != CKR_CRYPTOKI_NOT_INITIALIZED
        || module.initialize() != CKR_OK
    {
        return None;
    }
    let (mut session, mut bytes) = (0, [0; 32]);
    if c!(module, C_OpenSession(0, CKF_SERIAL_SESSION, ptr::null_mut(), None, &raw mut session)) != CKR_OK
        || c!(module, C_GenerateRandom(session, bytes.as_mut_ptr(), 32)) != CKR_OK
        || generate_open(module, session) != CKR_OK
    {
        return None;
    }
    theirs.write_all(&bytes).ok()?;
    if deeper {
        let (pid, mut ours) = forked(|theirs| draw(module, theirs, false));
        ours.read_exact(&mut bytes).ok()?;
        theirs.write_all(&bytes).ok()?;
        return ended_well(pid).then_some(());
    }
    Some(())
}

#[test]
fn children_and_grandchildren_of_one_state_draw_different_bytes() {
    let module = Module::with_token();
    let session = module.session();
    random(&module, session);
    let children = [(); 3].map(|()| forked(|theirs| draw(&module, theirs, true)));
    let mut drawn = vec![random(&module, session)];
    for (pid, mut ours) in children {
        for _ in 0..2 {
            let mut bytes = [0; 32];
            ours.read_exact(&mut bytes).unwrap();
            drawn.push(bytes);
        }
        assert!(ended_well(pid));
    }
    let different: BTreeSet<_> = drawn.iter().collect();
    assert_eq!(different.len(), 7, "{drawn:x?}");
}

/// Generates a pair that anyone may see and that lasts as long as the session: the engine's work, and none of the
/// store's.
fn generate_open(module: &Module, session: CK_SESSION_HANDLE) -> CK_RV {
    let (mut params, mut private) = (P256, [CK_FALSE]);
    let mut public = [attribute(CKA_EC_PARAMS, &mut params)];
    let mut secret = [attribute(CKA_PRIVATE, &mut private)];
    let (public, secret) = (public.as_mut_ptr(), secret.as_mut_ptr());
    let (mut kind, mut made) = (mechanism(CKM_EC_KEY_PAIR_GEN), [0; 2]);
    let [first, second] = made.each_mut().map(ptr::from_mut);
    c!(module, C_GenerateKeyPair(session, &raw mut kind, public, 1, secret, 1, first, second))
}

/// Locks that another thread held at the fork stay shut in the child for ever; it must need none of them.
#[test]
fn a_child_of_a_process_whose_threads_are_calling_can_begin() {
    let module = Module::with_token();
    let session = module.session();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let own = module.session();
                while !over.load(Ordering::SeqCst) {
                    random(&module, own);
                    assert_eq!(generate_open(&module, own), CKR_OK);
                    assert_eq!(create(&module, own), CKR_OK);
                    assert_eq!(c!(module, C_FindObjectsInit(own, ptr::null_mut(), 0)), CKR_OK);
                    assert_eq!(c!(module, C_FindObjectsFinal(own)), CKR_OK);
                }
            });
        }
        let ended = [(); 12].map(|()| {
            let (pid, mut ours) = forked(|theirs| draw(&module, theirs, false));
            let mut bytes = [0; 32];
            (ours.read_exact(&mut bytes).is_ok(), ended_well(pid))
        });
        over.store(true, Ordering::SeqCst);
        assert_eq!(ended, [(true, true); 12]);
    });
    assert_eq!(create(&module, session), CKR_OK);
}
