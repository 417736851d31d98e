//! The index of all objects of a token: what makes a look-up independent of how many objects there are.
//!
//! It follows the store's history by its stamps, so that two processes on one store see each other's
//! objects, and an answer that comes late can't bring back what is gone.

mod index;
mod ledger;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use hashbrown::HashMap;
use portcullis_pal::Stamp;

pub(crate) use self::index::Hashes;
use self::index::{INDEXED, Index, Keys, Places};
use super::profile::Profiles;
use super::{Object, ObjectClass, ObjectNumber};
use crate::Template;
use crate::attribute::AttributeSet;
use crate::session::SessionNumber;
use crate::store::ledger::{Plan, Reached};
use crate::store::{Ledger, Pages, Suspects};

/// The place of an object in the catalog; the lower part of its handle.
type Place = u64;

/// An object in the catalog.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) place: Place,
    pub(crate) object: Arc<Object>,
    /// The stamp at which the store got this version; of a session object, the start.
    pub(crate) revision: Stamp,
    /// The session that a session object lives and dies with.
    owner: Option<SessionNumber>,
}

impl Entry {
    /// An object that every token has.
    pub(super) fn built_in(place: Place, object: Object) -> Self {
        Self { place, object: Arc::new(object), revision: Stamp::START, owner: None }
    }
}

/// An object as a scan shows it. What the index needs is taken while the object is at hand: of many objects, each look
/// at one that was not used lately costs a walk to main memory.
pub(crate) struct Found {
    pub(crate) object: Arc<Object>,
    pub(crate) revision: Stamp,
    keys: Keys,
}

impl Found {
    /// For the catalog whose hashes these are.
    pub(crate) fn new(object: Object, revision: Stamp, hashes: &Hashes) -> Self {
        let keys = hashes.keys(&object.public);
        Self { object: Arc::new(object), revision, keys }
    }
}

/// What a scan of the store said.
#[derive(Default)]
pub(crate) struct Merge {
    /// What the scan asked for changes after.
    pub(crate) since: Stamp,
    /// The stamp it shows.
    pub(crate) stamp: Stamp,
    /// Whether objects that it does not mention are gone.
    pub(crate) complete: bool,
    /// Whether it is another token than before.
    pub(crate) new_token: bool,
    /// Live objects.
    pub(crate) saved: Vec<Found>,
    /// Destroyed ones.
    pub(crate) destroyed: Vec<ObjectNumber>,
    /// Those whose records are there, and can't be used.
    pub(crate) unusable: Vec<ObjectNumber>,
    /// Pages of the ledger, `None` where they were destroyed.
    pub(crate) pages: Vec<(u32, Stamp, Option<Vec<u8>>)>,
}

/// All objects that there are, token objects and session objects.
#[derive(Default)]
pub(crate) struct Catalog {
    known: Stamp,
    last_place: Place,
    entries: BTreeMap<Place, Entry>,
    places: HashMap<ObjectNumber, Place>,
    index: Index,
    /// Session objects by their session, so that closing one does not look at all objects.
    owned: BTreeSet<(SessionNumber, Place)>,
    profiles: Profiles,
    changes: Arc<AtomicUsize>,
    pages: Pages,
    /// What the pages say, while someone is logged in.
    ledger: Option<Ledger>,
    /// How far the ledger has come that was open here last.
    reached: Reached,
    suspects: Arc<Suspects>,
    /// Objects whose records are there and can't be used: damaged, but not missing.
    unusable: BTreeSet<ObjectNumber>,
}

impl Catalog {
    /// The store's stamp up to which this catalog is complete.
    pub(crate) fn known(&self) -> Stamp {
        self.known
    }

    /// Counts how often an object was changed or went, in a place that can be looked at without any lock: what was
    /// found before it moved has to be looked for again.
    pub(crate) fn changes(&self) -> Arc<AtomicUsize> {
        self.changes.clone()
    }

    /// How the catalog's index computes hashes.
    pub(crate) fn hashes(&self) -> &Hashes {
        self.index.hashes()
    }

    pub(crate) fn entry(&self, place: Place) -> Option<&Entry> {
        self.entries.get(&place).or_else(|| self.profiles.at(place))
    }

    pub(crate) fn by_number(&self, number: ObjectNumber) -> Option<&Entry> {
        self.entry(*self.places.get(&number)?)
    }

    /// The objects that may match a template, in the order in which they came: those of the rarest indexed
    /// attribute that it names.
    ///
    /// Hidden objects are shown to those alone who ask for their class (section 4.13).
    pub(crate) fn candidates(&self, template: &Template) -> Vec<Entry> {
        if matches!(template.class(), Ok(Some(ObjectClass::Profile))) {
            return self.profiles.all().to_vec();
        }
        let places = |attribute| Some(self.index.places(attribute, template.values.value(attribute)?));
        let named = INDEXED.into_iter().filter_map(places);
        match named.min_by_key(|places| places.map_or(0, Places::len)) {
            Some(places) => {
                let places = places.into_iter().flat_map(Places::iter);
                places.filter_map(|place| self.entry(place)).cloned().collect()
            }
            None => self.entries.values().cloned().collect(),
        }
    }

    /// Adds a session object.
    pub(crate) fn add_session_object(&mut self, object: Object, owner: SessionNumber) -> Entry {
        self.put(Found::new(object, Stamp::START, self.index.hashes()), Some(owner)).clone()
    }

