//! The profiles that the token keeps to, as objects (PKCS #11 v3.2 section 4.5, and PKCS #11 Profiles v3.2).
//!
//! They are in no store: every token has the same.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::catalog::Entry;
use super::{Contents, Object, ObjectClass, ObjectNumber};
use crate::AttributeType;
use crate::attribute::{AttributeSet, Secrets};

/// `CKP_BASELINE_PROVIDER`
const PROFILES: [u64; 1] = [1];

/// The place of the first in the catalog, which no other object reaches.
const FIRST_PLACE: u64 = 1 << 39;

/// The profiles of a token.
pub(super) struct Profiles(Vec<Entry>);

impl Default for Profiles {
    fn default() -> Self {
        Self((FIRST_PLACE..).zip(PROFILES).map(|(place, id)| entry(place, id)).collect())
    }
}

impl Profiles {
    pub(super) fn all(&self) -> &[Entry] {
        &self.0
    }

    /// The profile at this place.
    pub(super) fn at(&self, place: u64) -> Option<&Entry> {
        self.0.get(usize::try_from(place.checked_sub(FIRST_PLACE)?).ok()?)
    }
}

fn entry(place: u64, id: u64) -> Entry {
    let mut public = AttributeSet::default();
    public.set(AttributeType::Class, ObjectClass::Profile.code());
    public.set(AttributeType::ProfileId, id);
    public.set(AttributeType::Token, true);
    for attribute in [
        AttributeType::Private,
        AttributeType::Modifiable,
        AttributeType::Copyable,
        AttributeType::Destroyable,
    ] {
        public.set(attribute, false);
    }
    public.set(AttributeType::Label, "");
    let number = ObjectNumber(place);
    public.set(AttributeType::UniqueId, number.unique_id());
    let contents = Contents::Open(Arc::new(Secrets::default()));
    let class = ObjectClass::Profile;
    Entry::built_in(place, Object { number, version: 1, class, key_type: None, public, contents })
}
