//! What the vectors are run with: a session in which the user is logged in, and C's calls with owned arguments.

use std::any::Any;
use std::ffi::c_void;
use std::ptr;

use cryptoki_sys::*;

use crate::support::{Module, attribute, c};

/// An attribute whose value is owned.
pub(super) type Owned = (CK_ATTRIBUTE_TYPE, Vec<u8>);

/// A number as an attribute has it.
pub(super) fn ulong(value: CK_ULONG) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

/// A mechanism that owns its parameter and what the parameter points to.
pub(super) struct Call {
    kind: CK_MECHANISM_TYPE,
    parameter: Option<Box<dyn Any>>,
    /// Never touched again: the parameter has their addresses.
    _parts: Vec<Vec<u8>>,
}

impl Call {
    pub(super) fn bare(kind: CK_MECHANISM_TYPE) -> Self {
        Self { kind, parameter: None, _parts: Vec::new() }
    }

    /// A mechanism whose parameter is made of these parts, by their addresses.
    pub(super) fn with<T: 'static, const COUNT: usize>(
        kind: CK_MECHANISM_TYPE,
        parts: [Vec<u8>; COUNT],
        parameter: impl FnOnce([(*mut CK_BYTE, CK_ULONG); COUNT]) -> T,
    ) -> Self {
        let mut parts = parts;
        let places = parts.each_mut().map(|part| (part.as_mut_ptr(), part.len() as CK_ULONG));
        Self { kind, parameter: Some(Box::new(parameter(places))), _parts: parts.into() }
    }

    fn raw(&mut self) -> CK_MECHANISM {
        let (start, len) = match &mut self.parameter {
            Some(parameter) => (ptr::from_mut(&mut **parameter).cast::<c_void>(), size_of_val(&**parameter)),
            None => (ptr::null_mut(), 0),
        };
        CK_MECHANISM { mechanism: self.kind, pParameter: start, ulParameterLen: len as CK_ULONG }
    }
}

/// A user's session on a token of its own.
pub(super) struct Client {
    module: Module,
    session: CK_SESSION_HANDLE,
}

/// Turns a code and what it goes with into a result.
fn outcome<T>(code: CK_RV, value: T) -> Result<T, CK_RV> {
    if code == CKR_OK { Ok(value) } else { Err(code) }
}

/// Asks how long the output is, and has it written.
fn output(mut write: impl FnMut(*mut CK_BYTE, *mut CK_ULONG) -> CK_RV) -> Result<Vec<u8>, CK_RV> {
    let mut len = 0;
    outcome(write(ptr::null_mut(), &raw mut len), ())?;
    let mut out = vec![0; len as usize];
    let done = write(out.as_mut_ptr(), &raw mut len);
    out.truncate(len as usize);
    outcome(done, out)
}

/// Where C reads bytes from.
fn input(data: &[u8]) -> (*mut CK_BYTE, CK_ULONG) {
    (data.as_ptr().cast_mut(), data.len() as CK_ULONG)
}

fn raw(template: &mut [Owned]) -> Vec<CK_ATTRIBUTE> {
    template.iter_mut().map(|(kind, value)| attribute(*kind, value)).collect()
}

/// A secret that can be read.
fn readable() -> Vec<Owned> {
    vec![
        (CKA_CLASS, ulong(CKO_SECRET_KEY)),
        (CKA_KEY_TYPE, ulong(CKK_GENERIC_SECRET)),
        (CKA_SENSITIVE, vec![CK_FALSE]),
        (CKA_EXTRACTABLE, vec![CK_TRUE]),
    ]
}

impl Client {
    pub(super) fn new() -> Self {
        let module = Module::with_token();
        let session = module.user_session();
        Self { module, session }
    }

    /// Makes a session object.
    pub(super) fn create(&self, mut template: Vec<Owned>) -> Result<CK_OBJECT_HANDLE, CK_RV> {
        let (mut template, mut object) = (raw(&mut template), 0);
        let (start, count) = (template.as_mut_ptr(), template.len() as CK_ULONG);
        outcome(c!(self.module, C_CreateObject(self.session, start, count, &raw mut object)), object)
    }

    /// Makes a secret key that may leave wrapped.
    pub(super) fn secret(&self, kind: CK_KEY_TYPE, value: Vec<u8>) -> Result<CK_OBJECT_HANDLE, CK_RV> {
        self.create(vec![
            (CKA_CLASS, ulong(CKO_SECRET_KEY)),
            (CKA_KEY_TYPE, ulong(kind)),
            (CKA_EXTRACTABLE, vec![CK_TRUE]),
            (CKA_VALUE, value),
        ])
    }

    pub(super) fn destroy(&self, object: CK_OBJECT_HANDLE) {
        assert_eq!(c!(self.module, C_DestroyObject(self.session, object)), CKR_OK);
    }

    /// The value of a secret that can be read, and the end of it.
    fn take(&self, object: CK_OBJECT_HANDLE) -> Vec<u8> {
        let mut value = vec![0; 0x1_0000];
        let mut wanted = [attribute(CKA_VALUE, &mut value)];
        let read = c!(self.module, C_GetAttributeValue(self.session, object, wanted.as_mut_ptr(), 1));
        assert_eq!(read, CKR_OK);
        value.truncate(wanted[0].ulValueLen as usize);
        self.destroy(object);
        value
    }

