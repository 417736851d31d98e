//! What the token, its store, its engine and its randomness say, as sentences for a user and as exit codes.

use portcullis_entropy::RandomError;
use portcullis_pal::Error as StoreError;
use portcullis_token::formats::FormatError;
use portcullis_token::{EngineError, Error, UserType};

use crate::exit::Exit;

/// The sentence for a token's error.
pub(super) fn sentence(error: &Error) -> String {
    let advice = match error {
        Error::Store(error) => return store_sentence(error),
        Error::Random(error) | Error::Engine(EngineError::Random(error)) => return random_sentence(*error),
        Error::CounterBehind { .. }
        | Error::CounterMissing { .. }
        | Error::DeviceSecretMissing { .. }
        | Error::DeviceSecretWrong { .. } => {
            "use it on the device that it was made on, and name its counter and secret with --aside"
        }
        damage if damage.is_damage() => {
            "restore the store from a backup; `portcullis doctor` lists all damage"
        }
        Error::NotDamaged { .. } => "`portcullis doctor --login` names those that are",
        Error::NewerFormat { .. } => "use the newer version of portcullis that wrote it",
        Error::TokenNotInitialized => "run `portcullis init`",
        Error::TokenLabelLength => "choose a shorter one",
        Error::PinLength { .. } => "choose another one",
        Error::PassphraseLength { .. } => "choose a longer one",
        Error::PassphraseIncorrect => "a backup opens only with the passphrase that it was written with",
        Error::BackupDamaged { .. } => "use another copy of it",
        Error::UserPinNotInitialized => "let the security officer set it with `portcullis pin --reset`",
        Error::KeyAlwaysAuthenticates => "use the key through a program that can ask for it",
        Error::KeyFunctionNotPermitted(_) => "choose a key that was made for this",
        Error::Format(_) | Error::Engine(EngineError::KeyInvalid) => "make or export the key anew",
        Error::Engine(EngineError::Unsupported) | Error::MechanismInvalid(_) => {
            "`portcullis mechanisms` shows what can be done"
        }
        _ => return error.to_string(),
    };
    format!("{error}; {advice}")
}

/// The exit code for a token's error.
pub(super) fn exit(error: &Error) -> Exit {
    match error {
        Error::Store(error) => store_exit(error),
        Error::Random(error) | Error::Engine(EngineError::Random(error)) => random_exit(*error),
        damage if damage.is_damage() => Exit::StoreUnusable,
        Error::NewerFormat { .. }
        | Error::CounterMissing { .. }
        | Error::DeviceSecretMissing { .. }
        | Error::DeviceSecretWrong { .. } => Exit::StoreUnusable,
        Error::TokenNotInitialized
        | Error::ObjectHandleInvalid
        | Error::KeyHandleInvalid
        | Error::NotDamaged { .. } => Exit::NotFound,
        Error::PinIncorrect { .. } | Error::PassphraseIncorrect => Exit::WrongPin,
        Error::BackupDamaged { .. } => Exit::BadInput,
        Error::PinLocked => Exit::PinLocked,
        Error::TokenLabelLength => Exit::Usage,
        Error::PinLength { .. }
        | Error::PassphraseLength { .. }
        | Error::UserPinNotInitialized
        | Error::UserNotLoggedIn
        | Error::ActionProhibited
        | Error::AttributeSensitive(_)
        | Error::KeyFunctionNotPermitted(_)
        | Error::KeyAlwaysAuthenticates => Exit::Refused,
        Error::Format(_)
        | Error::Engine(EngineError::KeyInvalid | EngineError::Unsupported)
        | Error::AttributeValueInvalid(_)
        | Error::TemplateIncomplete(_)
        | Error::TemplateInconsistent(_)
        | Error::MechanismInvalid(_)
        | Error::KeyTypeInconsistent(_)
        | Error::KeySizeRange(_) => Exit::BadInput,
        Error::SignatureInvalid | Error::SignatureLength => Exit::SignatureInvalid,
        _ => Exit::Unexpected,
    }
}

