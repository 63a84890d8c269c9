//! When an access token ends, as far as it tells.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Deserialize;

#[derive(Deserialize)]
struct Claims {
    exp: i64,
}

/// When an access token ends: the `exp` claim of a token that is a JSON Web Token (RFC 7519 §4.1.4), of others nothing. The
/// signature is the vendor's to check: the answer is only shown, and used to tell a spent token before it is sent.
pub fn of_token(token: &str) -> Option<DateTime<Utc>> {
    let mut parts = token.trim().split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let Claims { exp } = serde_json::from_slice(&claims).ok()?;
    DateTime::from_timestamp(exp, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_web_token_tells_its_end() {
        let token = |claims: &str| format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(of_token(&token(r#"{"exp": 1795176000, "sub": "x"}"#)), DateTime::from_timestamp(1_795_176_000, 0));
        let silent = [token("{}"), token(r#"{"exp": "soon"}"#), token(r#"{"exp": 9e99}"#), token("no json")];
        for text in silent.iter().map(String::as_str).chain(["", "cnvca", "a.b", "a.###.c", "a.b.c.d"]) {
            assert_eq!(of_token(text), None, "{text}");
        }
    }
}
