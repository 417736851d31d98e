//! Ciphers message by message: `C_MessageEncryptInit`, `C_EncryptMessage...`, `C_MessageEncryptFinal` and the same for
//! decryption (PKCS #11 v3.2 sections 5.9 and 5.11). The key stays; each message has its own initialisation vector,
//! other data and tag, and the tag is kept apart from the ciphertext.
//!
//! A message that comes in parts is collected: what was not authenticated is never given out, and an engine's stream
//! has no place for a tag of its own. A failure ends the message and not the whole. Where initialisation vectors come
//! from is in `iv`.

use alloc::vec::Vec;

use super::cell::{Cell, Output, Step};
use super::cipher::Cipher;
use super::iv::{IvGenerator, IvState};
use super::keyed::Keyed;
use super::wiped::Wiped;
use super::{OperationKind, Operations, Session};
use crate::engine::Mechanism;
use crate::object::ObjectHandle;
use crate::token::Shared;
use crate::{AttributeType, EngineError, Error, MechanismCall, MechanismType, Parameters, Result};

/// What goes with one message (`CK_GCM_MESSAGE_PARAMS`, `CK_CCM_MESSAGE_PARAMS`,
/// `CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS`).
#[derive(Debug)]
pub struct CipherMessage<'a> {
    /// The initialisation vector or nonce. An encryption writes the one it made.
    pub iv: &'a mut [u8],
    /// Where an encryption takes it from.
    pub generator: IvGenerator,
    /// How many of its first bits are the caller's even so.
    pub fixed_bits: usize,
    /// The tag. An encryption writes it; its length is the wanted one.
    pub tag: &'a mut [u8],
    /// The length of the plaintext, where the mechanism wants it said (CCM).
    pub data_len: Option<usize>,
}

/// Messages being encrypted or decrypted under one key.
pub(super) struct MessageCipher {
    pub(super) keyed: Keyed,
    cipher: Cipher,
    ivs: IvState,
    begun: Option<Begun>,
}

/// A message that comes in parts.
struct Begun {
    iv: Vec<u8>,
    aad: Vec<u8>,
    data: Wiped,
}

/// Whether a mechanism takes messages: it has an initialisation vector and a tag that can be told from the rest.
pub(crate) fn takes_messages(mechanism: &dyn Mechanism) -> bool {
    parameters(mechanism.id(), &[], &[], 0, 0).is_some()
}

fn parameters(
    mechanism: MechanismType,
    iv: &[u8],
    aad: &[u8],
    tag_len: usize,
    data_len: usize,
) -> Option<Parameters> {
    let (iv, aad) = (iv.to_vec(), aad.to_vec());
    match mechanism {
        MechanismType::AES_GCM => Some(Parameters::Gcm { iv, aad, tag_len }),
        MechanismType::AES_CCM => Some(Parameters::Ccm { data_len, nonce: iv, aad, tag_len }),
        MechanismType::CHACHA20_POLY1305 => Some(Parameters::ChaCha20Poly1305 { nonce: iv, aad }),
        _ => None,
    }
}

impl MessageCipher {
    fn check_not_begun(&self) -> Result<()> {
        if self.begun.is_some() { Err(Error::OperationActive) } else { Ok(()) }
    }

    fn check_ready(&self) -> Result<()> {
        self.keyed.check_ready()?;
        self.check_not_begun()
    }

    fn begun(&mut self) -> Result<&mut Begun> {
        self.begun.as_mut().ok_or(Error::OperationNotInitialized)
    }

    /// Makes the initialisation vector, where that is the token's.
    fn make_iv(&mut self, message: &mut CipherMessage<'_>, token: &Shared) -> Result<()> {
        match self.cipher {
            Cipher::Encrypts(_) => {
                let invalid = Error::MechanismParamInvalid(self.keyed.call.mechanism);
                self.ivs.make(message.iv, message.fixed_bits, message.generator, &*token.random, invalid)
            }
            Cipher::Decrypts(_) => Ok(()),
        }
    }

    /// The answer to a message of which all is here, into `place` of as many bytes.
    fn run(
        &self,
        message: &mut CipherMessage<'_>,
        (iv, aad): (&[u8], &[u8]),
        data: &[u8],
        place: &mut [u8],
        token: &Shared,
    ) -> Result<usize> {
        let (key, mechanism) = (self.keyed.key(), self.keyed.call.mechanism);
        let tag_len = message.tag.len();
        if message.data_len.is_some_and(|said| said != data.len()) {
            return Err(Error::MechanismParamInvalid(mechanism));
        }
        let parameters = parameters(mechanism, iv, aad, tag_len, data.len());
        let parameters = parameters.ok_or(Error::MechanismInvalid(mechanism))?;
        let call = MechanismCall { mechanism, parameters };
        self.cipher.check(&call, key)?;
        match self.cipher {
            Cipher::Encrypts(_) => {
                let len = self.cipher.answer_len(&call, key, data.len())?;
                let answer = Wiped::filled(len, |whole| self.cipher.run(&call, key, data, whole, token))?;
                let (ciphertext, tag) = answer.split_at_checked(place.len()).ok_or(EngineError::Failed)?;
                if tag.len() != tag_len {
                    return Err(Error::MechanismParamInvalid(mechanism));
                }
                place.copy_from_slice(ciphertext);
                message.tag.copy_from_slice(tag);
                Ok(place.len())
            }
            Cipher::Decrypts(_) => {
                let whole = [data, &*message.tag].concat();
                if self.cipher.answer_len(&call, key, whole.len())? != place.len() {
                    return Err(Error::MechanismParamInvalid(mechanism));
                }
                self.cipher.run(&call, key, &whole, place, token).map_err(|error| match error {
                    Error::Engine(EngineError::DecryptionFailed) => Error::MessageForged,
                    error => error,
                })
            }
        }
    }
}

