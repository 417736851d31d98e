//! Which identity a client shows (RFC 8446 section 4.3.2, RFC 5246 section 7.4.4).

use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use tracing::warn;

use super::{TokenCertResolver, choose};

impl ResolvesClientCert for TokenCertResolver {
    /// A chain that one of the named authorities issued, with a key that signs with one of the schemes.
    ///
    /// rustls sends an empty certificate when nothing fits and says nothing, so the reason is traced here.
    /// Names are compared byte by byte, as webpki does. A chain that stops below the named authority does not
    /// fit: the token must hold the intermediate certificates.
    fn resolve(&self, authorities: &[&[u8]], offered: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let candidates = self.candidates();
        let chosen = choose(&candidates, |candidate| {
            candidate.is_issued_by(authorities) && candidate.signs_with(offered)
        });
        if chosen.is_none() {
            warn!(
                certificates = candidates.len(),
                authorities = authorities.len(),
                issued_by_them = candidates.iter().filter(|one| one.is_issued_by(authorities)).count(),
                ?offered,
                signing_so = candidates.iter().filter(|one| one.signs_with(offered)).count(),
                "no client certificate fits what the server asks for; none will be sent"
            );
        }
        chosen
    }

    fn has_certs(&self) -> bool {
        !self.candidates().is_empty()
    }
}
