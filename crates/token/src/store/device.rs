//! A device's secret, mixed into the key that follows from a PIN: without the device, its medium opens to no PIN.

use hkdf::Hkdf;
use portcullis_pal::DeviceSecret;
use sha2::Sha256;

use crate::{Result, Secret};

/// The secret of the device that the token runs on.
pub(crate) struct DeviceKey(Secret);

/// Tells devices apart; zeros where no device is meant.
pub(crate) type DeviceMark = [u8; 8];

/// The mark of no device.
pub(super) const NO_DEVICE: DeviceMark = [0; 8];

impl DeviceKey {
    /// Asks the device.
    pub(crate) fn of(device: &dyn DeviceSecret) -> Result<Self> {
        Ok(Self(Secret::copied(&*device.secret()?)))
    }

    /// What a record says of the device that is needed for it.
    pub(super) fn mark(&self) -> DeviceMark {
        let mut mark = NO_DEVICE;
        Hkdf::<Sha256>::new(None, self.0.expose())
            .expand(b"portcullis device mark", &mut mark)
            .expect("8 bytes are within HKDF's limit");
        mark
    }

    /// The key that follows from both, the PIN and the device.
    pub(super) fn mix(&self, stretched: &Secret) -> Secret {
        let mut key = Secret::zeroed(32);
        Hkdf::<Sha256>::new(Some(self.0.expose()), stretched.expose())
            .expand(b"portcullis device", key.expose_mut())
            .expect("32 bytes are within HKDF's limit");
        key
    }
}
