//! An encryption or decryption in the making, whole or in parts. The calls are in `encrypt` and `decrypt`; when an
//! operation goes on and when it ends, in `cell`.

use alloc::boxed::Box;

use super::cell::{Cell, Output, Step};
use super::keyed::{Capability, Keyed};
use super::wiped::Wiped;
use crate::engine::{CipherStream, Decrypting, Encrypting, LoadedKey, Mechanism};
use crate::token::Shared;
use crate::{EngineError, Error, MechanismCall, Result};

/// Which way the data goes, and who moves it.
#[derive(Clone, Copy)]
pub(super) enum Cipher {
    Encrypts(&'static dyn Encrypting),
    Decrypts(&'static dyn Decrypting),
}

/// An encryption or decryption in the making.
pub(super) struct CipherOperation {
    pub(super) keyed: Keyed,
    cipher: Cipher,
    state: State,
}

/// What of the data is here.
enum State {
    /// None so far.
    Untouched,
    /// It went through the engine part by part.
    Streamed(Box<dyn CipherStream>),
    /// All of it, for an engine that needs it whole.
    Collected(Wiped),
    /// All of it went through the engine, and the end of the answer waits for a buffer that is long enough.
    Answered(Wiped),
}

impl Cipher {
    pub(super) fn encrypts(mechanism: &'static dyn Mechanism) -> Option<Capability<Self>> {
        mechanism.encrypting().map(|encrypting| (Self::Encrypts(encrypting), encrypting.loader()))
    }

    pub(super) fn decrypts(mechanism: &'static dyn Mechanism) -> Option<Capability<Self>> {
        mechanism.decrypting().map(|decrypting| (Self::Decrypts(decrypting), decrypting.loader()))
    }

    pub(super) fn check(self, call: &MechanismCall, key: &LoadedKey) -> Result<()> {
        let outcome = match self {
            Self::Encrypts(encrypting) => encrypting.check(key, &call.parameters),
            Self::Decrypts(decrypting) => decrypting.check(key, &call.parameters),
        };
        outcome.map_err(|error| self.error(call, error))
    }

    /// The length of the answer to `len` bytes; the most it can be, for a decryption.
    pub(super) fn answer_len(self, call: &MechanismCall, key: &LoadedKey, len: usize) -> Result<usize> {
        let outcome = match self {
            Self::Encrypts(encrypting) => encrypting.encrypted_len(key, &call.parameters, len),
            Self::Decrypts(decrypting) => decrypting.decrypted_len(key, &call.parameters, len),
        };
        outcome.map_err(|error| self.error(call, error))
    }

    /// The answer to whole data, into `place` of [`answer_len`](Self::answer_len) bytes; how many were used.
    pub(super) fn run(
        self,
        call: &MechanismCall,
        key: &LoadedKey,
        data: &[u8],
        place: &mut [u8],
        token: &Shared,
    ) -> Result<usize> {
        let (parameters, random) = (&call.parameters, &*token.random);
        let outcome = match self {
            Self::Encrypts(encrypting) => {
                encrypting.encrypt(key, parameters, data, place, random).map(|()| place.len())
            }
            Self::Decrypts(decrypting) => decrypting.decrypt(key, parameters, data, place, random),
        };
        outcome.map_err(|error| self.error(call, error))
    }

    fn stream(self, call: &MechanismCall, key: &LoadedKey) -> Option<Box<dyn CipherStream>> {
        match self {
            Self::Encrypts(encrypting) => encrypting.stream(key, &call.parameters),
            Self::Decrypts(decrypting) => decrypting.stream(key, &call.parameters),
        }
    }

    /// Ciphertexts have their own names for what is wrong with them.
    fn error(self, call: &MechanismCall, error: EngineError) -> Error {
        match (self, error) {
            (Self::Decrypts(_), EngineError::DataLength) => Error::EncryptedDataLength,
            (_, EngineError::Unsupported) => Error::KeyTypeInconsistent(call.mechanism),
            (_, error) => super::engine_error(call.mechanism)(error),
        }
    }
}

impl CipherOperation {
    /// An operation with a key whose parameters the [cipher has checked](Cipher::check).
    pub(super) fn new(keyed: Keyed, cipher: Cipher) -> Self {
        Self { keyed, cipher, state: State::Untouched }
    }

    /// How long the answer to whole data is, as [`Cell::fill`](super::cell::Cell::fill) asks. A decryption has to
    /// be made to know it where the caller has less room than it may need.
    pub(super) fn whole_len(&mut self, data: &[u8], room: Option<usize>, token: &Shared) -> Result<usize> {
        let most = self.cipher.answer_len(&self.keyed.call, self.keyed.key(), data.len())?;
        match (self.cipher, room) {
            (Cipher::Decrypts(_), Some(room)) if room < most => {
                let answer = Wiped::filled(most, |place| self.run(data, place, token))?;
                let len = answer.len();
                self.state = State::Answered(answer);
                Ok(len)
            }
            _ => {
                self.state = State::Untouched;
                Ok(most)
            }
        }
    }

    /// The answer to whole data, after [`whole_len`](Self::whole_len).
    pub(super) fn whole(&mut self, data: &[u8], place: &mut [u8], token: &Shared) -> Result<usize> {
        match &self.state {
            State::Answered(answer) => copy(answer, place),
            State::Untouched | State::Streamed(_) | State::Collected(_) => self.run(data, place, token),
        }
    }

    /// How long the answer to the next part is.
    pub(super) fn part_len(&mut self, len: usize) -> Result<usize> {
        if matches!(self.state, State::Untouched) {
            self.state = match self.cipher.stream(&self.keyed.call, self.keyed.key()) {
                Some(stream) => State::Streamed(stream),
                None => State::Collected(Wiped::default()),
            };
        }
        match &self.state {
            State::Streamed(stream) => {
                stream.update_len(len).map_err(|error| self.cipher.error(&self.keyed.call, error))
            }
            State::Untouched | State::Collected(_) => Ok(0),
            // The last part has been given; what is left is to fetch the answer.
            State::Answered(_) => Err(Error::OperationActive),
        }
    }

    /// Takes the next part, after [`part_len`](Self::part_len).
    pub(super) fn part(&mut self, part: &[u8], place: &mut [u8]) -> Result<usize> {
        let (cipher, call) = (self.cipher, &self.keyed.call);
        match &mut self.state {
            State::Streamed(stream) => {
                stream.update(part, place).map_err(|error| cipher.error(call, error))?;
                Ok(place.len())
            }
            State::Collected(data) => {
                data.push(part);
                Ok(0)
            }
            State::Untouched | State::Answered(_) => Err(Error::OperationActive),
        }
    }

    /// How long the rest of the answer is, as [`Cell::fill`](super::cell::Cell::fill) asks. Where the caller has
    /// less room than the rest may need, it is made and held back.
    pub(super) fn rest_len(&mut self, room: Option<usize>, token: &Shared) -> Result<usize> {
        let most = self.most_rest()?;
        if matches!(self.state, State::Answered(_)) || room.is_none_or(|room| room >= most) {
            return Ok(most);
        }
        if let (Cipher::Encrypts(_), State::Collected(_) | State::Untouched) = (self.cipher, &self.state) {
            return Ok(most);
        }
        let rest = Wiped::filled(most, |place| self.rest(place, token))?;
        let len = rest.len();
        self.state = State::Answered(rest);
        Ok(len)
    }

    /// The rest of the answer, after [`rest_len`](Self::rest_len).
    pub(super) fn rest(&mut self, place: &mut [u8], token: &Shared) -> Result<usize> {
        match core::mem::replace(&mut self.state, State::Untouched) {
            State::Answered(rest) => copy(&rest, place),
            State::Streamed(stream) => {
                stream.finish(place).map_err(|error| self.cipher.error(&self.keyed.call, error))
            }
            State::Collected(data) => self.run(&data, place, token),
            State::Untouched => self.run(&[], place, token),
        }
    }

    fn most_rest(&self) -> Result<usize> {
        let (call, key) = (&self.keyed.call, self.keyed.key());
        match &self.state {
            State::Answered(rest) => Ok(rest.len()),
            State::Streamed(stream) => stream.finish_len().map_err(|error| self.cipher.error(call, error)),
            State::Collected(data) => self.cipher.answer_len(call, key, data.len()),
            State::Untouched => self.cipher.answer_len(call, key, 0),
        }
    }

    fn run(&self, data: &[u8], place: &mut [u8], token: &Shared) -> Result<usize> {
        self.cipher.run(&self.keyed.call, self.keyed.key(), data, place, token)
    }
}

/// Copies a whole answer to the place that was made for it.
fn copy(answer: &[u8], place: &mut [u8]) -> Result<usize> {
    let start = place.get_mut(..answer.len()).ok_or(Error::BufferTooSmall { needed: answer.len() })?;
    start.copy_from_slice(answer);
    Ok(answer.len())
}

/// The answer to whole data.
pub(super) fn whole(
    token: &Shared,
    cell: &mut Cell<CipherOperation>,
    data: &[u8],
    out: Output<'_>,
) -> Result<usize> {
    cell.ready(|operation| operation.keyed.check_ready())?;
    cell.fill(
        Step::Whole,
        out,
        |operation, room| operation.whole_len(data, room, token),
        |operation, place| {
            let used = operation.whole(data, place, token)?;
            operation.keyed.give(token, place)?;
            Ok(used)
        },
    )
}

/// The answer to a part. Who else needs the part or its answer is told before the caller has it.
pub(super) fn part(
    token: &Shared,
    cell: &mut Cell<CipherOperation>,
    part: &[u8],
    out: Output<'_>,
    tell: impl FnOnce(&[u8]) -> Result<()>,
) -> Result<usize> {
    cell.ready(|operation| operation.keyed.check_part())?;
    cell.fill(
        Step::Part,
        out,
        |operation, _| operation.part_len(part.len()),
        |operation, place| {
            let used = operation.part(part, place)?;
            operation.keyed.give(token, place)?;
            tell(place.get(..used).unwrap_or_default())?;
            Ok(used)
        },
    )
}

/// The rest of the answer.
pub(super) fn rest(token: &Shared, cell: &mut Cell<CipherOperation>, out: Output<'_>) -> Result<usize> {
    cell.ready(|operation| operation.keyed.check_part())?;
    cell.fill(
        Step::Last,
        out,
        |operation, room| operation.rest_len(room, token),
        |operation, place| {
            let used = operation.rest(place, token)?;
            operation.keyed.give(token, place)?;
            Ok(used)
        },
    )
}
