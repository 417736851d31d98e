//! The index of all objects of a token: what makes a look-up independent of how many objects there are.
//!
//! It follows the store's history by its stamps, so that two processes on one store see each other's
//! objects, and an answer that comes late can't bring back what is gone.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use hashbrown::{Equivalent, HashMap};
use portcullis_pal::Stamp;

use super::profile::Profiles;
use super::{Object, ObjectClass, ObjectNumber};
use crate::attribute::{AttributeSet, Value};
use crate::session::SessionNumber;
use crate::{AttributeType, Template};

/// The attributes by which objects are indexed.
const INDEXED: [AttributeType; 4] =
    [AttributeType::Label, AttributeType::Id, AttributeType::Class, AttributeType::KeyType];

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

/// A key of the index, to look by without a copy of the value.
#[derive(Hash)]
struct Named<'a>(AttributeType, &'a Value);

impl Equivalent<(AttributeType, Value)> for Named<'_> {
    fn equivalent(&self, key: &(AttributeType, Value)) -> bool {
        (self.0, self.1) == (key.0, &key.1)
    }
}

/// What a scan of the store said.
pub(crate) struct Merge {
    /// What the scan asked for changes after.
    pub(crate) since: Stamp,
    /// The stamp it shows.
    pub(crate) stamp: Stamp,
    /// Whether objects that it does not mention are gone.
    pub(crate) complete: bool,
    /// Live objects.
    pub(crate) saved: Vec<(Object, Stamp)>,
    /// Destroyed ones.
    pub(crate) destroyed: Vec<ObjectNumber>,
}

/// All objects that there are, token objects and session objects.
#[derive(Default)]
pub(crate) struct Catalog {
    known: Stamp,
    last_place: Place,
    entries: BTreeMap<Place, Entry>,
    places: HashMap<ObjectNumber, Place>,
    index: HashMap<(AttributeType, Value), BTreeSet<Place>>,
    /// Session objects by their session, so that closing one does not look at all objects.
    owned: BTreeSet<(SessionNumber, Place)>,
    profiles: Profiles,
    changes: Arc<AtomicUsize>,
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
        let none = BTreeSet::new();
        let narrowest = INDEXED
            .into_iter()
            .filter_map(|attribute| {
                let value = template.values.value(attribute)?;
                Some(self.index.get(&Named(attribute, value)).unwrap_or(&none))
            })
            .min_by_key(|places| places.len());
        match narrowest {
            Some(places) => places.iter().filter_map(|place| self.entry(*place)).cloned().collect(),
            None => self.entries.values().cloned().collect(),
        }
    }

    /// Adds a session object.
    pub(crate) fn add_session_object(&mut self, object: Object, owner: SessionNumber) -> Entry {
        self.put(object, Stamp::START, Some(owner))
    }

    /// Replaces a session object by a changed one.
    pub(crate) fn replace_session_object(&mut self, object: Object) {
        if let Some(owner) = self.by_number(object.number).and_then(|entry| entry.owner) {
            self.put(object, Stamp::START, Some(owner));
        }
    }

    /// Publishes what this process has just made durable at `stamp`.
    pub(crate) fn publish(&mut self, saved: Vec<Object>, destroyed: &[ObjectNumber], stamp: Stamp) {
        // A scan that reached this stamp has shown the change already, and perhaps what came after it.
        if self.known >= stamp {
            return;
        }
        if self.known.0 + 1 == stamp.0 {
            self.known = stamp;
        }
        for object in saved {
            self.put_newer(object, stamp);
        }
        for number in destroyed {
            self.remove(*number);
        }
    }

    /// Takes over what a scan showed. Refused when the catalog has moved since the scan began.
    pub(crate) fn merge(&mut self, merge: Merge) -> bool {
        if self.known != merge.since {
            return false;
        }
        self.known = merge.stamp;
        if merge.complete {
            let live: BTreeSet<_> = merge.saved.iter().map(|(object, _)| object.number).collect();
            let kept = self.entries.values().filter(|entry| entry.owner.is_none());
            let gone = kept.map(|entry| entry.object.number).filter(|number| !live.contains(number));
            for number in gone.collect::<Vec<_>>() {
                self.remove(number);
            }
        }
        for (object, revision) in merge.saved {
            self.put_newer(object, revision);
        }
        for number in merge.destroyed {
            self.remove(number);
        }
        true
    }

    pub(crate) fn remove(&mut self, number: ObjectNumber) {
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

    fn put_newer(&mut self, object: Object, revision: Stamp) {
        if self.by_number(object.number).is_none_or(|entry| entry.revision < revision) {
            self.put(object, revision, None);
        }
    }

    fn put(&mut self, object: Object, revision: Stamp, owner: Option<SessionNumber>) -> Entry {
        let place = match self.places.get(&object.number) {
            Some(place) => *place,
            None => {
                self.last_place += 1;
                self.last_place
            }
        };
        if let Some(old) = self.entries.remove(&place) {
            self.changes.fetch_add(1, Ordering::Release);
            self.unindex(place, &old.object.public);
        }
        for attribute in INDEXED {
            if let Some(value) = object.public.value(attribute) {
                self.index.entry((attribute, value.clone())).or_default().insert(place);
            }
        }
        self.places.insert(object.number, place);
        self.owned.extend(owner.map(|owner| (owner, place)));
        let entry = Entry { place, object: Arc::new(object), revision, owner };
        self.entries.insert(place, entry.clone());
        entry
    }

    fn unindex(&mut self, place: Place, public: &AttributeSet) {
        for attribute in INDEXED {
            let Some(value) = public.value(attribute) else { continue };
            let key = Named(attribute, value);
            if let Some(places) = self.index.get_mut(&key) {
                places.remove(&place);
                if places.is_empty() {
                    self.index.remove(&key);
                }
            }
        }
    }
}
