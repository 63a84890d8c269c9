//! The configuration that holds, value by value.

use config::{Value, ValueKind};
use serde::Serialize;

use super::Origin;
use super::opaque::plain;

/// One value that holds, with the layer that set it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EffectiveValue {
    /// The key, from the root.
    pub path: String,
    /// The value; a secret is masked.
    pub value: serde_json::Value,
    /// The layer that set it, in words (`default`, `file media.toml`, `variable DRY_RUN_MODE`, `flag --live`).
    pub origin: String,
    /// Whether the value is a secret.
    pub secret: bool,
}

/// What is shown in the place of a secret, whatever its length.
pub(super) const MASK: &str = "********";

impl EffectiveValue {
    /// Makes a value that is shown as it is.
    pub(super) fn plain(path: String, value: serde_json::Value, origin: &Origin) -> Self {
        Self { path, value: without_userinfo(value), origin: origin.to_string(), secret: false }
    }

    /// Makes a value that is masked.
    pub(super) fn secret(path: String, origin: &Origin) -> Self {
        Self { path, value: MASK.into(), origin: origin.to_string(), secret: true }
    }
}

/// Every leaf of a tree but what is below `providers` by path; a list is one leaf.
pub(super) fn leaves(root: &Value) -> Vec<EffectiveValue> {
    let mut found = Vec::new();
    if let ValueKind::Table(table) = &root.kind {
        table.iter().filter(|(key, _)| *key != "providers").for_each(|(key, child)| collect(key, child, &mut found));
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// Adds the leaves below a value.
pub(super) fn collect(path: &str, value: &Value, found: &mut Vec<EffectiveValue>) {
    match &value.kind {
        ValueKind::Table(table) => {
            table.iter().for_each(|(key, child)| collect(&format!("{path}.{key}"), child, found));
        }
        _ => {
            let origin = Origin::from_text(value.origin());
            found.push(if sounds_secret(path) {
                EffectiveValue::secret(path.to_owned(), &origin)
            } else {
                EffectiveValue::plain(path.to_owned(), plain(value), &origin)
            });
        }
    }
}

/// Whether the last key of a path is usually followed by a secret.
fn sounds_secret(path: &str) -> bool {
    // Tokens that have a price are no secret.
    if path.starts_with("prices.") {
        return false;
    }
    let key = path.rsplit('.').next().unwrap_or(path);
    ["api_key", "apikey", "token", "secret", "password", "authorization", "credential"]
        .iter()
        .any(|word| key.contains(word))
}

/// Cuts name and password out of an address, and its query off.
fn without_userinfo(value: serde_json::Value) -> serde_json::Value {
    let Some((scheme, rest)) = value.as_str().and_then(|text| text.split_once("://")) else { return value };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}://{host}{path}").into()
}