/// Which of the two cells a call is about.
type Chosen = fn(&mut Operations) -> &mut Cell<MessageCipher>;

impl Session {
    pub(super) fn message_init(
        &self,
        kind: OperationKind,
        chosen: Chosen,
        mechanism: MechanismType,
        key: ObjectHandle,
    ) -> Result<()> {
        let mut operations = self.operations()?;
        chosen(&mut operations).check_idle()?;
        let (used_to, capability): (_, fn(_) -> _) = match kind {
            OperationKind::MessageEncrypt => (AttributeType::Encrypt, Cipher::encrypts),
            _ => (AttributeType::Decrypt, Cipher::decrypts),
        };
        let (ready, cipher) = self.ready(&mut operations, mechanism, key, used_to, |mechanism| {
            capability(mechanism).filter(|_| takes_messages(mechanism))
        })?;
        operations.asked = Some(kind);
        let keyed = Keyed::new(mechanism.into(), ready);
        let operation = MessageCipher { keyed, cipher, ivs: IvState::default(), begun: None };
        chosen(&mut operations).start(operation)
    }

    pub(super) fn message_final(&self, chosen: Chosen) -> Result<()> {
        let mut operations = self.operations()?;
        let cell = chosen(&mut operations);
        cell.current()?.check_not_begun()?;
        cell.cancel();
        Ok(())
    }

    /// One message, whole.
    pub(super) fn message_whole(
        &self,
        chosen: Chosen,
        message: &mut CipherMessage<'_>,
        aad: &[u8],
        data: &[u8],
        out: Output<'_>,
    ) -> Result<usize> {
        let mut operations = self.operations()?;
        let cell = chosen(&mut operations);
        cell.current()?.check_ready()?;
        let token = &*self.token;
        cell.fill(
            Step::Message,
            out,
            |_, _| Ok(data.len()),
            |operation, place| {
                operation.make_iv(message, token)?;
                let iv = message.iv.to_vec();
                let used = operation.run(message, (&iv, aad), data, place, token);
                operation.keyed.ask_again();
                operation.keyed.give(token, place)?;
                used
            },
        )
    }

    /// Starts a message in parts.
    pub(super) fn message_begin(
        &self,
        chosen: Chosen,
        message: &mut CipherMessage<'_>,
        aad: &[u8],
    ) -> Result<()> {
        let mut operations = self.operations()?;
        let operation = chosen(&mut operations).current()?;
        operation.check_ready()?;
        operation.make_iv(message, &self.token)?;
        let (iv, aad) = (message.iv.to_vec(), aad.to_vec());
        operation.begun = Some(Begun { iv, aad, data: Wiped::default() });
        Ok(())
    }

    /// Takes a part; nothing is given before the end.
    pub(super) fn message_part(&self, chosen: Chosen, part: &[u8], out: Output<'_>) -> Result<usize> {
        let mut operations = self.operations()?;
        let cell = chosen(&mut operations);
        cell.current()?.begun()?;
        cell.fill(
            Step::Message,
            out,
            |_, _| Ok(0),
            |operation, _| {
                operation.begun()?.data.push(part);
                Ok(0)
            },
        )
    }

    /// Takes the last part and gives the whole answer.
    pub(super) fn message_last(
        &self,
        chosen: Chosen,
        message: &mut CipherMessage<'_>,
        part: &[u8],
        out: Output<'_>,
    ) -> Result<usize> {
        let mut operations = self.operations()?;
        let cell = chosen(&mut operations);
        let len = cell.current()?.begun()?.data.len().saturating_add(part.len());
        let token = &*self.token;
        cell.fill(
            Step::Message,
            out,
            |_, _| Ok(len),
            |operation, place| {
                let Begun { iv, aad, mut data } =
                    operation.begun.take().ok_or(Error::OperationNotInitialized)?;
                data.push(part);
                let used = operation.run(message, (&iv, &aad), &data, place, token);
                operation.keyed.ask_again();
                operation.keyed.give(token, place)?;
                used
            },
        )
    }
}
