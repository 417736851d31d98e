//! What the tests share: the library loaded from its file with state of its own, and a token to use it on.

use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{fs, ptr};

use cryptoki_sys::*;
use libloading::{Library, Symbol};
use tempfile::TempDir;

use crate::built::library_file;

pub(crate) const SO_PIN: &str = "officer-5678";
pub(crate) const USER_PIN: &str = "user-1234";

/// A DER object identifier: P-256.
pub(crate) const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// Calls a function of the loaded library by its name.
macro_rules! c {
    ($module:expr, $name:ident($($argument:expr),* $(,)?)) => {{
        let function = $module.list.$name.expect("the list has no gaps");
        // SAFETY: each pointer among the arguments is NULL or leads to what the test owns, in the length it says,
        // or is one that the library must refuse by looking at the other arguments.
        #[allow(unsafe_code)]
        unsafe { function($($argument),*) }
    }};
}
pub(crate) use c;

/// A loaded library and the folder of its token.
pub(crate) struct Module {
    pub(crate) dir: TempDir,
    pub(crate) list: &'static CK_FUNCTION_LIST_3_2,
    pub(crate) library: &'static Library,
}

impl Module {
    /// Loads a copy of the library, so that tests in one process don't share what it has initialised.
    pub(crate) fn load() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let copy = dir.path().join("module.so");
        fs::copy(library_file(), &copy).expect("a copy of the library");
        // SAFETY: loading the library runs no code of its own but the standard library's.
        #[allow(unsafe_code)]
        let library = unsafe { Library::new(&copy) }.expect("the library loads");
        fs::remove_file(&copy).expect("it stays loaded without its file");
        // Never unloaded: threads of a test may still have storage in it.
        let library: &'static Library = Box::leak(Box::new(library));
        let module = Self { list: interface(library), dir, library };
        fs::write(module.config(), "[[slot]]\nstore = \"store\"\ndescription = \"test slot\"\n")
            .expect("a file");
        module
    }

    /// Loads the library and initialises it.
    pub(crate) fn initialized() -> Self {
        let module = Self::load();
        assert_eq!(module.initialize(), CKR_OK);
        module
    }

    /// As [`initialized`](Self::initialized), with a token that has both PINs. It is made once and copied, as each
    /// login takes a while by design.
    pub(crate) fn with_token() -> Self {
        static MADE: OnceLock<Vec<u8>> = OnceLock::new();
        let made = MADE.get_or_init(|| {
            let module = Self::initialized();
            module.init_token();
            assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
            fs::read(module.store()).expect("the token's file")
        });
        let module = Self::load();
        fs::create_dir(module.store().parent().expect("a folder")).expect("a folder");
        fs::write(module.store(), made).expect("a copy of the token");
        assert_eq!(module.initialize(), CKR_OK);
        module
    }

    /// Loads the library and gives its slot a token in a database, which may not be there yet.
    #[cfg(feature = "postgres")]
    pub(crate) fn in_database(address: &str) -> Self {
        let module = Self::load();
        module.use_database(address, "");
        assert_eq!(module.initialize(), CKR_OK);
        module
    }

    /// Writes the configuration for a token in a database; what is this machine's own is in the folder `seed`.
    #[cfg(feature = "postgres")]
    pub(crate) fn use_database(&self, address: &str, more: &str) {
        let config = format!("[[slot]]\nstore = \"{address}\"\nseed = \"seed\"\n{more}");
        fs::write(self.config(), config).expect("a file");
    }

    pub(crate) fn init_token(&self) {
        let mut label = *b"test token                      ";
        let (pin, len) = text(SO_PIN);
        assert_eq!(c!(self, C_InitToken(0, pin, len, label.as_mut_ptr())), CKR_OK);
        let session = self.session();
        assert_eq!(self.login(session, CKU_SO, SO_PIN), CKR_OK);
        let (pin, len) = text(USER_PIN);
        assert_eq!(c!(self, C_InitPIN(session, pin, len)), CKR_OK);
        assert_eq!(c!(self, C_CloseSession(session)), CKR_OK);
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.dir.path().join("config.toml")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.dir.path().join("store/token.db")
    }

    /// Initialises the library with the test's own configuration.
    pub(crate) fn initialize(&self) -> CK_RV {
        initialize_with(self.list, &self.config())
    }

    /// A read-write session.
    pub(crate) fn session(&self) -> CK_SESSION_HANDLE {
        let (mut session, flags) = (0, CKF_SERIAL_SESSION | CKF_RW_SESSION);
        assert_eq!(c!(self, C_OpenSession(0, flags, ptr::null_mut(), None, &raw mut session)), CKR_OK);
        session
    }

    /// A read-write session in which the user is logged in.
    pub(crate) fn user_session(&self) -> CK_SESSION_HANDLE {
        let session = self.session();
        assert_eq!(self.login(session, CKU_USER, USER_PIN), CKR_OK);
        session
    }

    pub(crate) fn login(&self, session: CK_SESSION_HANDLE, user: CK_USER_TYPE, pin: &str) -> CK_RV {
        let (pin, len) = text(pin);
        c!(self, C_Login(session, user, pin, len))
    }

    /// Generates a P-256 pair: the public key, the private key.
    pub(crate) fn generate(&self, session: CK_SESSION_HANDLE) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) {
        let (mut params, mut label) = (P256, *b"pair");
        let mut public = [attribute(CKA_EC_PARAMS, &mut params), attribute(CKA_LABEL, &mut label)];
        let (mut made, mut kind) = ((0, 0), mechanism(CKM_EC_KEY_PAIR_GEN));
        let outcome = c!(
            self,
            C_GenerateKeyPair(
                session,
                &raw mut kind,
                public.as_mut_ptr(),
                2,
                public[1..].as_mut_ptr(),
                1,
                &raw mut made.0,
                &raw mut made.1,
            )
        );
        assert_eq!(outcome, CKR_OK);
        made
    }
}

