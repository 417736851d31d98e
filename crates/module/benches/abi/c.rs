//! Any PKCS #11 module through its function list of version 2.40, which every module has: loading it, making a token
//! in one of its slots, and the calls that are measured. A call that fails says which one and with what.
//!
//! What is absent: any of our own crates. All modules are used in the same way.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::path::Path;
use std::{iter, ptr};

use cryptoki_sys::*;
use libloading::{Library, Symbol};

const SO_PIN: &[u8] = b"officer-5678";
const USER_PIN: &[u8] = b"user-1234";

/// Why something of a module can't be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("it can't be loaded: {0}")]
    Library(#[from] libloading::Error),
    #[error("it has no {0}")]
    Absent(&'static str),
    #[error("{function} answers {code:#x}")]
    Refused { function: &'static str, code: CK_RV },
    #[error("it does not list {0}")]
    Unlisted(&'static str),
    #[error("it has no slot with a token that waits to be initialised")]
    NoFreeSlot,
    #[error("it does not find what it has: {0}")]
    NotFound(String),
    #[error("{0}")]
    Earlier(String),
    #[error("the bare library failed")]
    Bare,
    #[error("the second thread has ended")]
    Thread,
}

/// Calls a function of a module's list by its name.
macro_rules! c {
    ($module:expr, $name:ident($($argument:expr),* $(,)?)) => {
        match $module.list.$name {
            None => Err(Trouble::Absent(stringify!($name))),
            Some(function) => {
                // SAFETY: each pointer among the arguments is NULL or leads to what this process owns, in the
                // length that goes with it; the function comes from the module's own list.
                match unsafe { function($($argument),*) } {
                    CKR_OK => Ok(()),
                    code => Err(Trouble::Refused { function: stringify!($name), code }),
                }
            }
        }
    };
}

/// A loaded module, initialised.
#[derive(Clone, Copy)]
pub(crate) struct Module {
    list: &'static CK_FUNCTION_LIST,
}

/// A token with the user logged in for as long as this lives.
pub(crate) struct Token {
    module: Module,
    slot: CK_SLOT_ID,
    mechanisms: BTreeSet<CK_MECHANISM_TYPE>,
    login: Session,
}

/// An open session, closed when dropped.
pub(crate) struct Session {
    module: Module,
    handle: CK_SESSION_HANDLE,
}

/// An attribute whose value is only read.
pub(crate) fn attribute<T: ?Sized>(kind: CK_ATTRIBUTE_TYPE, value: &T) -> CK_ATTRIBUTE {
    let len = size_of_val(value) as CK_ULONG;
    CK_ATTRIBUTE { type_: kind, pValue: ptr::from_ref(value).cast_mut().cast(), ulValueLen: len }
}

/// A mechanism without parameters.
pub(crate) fn mechanism(kind: CK_MECHANISM_TYPE) -> CK_MECHANISM {
    CK_MECHANISM { mechanism: kind, pParameter: ptr::null_mut(), ulParameterLen: 0 }
}

/// Bytes that are only read, as C takes them.
fn bytes(bytes: &[u8]) -> (*mut CK_BYTE, CK_ULONG) {
    (bytes.as_ptr().cast_mut(), bytes.len() as CK_ULONG)
}

impl Module {
    /// Loads a library and initialises it, with `reserved` as its `pReserved` string.
    pub(crate) fn load(file: &Path, reserved: Option<&str>) -> Result<Self, Trouble> {
        type GetFunctionList = unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST) -> CK_RV;
        // SAFETY: whoever names a module to be measured vouches for its initialisation routines.
        let library = unsafe { Library::new(file) }?;
        // Never unloaded: threads may still have storage in it.
        let library: &'static Library = Box::leak(Box::new(library));
        // SAFETY: the standard says that a symbol of this name has this type.
        let get: Symbol<'_, GetFunctionList> = unsafe { library.get(b"C_GetFunctionList") }?;
        let mut list = ptr::null_mut();
        // SAFETY: the place is this function's own.
        let code = unsafe { get(&raw mut list) };
        if code != CKR_OK {
            return Err(Trouble::Refused { function: "C_GetFunctionList", code });
        }
        // SAFETY: the module gave the pointer, and its list lives as long as it is loaded.
        let list = unsafe { list.as_ref() }.ok_or(Trouble::Absent("function list"))?;
        let module = Self { list };
        let reserved = reserved.and_then(|text| CString::new(text).ok());
        let mut arguments = CK_C_INITIALIZE_ARGS {
            flags: CKF_OS_LOCKING_OK,
            pReserved: reserved.as_ref().map_or(ptr::null_mut(), |text| text.as_ptr().cast_mut().cast()),
            ..Default::default()
        };
        c!(module, C_Initialize((&raw mut arguments).cast()))?;
        Ok(module)
    }

    /// Makes a token in a free slot, and logs its user in.
    pub(crate) fn token(&self, label: &str) -> Result<Token, Trouble> {
        let mut name = [b' '; 32];
        name.iter_mut().zip(label.bytes()).for_each(|(place, byte)| *place = byte);
        let free = self.slot(|info| info.flags & CKF_TOKEN_INITIALIZED == 0)?.ok_or(Trouble::NoFreeSlot)?;
        let (pin, len) = bytes(SO_PIN);
        c!(self, C_InitToken(free, pin, len, name.as_mut_ptr()))?;
        // Some modules give a token another slot once it is initialised.
        let slot = self.slot(|info| info.label == name)?.ok_or(Trouble::NoFreeSlot)?;
        let login = self.open(slot)?;
        c!(self, C_Login(login.handle, CKU_SO, pin, len))?;
        let (pin, len) = bytes(USER_PIN);
        c!(self, C_InitPIN(login.handle, pin, len))?;
        c!(self, C_Logout(login.handle))?;
        c!(self, C_Login(login.handle, CKU_USER, pin, len))?;
        Ok(Token { module: *self, slot, mechanisms: self.mechanisms(slot)?, login })
    }

    /// The first slot whose token is as wanted.
    fn slot(&self, wanted: impl Fn(&CK_TOKEN_INFO) -> bool) -> Result<Option<CK_SLOT_ID>, Trouble> {
        let mut count = 0;
        c!(self, C_GetSlotList(CK_TRUE, ptr::null_mut(), &raw mut count))?;
        let mut slots = vec![0; count as usize];
        c!(self, C_GetSlotList(CK_TRUE, slots.as_mut_ptr(), &raw mut count))?;
        for slot in slots {
            let mut info = CK_TOKEN_INFO::default();
            c!(self, C_GetTokenInfo(slot, &raw mut info))?;
            if wanted(&info) {
                return Ok(Some(slot));
            }
        }
        Ok(None)
    }

    fn mechanisms(&self, slot: CK_SLOT_ID) -> Result<BTreeSet<CK_MECHANISM_TYPE>, Trouble> {
        let mut count = 0;
        c!(self, C_GetMechanismList(slot, ptr::null_mut(), &raw mut count))?;
        let mut list = vec![0; count as usize];
        c!(self, C_GetMechanismList(slot, list.as_mut_ptr(), &raw mut count))?;
        Ok(list.into_iter().collect())
    }

    fn open(&self, slot: CK_SLOT_ID) -> Result<Session, Trouble> {
        let (mut handle, flags) = (0, CKF_SERIAL_SESSION | CKF_RW_SESSION);
        c!(self, C_OpenSession(slot, flags, ptr::null_mut(), None, &raw mut handle))?;
        Ok(Session { module: *self, handle })
    }
}

impl Token {
    /// Opens a read-write session; the user is logged in.
    pub(crate) fn open(&self) -> Result<Session, Trouble> {
        self.module.open(self.slot)
    }

    /// The session that holds the login.
    pub(crate) fn session(&self) -> &Session {
        &self.login
    }

    /// Checks that the token has a mechanism, which is called `name`.
    pub(crate) fn has(&self, mechanism: CK_MECHANISM_TYPE, name: &'static str) -> Result<(), Trouble> {
        if self.mechanisms.contains(&mechanism) { Ok(()) } else { Err(Trouble::Unlisted(name)) }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A session that the module has closed already needs no closing.
        let _closed = c!(self.module, C_CloseSession(self.handle));
    }
}

impl Session {
    /// Makes a key pair: the public key, the private key.
    pub(crate) fn generate_pair(
        &self,
        kind: CK_MECHANISM_TYPE,
        public: &mut [CK_ATTRIBUTE],
        private: &mut [CK_ATTRIBUTE],
    ) -> Result<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE), Trouble> {
        let (mut made, mut kind) = ((0, 0), mechanism(kind));
        c!(
            self.module,
            C_GenerateKeyPair(
                self.handle,
                &raw mut kind,
                public.as_mut_ptr(),
                public.len() as CK_ULONG,
                private.as_mut_ptr(),
                private.len() as CK_ULONG,
                &raw mut made.0,
                &raw mut made.1,
            )
        )?;
        Ok(made)
    }

    /// Makes a secret key.
    pub(crate) fn generate(
        &self,
        kind: CK_MECHANISM_TYPE,
        template: &mut [CK_ATTRIBUTE],
    ) -> Result<CK_OBJECT_HANDLE, Trouble> {
        let (mut made, mut kind, count) = (0, mechanism(kind), template.len() as CK_ULONG);
        let template = template.as_mut_ptr();
        c!(self.module, C_GenerateKey(self.handle, &raw mut kind, template, count, &raw mut made))?;
        Ok(made)
    }

    pub(crate) fn create(&self, template: &mut [CK_ATTRIBUTE]) -> Result<CK_OBJECT_HANDLE, Trouble> {
        let (mut made, count) = (0, template.len() as CK_ULONG);
        c!(self.module, C_CreateObject(self.handle, template.as_mut_ptr(), count, &raw mut made))?;
        Ok(made)
    }

    pub(crate) fn destroy(&self, object: CK_OBJECT_HANDLE) -> Result<(), Trouble> {
        c!(self.module, C_DestroyObject(self.handle, object))
    }

    /// The first object that matches, which must be there.
    pub(crate) fn find(&self, template: &mut [CK_ATTRIBUTE]) -> Result<CK_OBJECT_HANDLE, Trouble> {
        let (mut found, mut count, len) = (0, 0, template.len() as CK_ULONG);
        c!(self.module, C_FindObjectsInit(self.handle, template.as_mut_ptr(), len))?;
        c!(self.module, C_FindObjects(self.handle, &raw mut found, 1, &raw mut count))?;
        c!(self.module, C_FindObjectsFinal(self.handle))?;
        let label = || template.iter().map(|wanted| format!("{:#x}", wanted.type_)).collect::<Vec<_>>();
        if count == 1 { Ok(found) } else { Err(Trouble::NotFound(label().join(" "))) }
    }

    /// Reads one number of an object.
    pub(crate) fn number(
        &self,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
    ) -> Result<CK_ULONG, Trouble> {
        let mut value: CK_ULONG = 0;
        let place = (&raw mut value).cast();
        let mut wanted =
            CK_ATTRIBUTE { type_: kind, pValue: place, ulValueLen: size_of_val(&value) as CK_ULONG };
        c!(self.module, C_GetAttributeValue(self.handle, object, &raw mut wanted, 1))?;
        Ok(value)
    }

    /// `C_SignInit` and `C_Sign`.
    pub(crate) fn sign(
        &self,
        kind: CK_MECHANISM_TYPE,
        key: CK_OBJECT_HANDLE,
        data: &[u8],
        signature: &mut [u8],
    ) -> Result<(), Trouble> {
        let (mut kind, mut room) = (mechanism(kind), signature.len() as CK_ULONG);
        let (data, len) = bytes(data);
        c!(self.module, C_SignInit(self.handle, &raw mut kind, key))?;
        c!(self.module, C_Sign(self.handle, data, len, signature.as_mut_ptr(), &raw mut room))
    }

    /// `C_EncryptInit` and `C_Encrypt`.
    pub(crate) fn encrypt(
        &self,
        mut kind: CK_MECHANISM,
        key: CK_OBJECT_HANDLE,
        data: &[u8],
        out: &mut [u8],
    ) -> Result<(), Trouble> {
        let (mut room, (data, len)) = (out.len() as CK_ULONG, bytes(data));
        c!(self.module, C_EncryptInit(self.handle, &raw mut kind, key))?;
        c!(self.module, C_Encrypt(self.handle, data, len, out.as_mut_ptr(), &raw mut room))
    }

    /// `C_DigestInit` and `C_Digest`.
    pub(crate) fn digest(&self, kind: CK_MECHANISM_TYPE, data: &[u8], out: &mut [u8]) -> Result<(), Trouble> {
        let (mut kind, mut room, (data, len)) = (mechanism(kind), out.len() as CK_ULONG, bytes(data));
        c!(self.module, C_DigestInit(self.handle, &raw mut kind))?;
        c!(self.module, C_Digest(self.handle, data, len, out.as_mut_ptr(), &raw mut room))
    }

    /// `C_DigestInit` twice, the second time without a mechanism, which not every module takes (PKCS #11 v3.0).
    pub(crate) fn start_and_cancel_digest(&self, kind: CK_MECHANISM_TYPE) -> Result<(), Trouble> {
        let mut kind = mechanism(kind);
        c!(self.module, C_DigestInit(self.handle, &raw mut kind))?;
        c!(self.module, C_DigestInit(self.handle, ptr::null_mut()))
    }

    pub(crate) fn random(&self, out: &mut [u8]) -> Result<(), Trouble> {
        c!(self.module, C_GenerateRandom(self.handle, out.as_mut_ptr(), out.len() as CK_ULONG))
    }
}

/// The attributes of one token key with a label, and more.
pub(crate) fn token_object(label: &[u8], more: &[CK_ATTRIBUTE]) -> Vec<CK_ATTRIBUTE> {
    iter::once(attribute(CKA_TOKEN, &CK_TRUE))
        .chain(iter::once(attribute(CKA_LABEL, label)))
        .chain(more.iter().copied())
        .collect()
}
