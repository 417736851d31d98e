//! Where a store lies: an address as libpq writes them, what this store understands of it beside the driver, and
//! whether the way there may go without TLS.
//!
//! <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS>

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::trouble::Trouble;
use crate::{Error, Result};

#[cfg(test)]
mod tests;

/// The schema of a store whose address names none.
const SCHEMA: &str = "portcullis";

/// The longest name that PostgreSQL keeps whole, in bytes.
const LONGEST_NAME: usize = 63;

/// How a connection with nothing to say is kept from being forgotten on the way.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Where a store lies in a PostgreSQL server, and how to get there: an address that starts with `postgresql://` or
/// `postgres://`, as libpq takes it. Of a password nothing is shown, neither by `Debug` nor in an [`Error`].
///
/// Beside what the driver knows (`user`, `dbname`, `host`, `port`, `connect_timeout`, `channel_binding`,
/// `target_session_attrs` and so on) an address may say:
///
/// - `schema`: the schema with the store's tables, `portcullis` where it is missing. Each token has its own.
/// - `sslmode`: `disable` for no TLS. `require`, `verify-ca` and `verify-full` all mean `verify-full`, which is how it
///   is without one of them too. What may fall back to plaintext is refused.
/// - `sslrootcert`: the file with the authorities that a server's certificate must come from; see
///   [`roots`](Self::roots).
/// - `sslkey`: a PKCS #11 URI of the key with which this machine shows who it is; see [`key`](Self::key).
/// - `passfile`: a file with passwords; see [`with_password`](Self::with_password).
/// - `server=compatible`: for a new store, says that the server is not PostgreSQL itself, where that does not show.
#[derive(Clone)]
pub struct PostgresPlace {
    pub(super) config: Config,
    pub(super) schema: String,
    pub(super) is_compatible: bool,
    tls: Option<Arc<ClientConfig>>,
    is_plain: bool,
    roots: Option<PathBuf>,
    key: Option<String>,
    pub(super) password_file: Option<PathBuf>,
}

impl PostgresPlace {
    /// Whether this is an address of a PostgreSQL server, and not a path.
    #[must_use]
    pub fn is_address(text: &str) -> bool {
        text.starts_with("postgresql://") || text.starts_with("postgres://")
    }

