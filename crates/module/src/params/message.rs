//! What goes with one message of a cipher: `CK_GCM_MESSAGE_PARAMS`, `CK_CCM_MESSAGE_PARAMS` and
//! `CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS` (PKCS #11 v3.2 chapter 6). Each has a length of its own, by which it is
//! known: the functions that take one name no mechanism.

use std::ffi::c_void;

use cryptoki_sys::*;
use portcullis_token::{CipherMessage, IvGenerator};

use crate::arg::{Caller, Plain};
use crate::error::{Error, Result};

/// The most bytes of an initialisation vector and of a tag.
const MAX_IV: usize = 256;
const MAX_TAG: usize = 16;

/// The tag of Poly1305.
const POLY1305_TAG: usize = 16;

/// A message's parameters: copies, and the places they came from.
pub(crate) struct Message<'call> {
    caller: &'call Caller,
    pub(super) iv: Vec<u8>,
    pub(super) iv_place: *mut CK_BYTE,
    pub(super) generator: IvGenerator,
    pub(super) fixed_bits: usize,
    pub(super) tag: Vec<u8>,
    pub(super) tag_place: *mut CK_BYTE,
    pub(super) data_len: Option<usize>,
}

impl Caller {
    /// The parameters of a message that is encrypted, or is begun: its tag is not looked at.
    pub(crate) fn message(&self, start: *const c_void, len: CK_ULONG) -> Result<Message<'_>> {
        match usize::try_from(len) {
            Ok(len) if len == size_of::<CK_GCM_MESSAGE_PARAMS>() => self.gcm_message(start),
            Ok(len) if len == size_of::<CK_CCM_MESSAGE_PARAMS>() => self.ccm_message(start),
            Ok(len) if len == size_of::<CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS>() => {
                self.chacha20_poly1305_message(start)
            }
            _ => Err(Error::ParameterInvalid),
        }
    }

    /// The parameters of a message that is decrypted, with its tag.
    pub(crate) fn tagged_message(&self, start: *const c_void, len: CK_ULONG) -> Result<Message<'_>> {
        let mut message = self.message(start, len)?;
        message.tag = self.bytes(message.tag_place, message.tag.len() as CK_ULONG)?.to_vec();
        Ok(message)
    }

    fn gcm_message(&self, start: *const c_void) -> Result<Message<'_>> {
        let given: CK_GCM_MESSAGE_PARAMS = self.of_message(start)?;
        if !given.ulTagBits.is_multiple_of(8) {
            return Err(Error::ParameterInvalid);
        }
        Ok(Message {
            generator: generator(given.ivGenerator)?,
            fixed_bits: bounded(given.ulIvFixedBits, MAX_IV * 8)?,
            ..self.of_iv_and_tag((given.pIv, given.ulIvLen), (given.pTag, given.ulTagBits / 8))?
        })
    }

    fn ccm_message(&self, start: *const c_void) -> Result<Message<'_>> {
        let given: CK_CCM_MESSAGE_PARAMS = self.of_message(start)?;
        Ok(Message {
            generator: generator(given.nonceGenerator)?,
            fixed_bits: bounded(given.ulNonceFixedBits, MAX_IV * 8)?,
            data_len: Some(bounded(given.ulDataLen, isize::MAX.unsigned_abs())?),
            ..self.of_iv_and_tag((given.pNonce, given.ulNonceLen), (given.pMAC, given.ulMACLen))?
        })
    }

    fn chacha20_poly1305_message(&self, start: *const c_void) -> Result<Message<'_>> {
        let given: CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS = self.of_message(start)?;
        let tag = (given.pTag, POLY1305_TAG as CK_ULONG);
        self.of_iv_and_tag((given.pNonce, given.ulNonceLen), tag)
    }

    fn of_message<T: Plain>(&self, start: *const c_void) -> Result<T> {
        self.read(start.cast()).ok_or(Error::ParameterInvalid)
    }

    fn of_iv_and_tag(
        &self,
        (iv_place, iv_len): (*mut CK_BYTE, CK_ULONG),
        (tag_place, tag_len): (*mut CK_BYTE, CK_ULONG),
    ) -> Result<Message<'_>> {
        bounded(iv_len, MAX_IV)?;
        Ok(Message {
            caller: self,
            iv: self.bytes(iv_place, iv_len).map_err(|_| Error::ParameterInvalid)?.to_vec(),
            iv_place,
            generator: IvGenerator::Caller,
            fixed_bits: 0,
            tag: vec![0; bounded(tag_len, MAX_TAG)?],
            tag_place,
            data_len: None,
        })
    }
}

impl Message<'_> {
    /// The message as the token takes it.
    pub(crate) fn parameters(&mut self) -> CipherMessage<'_> {
        CipherMessage {
            iv: &mut self.iv,
            generator: self.generator,
            fixed_bits: self.fixed_bits,
            tag: &mut self.tag,
            data_len: self.data_len,
        }
    }

    /// Gives the caller the initialisation vector that was made. One that the caller made is never written, as it may
    /// lie where nothing can be.
    pub(crate) fn put_iv(&self) -> Result<()> {
        match self.generator {
            IvGenerator::Caller => Ok(()),
            _ => self.caller.fill(self.iv_place, &self.iv),
        }
    }

    /// Gives the caller the tag that was made.
    pub(crate) fn put_tag(&self) -> Result<()> {
        self.caller.fill(self.tag_place, &self.tag)
    }

    /// Whether there is a place for the tag, to be asked before one is made.
    pub(crate) fn check_tag_place(&self) -> Result<()> {
        if self.tag_place.is_null() { Err(Error::ParameterInvalid) } else { Ok(()) }
    }
}

/// Who makes an initialisation vector.
pub(super) fn generator(code: CK_GENERATOR_FUNCTION) -> Result<IvGenerator> {
    match code {
        CKG_NO_GENERATE => Ok(IvGenerator::Caller),
        CKG_GENERATE | CKG_GENERATE_RANDOM => Ok(IvGenerator::Random),
        CKG_GENERATE_COUNTER => Ok(IvGenerator::Counter),
        CKG_GENERATE_COUNTER_XOR => Ok(IvGenerator::CounterXor),
        _ => Err(Error::ParameterInvalid),
    }
}

fn bounded(given: CK_ULONG, most: usize) -> Result<usize> {
    usize::try_from(given).ok().filter(|given| *given <= most).ok_or(Error::ParameterInvalid)
}
