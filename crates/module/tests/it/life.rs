//! Initialising and finalising.

use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use cryptoki_sys::*;

use crate::support::{Module, c, mechanism, text};

extern "C" fn lock(_: *mut std::ffi::c_void) -> CK_RV {
    CKR_OK
}

extern "C" fn create(_: *mut *mut std::ffi::c_void) -> CK_RV {
    CKR_OK
}

#[test]
fn before_and_after_it_lives_everything_says_so() {
    let module = Module::load();
    for _ in 0..2 {
        let (mut count, mut info) = (0, CK_INFO::default());
        let mut kind = mechanism(CKM_SHA256);
        let (pin, len) = text("1234");
        let answers = [
            c!(module, C_GetInfo(&raw mut info)),
            c!(module, C_GetSlotList(CK_FALSE, ptr::null_mut(), &raw mut count)),
            c!(module, C_OpenSession(0, CKF_SERIAL_SESSION, ptr::null_mut(), None, &raw mut count)),
            c!(module, C_DigestInit(1, &raw mut kind)),
            c!(module, C_Login(1, CKU_USER, pin, len)),
            c!(module, C_EncryptInit(1, &raw mut kind, 1)),
            c!(module, C_Finalize(ptr::null_mut())),
        ];
        assert_eq!(answers, [CKR_CRYPTOKI_NOT_INITIALIZED; 7]);
        assert_eq!(module.initialize(), CKR_OK);
        assert_eq!(module.initialize(), CKR_CRYPTOKI_ALREADY_INITIALIZED);
        assert_eq!(c!(module, C_GetInfo(&raw mut info)), CKR_OK);
        assert_eq!((info.cryptokiVersion.major, info.cryptokiVersion.minor), (3, 2));
        assert_eq!(&info.manufacturerID, b"Portcullis                      ");
        assert_eq!(c!(module, C_Finalize(ptr::without_provenance_mut(1))), CKR_ARGUMENTS_BAD);
        assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
    }
}

#[test]
fn arguments_to_initialise_by() {
    let good = CK_C_INITIALIZE_ARGS::default();
    let with_mutexes = CK_C_INITIALIZE_ARGS {
        CreateMutex: Some(create),
        DestroyMutex: Some(lock),
        LockMutex: Some(lock),
        UnlockMutex: Some(lock),
        ..good
    };
    let cases = [
        (CK_C_INITIALIZE_ARGS { LockMutex: None, ..with_mutexes }, CKR_ARGUMENTS_BAD),
        (CK_C_INITIALIZE_ARGS { CreateMutex: Some(create), ..good }, CKR_ARGUMENTS_BAD),
        (CK_C_INITIALIZE_ARGS { pReserved: ptr::without_provenance_mut(1), ..good }, CKR_ARGUMENTS_BAD),
        (
            CK_C_INITIALIZE_ARGS { pReserved: c"not a path".as_ptr().cast_mut().cast(), ..good },
            CKR_ARGUMENTS_BAD,
        ),
        (
            CK_C_INITIALIZE_ARGS {
                pReserved: c"configfile=/none/here.toml".as_ptr().cast_mut().cast(),
                ..good
            },
            CKR_GENERAL_ERROR,
        ),
    ];
    let module = Module::load();
    for (mut arguments, expected) in cases {
        assert_eq!(c!(module, C_Initialize((&raw mut arguments).cast())), expected);
    }
    let path = std::ffi::CString::new(module.config().to_str().unwrap()).unwrap();
    let mut arguments = CK_C_INITIALIZE_ARGS { pReserved: path.as_ptr().cast_mut().cast(), ..with_mutexes };
    assert_eq!(c!(module, C_Initialize((&raw mut arguments).cast())), CKR_OK);
}

#[test]
fn of_threads_that_finalise_at_once_one_does() {
    let module = Module::initialized();
    let list = module.list;
    let ended = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                struct Lists {
                    list: &'static CK_FUNCTION_LIST_3_2,
                }
                match c!(Lists { list }, C_Finalize(ptr::null_mut())) {
                    CKR_OK => ended.fetch_add(1, Ordering::Relaxed),
                    other => {
                        assert_eq!(other, CKR_CRYPTOKI_NOT_INITIALIZED);
                        0
                    }
                };
            });
        }
    });
    assert_eq!(ended.into_inner(), 1);
}

#[test]
fn looking_at_a_slot_leaves_nothing_on_the_disk() {
    let module = Module::initialized();
    let (mut count, mut info) = (0, CK_TOKEN_INFO::default());
    assert_eq!(c!(module, C_GetSlotList(CK_TRUE, ptr::null_mut(), &raw mut count)), CKR_OK);
    assert_eq!(count, 1);
    assert_eq!(c!(module, C_GetTokenInfo(0, &raw mut info)), CKR_OK);
    assert_eq!(info.flags & CKF_TOKEN_INITIALIZED, 0);
    assert_eq!(info.label, [b' '; 32]);
    let mut session = 0;
    let opened = c!(module, C_OpenSession(0, CKF_SERIAL_SESSION, ptr::null_mut(), None, &raw mut session));
    assert_eq!(opened, CKR_TOKEN_NOT_RECOGNIZED);
    assert!(!module.store().exists());
}
