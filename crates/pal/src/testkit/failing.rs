//! [`FailingStore`]: a store that fails when told to, and remembers what it was asked.

use core::fmt;
use std::collections::BTreeMap;

use crate::sync::Mutex;
use crate::{Action, Change, Error, Label, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value, When};

/// Makes the error to fail with; errors can't be cloned.
type Fault = Box<dyn Fn() -> Error + Send>;

/// A store around another that fails on demand.
///
/// A call that fails does not reach the store inside: it behaves as a medium that refused.
pub struct FailingStore<S> {
    inner: S,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    /// By the number of the call, the first being 1.
    at: BTreeMap<usize, Fault>,
    writes: Option<Fault>,
}

/// What a [`FailingStore`] was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Call {
    /// [`ObjectStore::find`]
    Find(Label),
    /// [`ObjectStore::value`]
    Value(ObjectId),
    /// [`ObjectStore::apply`]
    Apply(Vec<Write>),
    /// [`ObjectStore::scan`]
    Scan(Stamp),
    /// [`ObjectStore::stamp`]
    Stamp,
}

/// One change of a batch that a [`FailingStore`] was given.
#[derive(Clone, PartialEq, Eq)]
pub struct Write {
    /// The object's name.
    pub label: Label,
    /// Its precondition.
    pub when: When,
    /// The bytes to save, or `None` when it was to be destroyed. Kept so that a test can look for what
    /// must not reach a store.
    pub value: Option<Vec<u8>>,
}

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write")
            .field("label", &self.label)
            .field("when", &self.when)
            .field("len", &self.value.as_ref().map(Vec::len))
            .finish()
    }
}

impl<S> FailingStore<S> {
    /// A store that doesn't fail yet.
    #[must_use]
    pub fn new(inner: S) -> Self {
        Self { inner, state: Mutex::new(State::default()) }
    }

    /// Lets the `n`th call from now fail, 1 being the next one. Whatever it asks, it counts.
    pub fn fail_call(&self, n: usize, error: impl Fn() -> Error + Send + 'static) {
        let mut state = self.state.lock();
        let number = state.calls.len() + n;
        state.at.insert(number, Box::new(error));
    }

    /// Lets every batch from now on fail, while reading goes on.
    pub fn fail_writes(&self, error: impl Fn() -> Error + Send + 'static) {
        self.state.lock().writes = Some(Box::new(error));
    }

    /// Lets nothing fail any more.
    pub fn heal(&self) {
        let mut state = self.state.lock();
        state.at.clear();
        state.writes = None;
    }

    /// All that was asked so far, also what failed.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.state.lock().calls.clone()
    }

    /// The store inside, past all faults.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn ask(&self, call: Call) -> Result<()> {
        let mut state = self.state.lock();
        let is_write = matches!(call, Call::Apply(_));
        state.calls.push(call);
        let number = state.calls.len();
        if let Some(fault) = state.at.remove(&number) {
            return Err(fault());
        }
        match &state.writes {
            Some(fault) if is_write => Err(fault()),
            _ => Ok(()),
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for FailingStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailingStore").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S: ObjectStore> ObjectStore for FailingStore<S> {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        self.ask(Call::Find(*label))?;
        self.inner.find(label)
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        self.ask(Call::Value(id))?;
        self.inner.value(id)
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        let writes = batch.iter().map(|change| Write {
            label: change.label,
            when: change.when,
            value: match change.action {
                Action::Save(value) => Some(value.to_vec()),
                Action::Destroy => None,
            },
        });
        self.ask(Call::Apply(writes.collect()))?;
        self.inner.apply(batch)
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        self.ask(Call::Scan(since))?;
        self.inner.scan(since, each)
    }

    fn stamp(&self) -> Result<Stamp> {
        self.ask(Call::Stamp)?;
        self.inner.stamp()
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}
