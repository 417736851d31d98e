//! A token's store in a database that speaks PostgreSQL's protocol. The way there goes by TLS over the command's own
//! randomness when the address names the authorities to trust (`sslrootcert`).

use std::sync::Arc;

use portcullis_entropy::RandomPool;
use portcullis_pal::{PostgresPlace, PostgresStore};
use rustls::ClientConfig;

use crate::error::Result;
use crate::tls;

/// Opens the store at an address, with the password that the environment or a file has for it.
pub(super) fn open(address: &str, random: Arc<RandomPool>, may_create: bool) -> Result<PostgresStore> {
    let mut place = PostgresPlace::parse(address)?.with_password(&|name| std::env::var_os(name));
    if let Some(file) = place.roots() {
        let roots = tls::roots_of(file)?;
        let config = ClientConfig::builder_with_provider(Arc::new(portcullis_tls::provider(random)))
            .with_safe_default_protocol_versions()
            .map_err(portcullis_tls::Error::from)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        place = place.with_tls(Arc::new(config));
    }
    Ok(if may_create { PostgresStore::open_or_create(&place)? } else { PostgresStore::open(&place)? })
}
