//! Trust anchors out of a token: the certificates that its owner has marked as trusted.

use portcullis_token::KeyService;
use rustls::RootCertStore;

use crate::{Error, Result};

/// The roots that the token trusts (`CKA_TRUSTED`), to check peers against.
///
/// # Errors
/// [`Error::NoAnchors`] when it trusts none, [`Error::BadAnchor`] when one of them can't be an anchor,
/// [`Error::Token`] when the token can't be read.
pub fn anchors(service: &dyn KeyService) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for (index, certificate) in service.anchors()?.into_iter().enumerate() {
        roots.add(certificate).map_err(|source| Error::BadAnchor { number: index + 1, source })?;
    }
    if roots.is_empty() { Err(Error::NoAnchors) } else { Ok(roots) }
}
