//! A child process is a stranger until it initialises the library itself.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::{process, ptr};

use cryptoki_sys::*;

use crate::support::{Module, attribute, c};

/// What a child that goes this far writes first.
const FINE: u8 = b'+';

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
    let (mut ours, mut theirs) = UnixStream::pair().unwrap();
    // SAFETY: the child calls the library, writes to a socket and ends; it touches no lock of the test harness.
    #[allow(unsafe_code)]
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        // So that the child notices when its parent fails.
        drop(ours);
        let written = child(&module, session)
            .is_some_and(|bytes| theirs.write_all(&[FINE]).and_then(|()| theirs.write_all(&bytes)).is_ok());
        // SAFETY: ends the child without running what the parent's test harness would run at its end.
        #[allow(unsafe_code)]
        unsafe {
            libc::_exit(i32::from(!written))
        };
    }
    assert!(pid > 0, "process {} could not fork", process::id());
    drop(theirs);
    let mut told = Vec::new();
    ours.read_to_end(&mut told).unwrap();
    // SAFETY: waits for the child made above; no status is asked for.
    #[allow(unsafe_code)]
    unsafe {
        libc::waitpid(pid, ptr::null_mut(), 0)
    };
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
    let (mut ours, mut theirs) = UnixStream::pair().unwrap();
    // SAFETY: the child calls the library, talks through a socket and ends; it touches no lock of the test harness.
    #[allow(unsafe_code)]
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        // So that the child notices when its parent fails.
        drop(ours);
        let failed = save_twice(&module, &mut theirs).is_none();
        // SAFETY: ends the child without running what the parent's test harness would run at its end.
        #[allow(unsafe_code)]
        unsafe {
            libc::_exit(i32::from(failed))
        };
    }
    drop(theirs);
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
    // SAFETY: waits for the child made above; no status is asked for.
    #[allow(unsafe_code)]
    unsafe {
        libc::waitpid(pid, ptr::null_mut(), 0)
    };
}
