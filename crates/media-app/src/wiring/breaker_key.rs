//! What tells one breaker from another.

use media_domain::ContentHash;
use media_ports::{BreakerKey, Credential};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::config::ProviderSetup;

/// Hexadecimal digits of a fingerprint: 128 bits, so that no two configurations meet by chance.
const DIGITS: usize = 32;

/// The key of a provider's breaker. What the provider is configured with, credentials included, goes into a one-way
/// hash: whoever changes a setting or a key starts with a breaker of their own.
pub(super) fn breaker_key(setup: &ProviderSetup, credentials: &[Credential]) -> BreakerKey {
    let settings: Map<String, Value> = setup.settings.decode().unwrap_or_default();
    let credentials: Vec<_> = credentials
        .iter()
        .filter_map(|credential| Some((credential.key, setup.credentials.get(credential.key)?.expose_secret())))
        .collect();
    let text = json!([setup.kind, settings, credentials]).to_string();
    let mut fingerprint = ContentHash::of(text.as_bytes()).to_string();
    fingerprint.truncate(DIGITS);
    BreakerKey { provider: setup.id.clone(), model: setup.descriptor.model.clone().unwrap_or_default(), fingerprint }
}