/// The functions of the preferred interface.
fn interface(library: &'static Library) -> &'static CK_FUNCTION_LIST_3_2 {
    type GetInterface =
        unsafe extern "C" fn(*mut CK_UTF8CHAR, *mut CK_VERSION, *mut *mut CK_INTERFACE, CK_FLAGS) -> CK_RV;
    // SAFETY: the standard says that a symbol of this name has this type.
    #[allow(unsafe_code)]
    let get: Symbol<'_, GetInterface> = unsafe { library.get(b"C_GetInterface") }.expect("it is exported");
    let mut interface = ptr::null_mut();
    // SAFETY: NULL leaves the choice open; the place is the test's own.
    #[allow(unsafe_code)]
    let outcome = unsafe { get(ptr::null_mut(), ptr::null_mut(), &raw mut interface, 0) };
    assert_eq!(outcome, CKR_OK);
    // SAFETY: the library gives a pointer to an interface that lives as long as it is loaded.
    #[allow(unsafe_code)]
    let interface: CK_INTERFACE = unsafe { *interface };
    // SAFETY: the preferred interface is 3.2's, and the library is never unloaded.
    #[allow(unsafe_code)]
    let list = unsafe { interface.pFunctionList.cast::<CK_FUNCTION_LIST_3_2>().as_ref() };
    list.expect("an interface has a list")
}

/// Initialises a library with a configuration file.
pub(crate) fn initialize_with(list: &'static CK_FUNCTION_LIST_3_2, config: &Path) -> CK_RV {
    let named = CString::new(format!("configfile={}", config.display())).expect("a path has no zero bytes");
    let mut arguments = CK_C_INITIALIZE_ARGS {
        flags: CKF_OS_LOCKING_OK,
        pReserved: named.as_ptr().cast_mut().cast(),
        ..Default::default()
    };
    struct Lists {
        list: &'static CK_FUNCTION_LIST_3_2,
    }
    c!(Lists { list }, C_Initialize((&raw mut arguments).cast()))
}

/// Text as C takes it; it is only read.
pub(crate) fn text(text: &str) -> (*mut CK_UTF8CHAR, CK_ULONG) {
    (text.as_ptr().cast_mut(), text.len() as CK_ULONG)
}

/// An attribute with a value that the test owns.
pub(crate) fn attribute(kind: CK_ATTRIBUTE_TYPE, value: &mut [u8]) -> CK_ATTRIBUTE {
    CK_ATTRIBUTE { type_: kind, pValue: value.as_mut_ptr().cast(), ulValueLen: value.len() as CK_ULONG }
}

/// A mechanism without parameters.
pub(crate) fn mechanism(kind: CK_MECHANISM_TYPE) -> CK_MECHANISM {
    CK_MECHANISM { mechanism: kind, pParameter: ptr::null_mut(), ulParameterLen: 0 }
}