    /// Replaces a session object by a changed one.
    pub(crate) fn replace_session_object(&mut self, object: Object) {
        if let Some(owner) = self.by_number(object.number).and_then(|entry| entry.owner) {
            self.put(Found::new(object, Stamp::START, self.index.hashes()), Some(owner));
        }
    }

    /// Publishes what this process has just made durable at `stamp`.
    pub(crate) fn publish(
        &mut self,
        saved: Vec<Object>,
        destroyed: &[ObjectNumber],
        plan: Option<Plan>,
        stamp: Stamp,
    ) {
        // A scan that reached this stamp has shown the change already, and perhaps what came after it.
        if self.known >= stamp {
            return;
        }
        if self.known.0 + 1 == stamp.0 {
            self.known = stamp;
        }
        let mut touched = destroyed.to_vec();
        touched.extend(saved.iter().map(|object| object.number));
        for object in saved {
            self.put_newer(Found::new(object, stamp, self.index.hashes()));
        }
        for number in destroyed {
            self.remove(*number);
        }
        if let Some(plan) = plan {
            self.install(plan, &touched, stamp);
        }
    }

    /// Takes over what a scan showed. Refused when the catalog has moved since the scan began.
    pub(crate) fn merge(&mut self, merge: Merge) -> bool {
        if self.known != merge.since {
            return false;
        }
        self.known = merge.stamp;
        if merge.new_token {
            self.forget_ledger();
        }
        let mut touched: Vec<_> = merge.destroyed.clone();
        touched.extend(merge.saved.iter().map(|found| found.object.number));
        if merge.complete {
            self.unusable.clear();
            self.places.reserve(merge.saved.len());
            self.index.reserve(merge.saved.len());
        }
        if merge.complete && !self.entries.is_empty() {
            let live: BTreeSet<_> = merge.saved.iter().map(|found| found.object.number).collect();
            let kept = self.entries.values().filter(|entry| entry.owner.is_none());
            let gone = kept.map(|entry| entry.object.number).filter(|number| !live.contains(number));
            let gone: Vec<_> = gone.collect();
            for number in &gone {
                self.remove(*number);
            }
            touched.extend(gone);
        }
        // First what went: it may have come again since.
        for number in merge.destroyed {
            self.remove(number);
        }
        for found in merge.saved {
            self.put_newer(found);
        }
        for number in merge.unusable {
            self.remove(number);
            self.unusable.insert(number);
            touched.push(number);
        }
        self.take_pages(merge.pages, merge.complete, &touched);
        true
    }

    pub(crate) fn remove(&mut self, number: ObjectNumber) {
        self.unusable.remove(&number);
        let Some(place) = self.places.remove(&number) else { return };
        if let Some(entry) = self.entries.remove(&place) {
            self.changes.fetch_add(1, Ordering::Release);
            self.unindex(place, &entry.object.public);
            if let Some(owner) = entry.owner {
                self.owned.remove(&(owner, place));
            }
        }
    }

    /// Whether a session has objects of its own.
    pub(crate) fn has_objects_of(&self, owner: SessionNumber) -> bool {
        self.owned.range((owner, 0)..=(owner, Place::MAX)).next().is_some()
    }

    /// Removes the objects of one session, or of all.
    pub(crate) fn remove_session_objects(&mut self, owner: Option<SessionNumber>) {
        let owned: Vec<_> = match owner {
            Some(owner) => self.owned.range((owner, 0)..=(owner, Place::MAX)).copied().collect(),
            None => self.owned.iter().copied().collect(),
        };
        self.remove_owned(owned, |_| true);
    }

    /// Removes the session objects that die with the login.
    pub(crate) fn remove_private_session_objects(&mut self) {
        let owned = self.owned.iter().copied().collect();
        self.remove_owned(owned, Object::is_private);
    }

    fn remove_owned(&mut self, owned: Vec<(SessionNumber, Place)>, gone: impl Fn(&Object) -> bool) {
        for (_, place) in owned {
            if let Some(entry) = self.entry(place)
                && gone(&entry.object)
            {
                self.remove(entry.object.number);
            }
        }
    }

    fn put_newer(&mut self, found: Found) {
        if self.by_number(found.object.number).is_none_or(|entry| entry.revision < found.revision) {
            self.put(found, None);
        }
    }

    fn put(&mut self, found: Found, owner: Option<SessionNumber>) -> &Entry {
        let Found { object, revision, keys } = found;
        self.unusable.remove(&object.number);
        let place = match self.places.get(&object.number) {
            Some(place) => {
                let place = *place;
                if let Some(old) = self.entries.remove(&place) {
                    self.changes.fetch_add(1, Ordering::Release);
                    self.unindex(place, &old.object.public);
                }
                place
            }
            // As all objects are at first: nothing has to be looked for.
            None => {
                self.last_place += 1;
                self.places.insert(object.number, self.last_place);
                self.last_place
            }
        };
        self.index.insert(&keys, place);
        self.owned.extend(owner.map(|owner| (owner, place)));
        self.entries.entry(place).or_insert(Entry { place, object, revision, owner })
    }

    fn unindex(&mut self, place: Place, public: &AttributeSet) {
        let keys = self.index.hashes().keys(public);
        self.index.remove(&keys, place);
    }
}
