//! Tokens as they stand in a file.

use chrono::{DateTime, Utc};
use media_ports::TokenSet;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// What a file says; keys that are not known are passed over, so that an earlier program reads a later file.
#[derive(Serialize, Deserialize)]
struct Document {
    access_token: String,
    expires_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// The text of a file.
pub(crate) fn write(tokens: &TokenSet) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec_pretty(&Document {
        access_token: tokens.access_token.expose_secret().to_owned(),
        expires_at: tokens.expires_at,
        refresh_token: tokens.refresh_token.as_ref().map(|token| token.expose_secret().to_owned()),
    })
}

/// Reads the text of a file; the place of a mistake is told, never the text, which is a secret.
pub(crate) fn read(text: &[u8]) -> Result<TokenSet, String> {
    let document: Document = serde_json::from_slice(text)
        .map_err(|error| format!("it cannot be read at line {} column {}", error.line(), error.column()))?;
    Ok(TokenSet {
        access_token: document.access_token.into(),
        expires_at: document.expires_at,
        refresh_token: document.refresh_token.map(SecretString::from),
    })
}
