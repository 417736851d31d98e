//! A token: what it is made of, what is known of it, and its sessions. Login lives in `login`, the life of
//! objects in `objects`, and the state that calls share in `state`.

mod check_value;
mod commit;
mod damage;
mod ledger;
mod login;
mod loss;
mod numbers;
mod objects;
mod patience;
mod refresh;
mod state;
mod tries;
mod turns;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::RangeInclusive;
use core::sync::atomic::{AtomicUsize, Ordering};

use hashbrown::HashMap;
use portcullis_entropy::Random;
use portcullis_pal::{DeviceSecret, MonotonicCounter, ObjectStore};

use commit::Intent;
pub use login::{Login, UserType};
use numbers::Numbers;
use state::SharedState;
pub(crate) use state::View;
use turns::Turns;

use crate::engine::{Engine, Mechanism};
use crate::object::Catalog;
use crate::policy::pin;
use crate::session::{Session, SessionAccess, Sessions, takes_messages};
use crate::store::{KeyDerivation, TokenLabel};
use crate::sync::{Mutex, RwLock};
use crate::{Error, KeyType, MechanismType, Result};

/// What a token is made of. The composition is the caller's: `portcullis` and the C module each make one.
pub struct Parts {
    /// Where the objects are kept.
    pub store: Arc<dyn ObjectStore>,
    /// What computes.
    pub engine: Arc<dyn Engine>,
    /// Where keys, nonces and salts come from.
    pub random: Arc<dyn Random>,
    /// How new PINs are made slow to guess. Existing ones keep what they were made with.
    pub key_derivation: KeyDerivation,
    /// What the device has beside its medium.
    pub device: Device,
}

/// What a device may have beside its medium; a machine has neither by default. Once a token has been used with one, it
/// is refused without it.
#[derive(Clone, Default)]
pub struct Device {
    /// By which an older copy of the whole store is told. It belongs to this token alone.
    pub counter: Option<Arc<dyn MonotonicCounter>>,
    /// Without which no PIN opens the store: it is mixed into each PIN's key at the next login.
    pub secret: Option<Arc<dyn DeviceSecret>>,
}

/// A PKCS #11 token. Clones are the same token.
#[derive(Clone)]
pub struct Token(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) random: Arc<dyn Random>,
    key_derivation: KeyDerivation,
    device: Device,
    mechanisms: HashMap<MechanismType, &'static dyn Mechanism>,
    state: SharedState,
    catalog: RwLock<Catalog>,
    /// The catalog's count of changes.
    changes: Arc<AtomicUsize>,
    sessions: Mutex<Sessions>,
    numbers: Numbers,
    /// Held by whoever tries a PIN, so that tries are made and counted one after the other.
    pin_turn: Mutex<()>,
    /// Who makes the changes of several threads durable in one batch.
    writers: Turns<Intent, Result<bool>>,
}

/// What anyone may know of a token (`CK_TOKEN_INFO`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenInfo {
    /// The token's label, empty before it is initialised.
    pub label: String,
    /// Its serial number, sixteen characters; empty before it is initialised.
    pub serial: String,
    /// Whether it has been initialised (`CKF_TOKEN_INITIALIZED`).
    pub initialized: bool,
    /// The security officer's PIN.
    pub so_pin: Option<PinState>,
    /// The user's PIN, once the security officer has set it (`CKF_USER_PIN_INITIALIZED`).
    pub user_pin: Option<PinState>,
    /// How many bytes a PIN may have.
    pub pin_len: RangeInclusive<usize>,
}

impl TokenInfo {
    /// Who makes the token (`manufacturerID`).
    pub const MANUFACTURER: &'static str = "Portcullis";
    /// What it is (`model`).
    pub const MODEL: &'static str = "software token";
    /// How many bytes a PIN may have, before there is a token as well.
    pub const PIN_LEN: RangeInclusive<usize> = pin::MIN_LEN..=pin::MAX_LEN;
    /// How many bytes of UTF-8 a token's label has at most.
    pub const MAX_LABEL_LEN: usize = TokenLabel::MAX;
}

/// How a PIN stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinState {
    /// How many wrong PINs may still be given before it is locked; 0 when it is.
    pub tries_left: u32,
    /// Whether a wrong PIN has been given since the last right one (`CKF_..._PIN_COUNT_LOW`).
    pub failed_before: bool,
}

/// What one mechanism can do (`CK_MECHANISM_INFO`), as the engine's capabilities say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MechanismInfo {
    /// Its number.
    pub mechanism: MechanismType,
    /// The key sizes it takes: bits for RSA and curves, bytes for symmetric keys.
    pub key_sizes: RangeInclusive<u32>,
    /// The key types it works with, none where there is no key.
    pub key_types: &'static [KeyType],
    /// `CKF_SIGN`
    pub sign: bool,
    /// `CKF_VERIFY`
    pub verify: bool,
    /// `CKF_DIGEST`
    pub digest: bool,
    /// `CKF_GENERATE` or `CKF_GENERATE_KEY_PAIR`
    pub generate: bool,
    /// `CKF_SIGN_RECOVER`
    pub sign_recover: bool,
    /// `CKF_VERIFY_RECOVER`
    pub verify_recover: bool,
    /// `CKF_ENCRYPT`
    pub encrypt: bool,
    /// `CKF_DECRYPT`
    pub decrypt: bool,
    /// `CKF_MESSAGE_ENCRYPT`
    pub message_encrypt: bool,
    /// `CKF_MESSAGE_DECRYPT`
    pub message_decrypt: bool,
    /// `CKF_WRAP`
    pub wrap: bool,
    /// `CKF_UNWRAP`
    pub unwrap: bool,
    /// `CKF_DERIVE`
    pub derive: bool,
    /// `CKF_ENCAPSULATE`
    pub encapsulate: bool,
    /// `CKF_DECAPSULATE`
    pub decapsulate: bool,
}

