//! What the tests share: noise sources with faults, and a store that fails where it is told to.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use portcullis_entropy::drbg::CtrDrbg;
use portcullis_entropy::{HardwarePoll, PollError};
use portcullis_pal::{
    Action, Change, Error, Label, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value, When,
};

/// A source that is whatever its function is: given the bytes to fill, it says how many it filled.
pub(crate) struct Source<F> {
    pub(crate) name: &'static str,
    pub(crate) entropy: f32,
    pub(crate) poll: F,
}

impl<F: FnMut(&mut [u8]) -> std::result::Result<usize, PollError> + Send> HardwarePoll for Source<F> {
    fn name(&self) -> &'static str {
        self.name
    }
    fn poll(&mut self, raw: &mut [u8]) -> std::result::Result<usize, PollError> {
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
pub(crate) fn noise(seed: u8) -> impl FnMut(&mut [u8]) -> std::result::Result<usize, PollError> + Send {
    let mut drbg = CtrDrbg::instantiate(&[seed; 32], &[], b"test noise").unwrap();
    move |raw| {
        let len = raw.len().min(CtrDrbg::MAX_REQUEST);
        drbg.generate(&mut raw[..len], &[]).unwrap();
        Ok(len)
    }
}

/// Where a [`MapStore`] fails, counted in the calls that a start makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The nth call fails and does nothing.
    Before(u32),
    /// The nth call does its work, and then fails.
    After(u32),
    /// The nth call, if it writes, says that it did and does not.
    Lost(u32),
}

#[derive(Default)]
struct Contents {
    objects: BTreeMap<Vec<u8>, (u64, Stamp, Vec<u8>)>,
    stamp: u64,
}

/// A store in memory, under a fault.
#[derive(Default)]
pub(crate) struct MapStore {
    contents: Mutex<Contents>,
    fault: Mutex<Option<Fault>>,
    calls: AtomicU32,
}

impl MapStore {
    /// Sets the fault, and counts calls from 1 again.
    pub(crate) fn fail(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap() = fault;
        self.calls.store(0, Ordering::SeqCst);
    }

    /// Another store with the same contents: a cloned image.
    pub(crate) fn image(&self) -> Self {
        let contents = self.contents.lock().unwrap();
        let contents = Contents { objects: contents.objects.clone(), stamp: contents.stamp };
        Self { contents: Mutex::new(contents), ..Self::default() }
    }

    fn call<R>(&self, lost: Option<R>, work: impl FnOnce() -> Result<R>) -> Result<R> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let failed = || Error::Medium { place: "test".into(), source: "power is gone".into() };
        match (*self.fault.lock().unwrap(), lost) {
            (Some(Fault::Before(at)), _) if at == number => Err(failed()),
            (Some(Fault::After(at)), _) if at == number => work().and_then(|_| Err(failed())),
            (Some(Fault::Lost(at)), Some(answer)) if at == number => Ok(answer),
            _ => work(),
        }
    }
}

impl ObjectStore for MapStore {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        self.call(None, || {
            let contents = self.contents.lock().unwrap();
            let found = contents.objects.get(label.as_bytes());
            Ok(found.and_then(|(id, ..)| NonZeroU64::new(*id)).map(ObjectId))
        })
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        self.call(None, || {
            let contents = self.contents.lock().unwrap();
            let found = contents.objects.values().find(|(own, ..)| *own == id.0.get());
            Ok(found.map(|(_, revision, bytes)| Value { bytes: bytes.clone().into(), revision: *revision }))
        })
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        let next = Stamp(self.contents.lock().unwrap().stamp + 1);
        self.call(Some(next), || {
            let mut contents = self.contents.lock().unwrap();
            let stamp = Stamp(contents.stamp + 1);
            for change in batch {
                let found = contents.objects.get(change.label.as_bytes()).map(|(_, revision, _)| *revision);
                let holds = match change.when {
                    When::Always => true,
                    When::Absent => found.is_none(),
                    When::Unchanged(revision) => found == Some(revision),
                };
                if !holds {
                    return Err(Error::Conflict { label: change.label });
                }
            }
            for change in batch {
                let key = change.label.as_bytes().to_vec();
                match change.action {
                    Action::Save(bytes) => {
                        let id = contents.objects.get(&key).map_or(stamp.0, |(id, ..)| *id);
                        contents.objects.insert(key, (id, stamp, bytes.to_vec()));
                    }
                    Action::Destroy => {
                        contents.objects.remove(&key);
                    }
                }
            }
            contents.stamp = stamp.0;
            Ok(stamp)
        })
    }

    fn scan(&self, _: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        let contents = self.contents.lock().unwrap();
        for (label, (id, revision, bytes)) in &contents.objects {
            each(Record {
                id: ObjectId(NonZeroU64::new(*id).unwrap()),
                label: Label::new(label).unwrap(),
                revision: *revision,
                value: Some(bytes),
            });
        }
        Ok(Scan { stamp: Stamp(contents.stamp), complete: true })
    }

    fn stamp(&self) -> Result<Stamp> {
        Ok(Stamp(self.contents.lock().unwrap().stamp))
    }
}
