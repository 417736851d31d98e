//! Which objects have an attribute of some value, however many objects there are.
//!
//! Values are known by their hashes alone: a copy of each label and id would be most of what an object takes here. Two
//! values of one hash show each other's objects, and whoever looks compares the values anyway.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use core::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashMap};

use super::Place;
use crate::AttributeType;
use crate::attribute::{AttributeSet, Value};

/// The attributes by which objects are indexed.
pub(super) const INDEXED: [AttributeType; 4] =
    [AttributeType::Label, AttributeType::Id, AttributeType::Class, AttributeType::KeyType];

#[derive(Default)]
pub(super) struct Index {
    hashes: Hashes,
    places: HashMap<u64, Places>,
}

/// How an index computes hashes, each in its own way.
#[derive(Clone, Default)]
pub(crate) struct Hashes(DefaultHashBuilder);

/// The hashes of an object's indexed attributes.
pub(crate) struct Keys([Option<u64>; INDEXED.len()]);

/// Where the objects of one value are: most labels and ids are one object's, and a class has thousands.
pub(super) enum Places {
    One(Place),
    #[expect(clippy::box_collection, reason = "most are `One`, which is then half as large")]
    Many(Box<BTreeSet<Place>>),
}

impl Hashes {
    pub(crate) fn keys(&self, public: &AttributeSet) -> Keys {
        Keys(INDEXED.map(|attribute| Some(self.hash(attribute, public.value(attribute)?))))
    }

    fn hash(&self, attribute: AttributeType, value: &Value) -> u64 {
        self.0.hash_one((attribute, value))
    }
}

impl Index {
    pub(super) fn hashes(&self) -> &Hashes {
        &self.hashes
    }

    /// Makes room for so many values more.
    pub(super) fn reserve(&mut self, values: usize) {
        self.places.reserve(values);
    }

    /// Where objects may have this value.
    pub(super) fn places(&self, attribute: AttributeType, value: &Value) -> Option<&Places> {
        self.places.get(&self.hashes.hash(attribute, value))
    }

    pub(super) fn insert(&mut self, keys: &Keys, place: Place) {
        for key in keys.0.into_iter().flatten() {
            self.places.entry(key).and_modify(|places| places.insert(place)).or_insert(Places::One(place));
        }
    }

    pub(super) fn remove(&mut self, keys: &Keys, place: Place) {
        for key in keys.0.into_iter().flatten() {
            let is_empty = match self.places.get_mut(&key) {
                Some(Places::One(only)) => *only == place,
                Some(Places::Many(places)) => {
                    places.remove(&place);
                    places.is_empty()
                }
                None => false,
            };
            if is_empty {
                self.places.remove(&key);
            }
        }
    }
}

impl Places {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(places) => places.len(),
        }
    }

    /// In ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Place> {
        let (one, many) = match self {
            Self::One(place) => (Some(*place), None),
            Self::Many(places) => (None, Some(places)),
        };
        one.into_iter().chain(many.into_iter().flat_map(|places| places.iter().copied()))
    }

    fn insert(&mut self, place: Place) {
        match self {
            Self::One(other) => *self = Self::Many(Box::new(BTreeSet::from([*other, place]))),
            Self::Many(places) => drop(places.insert(place)),
        }
    }
}
