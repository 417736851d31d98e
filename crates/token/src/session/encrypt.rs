//! Encryption: `C_EncryptInit`, `C_Encrypt`, `C_EncryptUpdate`, `C_EncryptFinal`, and message by message
//! (PKCS #11 v3.2 sections 5.8 and 5.9).

use alloc::vec::Vec;

use super::cell::Output;
use super::cipher::{Cipher, CipherOperation};
use super::keyed::Keyed;
use super::{CipherMessage, OperationKind, Session};
use crate::object::ObjectHandle;
use crate::{AttributeType, MechanismCall, MechanismType, Result};

impl Session {
    /// Starts an encryption (`C_EncryptInit`).
    ///
    /// # Errors
    /// That the key can't be seen or may not encrypt so, [`Error::MechanismParamInvalid`](crate::Error), or that
    /// an encryption is already running.
    pub fn encrypt_init(&self, call: impl Into<MechanismCall>, key: ObjectHandle) -> Result<()> {
        let call = call.into();
        let mut operations = self.operations()?;
        operations.encrypt.check_idle()?;
        let (ready, cipher) =
            self.ready(&mut operations, call.mechanism, key, AttributeType::Encrypt, Cipher::encrypts)?;
        operations.asked = Some(OperationKind::Encrypt);
        cipher.check(&call, ready.key())?;
        operations.encrypt.start(CipherOperation::new(Keyed::new(call, ready), cipher))
    }

    /// Encrypts whole data (`C_Encrypt`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`](crate::Error), also after a logout; what the engine says of the
    /// data.
    pub fn encrypt(&self, data: &[u8]) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        self.encrypt_into(data, Output::Vec(&mut answer))?;
        Ok(answer)
    }

    /// Encrypts whole data into its place, or says how long the answer is (`C_Encrypt`); the answer's length.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt), and [`Error::BufferTooSmall`](crate::Error).
    pub fn encrypt_into(&self, data: &[u8], out: Output<'_>) -> Result<usize> {
        super::cipher::whole(&self.token, &mut self.operations()?.encrypt, data, out)
    }

    /// Takes the next part and gives what is ready (`C_EncryptUpdate`).
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt).
    pub fn encrypt_update(&self, part: &[u8]) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        self.encrypt_update_into(part, Output::Vec(&mut answer))?;
        Ok(answer)
    }

    /// Takes the next part and gives what is ready into its place, or says how long that is, and then takes nothing
    /// (`C_EncryptUpdate`). Where the engine needs the data whole, nothing is ready before the end.
    ///
    /// # Errors
    /// As [`encrypt_into`](Self::encrypt_into).
    pub fn encrypt_update_into(&self, part: &[u8], out: Output<'_>) -> Result<usize> {
        super::cipher::part(&self.token, &mut self.operations()?.encrypt, part, out, |_| Ok(()))
    }

    /// Gives the rest (`C_EncryptFinal`).
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt).
    pub fn encrypt_final(&self) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        self.encrypt_final_into(Output::Vec(&mut answer))?;
        Ok(answer)
    }

    /// Gives the rest into its place, or says how long that is (`C_EncryptFinal`).
    ///
    /// # Errors
    /// As [`encrypt_into`](Self::encrypt_into).
    pub fn encrypt_final_into(&self, out: Output<'_>) -> Result<usize> {
        super::cipher::rest(&self.token, &mut self.operations()?.encrypt, out)
    }

    /// Starts encrypting messages (`C_MessageEncryptInit`).
    ///
    /// # Errors
    /// As [`encrypt_init`](Self::encrypt_init); [`Error::MechanismInvalid`](crate::Error) for a mechanism without a tag.
    pub fn message_encrypt_init(&self, mechanism: MechanismType, key: ObjectHandle) -> Result<()> {
        self.message_init(
            OperationKind::MessageEncrypt,
            |operations| &mut operations.message_encrypt,
            mechanism,
            key,
        )
    }

    /// Encrypts a whole message into its place, or says how long that must be (`C_EncryptMessage`). The tag is written to its place.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`](crate::Error), [`Error::OperationActive`](crate::Error) while another comes
    /// in parts, what the engine says of the parameters. The next message may follow.
    pub fn encrypt_message_into(
        &self,
        message: &mut CipherMessage<'_>,
        aad: &[u8],
        plaintext: &[u8],
        out: Output<'_>,
    ) -> Result<usize> {
        self.message_whole(|operations| &mut operations.message_encrypt, message, aad, plaintext, out)
    }

    /// Starts a message in parts (`C_EncryptMessageBegin`).
    ///
    /// # Errors
    /// As [`encrypt_message_into`](Self::encrypt_message_into).
    pub fn encrypt_message_begin(&self, message: &mut CipherMessage<'_>, aad: &[u8]) -> Result<()> {
        self.message_begin(|operations| &mut operations.message_encrypt, message, aad)
    }

    /// Takes a part of the message that is not its last and gives nothing yet (`C_EncryptMessageNext`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`](crate::Error).
    pub fn encrypt_message_next_into(&self, part: &[u8], out: Output<'_>) -> Result<usize> {
        self.message_part(|operations| &mut operations.message_encrypt, part, out)
    }

    /// Takes the last part and gives the whole message's ciphertext (`C_EncryptMessageNext` with
    /// `CKF_END_OF_MESSAGE`). Of `message` only the tag counts.
    ///
    /// # Errors
    /// As [`encrypt_message_into`](Self::encrypt_message_into).
    pub fn encrypt_message_last_into(
        &self,
        message: &mut CipherMessage<'_>,
        part: &[u8],
        out: Output<'_>,
    ) -> Result<usize> {
        self.message_last(|operations| &mut operations.message_encrypt, message, part, out)
    }

    /// Ends encrypting messages (`C_MessageEncryptFinal`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`](crate::Error), [`Error::OperationActive`](crate::Error) while a message comes
    /// in parts.
    pub fn message_encrypt_final(&self) -> Result<()> {
        self.message_final(|operations| &mut operations.message_encrypt)
    }
}
