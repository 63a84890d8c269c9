//! The TLS configuration, made of rustls with ring and the certificates that the platform trusts.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

/// Makes the client side of TLS, without touching any process-wide setting.
///
/// A machine without certificates (a slim container) still gets one: plain HTTP to the house goes on working, and
/// every TLS handshake fails with its own message.
pub(crate) fn client_config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let mut config = match builder(&provider)?.with_platform_verifier() {
        Ok(builder) => builder.with_no_client_auth(),
        Err(_) => builder(&provider)?.with_root_certificates(RootCertStore::empty()).with_no_client_auth(),
    };
    // A preconfigured client has to say itself which protocols it speaks.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn builder(
    provider: &Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(Arc::clone(provider)).with_safe_default_protocol_versions()
}
