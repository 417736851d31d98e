//! How long a PIN must be, and how often it may be wrong.

use crate::{Error, Result};

/// The fewest bytes of a PIN (`ulMinPinLen`).
pub(crate) const MIN_LEN: usize = 4;

/// The most bytes of a PIN (`ulMaxPinLen`).
pub(crate) const MAX_LEN: usize = 255;

/// The fewest bytes of a backup's passphrase: who has the file may guess without being counted.
pub(crate) const MIN_PASSPHRASE_LEN: usize = 12;

/// After so many wrong PINs in a row the PIN is locked.
pub(crate) const MAX_FAILURES: u16 = 10;

/// Whether a new PIN is long enough, and not too long.
pub(crate) fn check_new(pin: &[u8]) -> Result<()> {
    if (MIN_LEN..=MAX_LEN).contains(&pin.len()) {
        Ok(())
    } else {
        Err(Error::PinLength { min: MIN_LEN, max: MAX_LEN })
    }
}

/// Whether a passphrase is long enough for a backup.
pub(crate) fn check_passphrase(passphrase: &[u8]) -> Result<()> {
    if passphrase.len() >= MIN_PASSPHRASE_LEN {
        Ok(())
    } else {
        Err(Error::PassphraseLength { min: MIN_PASSPHRASE_LEN })
    }
}

/// Whether one more try is allowed after so many that were wrong or may prove to be.
pub(crate) fn may_try(tries: u16) -> Result<()> {
    if tries < MAX_FAILURES { Ok(()) } else { Err(Error::PinLocked) }
}

/// How many tries are left after so many wrong ones.
pub(crate) fn tries_left(tries: u16) -> u32 {
    MAX_FAILURES.saturating_sub(tries).into()
}
