//! The objects that are not as the ledger says: none of them is opened.

use alloc::string::String;
use alloc::vec::Vec;

use hashbrown::HashMap;

use super::{PageFault, object_record};
use crate::Error;
use crate::object::ObjectNumber;
use crate::sync::{Mutex, RwLock};

/// What is wrong with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suspicion {
    /// Its record is not the one that the ledger lists.
    RolledBack,
    /// Its record is gone.
    Missing,
    /// The ledger does not list it.
    Unknown,
    /// The page that would list it can't be believed.
    Page(PageFault),
}

impl Suspicion {
    /// The error that names the record.
    pub(crate) fn error(self, number: ObjectNumber) -> Error {
        let (record, store) = (object_record(number), String::new());
        match self {
            Self::RolledBack => Error::RolledBack { record, store },
            Self::Missing => Error::RecordMissing { record, store },
            Self::Unknown => Error::RecordUnknown { record, store },
            Self::Page(fault) => fault.error(),
        }
    }
}

/// All objects with something wrong.
#[derive(Default)]
pub(crate) struct Suspects {
    now: RwLock<HashMap<ObjectNumber, Suspicion>>,
    /// Not told to anyone yet.
    news: Mutex<Vec<(ObjectNumber, Suspicion)>>,
}

impl Suspects {
    /// What is wrong with an object, if something is.
    pub(crate) fn error(&self, number: ObjectNumber) -> Option<Error> {
        self.now.read().get(&number).map(|suspicion| suspicion.error(number))
    }

    /// What is thought of an object from now on.
    pub(crate) fn settle(&self, number: ObjectNumber, verdict: Option<Suspicion>) {
        let mut now = self.now.write();
        let before = match verdict {
            Some(suspicion) => now.insert(number, suspicion),
            None => now.remove(&number),
        };
        drop(now);
        if let Some(suspicion) = verdict
            && before != verdict
        {
            self.news.lock().push((number, suspicion));
        }
    }

    /// What is thought of all objects from now on.
    pub(crate) fn replace(&self, suspicions: Vec<(ObjectNumber, Suspicion)>) {
        let mut now = self.now.write();
        let fresh = suspicions.iter().filter(|(number, suspicion)| now.get(number) != Some(suspicion));
        self.news.lock().extend(fresh);
        *now = suspicions.into_iter().collect();
    }

    /// What has been found since this was last asked.
    pub(crate) fn news(&self) -> Vec<Error> {
        let news = core::mem::take(&mut *self.news.lock());
        news.into_iter().map(|(number, suspicion)| suspicion.error(number)).collect()
    }
}
