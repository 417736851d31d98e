//! A backup on a device with a counter: what it holds is older than what the device has counted to, and would be refused
//! as such. So it is told the new count before it takes its place, and the counter itself is raised after.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_pal::{MonotonicCounter, ObjectStore, Stamp};
use portcullis_token::{Device, UserType};
use zeroize::Zeroizing;

use super::Records;
use crate::args::Global;
use crate::composition;
use crate::error::{Error, Result};
use crate::{pin, progress};

/// The records of a backup with the count that makes them the newest.
pub(super) struct Recounted {
    pub(super) records: Records,
    counter: Arc<Ahead>,
}

/// A counter that is raised later.
struct Ahead {
    device: Arc<dyn MonotonicCounter>,
    reached: AtomicU64,
}

impl Recounted {
    /// Has the security officer vouch for the records, in main memory.
    pub(super) fn by_officer(records: &Records, global: &Global) -> Result<Option<Self>> {
        let Device { counter: Some(device), secret, .. } = global.device() else { return Ok(None) };
        let counter = Arc::new(Ahead { device, reached: AtomicU64::new(0) });
        let (token, store) =
            composition::in_memory(records, Device { counter: Some(counter.clone()), secret })?;
        let pin = pin::so(global)?;
        progress::during("Logging in", || token.accept_as_newest(UserType::So, pin.expose()))
            .map_err(Error::of_login(UserType::So))?;
        let mut records = Vec::new();
        store.scan(Stamp::START, &mut |record| {
            records.extend(record.value.map(|value| (record.label, Zeroizing::new(value.to_vec()))));
        })?;
        Ok(Some(Self { records, counter }))
    }

    /// Raises the device's counter, once the records are in their place.
    pub(super) fn finish(&self) -> Result<()> {
        Ok(self.counter.device.raise(self.counter.reached.load(Ordering::Relaxed))?)
    }
}

impl MonotonicCounter for Ahead {
    fn value(&self) -> portcullis_pal::Result<u64> {
        Ok(self.device.value()?.max(self.reached.load(Ordering::Relaxed)))
    }

    fn raise(&self, value: u64) -> portcullis_pal::Result<()> {
        self.reached.fetch_max(value, Ordering::Relaxed);
        Ok(())
    }
}
