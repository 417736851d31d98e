//! What can go wrong in a token, one variant a cause. The C module maps each to its `CKR_...` code.

use alloc::string::String;

use portcullis_entropy::RandomError;

use crate::{AttributeType, EngineError, MechanismType, store};

/// The result of a token call.
pub type Result<T> = core::result::Result<T, Error>;

/// Why a token refused or failed. Whatever it is, the token holds what it held before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store below failed.
    #[error(transparent)]
    Store(#[from] portcullis_pal::Error),
    /// No randomness was to be had.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A saved operation's state is none of this token's.
    #[error("the saved state is not valid")]
    SavedStateInvalid,
    /// The running operation can't be saved.
    #[error("the operation's state can't be saved")]
    StateUnsaveable,
    /// Only secret keys can be digested.
    #[error("the key can't be digested")]
    KeyIndigestible,
    /// A key or certificate has no such form.
    #[error(transparent)]
    Format(#[from] crate::formats::FormatError),
    /// A record of the store fails its integrity check or can't be decoded.
    #[error("the record \"{record}\" in {store} is damaged or was tampered with: {why}")]
    Damaged {
        /// The record's label in the store.
        record: String,
        /// Where the store is.
        store: String,
        /// What was wrong with it.
        why: &'static str,
    },
    /// A record was written by a newer version of this software.
    #[error("the record \"{record}\" in {store} has format {found}, this version reads up to {known}")]
    NewerFormat {
        /// The record's label in the store.
        record: String,
        /// Where the store is.
        store: String,
        /// The format it has.
        found: u8,
        /// The newest format that this version reads.
        known: u8,
    },
    /// A record is authentic, but not the one that the token wrote last: an older one was put back.
    #[error(
        "the record \"{record}\" in {store} is not the one that was written last: an older one was put back"
    )]
    RolledBack {
        /// The record's label in the store.
        record: String,
        /// Where the store is.
        store: String,
    },
    /// A record that the token wrote is gone.
    #[error("the record \"{record}\" is missing from {store}")]
    RecordMissing {
        /// The record's label in the store.
        record: String,
        /// Where the store is.
        store: String,
    },
    /// A record that the token did not write, or has destroyed, is there.
    #[error("the record \"{record}\" in {store} was put there behind the token's back")]
    RecordUnknown {
        /// The record's label in the store.
        record: String,
        /// Where the store is.
        store: String,
    },
    /// The device's counter is further than the store: the whole store is an older one.
    #[error(
        "{store} is an older copy: it was written at count {holds}, and the device has counted to {counter}"
    )]
    StoreRolledBack {
        /// Where the store is.
        store: String,
        /// What the store says that the counter was.
        holds: u64,
        /// What the counter says.
        counter: u64,
    },
    /// The store is further than the device's counter: it is not the counter that the token was used with.
    #[error("{store} was written at count {holds}, and the device has only counted to {counter}")]
    CounterBehind {
        /// Where the store is.
        store: String,
        /// What the store says that the counter was.
        holds: u64,
        /// What the counter says.
        counter: u64,
    },
    /// The token was used with a counter in hardware, and there is none here.
    #[error("{store} belongs to a device with a counter, and this one has none")]
    CounterMissing {
        /// Where the store is.
        store: String,
    },
    /// The PIN works on a device with a secret only, and this one has none.
    #[error("the record \"{record}\" in {store} belongs to a device with a secret, and this one has none")]
    DeviceSecretMissing {
        /// The record's label in the store.
        record: String,
        /// Where the store is.
        store: String,
    },
    /// The PIN works on another device only.
    #[error("the record \"{record}\" in {store} belongs to another device")]
    DeviceSecretWrong {
        /// The record's label in the store.
        record: String,
        /// Where the store is.
        store: String,
    },

    /// Nothing is wrong with this record, or it is not an object's.
    #[error("the record \"{record}\" is not of a damaged or missing object")]
    NotDamaged {
        /// The record's label in the store.
        record: String,
    },

    /// A backup's passphrase is too short.
    #[error("a passphrase has at least {min} bytes")]
    PassphraseLength {
        /// The fewest bytes.
        min: usize,
    },
    /// The passphrase is not the backup's.
    #[error("the passphrase is wrong")]
    PassphraseIncorrect,
    /// A file is no backup, or not what was written.
    #[error("the backup is damaged or was tampered with: {why}")]
    BackupDamaged {
        /// What was wrong with it.
        why: &'static str,
    },

    /// The token has not been initialised.
    #[error("the token is not initialised")]
    TokenNotInitialized,
    /// A session is open, and the call needs that there is none.
    #[error("a session is still open")]
    SessionExists,
    /// A token's label has more than 32 bytes.
    #[error("a token label has at most 32 bytes")]
    TokenLabelLength,

    /// The PIN is wrong.
    #[error("the PIN is wrong, {tries_left} tries are left")]
    PinIncorrect {
        /// How often one may still try before the PIN is locked.
        tries_left: u32,
    },
    /// Too many wrong PINs were given.
    #[error("the PIN is locked after too many wrong tries")]
    PinLocked,
    /// The PIN is too short or too long.
    #[error("a PIN has {min} to {max} bytes")]
    PinLength {
        /// The fewest bytes.
        min: usize,
        /// The most bytes.
        max: usize,
    },
    /// The user PIN has not been set by the security officer.
    #[error("the user PIN has not been set")]
    UserPinNotInitialized,
    /// No one is logged in who may do this.
    #[error("the user is not logged in")]
    UserNotLoggedIn,
    /// This user is logged in already.
    #[error("the user is already logged in")]
    UserAlreadyLoggedIn,
    /// The other user is logged in.
    #[error("another user is already logged in")]
    UserAnotherAlreadyLoggedIn,

    /// The session has been closed, or its login has ended.
    #[error("the session is closed")]
    SessionClosed,
    /// The session may not change token objects.
    #[error("the session is read-only")]
    SessionReadOnly,
    /// A read-only session is open, and the security officer's login needs that there is none.
    #[error("a read-only session is open")]
    SessionReadOnlyExists,
    /// The security officer is logged in, so no read-only session can be opened.
    #[error("the security officer is logged in, so a read-only session can't be opened")]
    SessionReadWriteSoExists,

    /// There is no such object, or it can't be seen from here.
    #[error("there is no such object")]
    ObjectHandleInvalid,
    /// There is no such key, or it can't be seen from here.
    #[error("there is no such key")]
    KeyHandleInvalid,
    /// The object may not be changed, copied or destroyed as asked.
    #[error("the object does not allow this")]
    ActionProhibited,

    /// The attribute can't be given or changed here.
    #[error("the attribute {0} can't be set here")]
    AttributeReadOnly(AttributeType),
    /// The attribute's value never leaves the token.
    #[error("the attribute {0} is sensitive and can't be read")]
    AttributeSensitive(AttributeType),
    /// The object has no such attribute.
    #[error("the object has no attribute {0}")]
    AttributeTypeInvalid(AttributeType),
    /// The value is not one that the attribute can have.
    #[error("the value of the attribute {0} is not valid")]
    AttributeValueInvalid(AttributeType),
    /// The template lacks an attribute.
    #[error("the template lacks the attribute {0}")]
    TemplateIncomplete(AttributeType),
    /// The template contradicts itself, or the object can't have this attribute.
    #[error("the template's attribute {0} does not go with the others")]
    TemplateInconsistent(AttributeType),

    /// The key would lie on a curve that is not known here.
    #[error("there are no keys on this curve here")]
    CurveNotSupported,
    /// The curve is not given by a name.
    #[error("a curve is given by its name alone")]
    DomainParamsInvalid,
    /// The key would be of a parameter set that is not known here.
    #[error("there are no keys of this parameter set here")]
    ParameterSetNotSupported,

    /// There is no such mechanism, or it can't do this.
    #[error("the mechanism {0} can't do this here")]
    MechanismInvalid(MechanismType),
    /// The mechanism's parameters are not valid.
    #[error("the parameters of the mechanism {0} are not valid")]
    MechanismParamInvalid(MechanismType),
    /// The key is of a type that the mechanism does not take.
    #[error("the key's type does not go with the mechanism {0}")]
    KeyTypeInconsistent(MechanismType),
    /// The key is too small or too large for the mechanism.
    #[error("the key's size does not go with the mechanism {0}")]
    KeySizeRange(MechanismType),
    /// The key's attributes don't permit this use.
    #[error("the key's attribute {0} does not permit this")]
    KeyFunctionNotPermitted(AttributeType),

    /// There is no such wrapping key, or it can't be seen from here.
    #[error("there is no such wrapping key")]
    WrappingKeyHandleInvalid,
    /// The wrapping key is of a type that the mechanism does not take.
    #[error("the wrapping key's type does not go with the mechanism {0}")]
    WrappingKeyTypeInconsistent(MechanismType),
    /// The wrapping key is too small or too large for the mechanism.
    #[error("the wrapping key's size does not go with the mechanism {0}")]
    WrappingKeySizeRange(MechanismType),
    /// There is no such unwrapping key, or it can't be seen from here.
    #[error("there is no such unwrapping key")]
    UnwrappingKeyHandleInvalid,
    /// The unwrapping key is of a type that the mechanism does not take.
    #[error("the unwrapping key's type does not go with the mechanism {0}")]
    UnwrappingKeyTypeInconsistent(MechanismType),
    /// The unwrapping key is too small or too large for the mechanism.
    #[error("the unwrapping key's size does not go with the mechanism {0}")]
    UnwrappingKeySizeRange(MechanismType),
    /// The key may not leave the token, wrapped or not.
    #[error("the key is not extractable")]
    KeyUnextractable,
    /// The key may not be wrapped by this wrapping key, or not by this mechanism.
    #[error("the key may not be wrapped by this wrapping key")]
    KeyNotWrappable,
    /// The wrapped key is none by this unwrapping key; nothing more is said about it.
    #[error("the wrapped key is not valid")]
    WrappedKeyInvalid,
    /// The ciphertext of a key encapsulation has a length that none of the key's has.
    #[error("no encapsulated key has this length")]
    WrappedKeyLength,

    /// The key wants its user's PIN before each use, which can't be asked for here.
    #[error("the key asks for the PIN before each use")]
    KeyAlwaysAuthenticates,

    /// Such an operation is already running in this session.
    #[error("an operation of this kind is already active in the session")]
    OperationActive,
    /// No such operation is running in this session.
    #[error("no operation of this kind is active in the session")]
    OperationNotInitialized,
    /// The caller's buffer is too short; the operation goes on.
    #[error("the buffer is too short, {needed} bytes are needed")]
    BufferTooSmall {
        /// How many bytes the answer has.
        needed: usize,
    },
    /// The message's tag is not by this key over these data.
    #[error("the message was not encrypted with this key, or was changed since")]
    MessageForged,
    /// No ciphertext of the mechanism has this length.
    #[error("no ciphertext has this length")]
    EncryptedDataLength,
    /// The signature has another length than the key's signatures have.
    #[error("the signature has the wrong length")]
    SignatureLength,
    /// The signature is not by this key over this data.
    #[error("the signature is not valid")]
    SignatureInvalid,
}

