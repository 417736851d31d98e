//! A child process is a stranger until it initialises the library itself.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::{process, ptr};

use cryptoki_sys::*;

use crate::support::{Module, c};

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
