//! What a device may have beside its medium: [`MonotonicCounter`], by which a token notices that its whole store was
//! put back, and [`DeviceSecret`], without which a stolen medium is worth nothing. Both are contracts; [`Aside`] keeps
//! them on a second medium, a chip's driver implements them on its own.

#[cfg(all(test, feature = "testkit"))]
mod tests;

use zeroize::Zeroizing;

use crate::{Change, Error, Label, ObjectStore, Result, Stamp, When};

/// A number in hardware that only ever grows (a replay-protected block of eMMC or flash, a TPM's counter, fuses).
///
/// One counter belongs to one token.
pub trait MonotonicCounter: Send + Sync {
    /// The number now.
    ///
    /// # Errors
    /// When the hardware does not answer.
    fn value(&self) -> Result<u64>;

    /// Raises the number to `value`, durably; a number that is there already, or above, stays as it is. A token
    /// raises it by one for each of its writes, except when it starts with a counter that lags behind by one.
    ///
    /// Two callers that raise to the same value at once, also of two processes, must not raise it twice.
    ///
    /// # Errors
    /// When the hardware does not answer. The number may have been raised or not.
    fn raise(&self, value: u64) -> Result<()>;
}

/// A secret that stays with the device when the medium goes: fuses, a secure element, a key of the processor's own.
pub trait DeviceSecret: Send + Sync {
    /// The secret: the same at each call for the life of the device, and no other device's. Hardware that does not
    /// give its secret away gives what it derives from it for this purpose.
    ///
    /// # Errors
    /// When the hardware does not answer.
    fn secret(&self) -> Result<Zeroizing<[u8; 32]>>;

    /// Keeps `fresh` as the secret where there is none yet. A token offers it when it is initialised, drawn at random;
    /// hardware has a secret of its own and needs none.
    ///
    /// # Errors
    /// When the hardware does not answer.
    fn keep_secret(&self, _fresh: &[u8; 32]) -> Result<()> {
        Ok(())
    }
}

const COUNTER: Label = label(b"counter");
const SECRET: Label = label(b"device-secret");

const fn label(name: &[u8]) -> Label {
    match Label::new(name) {
        Ok(label) => label,
        Err(_) => panic!("these labels are short"),
    }
}

/// A counter and a secret on a second medium that stays with the device: a soldered chip where the token is on a
/// card, a protected partition, a file outside of what is backed up.
///
/// It is worth what that medium is: who can put both media back is not noticed, and who takes both has both.
#[derive(Debug)]
pub struct Aside<S>(S);

impl<S: ObjectStore> Aside<S> {
    /// What is kept in this store, beside whatever else is there.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self(store)
    }

    fn read<const N: usize>(&self, label: &Label) -> Result<Option<(Zeroizing<[u8; N]>, Stamp)>> {
        let Some(id) = self.0.find(label)? else { return Ok(None) };
        let Some(value) = self.0.value(id)? else { return Ok(None) };
        let bytes = value.bytes.as_slice().try_into().map_err(|_| self.unreadable(label))?;
        Ok(Some((Zeroizing::new(bytes), value.revision)))
    }

    fn unreadable(&self, label: &Label) -> Error {
        let why = alloc::format!("\"{label}\" has the wrong length");
        Error::NotAStore { place: self.0.place(), why }
    }
}

impl<S: ObjectStore> MonotonicCounter for Aside<S> {
    fn value(&self) -> Result<u64> {
        Ok(self.read(&COUNTER)?.map_or(0, |(bytes, _)| u64::from_be_bytes(*bytes)))
    }

    fn raise(&self, value: u64) -> Result<()> {
        loop {
            let (now, when) = match self.read(&COUNTER)? {
                Some((bytes, revision)) => (u64::from_be_bytes(*bytes), When::Unchanged(revision)),
                None => (0, When::Absent),
            };
            if now >= value {
                return Ok(());
            }
            match self.0.apply(&[Change::save(COUNTER, &value.to_be_bytes()).when(when)]) {
                Ok(_) => return Ok(()),
                Err(Error::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<S: ObjectStore> DeviceSecret for Aside<S> {
    fn secret(&self) -> Result<Zeroizing<[u8; 32]>> {
        let missing = || Error::SecretMissing { place: self.0.place() };
        self.read(&SECRET)?.map(|(secret, _)| secret).ok_or_else(missing)
    }

    fn keep_secret(&self, fresh: &[u8; 32]) -> Result<()> {
        match self.0.apply(&[Change::save(SECRET, fresh).when(When::Absent)]) {
            Ok(_) | Err(Error::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
