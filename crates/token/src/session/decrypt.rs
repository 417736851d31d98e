//! Decryption: `C_DecryptInit`, `C_Decrypt`, `C_DecryptUpdate`, `C_DecryptFinal` (PKCS #11 v3.2 section 5.10).

use alloc::vec::Vec;

use super::cell::Output;
use super::cipher::{Cipher, CipherOperation};
use super::{OperationKind, Session};
use crate::object::ObjectHandle;
use crate::{AttributeType, MechanismCall, Result};

impl Session {
    /// Starts a decryption (`C_DecryptInit`).
    ///
    /// # Errors
    /// That the key can't be seen or may not decrypt so, [`Error::MechanismParamInvalid`](crate::Error), or that
    /// a decryption is already running.
    pub fn decrypt_init(&self, call: impl Into<MechanismCall>, key: ObjectHandle) -> Result<()> {
        let view = self.view()?;
        let mut operations = self.operations();
        operations.decrypt.check_idle()?;
        let (keyed, cipher) =
            self.keyed(&view, call.into(), key, AttributeType::Decrypt, Cipher::decrypts)?;
        operations.asked = Some(OperationKind::Decrypt);
        operations.decrypt.start(CipherOperation::new(keyed, cipher)?)
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
        self.view()?;
        super::cipher::whole(&self.token, &mut self.operations().decrypt, data, out)
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
        self.view()?;
        super::cipher::part(&self.token, &mut self.operations().decrypt, part, out, |_| Ok(()))
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
        self.view()?;
        super::cipher::rest(&self.token, &mut self.operations().decrypt, out)
    }
}
