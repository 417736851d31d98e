//! Stores in a database that speaks PostgreSQL's protocol: what an address and a file of authorities make, with TLS
//! by rustls over the token's own randomness. A library that is built without the feature `postgres` knows the
//! addresses all the same, so that none is taken for a folder.

use std::path::Path;

#[cfg(feature = "postgres")]
pub(super) use self::with::place;

/// Whether a configured store is in a database.
pub(crate) fn is_address(store: &Path) -> bool {
    store.to_str().is_some_and(|text| text.starts_with("postgresql://") || text.starts_with("postgres://"))
}

#[cfg(feature = "postgres")]
mod with {
    use std::path::Path;
    use std::sync::Arc;

    use portcullis_entropy::RandomPool;
    use portcullis_pal::{Error, PostgresPlace, Result};
    use portcullis_token::formats::{PemBlock, pem_blocks};
    use rustls::pki_types::CertificateDer;
    use rustls::{ClientConfig, RootCertStore};

    use crate::environment;

    /// The place that an address names, with its password and the way there.
    pub(crate) fn place(
        address: &Path,
        authorities: Option<&Path>,
        random: Arc<RandomPool>,
    ) -> Result<PostgresPlace> {
        let text = address.to_str().ok_or_else(|| refused("it is no text"))?;
        let place = PostgresPlace::parse(text)?.with_password(&environment::variable);
        let Some(file) = authorities.or(place.roots()) else { return Ok(place) };
        let tls = trusting(file, random)?;
        Ok(place.with_tls(tls))
    }

    /// TLS that trusts the authorities in a file and shows no certificate of its own.
    fn trusting(file: &Path, random: Arc<RandomPool>) -> Result<Arc<ClientConfig>> {
        let why = |error: &dyn std::fmt::Display| refused(&format!("{}: {error}", file.display()));
        let bytes = std::fs::read(file).map_err(|error| why(&error))?;
        let mut roots = RootCertStore::empty();
        for block in pem_blocks(&bytes).map_err(|error| why(&error))? {
            if let PemBlock::Public { label, der } = block
                && label == "CERTIFICATE"
            {
                roots.add(CertificateDer::from(der)).map_err(|error| why(&error))?;
            }
        }
        if roots.is_empty() {
            return Err(why(&"there is no certificate (PEM) in it"));
        }
        let config = ClientConfig::builder_with_provider(Arc::new(portcullis_tls::provider(random)))
            .with_safe_default_protocol_versions()
            .map_err(|error| why(&error))?;
        Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
    }

    fn refused(why: &str) -> Error {
        Error::Address { why: why.to_owned() }
    }
}