impl Error {
    /// Whether it says that a store holds something else than its token wrote there last.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. }
                | Self::RolledBack { .. }
                | Self::RecordMissing { .. }
                | Self::RecordUnknown { .. }
                | Self::StoreRolledBack { .. }
                | Self::CounterBehind { .. }
        )
    }

    /// The record of the object that is damaged, an older one, missing, or there without having been written, where the
    /// error says so of one. [`Session::give_up`](crate::Session::give_up) takes it.
    #[must_use]
    pub fn lost_object(&self) -> Option<&str> {
        match self {
            Self::Damaged { record, .. }
            | Self::RolledBack { record, .. }
            | Self::RecordMissing { record, .. }
            | Self::RecordUnknown { record, .. } => Some(record.as_str()),
            _ => None,
        }
        .filter(|record| store::object_of(record).is_some())
    }

    /// The same error with the name of the store that it is about, where it names one and does not know it yet.
    pub(crate) fn at(mut self, place: &dyn portcullis_pal::ObjectStore) -> Self {
        if let Self::Damaged { store, .. }
        | Self::NewerFormat { store, .. }
        | Self::RolledBack { store, .. }
        | Self::RecordMissing { store, .. }
        | Self::RecordUnknown { store, .. }
        | Self::DeviceSecretMissing { store, .. }
        | Self::DeviceSecretWrong { store, .. } = &mut self
            && store.is_empty()
        {
            *store = place.place();
        }
        self
    }
}
