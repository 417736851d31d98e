//! OpenSSL 3 in the same process, for comparison: its generator, and its AES-256-CTR.

use std::ffi::{c_int, c_uchar, c_void};
use std::ptr;
use std::sync::OnceLock;

use libloading::Library;

use crate::c::Trouble;
use crate::rounds::{Run, Side};

/// What the sides are called.
pub(crate) const RANDOM: &str = "OpenSSL RAND_bytes";
pub(crate) const CIPHER: &str = "OpenSSL AES-256-CTR";

const FILE: &str = "libcrypto.so.3";

type RandBytes = unsafe extern "C" fn(*mut c_uchar, c_int) -> c_int;
type ContextNew = unsafe extern "C" fn() -> *mut c_void;
type ContextFree = unsafe extern "C" fn(*mut c_void);
type Cipher = unsafe extern "C" fn() -> *const c_void;
type EncryptInit =
    unsafe extern "C" fn(*mut c_void, *const c_void, *mut c_void, *const c_uchar, *const c_uchar) -> c_int;
type EncryptUpdate =
    unsafe extern "C" fn(*mut c_void, *mut c_uchar, *mut c_int, *const c_uchar, c_int) -> c_int;

/// The functions of libcrypto that are measured.
pub(crate) struct Crypto {
    rand_bytes: RandBytes,
    context_new: ContextNew,
    context_free: ContextFree,
    aes_256_ctr: Cipher,
    encrypt_init: EncryptInit,
    encrypt_update: EncryptUpdate,
}

/// A side of OpenSSL's, left out where there is none.
pub(crate) fn side(
    name: &'static str,
    run: impl FnOnce(&'static Crypto) -> Result<Run<'static>, Trouble>,
) -> Side<'static> {
    Side { name: name.to_owned(), run: Crypto::load().and_then(run) }
}

impl Crypto {
    fn load() -> Result<&'static Self, Trouble> {
        static LOADED: OnceLock<Result<Crypto, String>> = OnceLock::new();
        let loaded = LOADED.get_or_init(|| Self::find().map_err(|error| error.to_string()));
        loaded.as_ref().map_err(|why| Trouble::Earlier(format!("it can't be loaded: {why}")))
    }

    fn find() -> Result<Self, libloading::Error> {
        // SAFETY: the system's libcrypto may be initialised in any process. It is never unloaded.
        let library: &'static Library = Box::leak(Box::new(unsafe { Library::new(FILE) }?));
        Ok(Self {
            // SAFETY: OpenSSL 3 has a function of this type under this name.
            rand_bytes: *unsafe { library.get(b"RAND_bytes\0") }?,
            // SAFETY: as above.
            context_new: *unsafe { library.get(b"EVP_CIPHER_CTX_new\0") }?,
            // SAFETY: as above.
            context_free: *unsafe { library.get(b"EVP_CIPHER_CTX_free\0") }?,
            // SAFETY: as above.
            aes_256_ctr: *unsafe { library.get(b"EVP_aes_256_ctr\0") }?,
            // SAFETY: as above.
            encrypt_init: *unsafe { library.get(b"EVP_EncryptInit_ex\0") }?,
            // SAFETY: as above.
            encrypt_update: *unsafe { library.get(b"EVP_EncryptUpdate\0") }?,
        })
    }

    pub(crate) fn random(&self, out: &mut [u8]) -> Result<(), Trouble> {
        // SAFETY: the buffer is `out` and as long.
        done(unsafe { (self.rand_bytes)(out.as_mut_ptr(), out.len() as c_int) })
    }

    /// A cipher under a constant key.
    pub(crate) fn aes_256_ctr(&'static self) -> Result<Context, Trouble> {
        // SAFETY: it takes nothing, and gives a context or NULL.
        let context = Context { crypto: self, context: unsafe { (self.context_new)() } };
        // SAFETY: it takes nothing, and gives a constant of the library.
        let cipher = unsafe { (self.aes_256_ctr)() };
        let (key, iv) = ([7; 32], [1; 16]);
        // SAFETY: the context is new or NULL, which is refused; no engine is named; the key has 32 bytes and the
        // counter 16, as this cipher's have.
        let status = unsafe {
            (self.encrypt_init)(context.context, cipher, ptr::null_mut(), key.as_ptr(), iv.as_ptr())
        };
        done(status).map(|()| context)
    }
}

/// A cipher in use.
pub(crate) struct Context {
    crypto: &'static Crypto,
    context: *mut c_void,
}

// SAFETY: a context is bound to no thread, and this value alone has it.
unsafe impl Send for Context {}

impl Context {
    /// Encrypts on, as one long message.
    pub(crate) fn encrypt(&self, data: &[u8], out: &mut [u8]) -> Result<(), Trouble> {
        let mut written = 0;
        let len = data.len().min(out.len()) as c_int;
        // SAFETY: the context is this value's own; both buffers have so many bytes, which is what this cipher writes.
        done(unsafe {
            (self.crypto.encrypt_update)(self.context, out.as_mut_ptr(), &raw mut written, data.as_ptr(), len)
        })
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: it is this value's own, and not used after this; NULL is taken too.
        unsafe { (self.crypto.context_free)(self.context) };
    }
}

fn done(status: c_int) -> Result<(), Trouble> {
    if status == 1 { Ok(()) } else { Err(Trouble::Bare) }
}
