//! Which identity a server shows (RFC 8446 section 4.4.2.2, RFC 6066 section 3).

use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tracing::{debug, warn};

use super::{TokenCertResolver, choose};

impl ResolvesServerCert for TokenCertResolver {
    /// A certificate for the name that the client asks for, with a key that signs with one of its schemes;
    /// failing that, or when it names none, the first whose key does.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let candidates = self.candidates();
        let offered = hello.signature_schemes();
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let named = name.as_ref().and_then(|name| {
            choose(&candidates, |candidate| candidate.is_for(name) && candidate.signs_with(offered))
        });
        let chosen = named.or_else(|| {
            debug!(?name, "no certificate for the name; any that the client can check will do");
            choose(&candidates, |candidate| candidate.signs_with(offered))
        });
        if chosen.is_none() {
            warn!(
                certificates = candidates.len(),
                ?offered,
                "no server certificate fits what the client offers"
            );
        }
        chosen
    }
}
