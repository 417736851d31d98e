//! Decryption: `C_DecryptInit`, `C_Decrypt`, `C_DecryptUpdate`, `C_DecryptFinal`, and message by message
//! (PKCS #11 v3.2 sections 5.10 and 5.11).

use alloc::vec::Vec;

use super::cell::Output;
use super::cipher::{Cipher, CipherOperation};
use super::keyed::Keyed;
use super::{CipherMessage, OperationKind, Session};
use crate::object::ObjectHandle;
use crate::{AttributeType, MechanismCall, MechanismType, Result};

impl Session {
    /// Starts a decryption (`C_DecryptInit`).
    ///
    /// # Errors
    /// That the key can't be seen or may not decrypt so, [`Error::MechanismParamInvalid`](crate::Error), or that
    /// a decryption is already running.
    pub fn decrypt_init(&self, call: impl Into<MechanismCall>, key: ObjectHandle) -> Result<()> {
        let call = call.into();
        let mut operations = self.operations()?;
        operations.decrypt.check_idle()?;
        let (ready, cipher) =
            self.ready(&mut operations, call.mechanism, key, AttributeType::Decrypt, Cipher::decrypts)?;
        operations.asked = Some(OperationKind::Decrypt);
        cipher.check(&call, ready.key())?;
        operations.decrypt.start(CipherOperation::new(Keyed::new(call, ready), cipher))
    }

    /// Decrypts whole data (`C_Decrypt`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`](crate::Error), also after a logout; [`Error::UserNotLoggedIn`](crate::Error)
    /// while the key waits for its user's PIN; what the engine says of the
    /// data.
    pub fn decrypt(&self, data: &[u8]) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        self.decrypt_into(data, Output::Vec(&mut answer))?;
        Ok(answer)
    }

    /// Decrypts whole data into its place, or says how long the answer may be (`C_Decrypt`); the answer's length.
    ///
    /// # Errors
    /// As [`decrypt`](Self::decrypt), and [`Error::BufferTooSmall`](crate::Error).
    pub fn decrypt_into(&self, data: &[u8], out: Output<'_>) -> Result<usize> {
        super::cipher::whole(&self.token, &mut self.operations()?.decrypt, data, out)
    }

    /// Takes the next part and gives what is ready (`C_DecryptUpdate`).
    ///
    /// # Errors
    /// As [`decrypt`](Self::decrypt).
    pub fn decrypt_update(&self, part: &[u8]) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        self.decrypt_update_into(part, Output::Vec(&mut answer))?;
        Ok(answer)
    }

    /// Takes the next part and gives what is ready into its place, or says how long that is, and then takes nothing
    /// (`C_DecryptUpdate`). Where the engine needs the data whole, nothing is ready before the end.
    ///
    /// # Errors
    /// As [`decrypt_into`](Self::decrypt_into).
    pub fn decrypt_update_into(&self, part: &[u8], out: Output<'_>) -> Result<usize> {
        super::cipher::part(&self.token, &mut self.operations()?.decrypt, part, out, |_| Ok(()))
    }

    /// Gives the rest (`C_DecryptFinal`).
    ///
    /// # Errors
    /// As [`decrypt`](Self::decrypt).
    pub fn decrypt_final(&self) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        self.decrypt_final_into(Output::Vec(&mut answer))?;
        Ok(answer)
    }

    /// Gives the rest into its place, or says how long that may be (`C_DecryptFinal`).
    ///
    /// # Errors
    /// As [`decrypt_into`](Self::decrypt_into).
    pub fn decrypt_final_into(&self, out: Output<'_>) -> Result<usize> {
        super::cipher::rest(&self.token, &mut self.operations()?.decrypt, out)
    }

    /// Starts decrypting messages (`C_MessageDecryptInit`).
    ///
    /// # Errors
    /// As [`decrypt_init`](Self::decrypt_init); [`Error::MechanismInvalid`](crate::Error) for a mechanism without a tag.
    pub fn message_decrypt_init(&self, mechanism: MechanismType, key: ObjectHandle) -> Result<()> {
        self.message_init(
            OperationKind::MessageDecrypt,
            |operations| &mut operations.message_decrypt,
            mechanism,
            key,
        )
    }

    /// Decrypts a whole message into its place, or says how long that must be (`C_DecryptMessage`). Nothing is given of a message whose tag is wrong.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`](crate::Error), [`Error::OperationActive`](crate::Error) while another comes
    /// in parts, [`Error::MessageForged`](crate::Error), what the engine says of the parameters. The next message may follow.
    pub fn decrypt_message_into(
        &self,
        message: &mut CipherMessage<'_>,
        aad: &[u8],
        ciphertext: &[u8],
        out: Output<'_>,
    ) -> Result<usize> {
        self.message_whole(|operations| &mut operations.message_decrypt, message, aad, ciphertext, out)
    }

    /// Starts a message in parts (`C_DecryptMessageBegin`).
    ///
    /// # Errors
    /// As [`decrypt_message_into`](Self::decrypt_message_into).
    pub fn decrypt_message_begin(&self, message: &mut CipherMessage<'_>, aad: &[u8]) -> Result<()> {
        self.message_begin(|operations| &mut operations.message_decrypt, message, aad)
    }

    /// Takes a part of the message that is not its last and gives nothing yet (`C_DecryptMessageNext`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`](crate::Error).
    pub fn decrypt_message_next_into(&self, part: &[u8], out: Output<'_>) -> Result<usize> {
        self.message_part(|operations| &mut operations.message_decrypt, part, out)
    }

    /// Takes the last part and gives the whole message's plaintext (`C_DecryptMessageNext` with
    /// `CKF_END_OF_MESSAGE`). Of `message` only the tag counts.
    ///
    /// # Errors
    /// As [`decrypt_message_into`](Self::decrypt_message_into).
    pub fn decrypt_message_last_into(
        &self,
        message: &mut CipherMessage<'_>,
        part: &[u8],
        out: Output<'_>,
    ) -> Result<usize> {
        self.message_last(|operations| &mut operations.message_decrypt, message, part, out)
    }

    /// Ends decrypting messages (`C_MessageDecryptFinal`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`](crate::Error), [`Error::OperationActive`](crate::Error) while a message comes
    /// in parts.
    pub fn message_decrypt_final(&self) -> Result<()> {
        self.message_final(|operations| &mut operations.message_decrypt)
    }
}
