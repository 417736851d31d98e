//! rustls configurations for the common case: one key, one set of roots, both sides authenticated. Who
//! needs more builds them from [`TokenCertResolver`] and [`provider()`] with rustls' own builders.

use std::sync::Arc;

use portcullis_entropy::Random;
use portcullis_token::KeyService;
use portcullis_token::key_service::KeyQuery;
use rustls::client::WantsClientCert;
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, ServerConfig, SupportedProtocolVersion};

use crate::{Result, TokenCertResolver, provider};

/// A client that proves who it is with the key that `query` names, and checks servers against `roots`.
///
/// `versions` are the TLS versions to speak: [`rustls::ALL_VERSIONS`], or a choice from it.
///
/// # Errors
/// As [`TokenCertResolver::new`], and [`Error::Tls`](crate::Error::Tls) when `versions` is empty.
pub fn client_config(
    service: &Arc<dyn KeyService>,
    query: &KeyQuery,
    random: Arc<dyn Random>,
    roots: impl Into<Arc<RootCertStore>>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ClientConfig> {
    let identity = TokenCertResolver::new(Arc::clone(service), std::slice::from_ref(query))?;
    Ok(client(random, roots, versions)?.with_client_cert_resolver(Arc::new(identity)))
}

/// A client that does not say who it is, and checks servers against `roots`.
///
/// `versions` are as in [`client_config`].
///
/// # Errors
/// [`Error::Tls`](crate::Error::Tls) when `versions` is empty.
pub fn anonymous_client_config(
    random: Arc<dyn Random>,
    roots: impl Into<Arc<RootCertStore>>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ClientConfig> {
    Ok(client(random, roots, versions)?.with_no_client_auth())
}

fn client(
    random: Arc<dyn Random>,
    roots: impl Into<Arc<RootCertStore>>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>> {
    let builder = ClientConfig::builder_with_provider(Arc::new(provider(random)));
    Ok(builder.with_protocol_versions(versions)?.with_root_certificates(roots))
}

/// A server that proves who it is with the key that `query` names, and lets in only clients with a
/// certificate under one of `client_roots`.
///
/// `versions` are as in [`client_config`].
///
/// # Errors
/// As [`client_config`], and [`Error::ClientVerifier`](crate::Error::ClientVerifier) when `client_roots`
/// is empty.
pub fn server_config(
    service: &Arc<dyn KeyService>,
    query: &KeyQuery,
    random: Arc<dyn Random>,
    client_roots: impl Into<Arc<RootCertStore>>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ServerConfig> {
    let identity = TokenCertResolver::new(Arc::clone(service), std::slice::from_ref(query))?;
    let provider = Arc::new(provider(random));
    let clients =
        WebPkiClientVerifier::builder_with_provider(client_roots.into(), Arc::clone(&provider)).build()?;
    Ok(ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)?
        .with_client_cert_verifier(clients)
        .with_cert_resolver(Arc::new(identity)))
}
