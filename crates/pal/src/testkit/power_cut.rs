//! [`PowerCutStore`]: a store whose medium loses power in the middle of a call, and may keep half of what it was
//! writing. It is worse than the contract of [`ObjectStore`] allows, as some media are.

use core::fmt;

use crate::sync::Mutex;
use crate::{Action, Change, Error, Label, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value};

/// What becomes of the call that a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerCut {
    /// Power is lost before the call has done anything.
    Before,
    /// Power is lost after the call has done its work, before it answers.
    After,
    /// Power is lost while the call writes. Of the values of its batch, one after the other, the first `bytes` bytes
    /// are on the medium; `rest` says how the value goes on that was being written. A call that does not write is
    /// hit as by [`Before`](Self::Before).
    Torn {
        /// The bytes that were written.
        bytes: usize,
        /// What the medium holds behind them.
        rest: Rest,
    },
    /// The call says that it wrote, and has not; power stays on. A call that does not write does its work.
    Lost,
}

/// What a medium holds behind the last byte that it has written of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// The bytes that the old value had there: a block that is written in place.
    Old,
    /// Bytes of all ones up to the new value's length: flash that was erased before.
    Erased,
    /// Nothing: a file that was emptied before.
    Missing,
}

/// A store around another whose power can be cut. While it is off, every call fails.
pub struct PowerCutStore<S> {
    inner: S,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Since power was last turned on.
    calls: usize,
    /// By the number of the call, the first being 1.
    fault: Option<(usize, PowerCut)>,
    off: bool,
}

impl<S: ObjectStore> PowerCutStore<S> {
    /// A store with power on.
    #[must_use]
    pub fn new(inner: S) -> Self {
        Self { inner, state: Mutex::new(State::default()) }
    }

    /// Turns power on, counts calls from the start, and lets the `call`th one be hit, 1 being the next.
    pub fn cut(&self, call: usize, how: PowerCut) {
        *self.state.lock() = State { fault: Some((call, how)), ..State::default() };
    }

    /// Turns power on, counts calls from the start, and hits none.
    pub fn power_on(&self) {
        *self.state.lock() = State::default();
    }

    /// The calls since power was last turned on, those included that failed.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.state.lock().calls
    }

    /// The store inside, past all faults.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// What hits this call, if anything does.
    fn ask(&self) -> Result<Option<PowerCut>> {
        let mut state = self.state.lock();
        state.calls += 1;
        if state.off {
            return Err(no_power());
        }
        let Some((_, how)) = state.fault.filter(|&(call, _)| call == state.calls) else { return Ok(None) };
        state.off = how != PowerCut::Lost;
        Ok(Some(how))
    }

    fn read<T>(&self, read: impl FnOnce(&S) -> Result<T>) -> Result<T> {
        match self.ask()? {
            None | Some(PowerCut::Lost) => read(&self.inner),
            Some(_) => Err(no_power()),
        }
    }

    /// Writes a batch up to the byte at which power is lost.
    fn tear(&self, batch: &[Change<'_>], bytes: usize, rest: Rest) -> Result<()> {
        let mut left = bytes;
        for change in batch {
            match change.action {
                Action::Save(new) if left < new.len() => {
                    let mut torn = new[..left].to_vec();
                    match rest {
                        Rest::Old => {
                            let old = self.inner.find(&change.label)?.map(|id| self.inner.value(id));
                            let old = old.transpose()?.flatten();
                            torn.extend(old.iter().flat_map(|value| value.bytes.iter().skip(left)));
                        }
                        Rest::Erased => torn.resize(new.len(), 0xff),
                        Rest::Missing => {}
                    }
                    let torn = Change { action: Action::Save(&torn), ..*change };
                    return self.inner.apply(&[torn]).map(|_| ());
                }
                Action::Save(new) => left -= new.len(),
                Action::Destroy => {}
            }
            self.inner.apply(&[*change])?;
        }
        Ok(())
    }
}

fn no_power() -> Error {
    Error::Medium { place: "the test's medium".into(), source: "power is lost".into() }
}

impl<S: fmt::Debug> fmt::Debug for PowerCutStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PowerCutStore").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S: ObjectStore> ObjectStore for PowerCutStore<S> {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        self.read(|inner| inner.find(label))
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        self.read(|inner| inner.value(id))
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        match self.ask()? {
            None => self.inner.apply(batch),
            Some(PowerCut::Before) => Err(no_power()),
            Some(PowerCut::After) => self.inner.apply(batch).and_then(|_| Err(no_power())),
            Some(PowerCut::Torn { bytes, rest }) => {
                self.tear(batch, bytes, rest).and_then(|()| Err(no_power()))
            }
            Some(PowerCut::Lost) => self.inner.stamp().map(|Stamp(last)| Stamp(last + 1)),
        }
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        self.read(|inner| inner.scan(since, each))
    }

    fn stamp(&self) -> Result<Stamp> {
        self.read(ObjectStore::stamp)
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}
