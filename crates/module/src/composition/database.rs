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
    use portcullis_token::key_service::KeyQuery;
    use portcullis_token::uri::Pkcs11Uri;
    use portcullis_token::{KeyService, TokenKeys};
    use rustls::pki_types::CertificateDer;
    use rustls::{ALL_VERSIONS, ClientConfig, RootCertStore};
    use zeroize::Zeroizing;

    use crate::composition::open_machine;
    use crate::environment;

    /// The place that an address names, with its password and the way there.
    pub(crate) fn place(
        address: &Path,
        authorities: Option<&Path>,
        random: Arc<RandomPool>,
        own: &Path,
    ) -> Result<PostgresPlace> {
        let text = address.to_str().ok_or_else(|| refused("it is no text"))?;
        let place = PostgresPlace::parse(text)?.with_password(&environment::variable);
        let Some(file) = authorities.or(place.roots()) else { return Ok(place) };
        let roots = roots_of(file)?;
        let config = match place.key() {
            Some(key) => known(key, own, random, roots).map_err(|error| refused(&format!("sslkey: {error}"))),
            None => portcullis_tls::anonymous_client_config(random, roots, ALL_VERSIONS)
                .map_err(|error| refused(&error.to_string())),
        };
        Ok(place.with_tls(Arc::new(config?)))
    }

    /// TLS that shows the certificate of a key in the machine's own token.
    fn known(
        key: &str,
        own: &Path,
        random: Arc<RandomPool>,
        roots: RootCertStore,
    ) -> core::result::Result<ClientConfig, Box<dyn std::error::Error>> {
        let uri = Pkcs11Uri::parse(key)?;
        let file = uri.pin_file().ok_or("it does not say where the PIN is: ?pin-source=file:/PATH")?;
        let text = Zeroizing::new(std::fs::read(file).map_err(|error| format!("{file}: {error}"))?);
        // Most editors end a file with a line break.
        let pin = text.strip_suffix(b"\n").unwrap_or(&text);
        let machine = open_machine(own, random.clone())?;
        let keys: Arc<dyn KeyService> = Arc::new(TokenKeys::login(&machine, pin)?);
        Ok(portcullis_tls::client_config(&keys, &KeyQuery::parse(key)?, random, roots, ALL_VERSIONS)?)
    }

    /// The authorities in a file.
    fn roots_of(file: &Path) -> Result<RootCertStore> {
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
        Ok(roots)
    }

    fn refused(why: &str) -> Error {
        Error::Address { why: why.to_owned() }
    }
}
