//! Mechanisms that wrap and unwrap keys (PKCS #11 v3.2 sections 5.18 and 6.13). Beside the parameters that encryption
//! has, these let the token make the initialisation vector:
//!
//! - `CK_GCM_WRAP_PARAMS` and `CK_CCM_WRAP_PARAMS`, known by their length;
//! - for the authenticated functions, which bring what is authenticated as an argument, the parameters of a message:
//!   with them the tag has a place of its own.

use std::ptr;

use cryptoki_sys::*;
use portcullis_token::{
    IvGenerator, MechanismCall, MechanismType, ObjectHandle, Output, Parameters, Session,
};

use super::message::{Message, generator};
use super::{Parameter, bytes_of_bits, number};
use crate::arg::Caller;
use crate::error::Result;

/// The addresses at which no program has anything.
const FIRST_PAGE: CK_ULONG = 4096;

/// A mechanism that wraps or unwraps, and where what the token makes for it goes.
pub(crate) struct Wrapping<'call> {
    caller: &'call Caller,
    call: MechanismCall,
    iv_place: *mut CK_BYTE,
    generator: IvGenerator,
    fixed_bits: usize,
    /// The tag, where it does not stand behind the wrapped key.
    tag: Vec<u8>,
    tag_place: *mut CK_BYTE,
}

impl Caller {
    /// The mechanism of `C_WrapKey` and `C_UnwrapKey`.
    pub(crate) fn wrapping(&self, place: *const CK_MECHANISM) -> Result<Wrapping<'_>> {
        if let Some(parameter) = self.parameter(place) {
            match (parameter.mechanism, usize::try_from(parameter.len)) {
                (MechanismType::AES_GCM, Ok(len)) if len == size_of::<CK_GCM_WRAP_PARAMS>() => {
                    return self.gcm_wrapping(parameter);
                }
                (MechanismType::AES_CCM, Ok(len)) if len == size_of::<CK_CCM_WRAP_PARAMS>() => {
                    return self.ccm_wrapping(parameter);
                }
                _ => {}
            }
        }
        Ok(self.plain_wrapping(self.mechanism(place)?))
    }

    /// The mechanism of `C_WrapKeyAuthenticated`.
    pub(crate) fn authenticated_wrapping(&self, place: *const CK_MECHANISM) -> Result<Wrapping<'_>> {
        match self.parameter(place).filter(|parameter| self.is_message(*parameter)) {
            Some(parameter) => {
                let message =
                    self.message(parameter.start, parameter.len).map_err(|_| parameter.invalid())?;
                self.message_wrapping(parameter, message)
            }
            None => self.wrapping(place),
        }
    }

    /// The mechanism of `C_UnwrapKeyAuthenticated`, with the tag that the caller brings.
    pub(crate) fn authenticated_unwrapping(&self, place: *const CK_MECHANISM) -> Result<Wrapping<'_>> {
        match self.parameter(place).filter(|parameter| self.is_message(*parameter)) {
            Some(parameter) => {
                let message = self.tagged_message(parameter.start, parameter.len);
                self.message_wrapping(parameter, message.map_err(|_| parameter.invalid())?)
            }
            None => self.wrapping(place),
        }
    }

    fn parameter(&self, place: *const CK_MECHANISM) -> Option<Parameter> {
        let given = self.read(place)?;
        let mechanism = MechanismType(given.mechanism);
        Some(Parameter { mechanism, start: given.pParameter, len: given.ulParameterLen })
    }

    /// Whether a parameter is a message's. That of GCM is as long as `CK_GCM_PARAMS`, which programs give as well. Where
    /// one has the number of a generator, the other has an address, and nothing lies on a process's first page; or NULL,
    /// before a length of zero where the first has the address of a tag.
    fn is_message(&self, parameter: Parameter) -> bool {
        let len = usize::try_from(parameter.len).unwrap_or(usize::MAX);
        match parameter.mechanism {
            MechanismType::AES_GCM if len == size_of::<CK_GCM_MESSAGE_PARAMS>() => {
                let given: Option<CK_GCM_MESSAGE_PARAMS> = self.read(parameter.start.cast());
                given.is_some_and(|given| match given.ivGenerator {
                    CKG_NO_GENERATE => !given.pTag.is_null(),
                    code => code < FIRST_PAGE,
                })
            }
            MechanismType::AES_CCM => len == size_of::<CK_CCM_MESSAGE_PARAMS>(),
            MechanismType::CHACHA20_POLY1305 => len == size_of::<CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS>(),
            _ => false,
        }
    }

    fn message_wrapping(&self, parameter: Parameter, message: Message<'_>) -> Result<Wrapping<'_>> {
        let aad = Vec::new();
        let (iv, tag_len) = (message.iv, message.tag.len());
        let parameters = match (parameter.mechanism, message.data_len) {
            (MechanismType::AES_GCM, None) => Parameters::Gcm { iv, aad, tag_len },
            (MechanismType::AES_CCM, Some(data_len)) => Parameters::Ccm { data_len, nonce: iv, aad, tag_len },
            (MechanismType::CHACHA20_POLY1305, None) => Parameters::ChaCha20Poly1305 { nonce: iv, aad },
            _ => return Err(parameter.invalid()),
        };
        if message.tag_place.is_null() {
            return Err(parameter.invalid());
        }
        Ok(Wrapping {
            iv_place: message.iv_place,
            generator: message.generator,
            fixed_bits: message.fixed_bits,
            tag: message.tag,
            tag_place: message.tag_place,
            ..self.plain_wrapping(MechanismCall { mechanism: parameter.mechanism, parameters })
        })
    }

    fn plain_wrapping(&self, call: MechanismCall) -> Wrapping<'_> {
        Wrapping {
            caller: self,
            call,
            iv_place: ptr::null_mut(),
            generator: IvGenerator::Caller,
            fixed_bits: 0,
            tag: Vec::new(),
            tag_place: ptr::null_mut(),
        }
    }

    fn gcm_wrapping(&self, parameter: Parameter) -> Result<Wrapping<'_>> {
        let given: CK_GCM_WRAP_PARAMS = self.structure(parameter)?;
        let parameters = Parameters::Gcm {
            iv: self.short_iv(parameter, given.pIv, given.ulIvLen)?,
            aad: self.field(parameter, given.pAAD, given.ulAADLen)?.to_vec(),
            tag_len: bytes_of_bits(parameter, given.ulTagBits)?,
        };
        Ok(Wrapping {
            iv_place: given.pIv,
            generator: generator(given.ivGenerator).map_err(|_| parameter.invalid())?,
            fixed_bits: number(parameter, given.ulIvFixedBits)?,
            ..self.plain_wrapping(MechanismCall { mechanism: parameter.mechanism, parameters })
        })
    }

    fn ccm_wrapping(&self, parameter: Parameter) -> Result<Wrapping<'_>> {
        let given: CK_CCM_WRAP_PARAMS = self.structure(parameter)?;
        let parameters = Parameters::Ccm {
            data_len: number(parameter, given.ulDataLen)?,
            nonce: self.short_iv(parameter, given.pNonce, given.ulNonceLen)?,
            aad: self.field(parameter, given.pAAD, given.ulAADLen)?.to_vec(),
            tag_len: number(parameter, given.ulMACLen)?,
        };
        Ok(Wrapping {
            iv_place: given.pNonce,
            generator: generator(given.nonceGenerator).map_err(|_| parameter.invalid())?,
            fixed_bits: number(parameter, given.ulNonceFixedBits)?,
            ..self.plain_wrapping(MechanismCall { mechanism: parameter.mechanism, parameters })
        })
    }
}

