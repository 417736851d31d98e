//! What the tests share: noise sources with faults, seed records, and all that can happen to their media.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]
#![allow(dead_code, reason = "each test file uses its own part")]

use std::sync::Arc;

use portcullis_entropy::drbg::{CtrDrbg, Drbg};
use portcullis_entropy::{
    Composition, HardwarePoll, PollError, Random, RandomError, Seed, SeedRecord, SingleRandom,
};
use portcullis_pal::testkit::{PowerCut, Rest};
use portcullis_pal::{Change, Label, MemoryStore, ObjectStore, Stamp};

/// A source that is whatever its function is: given the bytes to fill, it says how many it filled.
pub(crate) struct Source<F> {
    pub(crate) name: &'static str,
    pub(crate) entropy: f32,
    pub(crate) poll: F,
}

impl<F: FnMut(&mut [u8]) -> Result<usize, PollError> + Send> HardwarePoll for Source<F> {
    fn name(&self) -> &'static str {
        self.name
    }
    fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
        (self.poll)(raw)
    }
    fn min_entropy_per_byte(&self) -> f32 {
        self.entropy
    }
}

/// A source that gives `value` for ever.
pub(crate) fn stuck_at(value: u8) -> impl HardwarePoll {
    let poll = move |raw: &mut [u8]| {
        raw.fill(value);
        Ok(raw.len())
    };
    Source { name: "stuck", entropy: 8.0, poll }
}

/// A source without fault, the same in every run: what it gives hangs on `seed` alone.
pub(crate) fn good(seed: u8) -> impl HardwarePoll {
    Source { name: "good", entropy: 8.0, poll: noise(seed) }
}

/// The poll function of [`good`].
pub(crate) fn noise(seed: u8) -> impl FnMut(&mut [u8]) -> Result<usize, PollError> + Send {
    let mut drbg = CtrDrbg::instantiate(&[seed; 32], &[], b"test noise").unwrap();
    move |raw| {
        let len = raw.len().min(CtrDrbg::MAX_REQUEST);
        drbg.generate(&mut raw[..len], &[]).unwrap();
        Ok(len)
    }
}

/// A generator with a seed record in `store` and no source yet.
pub(crate) fn kept_in<S: ObjectStore + 'static>(store: &Arc<S>, device_id: &[u8]) -> Composition {
    let store: Arc<dyn ObjectStore> = store.clone();
    Composition::new(Seed::Kept(SeedRecord::new(store, device_id)))
}

/// A start of a device whose source is stuck.
pub(crate) fn stuck<S: ObjectStore + 'static>(store: &Arc<S>, device_id: &[u8]) -> SingleRandom {
    kept_in(store, device_id).source(stuck_at(0)).single()
}

/// A medium whose device was started once with a good source.
pub(crate) fn seeded() -> MemoryStore {
    let medium = MemoryStore::new();
    kept_in(&Arc::new(medium.clone()), b"device").source(good(1)).single().start().unwrap();
    medium
}

/// Another medium with the same contents: a cloned image.
pub(crate) fn image(of: &MemoryStore) -> MemoryStore {
    let copy = MemoryStore::new();
    let mut records = Vec::new();
    of.scan(Stamp::START, &mut |record| records.push((record.label, record.value.unwrap().to_vec())))
        .unwrap();
    for (label, value) in records {
        copy.apply(&[Change::save(label, &value)]).unwrap();
    }
    copy
}

/// The bytes under a label, or none.
pub(crate) fn bytes(store: &impl ObjectStore, label: Label) -> Option<Vec<u8>> {
    let id = store.find(&label).unwrap()?;
    Some(store.value(id).unwrap().unwrap().bytes.to_vec())
}

/// One block of a generator.
pub(crate) fn block(random: &dyn Random) -> Result<[u8; 16], RandomError> {
    let mut block = [0; 16];
    random.fill(&mut block).map(|()| block)
}

/// Storage calls of a start that finds both copies of the record sound: look for and read each, then write and read
/// back each.
pub(crate) const CALLS: usize = 10;

/// Storage calls of a start that finds the spare alone: it restores the record first.
pub(crate) const RESTORING_CALLS: usize = 13;

/// Every fault at every storage call of a start, where it is torn with every kind of rest and `tears` bytes written.
pub(crate) fn faults(tears: &[usize]) -> Vec<(usize, PowerCut)> {
    let each = (1..=RESTORING_CALLS)
        .flat_map(|call| [PowerCut::Before, PowerCut::After, PowerCut::Lost].map(|how| (call, how)));
    // The calls that write, with both copies sound or with the spare alone.
    let torn = [5, 8, 11].into_iter().flat_map(|call| {
        [Rest::Old, Rest::Erased, Rest::Missing]
            .into_iter()
            .flat_map(move |rest| tears.iter().map(move |&bytes| (call, PowerCut::Torn { bytes, rest })))
    });
    each.chain(torn).collect()
}
