//! A token's store in a database that speaks PostgreSQL's protocol. The way there goes by TLS over the command's own
//! randomness when the address names the authorities to trust (`sslrootcert`); the key that the server knows this machine
//! by (`sslkey`) is in the token in the machine's own folder.

use std::path::Path;
use std::sync::Arc;

use portcullis_entropy::RandomPool;
use portcullis_pal::{PostgresPlace, PostgresStore};
use portcullis_token::key_service::KeyQuery;
use portcullis_token::uri::Pkcs11Uri;
use portcullis_token::{Device, KeyService, TokenKeys};
use rustls::{ALL_VERSIONS, ClientConfig, RootCertStore};

use super::{Composition, Place};
use crate::error::{Error, Result};
use crate::{pin, tls};

/// Opens the store at an address, with the password that the environment or a file has for it.
pub(super) fn open(
    address: &str,
    own: &Path,
    random: Arc<RandomPool>,
    may_create: bool,
) -> Result<PostgresStore> {
    let mut place = PostgresPlace::parse(address)?.with_password(&|name| std::env::var_os(name));
    if let Some(file) = place.roots() {
        let roots = tls::roots_of(file)?;
        let config = match place.key() {
            Some(key) => known(key, own, random, roots)?,
            None => portcullis_tls::anonymous_client_config(random, roots, ALL_VERSIONS)?,
        };
        place = place.with_tls(Arc::new(config));
    }
    Ok(if may_create { PostgresStore::open_or_create(&place)? } else { PostgresStore::open(&place)? })
}

/// TLS that shows the certificate of a key in the machine's own token.
fn known(key: &str, own: &Path, random: Arc<RandomPool>, roots: RootCertStore) -> Result<ClientConfig> {
    let uri = Pkcs11Uri::parse(key)?;
    let file = uri.pin_file().ok_or_else(|| {
        Error::Usage("sslkey does not say where the PIN is; add ?pin-source=file:/PATH to it".into())
    })?;
    let pin = pin::of_machine(Path::new(file))?;
    let machine = Composition::open(&Place::Folder(own.to_owned()), Device::default())?;
    let keys: Arc<dyn KeyService> = Arc::new(TokenKeys::login(&machine.token, pin.expose())?);
    Ok(portcullis_tls::client_config(&keys, &KeyQuery::parse(key)?, random, roots, ALL_VERSIONS)?)
}
