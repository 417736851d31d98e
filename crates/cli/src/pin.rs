//! Where PINs come from: a file, the environment, or a prompt without echo. Never the command line, which
//! other users of the machine can read.

use std::io::IsTerminal;
use std::path::Path;

use portcullis_token::{Error as TokenError, Secret, TokenInfo, backup};
use zeroize::Zeroizing;

use crate::args::Global;
use crate::error::{Error, Result};
use crate::input;

/// A PIN that is asked for.
#[derive(Clone, Copy, Debug)]
struct Ask {
    /// What it is called in prompts and messages.
    name: &'static str,
    /// The option that names its file.
    option: &'static str,
    /// The environment variable that may hold it.
    variable: &'static str,
}

/// The user's PIN.
const USER: Ask = Ask { name: "user PIN", option: "--pin-file", variable: "PORTCULLIS_PIN" };

/// The security officer's PIN.
const SO: Ask =
    Ask { name: "security officer's PIN", option: "--so-pin-file", variable: "PORTCULLIS_SO_PIN" };

/// The PIN that replaces another one.
const NEW: Ask = Ask { name: "new PIN", option: "--new-pin-file", variable: "PORTCULLIS_NEW_PIN" };

/// What a backup is sealed under.
const PASSPHRASE: Ask =
    Ask { name: "passphrase of the backup", option: "--passphrase-file", variable: "PORTCULLIS_PASSPHRASE" };

/// The user's PIN of a token of SoftHSM.
const SOFTHSM: Ask = Ask {
    name: "user PIN of the SoftHSM token",
    option: "--softhsm-pin-file",
    variable: "PORTCULLIS_SOFTHSM_PIN",
};

/// The user's PIN, which exists.
pub(crate) fn user(global: &Global) -> Result<Secret> {
    USER.existing(global.pin_file.as_deref())
}

/// The user's PIN, if it can be had without asking a person.
pub(crate) fn user_unattended(global: &Global) -> Result<Option<Secret>> {
    USER.unattended(global.pin_file.as_deref())
}

/// The security officer's PIN, which exists.
pub(crate) fn so(global: &Global) -> Result<Secret> {
    SO.existing(global.so_pin_file.as_deref())
}

/// The user's PIN of a token that is about to be made.
pub(crate) fn first_user(global: &Global) -> Result<Secret> {
    USER.chosen(global.pin_file.as_deref())
}

/// The security officer's PIN of a token that is about to be made.
pub(crate) fn first_so(global: &Global) -> Result<Secret> {
    SO.chosen(global.so_pin_file.as_deref())
}

/// The PIN that replaces another one.
pub(crate) fn replacement(file: Option<&Path>) -> Result<Secret> {
    NEW.chosen(file)
}

/// The passphrase of a backup that is there.
pub(crate) fn passphrase(file: Option<&Path>) -> Result<Secret> {
    PASSPHRASE.existing(file)
}

/// The passphrase of a backup that is about to be written.
pub(crate) fn new_passphrase(file: Option<&Path>) -> Result<Secret> {
    let passphrase = PASSPHRASE.chosen(file)?;
    let min = backup::MIN_PASSPHRASE_LEN;
    if passphrase.len() < min { Err(TokenError::PassphraseLength { min }.into()) } else { Ok(passphrase) }
}

/// The user's PIN of the machine's own token, which opens the way to another one.
#[cfg(feature = "postgres")]
pub(crate) fn of_machine(file: &Path) -> Result<Secret> {
    const MACHINE: Ask =
        Ask { name: "user PIN of the machine's token", option: "pin-source in sslkey", variable: "" };
    MACHINE.existing(Some(file))
}

/// The user's PIN of a token of SoftHSM.
pub(crate) fn softhsm(file: Option<&Path>) -> Result<Secret> {
    SOFTHSM.existing(file)
}

/// A PIN that is being chosen, if it is of a length that tokens take.
pub(crate) fn acceptable(pin: Secret) -> Result<Secret> {
    let (min, max) = TokenInfo::PIN_LEN.into_inner();
    if (min..=max).contains(&pin.len()) { Ok(pin) } else { Err(TokenError::PinLength { min, max }.into()) }
}

impl Ask {
    fn existing(self, file: Option<&Path>) -> Result<Secret> {
        match self.unattended(file)? {
            Some(pin) => Ok(pin),
            None => self.prompt(self.name),
        }
    }

    /// A PIN that is being chosen is typed twice.
    fn chosen(self, file: Option<&Path>) -> Result<Secret> {
        if let Some(pin) = self.unattended(file)? {
            return Ok(pin);
        }
        let pin = self.prompt(&format!("Choose the {}", self.name))?;
        let again = self.prompt(&format!("Repeat the {}", self.name))?;
        if pin == again { Ok(pin) } else { Err(Error::PinsDiffer { name: self.name }) }
    }

    fn unattended(self, file: Option<&Path>) -> Result<Option<Secret>> {
        if let Some(path) = file {
            let text = Zeroizing::new(input::read(path)?);
            let pin = without_line_break(&text);
            // No token has an empty PIN: something went wrong where the file was made, and to try it would
            // only bring the lock nearer.
            return if pin.is_empty() { Err(self.missing()) } else { Ok(Some(Secret::copied(pin))) };
        }
        let variable = std::env::var_os(self.variable).filter(|pin| !pin.is_empty());
        Ok(variable.map(|pin| Secret::new(pin.into_encoded_bytes())))
    }

    fn missing(self) -> Error {
        Error::NoPin { name: self.name, option: self.option, variable: self.variable }
    }

    fn prompt(self, what: &str) -> Result<Secret> {
        if !std::io::stderr().is_terminal() {
            return Err(self.missing());
        }
        let mut prompt = what.to_owned();
        if let Some(first) = prompt.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let typed = rpassword::prompt_password(format!("{prompt}: ")).map_err(|_| self.missing())?;
        Ok(Secret::new(typed.into_bytes()))
    }
}

/// A line break at a file's end is no part of the PIN, since most editors write one.
fn without_line_break(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.strip_suffix(b"\r").unwrap_or(text)
}
