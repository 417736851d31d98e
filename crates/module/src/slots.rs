//! The slots of a process: those of the configuration, those found in the folder of stores, and always one with no
//! token yet, where a new one can be made (PKCS #11 v3.2 section 5.5).
//!
//! What is absent: what tokens are made of, which is `composition`'s to say.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::{fs, io};

use cryptoki_sys::CK_SLOT_ID;
use portcullis_pal::Error as StoreError;
use portcullis_token::{Error as TokenError, Token};

use crate::composition::{self, STORE, VacantStore};
use crate::config::{Config, DESCRIPTION, SlotConfig};
use crate::error::{Error, Result};

/// All slots. One that was numbered keeps its number as long as the library is initialised.
pub(crate) struct Slots {
    /// The folder in which stores are found and made, if there is one.
    stores: Option<PathBuf>,
    all: RwLock<Vec<Arc<Slot>>>,
    /// Held by the one who looks for what has changed.
    looking: Mutex<()>,
}

/// A slot and what is in it.
pub(crate) struct Slot {
    /// What the slot is called.
    pub(crate) description: String,
    place: Place,
    token: core::result::Result<Token, Arc<portcullis_token::Error>>,
}

/// Where a slot's token lies.
enum Place {
    /// In this folder, if there is one.
    Folder(PathBuf),
    /// In a database, as this says.
    Database(SlotConfig),
    /// In a folder that is chosen when the token is initialised.
    Vacant(Arc<VacantStore>),
}

impl Slots {
    /// The slots of a configuration: first those that it lists.
    pub(crate) fn open(config: &Config) -> Self {
        let listed = config.slots.iter().map(Slot::listed);
        let all = RwLock::new(listed.map(Arc::new).collect());
        let slots = Self { stores: config.stores.clone(), all, looking: Mutex::default() };
        slots.look_in_folder();
        slots
    }

    /// Looks for tokens that were made since, here or by others, and sees to it that one slot has none yet. New
    /// slots come after those that are there.
    pub(crate) fn look(&self) {
        let _alone = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        self.look_again();
        self.look_in_folder();
    }

    fn look_in_folder(&self) {
        let Some(stores) = &self.stores else { return };
        let known: Vec<_> = self.all().iter().filter_map(|slot| slot.folder().map(resolved)).collect();
        for folder in stores_in(stores) {
            if !known.contains(&resolved(&folder)) {
                let token = composition::open(&folder, composition::engine(false), None);
                self.add(Slot::with(DESCRIPTION.to_owned(), Place::Folder(folder), token));
            }
        }
        let slots = self.all().clone();
        if !slots.iter().any(|slot| slot.awaits_token()) {
            self.add(Slot::vacant(stores));
        }
    }

    /// Tries databases again that could not be reached: their servers come and go.
    fn look_again(&self) {
        let slots = self.all().clone();
        for (index, slot) in slots.iter().enumerate() {
            // A key or an address that can't be used stays so: each try with a wrong PIN would bring its lock nearer.
            if let (Place::Database(config), Err(error)) = (&slot.place, &slot.token)
                && !matches!(&**error, TokenError::Store(StoreError::Address { .. }))
            {
                let slot = Arc::new(Slot::listed(config));
                self.all.write().unwrap_or_else(PoisonError::into_inner)[index] = slot;
            }
        }
    }

    fn add(&self, slot: Slot) {
        self.all.write().unwrap_or_else(PoisonError::into_inner).push(Arc::new(slot));
    }

    fn all(&self) -> RwLockReadGuard<'_, Vec<Arc<Slot>>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The numbers of all slots, or of those with a token that can be used.
    pub(crate) fn ids(&self, with_token: bool) -> Vec<CK_SLOT_ID> {
        let all = self.all();
        let slots = all.iter().enumerate();
        slots.filter(|(_, slot)| !with_token || slot.token.is_ok()).map(|(id, _)| id as CK_SLOT_ID).collect()
    }

    /// The slot with this number.
    pub(crate) fn slot(&self, id: CK_SLOT_ID) -> Result<Arc<Slot>> {
        let index = usize::try_from(id).map_err(|_| Error::SlotIdInvalid)?;
        self.all().get(index).cloned().ok_or(Error::SlotIdInvalid)
    }

    /// Every token that can be used.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        self.all().iter().filter_map(|slot| slot.token.as_ref().ok().cloned()).collect()
    }
}

impl Slot {
    fn listed(config: &SlotConfig) -> Self {
        let SlotConfig { store, seed, aside, short_rsa, description, .. } = config;
        let (place, token) = match seed {
            Some(seed) if composition::is_address(store) => {
                (Place::Database(config.clone()), composition::open_in_database(config, seed))
            }
            _ => {
                let engine = composition::engine(*short_rsa);
                (Place::Folder(store.clone()), composition::open(store, engine, aside.as_deref()))
            }
        };
        Self::with(description.clone(), place, token)
    }

    fn vacant(stores: &Path) -> Self {
        let store = Arc::new(VacantStore::below(stores));
        let token = composition::open_vacant(stores, store.clone());
        Self::with(DESCRIPTION.to_owned(), Place::Vacant(store), token)
    }

    fn with(description: String, place: Place, token: portcullis_token::Result<Token>) -> Self {
        let token = token.map_err(|error| {
            tracing::error!(%error, slot = description, "the slot's token can't be used");
            Arc::new(error)
        });
        Self { description, place, token }
    }

    /// The token in the slot.
    pub(crate) fn token(&self) -> Result<Token> {
        self.token.clone().map_err(Error::Slot)
    }

    /// Where the token lies, once that is known.
    fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(folder) => Some(folder),
            Place::Database(_) => None,
            Place::Vacant(store) => store.folder(),
        }
    }

    /// Whether a token can be made here without ending another.
    fn awaits_token(&self) -> bool {
        let info = self.token.as_ref().ok().and_then(|token| token.info().ok());
        info.is_some_and(|info| !info.initialized)
    }
}

/// The folders with a store in this one: those with numbers for names first, in their order, then the others by name.
fn stores_in(stores: &Path) -> Vec<PathBuf> {
    let entries = match fs::read_dir(stores) {
        Ok(entries) => entries,
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::error!(%error, folder = %stores.display(), "stores can't be looked for");
            }
            return Vec::new();
        }
    };
    let mut found: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|folder| folder.join(STORE).is_file())
        .map(|folder| {
            let name = folder.file_name().unwrap_or_default().to_owned();
            (name.to_str().and_then(|name| name.parse().ok()).unwrap_or(u64::MAX), name, folder)
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, _, folder)| folder).collect()
}

/// A path that can be compared with others.
fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
