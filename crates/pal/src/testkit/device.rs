//! A device for tests: a counter that can be stuck, and a secret that can be another device's.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use zeroize::Zeroizing;

use crate::{DeviceSecret, Error, MonotonicCounter, Result};

/// Hardware with a counter and a secret, in memory.
#[derive(Debug)]
pub struct FakeDevice {
    count: AtomicU64,
    stuck: AtomicBool,
    secret: [u8; 32],
}

impl FakeDevice {
    /// A device whose secret is made of this byte, and whose counter has not counted.
    #[must_use]
    pub fn new(secret: u8) -> Self {
        Self { count: AtomicU64::new(0), stuck: AtomicBool::new(false), secret: [secret; 32] }
    }

    /// Lets the counter fail to be raised, or work again.
    pub fn stick(&self, stuck: bool) {
        self.stuck.store(stuck, Ordering::SeqCst);
    }
}

impl MonotonicCounter for FakeDevice {
    fn value(&self) -> Result<u64> {
        Ok(self.count.load(Ordering::SeqCst))
    }

    fn raise(&self, value: u64) -> Result<()> {
        if self.count.load(Ordering::SeqCst) >= value {
            return Ok(());
        }
        if self.stuck.load(Ordering::SeqCst) {
            return Err(Error::Medium { place: "the test's counter".into(), source: "it is stuck".into() });
        }
        self.count.fetch_max(value, Ordering::SeqCst);
        Ok(())
    }
}

impl DeviceSecret for FakeDevice {
    fn secret(&self) -> Result<Zeroizing<[u8; 32]>> {
        Ok(Zeroizing::new(self.secret))
    }
}
