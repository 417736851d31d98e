//! Which slots there are and what is logged: a TOML file, or the defaults when there is none.
//!
//! The file that `C_Initialize` names, otherwise `$PORTCULLIS_CONF`, otherwise the first that is there of
//! `$XDG_CONFIG_HOME/portcullis/config.toml` and `/etc/portcullis.toml` (XDG Base Directory Specification).

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use serde::Deserialize;

use crate::composition::is_address;
use crate::environment;

/// Names the configuration file.
const FILE: &str = "PORTCULLIS_CONF";

/// The folder or address of the only token where there is no configuration file, as for the `portcullis` command.
const STORE: &str = "PORTCULLIS_STORE";

/// The folder with what that token's device has beside its medium.
const ASIDE: &str = "PORTCULLIS_ASIDE";

/// The folder beside the only token in which others are found and made.
const STORES: &str = "tokens";

/// The file of a whole machine.
const SYSTEM_FILE: &str = "/etc/portcullis.toml";

/// What a slot is called that has no name of its own.
pub(crate) const DESCRIPTION: &str = "Portcullis slot";

/// How the library is set up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The first slots, in the order of their numbers.
    #[serde(default, rename = "slot")]
    pub(crate) slots: Vec<SlotConfig>,
    /// The folder with more stores: each has a slot, and one slot without a token makes new ones there.
    pub(crate) stores: Option<PathBuf>,
    /// What is logged.
    #[serde(default)]
    pub(crate) log: LogConfig,
}

/// One slot.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlotConfig {
    /// The folder of its token, or the address of a database with it.
    pub(crate) store: PathBuf,
    /// The file with the authorities that vouch for the database's server.
    pub(crate) ca: Option<PathBuf>,
    /// The folder of the random generator's seed record, for a token in a database; otherwise it is the token's.
    pub(crate) seed: Option<PathBuf>,
    /// The folder with the counter and the secret of the device, on another medium than the token. No two tokens
    /// share one.
    pub(crate) aside: Option<PathBuf>,
    /// Whether it makes RSA keys that are too short for new uses.
    #[serde(default)]
    pub(crate) short_rsa: bool,
    /// What it is called.
    #[serde(default = "SlotConfig::description")]
    pub(crate) description: String,
}

