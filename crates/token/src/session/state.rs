//! Saving a digest in the making and going on with it elsewhere: `C_GetOperationState`, `C_SetOperationState`
//! (PKCS #11 v3.2 section 5.6.5). Operations with keys are not saved: what one holds must not leave the token.
//!
//! A saved state is, with numbers big-endian: four bytes that say what it is, its format (1 byte), whether a part
//! was taken (1 byte), the mechanism (8 bytes), the engine's own state, and the first 16 bytes of the SHA-256 of all
//! before. The check finds damage; who can change a state can as well digest something else.

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use super::Session;
use super::cell::{Cell, Output};
use super::digest::DigestOperation;
use crate::engine::Mechanism;
use crate::{Error, MechanismType, Result};

const MAGIC: [u8; 4] = *b"PCDS";
const FORMAT: u8 = 1;
const CHECK_LEN: usize = 16;

impl Session {
    /// The state of the session's digest (`C_GetOperationState`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`] when nothing is running, [`Error::StateUnsaveable`] when something else than
    /// a digest is, when a key went into it, or when the engine can't save it.
    pub fn operation_state(&self) -> Result<Vec<u8>> {
        let mut state = Vec::new();
        self.operation_state_into(Output::Vec(&mut state))?;
        Ok(state)
    }

    /// The state of the session's digest into its place, or how long it is (`C_GetOperationState`).
    ///
    /// # Errors
    /// As [`operation_state`](Self::operation_state), and [`Error::BufferTooSmall`].
    pub fn operation_state_into(&self, out: Output<'_>) -> Result<usize> {
        let mut operations = self.operations()?;
        if operations.has_keyed() {
            return Err(Error::StateUnsaveable);
        }
        let streaming = matches!(operations.digest, Cell::Streaming(_));
        let digest = operations.digest.current()?;
        let state = digest.state().ok_or(Error::StateUnsaveable)?;
        let answer = encode(digest.mechanism, streaming, &state);
        match out {
            Output::Length => Ok(answer.len()),
            out => out.put(&answer),
        }
    }

    /// Goes on with a saved digest, in place of whatever digest is running (`C_SetOperationState`).
    ///
    /// # Errors
    /// [`Error::SavedStateInvalid`], also for one that the engine can't go on with.
    pub fn set_operation_state(&self, saved: &[u8]) -> Result<()> {
        let (mechanism, streaming, state) = parse(saved).ok_or(Error::SavedStateInvalid)?;
        let digesting = self.mechanism(mechanism).ok().and_then(<dyn Mechanism>::digesting);
        let digesting = digesting.ok_or(Error::SavedStateInvalid)?;
        let digest = DigestOperation::resume(mechanism, digesting, state);
        let digest = digest.map_err(|_| Error::SavedStateInvalid)?;
        self.operations()?.digest = if streaming { Cell::Streaming(digest) } else { Cell::Ready(digest) };
        Ok(())
    }
}

fn encode(mechanism: MechanismType, streaming: bool, state: &[u8]) -> Vec<u8> {
    let mut saved = MAGIC.to_vec();
    saved.extend([FORMAT, streaming.into()]);
    saved.extend(mechanism.0.to_be_bytes());
    saved.extend(state);
    let check = check(&saved);
    saved.extend(check);
    saved
}

/// The mechanism, whether a part was taken, and the engine's own state.
fn parse(saved: &[u8]) -> Option<(MechanismType, bool, &[u8])> {
    let (body, given) = saved.split_last_chunk::<CHECK_LEN>()?;
    let (magic, rest) = body.split_first_chunk::<4>()?;
    let ([format, streaming], rest) = rest.split_first_chunk::<2>()?;
    let (mechanism, state) = rest.split_first_chunk::<8>()?;
    let known = *magic == MAGIC && *format == FORMAT && *streaming <= 1;
    let mechanism = MechanismType(u64::from_be_bytes(*mechanism));
    (known && *given == check(body)).then_some((mechanism, *streaming == 1, state))
}

fn check(body: &[u8]) -> [u8; CHECK_LEN] {
    let digest: [u8; 32] = Sha256::digest(body).into();
    let mut check = [0; CHECK_LEN];
    check.copy_from_slice(digest.split_at(CHECK_LEN).0);
    check
}
