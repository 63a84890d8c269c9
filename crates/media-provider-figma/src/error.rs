//! The vendor's refusals, as errors of ours.

use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use media_domain::{ProviderErrorKind, RetryClass};
use media_http::{HttpResponse, VendorRefusal, is_json};
use media_ports::ProviderError;

use crate::wire::ErrorDocument;

/// Beginnings of what is said with 403 when the token itself is wrong; otherwise 403 means that it does not allow this
/// ("Invalid scope(s): …", "File not exportable"). Reports of users: GLips/Figma-Context-MCP pull request 360, read
/// 2026-11-21.
const TOKEN_WORDS: &[&str] = &["invalid token", "token expired", "expired token"];

/// Headers in which a rate limit tells whose it is. Figma REST API documentation, rate limits, read 2026-11-20.
const LIMIT_HEADERS: &[(&str, &str)] = &[("x-figma-plan-tier", "plan"), ("x-figma-rate-limit-type", "limit")];

/// Reads an answer without success: the status first, the vendor's words over it.
pub fn read_refusal(response: &HttpResponse, _now: SystemTime) -> VendorRefusal {
    let Some(said) = words(response) else {
        return VendorRefusal::silent().with_hint(hint(response.status.as_u16(), ""));
    };
    let refusal = VendorRefusal::said(format!("{said}{}", whose_limit(response)))
        .with_hint(hint(response.status.as_u16(), &said));
    match response.status.as_u16() {
        403 if is_about_the_token(&said) => refusal.because(ProviderErrorKind::Unauthenticated),
        _ => refusal,
    }
}

/// Adds to a rate limit when it ends, which may be days from now; it is told, and not waited for.
pub(crate) fn told_until(mut error: ProviderError, now: DateTime<Utc>) -> ProviderError {
    if let (ProviderErrorKind::RateLimited, RetryClass::Again { after: Some(after) }) = (error.kind, &error.retry) {
        let end = TimeDelta::from_std(*after).ok().and_then(|after| now.checked_add_signed(after));
        if let Some(end) = end {
            error.message.push_str(&format!("; blocked until {}", end.format("%Y-%m-%d %H:%M:%S UTC")));
        }
    }
    error
}

fn words(response: &HttpResponse) -> Option<String> {
    if !is_json(&response.headers) {
        return None;
    }
    let document: ErrorDocument = serde_json::from_slice(&response.body).ok()?;
    document.err.or(document.message)
}

fn is_about_the_token(said: &str) -> bool {
    let said = said.trim().to_ascii_lowercase();
    TOKEN_WORDS.iter().any(|words| said.starts_with(words))
}

fn whose_limit(response: &HttpResponse) -> String {
    if response.status.as_u16() != 429 {
        return String::new();
    }
    let told = LIMIT_HEADERS.iter().filter_map(|(header, name)| {
        let value = response.headers.get(*header)?.to_str().ok()?;
        Some(format!("{name} {value}"))
    });
    match told.collect::<Vec<_>>().join(", ") {
        told if told.is_empty() => told,
        told => format!(" ({told})"),
    }
}

fn hint(status: u16, said: &str) -> Option<&'static str> {
    match status {
        401 => Some("check FIGMA_API_TOKEN and `token_kind`"),
        403 if is_about_the_token(said) => Some("check FIGMA_API_TOKEN and `token_kind`; personal tokens expire"),
        403 => Some("check the scopes of FIGMA_API_TOKEN, and what its user may do with the file"),
        404 => Some("check the file's key, the node, and that the token's user may see the file"),
        429 => Some("the limit is that of the token's user in the plan where the file lives"),
        _ => None,
    }
}