    pub(super) fn sign(&self, call: &mut Call, key: CK_OBJECT_HANDLE, data: &[u8]) -> Result<Vec<u8>, CK_RV> {
        let mut mechanism = call.raw();
        outcome(c!(self.module, C_SignInit(self.session, &raw mut mechanism, key)), ())?;
        let (data, data_len) = input(data);
        output(|out, len| c!(self.module, C_Sign(self.session, data, data_len, out, len)))
    }

    pub(super) fn verify(
        &self,
        call: &mut Call,
        key: CK_OBJECT_HANDLE,
        data: &[u8],
        signature: &[u8],
    ) -> Result<(), CK_RV> {
        let mut mechanism = call.raw();
        outcome(c!(self.module, C_VerifyInit(self.session, &raw mut mechanism, key)), ())?;
        let ((data, data_len), (start, len)) = (input(data), input(signature));
        outcome(c!(self.module, C_Verify(self.session, data, data_len, start, len)), ())
    }

    pub(super) fn encrypt(
        &self,
        call: &mut Call,
        key: CK_OBJECT_HANDLE,
        data: &[u8],
    ) -> Result<Vec<u8>, CK_RV> {
        let mut mechanism = call.raw();
        outcome(c!(self.module, C_EncryptInit(self.session, &raw mut mechanism, key)), ())?;
        let (data, data_len) = input(data);
        output(|out, len| c!(self.module, C_Encrypt(self.session, data, data_len, out, len)))
    }

    pub(super) fn decrypt(
        &self,
        call: &mut Call,
        key: CK_OBJECT_HANDLE,
        data: &[u8],
    ) -> Result<Vec<u8>, CK_RV> {
        let mut mechanism = call.raw();
        outcome(c!(self.module, C_DecryptInit(self.session, &raw mut mechanism, key)), ())?;
        let (data, data_len) = input(data);
        output(|out, len| c!(self.module, C_Decrypt(self.session, data, data_len, out, len)))
    }

    pub(super) fn wrap(
        &self,
        call: &mut Call,
        wrapping: CK_OBJECT_HANDLE,
        key: CK_OBJECT_HANDLE,
    ) -> Result<Vec<u8>, CK_RV> {
        let mut call = call.raw();
        output(|out, len| c!(self.module, C_WrapKey(self.session, &raw mut call, wrapping, key, out, len)))
    }

    /// Unwraps a secret and gives its value.
    pub(super) fn unwrap(
        &self,
        call: &mut Call,
        wrapping: CK_OBJECT_HANDLE,
        wrapped: &[u8],
    ) -> Result<Vec<u8>, CK_RV> {
        Ok(self.take(self.unwrap_as(readable(), call, wrapping, wrapped)?))
    }

    /// Brings in an RSA private key in its PKCS #8 form, which comes in wrapped alone.
    pub(super) fn rsa_pkcs8(&self, der: &[u8]) -> Result<CK_OBJECT_HANDLE, CK_RV> {
        let (wrapping, mut call) = (self.secret(CKK_AES, vec![1; 16])?, Call::bare(CKM_AES_KEY_WRAP_KWP));
        let wrapped = self.encrypt(&mut call, wrapping, der)?;
        let template = vec![(CKA_CLASS, ulong(CKO_PRIVATE_KEY)), (CKA_KEY_TYPE, ulong(CKK_RSA))];
        self.unwrap_as(template, &mut call, wrapping, &wrapped)
    }

    fn unwrap_as(
        &self,
        mut template: Vec<Owned>,
        call: &mut Call,
        wrapping: CK_OBJECT_HANDLE,
        wrapped: &[u8],
    ) -> Result<CK_OBJECT_HANDLE, CK_RV> {
        let (mut key, (data, len)) = (0, input(wrapped));
        let mut template = raw(&mut template);
        let (start, count) = (template.as_mut_ptr(), template.len() as CK_ULONG);
        let mut call = call.raw();
        let done = c!(
            self.module,
            C_UnwrapKey(self.session, &raw mut call, wrapping, data, len, start, count, &raw mut key)
        );
        outcome(done, key)
    }

    /// Derives a secret, of a length if it leaves one open, and gives its value.
    pub(super) fn derive(
        &self,
        call: &mut Call,
        base: CK_OBJECT_HANDLE,
        len: Option<CK_ULONG>,
    ) -> Result<Vec<u8>, CK_RV> {
        let mut template = readable();
        template.extend(len.map(|len| (CKA_VALUE_LEN, ulong(len))));
        let (mut template, mut call, mut key) = (raw(&mut template), call.raw(), 0);
        let (start, count) = (template.as_mut_ptr(), template.len() as CK_ULONG);
        let done =
            c!(self.module, C_DeriveKey(self.session, &raw mut call, base, start, count, &raw mut key));
        outcome(done, ()).map(|()| self.take(key))
    }

    /// Makes a secret of a mechanism's parameter alone, and gives its value.
    pub(super) fn generate(&self, call: &mut Call, len: CK_ULONG) -> Result<Vec<u8>, CK_RV> {
        let mut template = readable();
        template.push((CKA_VALUE_LEN, ulong(len)));
        let (mut template, mut call, mut key) = (raw(&mut template), call.raw(), 0);
        let (start, count) = (template.as_mut_ptr(), template.len() as CK_ULONG);
        let done = c!(self.module, C_GenerateKey(self.session, &raw mut call, start, count, &raw mut key));
        outcome(done, ()).map(|()| self.take(key))
    }
}
