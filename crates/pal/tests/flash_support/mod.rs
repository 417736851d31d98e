//! What the tests of the flash store share: flash of several kinds, and opening one store as often as a test likes.

#![allow(dead_code, reason = "each test file uses a part")]

use std::ops::Range;
use std::sync::{Arc, Mutex, Weak};

use portcullis_pal::testkit::nor::Nor;
use portcullis_pal::{Change, FlashStore, Label, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value};

/// What most chips are: single bytes read, words of four written, blocks of 4 KiB.
pub(crate) type Usual = Nor<1, 4, 4096>;

pub(crate) fn label(name: &str) -> Label {
    Label::new(name.as_bytes()).unwrap()
}

/// A handle on a store that is closed when its last handle is dropped.
pub(crate) struct Handle<S>(Arc<S>);

impl<S: ObjectStore> ObjectStore for Handle<S> {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        self.0.find(label)
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        self.0.value(id)
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        self.0.apply(batch)
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        self.0.scan(since, each)
    }

    fn stamp(&self) -> Result<Stamp> {
        self.0.stamp()
    }
}

/// Opens a store over `flash`, or gives another handle on it while there is one.
pub(crate) fn opener<const R: usize, const W: usize, const E: usize>(
    flash: Nor<R, W, E>,
    range: Range<u32>,
) -> impl Fn() -> Handle<FlashStore<Nor<R, W, E>>> {
    let open: Mutex<Weak<FlashStore<Nor<R, W, E>>>> = Mutex::default();
    move || {
        let mut open = open.lock().unwrap();
        let store = open
            .upgrade()
            .unwrap_or_else(|| Arc::new(FlashStore::open_or_create(flash.clone(), range.clone()).unwrap()));
        *open = Arc::downgrade(&store);
        Handle(store)
    }
}
