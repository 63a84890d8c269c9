//! The vendor's refusals, as errors of ours.

use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use media_domain::{ProviderErrorKind, RetryClass};
use media_http::{HttpResponse, VendorRefusal, is_json};
use media_ports::ProviderError;

use crate::wire::ErrorDocument;

/// Beginnings of what is said with 403 when the token itself is wrong. Reports of users: GLips/Figma-Context-MCP pull
/// request 360, read 2026-11-21; risa-labs-inc/MagicPencil issue 2, read 2026-11-30.
const TOKEN_WORDS: &[&str] = &["invalid token", "token expired", "expired token"];

/// Beginning of what is said with 403 when the token is good and does not reach as far, whatever the file. Reports of users:
/// figma/code-connect issues 9 and 303, read 2026-11-30.
const SCOPE_WORDS: &str = "invalid scope";

/// Headers in which a rate limit tells whose it is. Figma REST API documentation, rate limits, read 2026-11-20.
const LIMIT_HEADERS: &[(&str, &str)] = &[("x-figma-plan-tier", "plan"), ("x-figma-rate-limit-type", "limit")];

/// Reads an answer without success: the status first, the vendor's words over it.
///
/// Whatever else is said with 403 is about the file, not about the provider: the vendor's document explains it with rights
/// on "a resource" (Figma REST API document 0.37.0, read 2026-11-20), and "File not exportable" is what users report
/// (GLips/Figma-Context-MCP issue 92, read 2026-11-30). A file that the user may not see at all is a 404.
pub fn read_refusal(response: &HttpResponse, _now: SystemTime) -> VendorRefusal {
    let status = response.status.as_u16();
    let Some(said) = words(response) else {
        let message = whose_limit(response);
        return VendorRefusal { message, ..VendorRefusal::silent() }
            .with_hint(hint(status))
            .with_advice(advice(status, ""));
    };
    let limit = whose_limit(response).map(|limit| format!(" ({limit})"));
    let refusal = VendorRefusal::said(format!("{said}{}", limit.unwrap_or_default()));
    let refusal = refusal.with_hint(hint(status)).with_advice(advice(status, &said));
    match status {
        403 if is_about_the_token(&said) => refusal.because(ProviderErrorKind::Unauthenticated),
        403 if !is_about_scopes(&said) => refusal.because(ProviderErrorKind::NotFound),
        _ => refusal,
    }
}

/// Whether the vendor does not let this token do this, though the token is good.
pub(crate) fn is_forbidden(error: &ProviderError) -> bool {
    error.http_status == Some(403) && error.kind != ProviderErrorKind::Unauthenticated
}

/// Whether the vendor's words are that there is no such node. It documents none; "Node not found" stands for them.
pub(crate) fn names_no_node(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    let lacks =
        |rest: &str| ["not found", "not exist", "n't exist", "be found"].iter().any(|words| rest.contains(words));
    said.split_once("node").is_some_and(|(_, rest)| lacks(rest))
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

fn is_about_scopes(said: &str) -> bool {
    said.trim().to_ascii_lowercase().starts_with(SCOPE_WORDS)
}

/// Of a rate limit, whose it is: the headers tell it, whatever stands in the body.
fn whose_limit(response: &HttpResponse) -> Option<String> {
    if response.status.as_u16() != 429 {
        return None;
    }
    let told = LIMIT_HEADERS.iter().filter_map(|(header, name)| {
        let value = response.headers.get(*header)?.to_str().ok()?;
        Some(format!("{name} {value}"))
    });
    Some(told.collect::<Vec<_>>().join(", ")).filter(|told| !told.is_empty())
}

fn advice(status: u16, said: &str) -> Option<&'static str> {
    match status {
        401 => Some("see `token_kind`"),
        403 if is_about_the_token(said) => Some("personal tokens expire; see `token_kind`"),
        403 if is_about_scopes(said) => Some("give the token the scopes that are missing"),
        429 => Some("the limit is that of the token's user in the plan where the file lives"),
        _ => None,
    }
}

fn hint(status: u16) -> Option<&'static str> {
    match status {
        403 => Some("check what the token's user may do with the file"),
        404 => Some("check the file's key, the node, and that the token's user may see the file"),
        _ => None,
    }
}