impl Wrapping<'_> {
    /// The mechanism as it is, to unwrap with: who made its initialisation vector does not matter any more.
    pub(crate) fn into_call(self) -> MechanismCall {
        self.call
    }

    /// A wrapped key with its tag behind it.
    pub(crate) fn with_tag(&self, wrapped: &[u8]) -> Vec<u8> {
        [wrapped, &self.tag].concat()
    }

    /// Makes the initialisation vector, if the token has to.
    pub(crate) fn prepare(&mut self, session: &Session) -> Result<()> {
        let mechanism = self.call.mechanism;
        if let Parameters::Gcm { iv, .. }
        | Parameters::Ccm { nonce: iv, .. }
        | Parameters::ChaCha20Poly1305 { nonce: iv, .. } = &mut self.call.parameters
        {
            session.wrapping_iv(mechanism, iv, self.fixed_bits, self.generator)?;
        }
        Ok(())
    }

    /// Wraps a key.
    pub(crate) fn wrap(
        &self,
        session: &Session,
        keys: (ObjectHandle, ObjectHandle),
        out: Output<'_>,
    ) -> portcullis_token::Result<usize> {
        session.wrap_key(self.call.clone(), keys.0, keys.1, out)
    }

    /// Wraps a key and authenticates something beside it.
    pub(crate) fn wrap_authenticated(
        &mut self,
        session: &Session,
        keys: (ObjectHandle, ObjectHandle),
        associated: &[u8],
        out: Output<'_>,
    ) -> portcullis_token::Result<usize> {
        session.wrap_key_tagged(self.call.clone(), keys, associated, &mut self.tag, out)
    }

    /// Gives the caller the initialisation vector and the tag that were made. A vector that the caller made is never
    /// written, as it may lie where nothing can be.
    pub(crate) fn give(&self) -> Result<()> {
        self.caller.fill(self.tag_place, &self.tag)?;
        match &self.call.parameters {
            Parameters::Gcm { iv, .. } | Parameters::Ccm { nonce: iv, .. }
                if self.generator != IvGenerator::Caller =>
            {
                self.caller.fill(self.iv_place, iv)
            }
            _ => Ok(()),
        }
    }
}
