//! Where a password comes from that an address does not have: as for libpq, from the environment or from a file.
//!
//! <https://www.postgresql.org/docs/current/libpq-pgpass.html>

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tokio_postgres::config::Host;
use zeroize::Zeroizing;

use super::place::PostgresPlace;

#[cfg(test)]
mod tests;

impl PostgresPlace {
    /// The same place with its password, when the address has none: `PGPASSWORD`, or the line of the password file
    /// that is for this server, database and user. The file is the one that the address names as `passfile`, else
    /// `PGPASSFILE`, else `.pgpass` in the home folder; one that others may read is not used.
    ///
    /// `variable` looks the environment up, as far as the caller may believe it.
    #[must_use]
    pub fn with_password(mut self, variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        if self.config.get_password().is_some() {
            return self;
        }
        if let Some(password) = variable("PGPASSWORD").and_then(|password| password.into_string().ok()) {
            self.config.password(&*Zeroizing::new(password));
            return self;
        }
        let file = self
            .password_file
            .clone()
            .or_else(|| variable("PGPASSFILE").map(PathBuf::from))
            .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".pgpass")));
        let Some(file) = file else { return self };
        match read(&file) {
            Ok(text) => {
                if let Some(password) = self.line(&text) {
                    self.config.password(&*password);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(file = %file.display(), %error, "the password file is not used"),
        }
        self
    }

    /// The password in the first line that is for this place.
    fn line(&self, text: &str) -> Option<Zeroizing<String>> {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(_)) => "localhost".to_owned(),
            None => self.config.get_hostaddrs().first()?.to_string(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432).to_string();
        let user = self.config.get_user().unwrap_or_default();
        let database = self.config.get_dbname().unwrap_or(user);
        let wanted = [host.as_str(), port.as_str(), database, user];
        text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
            let mut fields = fields(line);
            let password = (fields.len() == 5).then(|| fields.pop()).flatten()?;
            let fits = fields
                .iter()
                .zip(wanted)
                .all(|(field, wanted)| field.as_str() == "*" || field.as_str() == wanted);
            fits.then_some(password)
        })
    }
}

/// A line in its parts. A backslash takes the next character as it is.
fn fields(line: &str) -> Vec<Zeroizing<String>> {
    let mut fields = vec![Zeroizing::new(String::new())];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let taken = match character {
            ':' => {
                fields.push(Zeroizing::new(String::new()));
                continue;
            }
            '\\' => characters.next(),
            other => Some(other),
        };
        if let (Some(field), Some(taken)) = (fields.last_mut(), taken) {
            field.push(taken);
        }
    }
    fields
}

fn read(file: &Path) -> io::Result<Zeroizing<String>> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(file)?.permissions().mode() & 0o077 != 0 {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others may read it"));
        }
    }
    fs::read_to_string(file).map(Zeroizing::new)
}