fn store_sentence(error: &StoreError) -> String {
    let advice = match error {
        StoreError::Missing { place } => {
            return format!(
                "there is no token at {place}; make one with `portcullis init`, or name its folder with --store"
            );
        }
        StoreError::NotAStore { .. } => {
            "restore it from a backup, or move it away and make a new token with `portcullis init`"
        }
        StoreError::Newer { .. } => "use the newer version of portcullis that wrote it",
        StoreError::ReadOnly { .. } => "make the file and its folder writable for yourself",
        StoreError::Full { .. } => "free some and run the command again",
        StoreError::Busy { .. } | StoreError::Conflict { .. } => "run the command again",
        StoreError::TooLarge { .. } => "use something smaller",
        StoreError::Address { .. } => "see the README of portcullis-pal for what an address says",
        StoreError::InDoubt { .. } => "look whether the change was made before you run the command again",
        StoreError::SecretMissing { .. } => {
            "name with --aside the folder that the token was initialised with, or bring its medium back"
        }
        _ => "check the disk and the permissions there",
    };
    format!("{error}; {advice}")
}

fn store_exit(error: &StoreError) -> Exit {
    match error {
        StoreError::Missing { .. } => Exit::NotFound,
        StoreError::NotAStore { .. } | StoreError::Newer { .. } | StoreError::SecretMissing { .. } => {
            Exit::StoreUnusable
        }
        StoreError::ReadOnly { .. } | StoreError::Full { .. } | StoreError::Busy { .. } => {
            Exit::StoreUnwritable
        }
        StoreError::TooLarge { .. } | StoreError::Address { .. } => Exit::BadInput,
        _ => Exit::Unexpected,
    }
}

fn random_sentence(error: RandomError) -> String {
    match error {
        RandomError::SeedRecord(fault) => format!(
            "{error}: {fault}; make the token's folder writable, free space if it is full, or delete seed.db in it if it \
             is damaged"
        ),
        _ => format!("{error}; `portcullis doctor` shows the sources and their health"),
    }
}

fn random_exit(error: RandomError) -> Exit {
    match error {
        RandomError::SeedRecord(_) => Exit::StoreUnwritable,
        _ => Exit::NoRandomness,
    }
}

/// What is wrong with a key, certificate or signature, and what to do.
pub(super) fn format(error: &FormatError) -> (String, &'static str) {
    match error {
        FormatError::Truncated | FormatError::PemUnfinished => {
            (error.to_string(), "fetch or copy the whole file again")
        }
        FormatError::Malformed(source) => {
            (format!("{error} ({source})"), "check that it is what you meant, and that it came over whole")
        }
        FormatError::Pem(source) => (format!("{error} ({source})"), "copy it again, line by line as it was"),
        FormatError::Encrypted => (error.to_string(), "then import the decrypted file and destroy it"),
        FormatError::NotAPrivateKey => (error.to_string(), "give a PKCS #8, PKCS #1 or SEC 1 key"),
        FormatError::TrailingData => (error.to_string(), "give one structure a file, or PEM"),
        _ => (error.to_string(), "use RSA, P-256, P-384 or Ed25519 keys in their usual form"),
    }
}

fn owner(user: UserType) -> &'static str {
    match user {
        UserType::So => "security officer's PIN",
        UserType::User => "user PIN",
    }
}

pub(super) fn wrong_pin(user: UserType) -> String {
    format!("the {} is wrong", owner(user))
}

pub(super) fn tries(left: u32) -> String {
    if left == 1 { "one try is".into() } else { format!("{left} tries are") }
}

pub(super) fn locked_pin(user: UserType) -> String {
    let advice = match user {
        UserType::User => "the security officer can set a new one with `portcullis pin --reset`",
        UserType::So => {
            "the token goes on working for its user, but can only be administered after a new start"
        }
    };
    format!("the {} is locked after too many wrong tries; {advice}", owner(user))
}
