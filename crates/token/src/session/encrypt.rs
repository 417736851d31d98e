//! Encryption: `C_EncryptInit`, `C_Encrypt`, `C_EncryptUpdate`, `C_EncryptFinal` (PKCS #11 v3.2 section 5.8).

use alloc::vec::Vec;

use super::cell::Output;
use super::cipher::{Cipher, CipherOperation};
use super::{OperationKind, Session};
use crate::object::ObjectHandle;
use crate::{AttributeType, MechanismCall, Result};

impl Session {
    /// Starts an encryption (`C_EncryptInit`).
    ///
    /// # Errors
    /// That the key can't be seen or may not encrypt so, [`Error::MechanismParamInvalid`](crate::Error), or that
    /// an encryption is already running.
    pub fn encrypt_init(&self, call: impl Into<MechanismCall>, key: ObjectHandle) -> Result<()> {
        let view = self.view()?;
        let mut operations = self.operations();
        operations.encrypt.check_idle()?;
        let (keyed, cipher) =
            self.keyed(&view, call.into(), key, AttributeType::Encrypt, Cipher::encrypts)?;
        operations.asked = Some(OperationKind::Encrypt);
        operations.encrypt.start(CipherOperation::new(keyed, cipher)?)
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
        self.view()?;
        super::cipher::whole(&self.token, &mut self.operations().encrypt, data, out)
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
        self.view()?;
        super::cipher::part(&self.token, &mut self.operations().encrypt, part, out, |_| Ok(()))
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
        self.view()?;
        super::cipher::rest(&self.token, &mut self.operations().encrypt, out)
    }
}