    /// Understands an address.
    ///
    /// # Errors
    /// [`Error::Address`] when it can't be.
    pub fn parse(address: &str) -> Result<Self> {
        if !Self::is_address(address) {
            return Err(refused("it does not start with postgresql://"));
        }
        // Where the driver too takes the host to begin.
        let host = address.find('@').map_or(0, |at| at + 1);
        let (base, parameters) = match address[host..].split_once('?') {
            Some((base, parameters)) => (&address[..host + base.len()], parameters),
            None => (address, ""),
        };
        let mut place = Self {
            config: Config::new(),
            schema: SCHEMA.to_owned(),
            is_compatible: false,
            tls: None,
            is_plain: false,
            roots: None,
            key: None,
            password_file: None,
        };
        let mut others = Vec::new();
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if !place.take(name, &decoded(value)?)? {
                others.push(parameter);
            }
        }
        let rest = format!("{base}?{}", others.join("&"));
        // What the driver says of an address names the option and no value.
        place.config = rest.parse().map_err(|error: tokio_postgres::Error| {
            let why =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            refused(&why)
        })?;
        place.complete()?;
        Ok(place)
    }

    /// Takes a parameter that is not the driver's; says whether it was one.
    fn take(&mut self, name: &str, value: &str) -> Result<bool> {
        match (name, value) {
            ("schema", _) if is_name(value) => self.schema = value.to_owned(),
            ("schema", _) => {
                return Err(refused("a schema's name has small letters, digits and underscores only"));
            }
            ("sslmode", "disable") => self.is_plain = true,
            ("sslmode", "require" | "verify-ca" | "verify-full") => self.is_plain = false,
            ("sslmode", _) => return Err(refused("sslmode is either disable or verify-full")),
            ("sslrootcert", _) => self.roots = Some(value.into()),
            ("sslkey", _) if value.starts_with("pkcs11:") => self.key = Some(value.to_owned()),
            ("sslkey", _) => return Err(refused("sslkey is a PKCS #11 URI: a key lies in a token")),
            ("passfile", _) => self.password_file = Some(value.into()),
            ("server", "compatible") => self.is_compatible = true,
            ("server", _) => return Err(refused("server is compatible, or not said")),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Says what the address leaves open.
    fn complete(&mut self) -> Result<()> {
        let config = &mut self.config;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(refused("it names no host"));
        }
        if config.get_application_name().is_none() {
            config.application_name("portcullis");
        }
        // Of several servers one is to be written to.
        if config.get_hosts().len() > 1 && config.get_target_session_attrs() == TargetSessionAttrs::Any {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        config.keepalives_idle(KEEPALIVE);
        Ok(())
    }

    /// Goes there by TLS, and only so unless the address says `sslmode=disable` or names Unix sockets only. The
    /// configuration says whom to trust and what to show: a key may be in a token.
    #[must_use]
    pub fn with_tls(mut self, config: Arc<ClientConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Whether a connection goes by TLS, so that [`with_tls`](Self::with_tls) has to say how: always, but on the way
    /// to a Unix socket or a loopback address, or where the address says `sslmode=disable`. With `sslrootcert` or
    /// `sslkey` a loopback address is no exception.
    #[must_use]
    pub fn needs_tls(&self) -> bool {
        !self.is_plain
            && !self.is_by_socket()
            && (self.roots.is_some() || self.key.is_some() || !self.is_local())
    }

    /// The file with the authorities to trust, which whoever calls [`with_tls`](Self::with_tls) reads.
    #[must_use]
    pub fn roots(&self) -> Option<&Path> {
        self.roots.as_deref()
    }

    /// The URI of the key whose certificate the server is shown, which whoever calls [`with_tls`](Self::with_tls) finds
    /// in a token of this machine's own.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The address without user, password and options, for messages.
    #[must_use]
    pub fn name(&self) -> String {
        let ports = self.config.get_ports();
        let host = |(at, host): (usize, String)| {
            let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
            format!("{host}:{port}")
        };
        let named = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(folder) => folder.display().to_string(),
        });
        let mut hosts: Vec<_> = named.collect();
        if hosts.is_empty() {
            hosts = self.config.get_hostaddrs().iter().map(ToString::to_string).collect();
        }
        let hosts: Vec<_> = hosts.into_iter().enumerate().map(host).collect();
        let database = self.config.get_dbname().or(self.config.get_user()).unwrap_or("");
        format!("postgresql://{}/{database}?schema={}", hosts.join(","), self.schema)
    }

    /// The driver's configuration, and TLS where it is used.
    pub(super) fn way(&self) -> core::result::Result<(Config, Option<Arc<ClientConfig>>), Trouble> {
        let mut config = self.config.clone();
        let plain = self.is_plain || self.is_by_socket();
        match &self.tls {
            Some(tls) if !plain => {
                config.ssl_mode(SslMode::Require);
                Ok((config, Some(tls.clone())))
            }
            None if self.needs_tls() => Err(Trouble::NoTls),
            _ => {
                config.ssl_mode(SslMode::Disable);
                Ok((config, None))
            }
        }
    }

    fn is_by_socket(&self) -> bool {
        let hosts = self.config.get_hosts();
        !hosts.is_empty() && hosts.iter().all(|host| matches!(host, Host::Unix(_)))
    }

    /// Whether nothing of the way is outside of this machine.
    fn is_local(&self) -> bool {
        let addresses = self.config.get_hostaddrs();
        let is_local = |host: &Host| match host {
            Host::Tcp(name) => {
                name == "localhost"
                    || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
            }
            Host::Unix(_) => true,
        };
        if addresses.is_empty() {
            self.config.get_hosts().iter().all(is_local)
        } else {
            addresses.iter().all(std::net::IpAddr::is_loopback)
        }
    }
}

impl fmt::Debug for PostgresPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresPlace").field(&self.name()).finish()
    }
}

pub(super) fn refused(why: &str) -> Error {
    Error::Address { why: why.to_owned() }
}

/// Whether a schema's name needs no quotes.
fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= LONGEST_NAME
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Undoes percent-encoding (RFC 3986 section 2.1).
fn decoded(text: &str) -> Result<String> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let digits = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(digits.ok_or_else(|| refused("a % is not followed by two digits"))?);
        rest = &after[2..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).map_err(|_| refused("a value is no text"))
}