impl Token {
    /// Opens the token that the store holds; a store without one gives a token to be initialised.
    ///
    /// # Errors
    /// When the store can't be read, or its token was written by a newer version or is damaged.
    pub fn open(parts: Parts) -> Result<Self> {
        let mechanisms = parts.engine.mechanisms().iter().map(|each| (each.id(), *each)).collect();
        let catalog: RwLock<Catalog> = RwLock::default();
        let changes = catalog.read().changes();
        let token = Self(Arc::new(Shared {
            store: parts.store,
            engine: parts.engine,
            random: parts.random,
            key_derivation: parts.key_derivation,
            device: parts.device,
            mechanisms,
            state: SharedState::default(),
            catalog,
            changes,
            sessions: Mutex::default(),
            numbers: Numbers::default(),
            pin_turn: Mutex::default(),
            writers: Turns::default(),
        }));
        token.0.refresh()?;
        Ok(token)
    }

    /// What anyone may know of the token.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn info(&self) -> Result<TokenInfo> {
        self.0.refresh()?;
        let header = self.0.header();
        Ok(TokenInfo {
            label: header.as_ref().map(|header| header.label.as_str().into()).unwrap_or_default(),
            serial: header.as_ref().map(|header| header.serial.text()).unwrap_or_default(),
            initialized: header.is_some(),
            so_pin: self.0.pin_state(UserType::So)?,
            user_pin: self.0.pin_state(UserType::User)?,
            pin_len: TokenInfo::PIN_LEN,
        })
    }

    /// What the token can compute, in the order of the mechanisms' numbers.
    #[must_use]
    pub fn mechanisms(&self) -> Vec<MechanismInfo> {
        let mut all: Vec<_> = self.0.mechanisms.values().map(|each| MechanismInfo::of(*each)).collect();
        all.sort_unstable_by_key(|info| info.mechanism);
        all
    }

    /// Opens a session (`C_OpenSession`). It closes when it is dropped.
    ///
    /// # Errors
    /// [`Error::TokenNotInitialized`], or [`Error::SessionReadWriteSoExists`] for a read-only session while
    /// the security officer is logged in.
    pub fn open_session(&self, access: SessionAccess) -> Result<Session> {
        let view = self.0.view()?;
        if access == SessionAccess::ReadOnly && view.login == Login::So {
            return Err(Error::SessionReadWriteSoExists);
        }
        let core = self.0.sessions.lock().open(access);
        Ok(Session::new(self.0.clone(), core))
    }

    /// Closes every session of the token and so logs out (`C_CloseAllSessions`). Calls on a session that is
    /// still held answer [`Error::SessionClosed`].
    pub fn close_all_sessions(&self) {
        self.0.close_all_sessions();
    }

    /// The records of the store that can't be used, are missing, or should not be there, each with what is wrong with
    /// it. What is under the master key is checked wholly while someone is logged in, and for its form alone otherwise.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn damage(&self) -> Result<Vec<Error>> {
        self.0.damage()
    }
}

impl Shared {
    /// The mechanism with this number.
    pub(crate) fn mechanism(&self, id: MechanismType) -> Result<&'static dyn Mechanism> {
        self.mechanisms.get(&id).copied().ok_or_else(|| Error::MechanismInvalid(id))
    }

    /// How often objects that there were have changed or gone, as far as this process knows. What was found of an
    /// object holds for as long as this number stays.
    pub(crate) fn changes(&self) -> usize {
        self.changes.load(Ordering::Acquire)
    }

    fn close_all_sessions(&self) {
        for core in self.sessions.lock().take_all() {
            core.close();
        }
        self.catalog.write().remove_session_objects(None);
        self.end_login();
    }

    pub(crate) fn close_session(&self, number: crate::session::SessionNumber) {
        let last = self.sessions.lock().close(number);
        // Most sessions have no objects of their own, and need not keep others from looking for theirs.
        if self.catalog.read().has_objects_of(number) {
            self.catalog.write().remove_session_objects(Some(number));
        }
        if last {
            self.end_login();
        }
    }
}

impl MechanismInfo {
    fn of(mechanism: &'static dyn Mechanism) -> Self {
        Self {
            mechanism: mechanism.id(),
            key_sizes: mechanism.key_sizes(),
            key_types: mechanism.key_types(),
            sign: mechanism.signing().is_some(),
            verify: mechanism.verifying().is_some(),
            digest: mechanism.digesting().is_some(),
            generate: mechanism.generating().is_some(),
            sign_recover: mechanism.sign_recovering().is_some(),
            verify_recover: mechanism.verify_recovering().is_some(),
            encrypt: mechanism.encrypting().is_some(),
            decrypt: mechanism.decrypting().is_some(),
            message_encrypt: mechanism.encrypting().is_some() && takes_messages(mechanism),
            message_decrypt: mechanism.decrypting().is_some() && takes_messages(mechanism),
            wrap: mechanism.wrapping().is_some(),
            unwrap: mechanism.unwrapping().is_some(),
            derive: mechanism.deriving().is_some(),
            encapsulate: mechanism.encapsulating().is_some(),
            decapsulate: mechanism.decapsulating().is_some(),
        }
    }
}