/// What is logged where.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogConfig {
    /// Which events, such as `debug` or `portcullis_token=info`; nothing when it is missing.
    pub(crate) filter: Option<String>,
    /// Into which file; standard error when it is missing.
    pub(crate) file: Option<PathBuf>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ConfigError {
    /// The file can't be read.
    #[error("the configuration {file} can't be read: {source}")]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not a configuration.
    #[error("the configuration {file} is not valid: {source}")]
    Invalid {
        /// Which file.
        file: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// The file says nothing of slots.
    #[error("the configuration {file} has no slots: it needs [[slot]] or stores")]
    NoSlots {
        /// Which file.
        file: PathBuf,
    },
    /// A token in a database, and no folder for what is the machine's own.
    #[error("the slot {slot} has its token in a database, so it needs a folder of this machine's own: seed")]
    NoSeed {
        /// What the slot is called.
        slot: String,
    },
    /// One counter for two tokens.
    #[error("two slots have their counters in {aside}, where each needs a folder of its own: aside")]
    AsideShared {
        /// Which folder.
        aside: PathBuf,
    },
    /// No file, and no home folder to put a token in.
    #[error("there is neither a configuration nor a home folder: set {STORE} or {FILE}")]
    NoFolder,
}

/// A look at one variable of the environment.
type LookUp<'a> = &'a dyn Fn(&str) -> Option<OsString>;

impl Config {
    /// The configuration of this process; `named` is the file that `C_Initialize` was given.
    pub(crate) fn find(named: Option<&Path>) -> Result<Self, ConfigError> {
        Self::find_in(named, &environment::variable, Path::new(SYSTEM_FILE))
    }

    fn find_in(named: Option<&Path>, look_up: LookUp<'_>, system: &Path) -> Result<Self, ConfigError> {
        if let Some(file) = named {
            return Self::read(file, look_up);
        }
        if let Some(file) = look_up(FILE) {
            return Self::read(Path::new(&file), look_up);
        }
        let own =
            folder(look_up, "XDG_CONFIG_HOME", ".config").map(|base| base.join("portcullis/config.toml"));
        for file in own.into_iter().chain([system.to_owned()]) {
            match Self::read(&file, look_up) {
                Err(ConfigError::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                found => return found,
            }
        }
        Self::without_file(look_up)
    }

    /// One slot where the `portcullis` command keeps its token too, and those that are made beside it.
    fn without_file(look_up: LookUp<'_>) -> Result<Self, ConfigError> {
        let store =
            look_up(STORE).map(PathBuf::from).or_else(|| own(look_up)).ok_or(ConfigError::NoFolder)?;
        let aside = look_up(ASIDE).map(PathBuf::from);
        let description = SlotConfig::description();
        let mut slot = SlotConfig { store, ca: None, seed: None, aside, short_rsa: false, description };
        slot.complete(look_up)?;
        let stores = slot.seed.as_ref().or(Some(&slot.store)).map(|folder| folder.join(STORES));
        Ok(Self { slots: vec![slot], stores, log: LogConfig::default() })
    }

    fn read(file: &Path, look_up: LookUp<'_>) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(file)
            .map_err(|source| ConfigError::Unreadable { file: file.to_owned(), source })?;
        let invalid = |source| ConfigError::Invalid { file: file.to_owned(), source: Box::new(source) };
        let mut config: Self = toml::from_str(&text).map_err(invalid)?;
        if config.slots.is_empty() && config.stores.is_none() {
            return Err(ConfigError::NoSlots { file: file.to_owned() });
        }
        // Paths in the file are relative to the file.
        let base = file.parent().unwrap_or(Path::new(""));
        for path in config.stores.iter_mut().chain(&mut config.log.file) {
            *path = base.join(&*path);
        }
        for slot in &mut config.slots {
            let SlotConfig { store, ca, seed, aside, .. } = slot;
            let store = Some(store).filter(|store| !is_address(store));
            for path in store.into_iter().chain(ca).chain(seed).chain(aside) {
                *path = base.join(&*path);
            }
            slot.complete(look_up)?;
        }
        config.check_asides()?;
        Ok(config)
    }

    fn check_asides(&self) -> Result<(), ConfigError> {
        let mut seen = BTreeSet::new();
        for aside in self.slots.iter().filter_map(|slot| slot.aside.as_deref()) {
            if !seen.insert(aside) {
                return Err(ConfigError::AsideShared { aside: aside.to_owned() });
            }
        }
        Ok(())
    }
}

impl SlotConfig {
    fn description() -> String {
        DESCRIPTION.to_owned()
    }

    /// Sees to it that a token in a database has a folder of this machine's own.
    fn complete(&mut self, look_up: LookUp<'_>) -> Result<(), ConfigError> {
        if is_address(&self.store) && self.seed.is_none() {
            self.seed = own(look_up);
            if self.seed.is_none() {
                return Err(ConfigError::NoSeed { slot: self.description.clone() });
            }
        }
        Ok(())
    }
}

/// Without the store: an address may have a password in it.
impl fmt::Debug for SlotConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlotConfig").field("description", &self.description).finish_non_exhaustive()
    }
}

/// The folder where the `portcullis` command keeps its token too.
fn own(look_up: LookUp<'_>) -> Option<PathBuf> {
    folder(look_up, "XDG_DATA_HOME", ".local/share").map(|base| base.join("portcullis"))
}

/// A base folder of the XDG specification, which has relative paths ignored.
fn folder(look_up: LookUp<'_>, variable: &str, in_home: &str) -> Option<PathBuf> {
    let named = |variable| look_up(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    named(variable).or_else(|| named("HOME").map(|home| home.join(in_home)))
}

#[cfg(test)]
mod tests;
