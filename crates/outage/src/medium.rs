//! [`Medium`], a folder that is watched, and [`Record`], what was seen.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};

use crate::chance::Chance;
use crate::disk::{Cut, Disk};
use crate::fault::{Call, Plan};
use crate::record::{Event, Recorder};
use crate::tap::{self, Watched};
use crate::tree::Tree;

/// A folder whose file calls are recorded, and may be made to fail.
pub struct Medium {
    watched: Watched,
}

impl Medium {
    /// Watches a folder. What is there now counts as durable; a file that is open already is not watched.
    ///
    /// # Panics
    /// When the folder can't be read, or this program does not call the functions of this crate.
    #[must_use]
    pub fn watch(folder: &Path) -> Self {
        let folder = fs::canonicalize(folder).expect("the folder is there");
        let medium = Self { watched: tap::watch(folder.clone(), Recorder::new(folder.clone())) };
        drop(File::open(&folder).expect("the folder can be opened"));
        assert_eq!(
            medium.calls(),
            [Call::Open],
            "the C library's own functions are linked into this program"
        );
        medium.recorder().asked.clear();
        medium
    }

    fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a number into the record, for [`Record::mark`].
    pub fn mark(&self, number: u64) {
        self.recorder().mark(number);
    }

    /// Lets calls fail from now on, or none.
    pub fn plan(&self, plan: Option<Plan>) {
        self.recorder().faults.set(plan);
    }

    /// Does something that no plan is about.
    pub fn without_faults<T>(&self, does: impl FnOnce() -> T) -> T {
        self.recorder().faults.pause(true);
        let answer = does();
        self.recorder().faults.pause(false);
        answer
    }

    /// Whether a plan has hit a call.
    #[must_use]
    pub fn has_hit(&self) -> bool {
        self.recorder().faults.has_hit()
    }

    /// The calls so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.recorder().asked.clone()
    }

    /// Ends the watch. Files that are still open are not seen any more.
    #[must_use]
    pub fn finish(self) -> Record {
        let mut recorder = self.recorder();
        recorder.look_at_names();
        Record {
            base: std::mem::take(&mut recorder.base),
            base_files: std::mem::take(&mut recorder.base_files),
            events: std::mem::take(&mut recorder.events),
        }
    }
}

impl Drop for Medium {
    fn drop(&mut self) {
        tap::unwatch(&self.watched);
    }
}

/// What was done to a folder, in order.
#[derive(Clone)]
pub struct Record {
    base: Tree,
    base_files: Vec<PathBuf>,
    events: Vec<Event>,
}

impl Record {
    /// How many steps there are; power can be lost before each, and after the last.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.events.len()
    }

    /// The last number that was marked before a step.
    #[must_use]
    pub fn mark(&self, step: usize) -> Option<u64> {
        self.events[..step].iter().rev().find_map(|event| match event {
            Event::Mark { number } => Some(*number),
            _ => None,
        })
    }

    /// What was done, a line each, up to a step: for the message of a test that fails.
    #[must_use]
    pub fn story(&self, step: usize) -> String {
        self.events[..step].iter().enumerate().map(|(number, event)| format!("{number}: {event}\n")).collect()
    }

    /// What is in the folder when power is lost before `step`.
    #[must_use]
    pub fn crash(&self, step: usize, cut: Cut, chance: &mut Chance) -> Tree {
        let mut disk = Disk::new(&self.base, &self.base_files);
        for (number, event) in self.events[..step].iter().enumerate() {
            disk.happen(number, event);
        }
        disk.cut(cut, chance)
    }
}
