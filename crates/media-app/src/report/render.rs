//! Errors in words, rendered once, at the rim of the program.

use std::error::Error;

use media_chain::ChainError;
use serde_json::{Value, json};

use super::Failure;
use super::failure::LostExport;

/// Renders a failure for people: what failed, its causes, what to do.
pub fn render_text(failure: &Failure) -> String {
    let mut text = format!("error: {}", failure.error);
    for cause in causes(failure.error.as_ref()) {
        text.push_str(&format!("\n  caused by: {}", cause.headline));
        for (provider, reason) in cause.providers {
            text.push_str(&format!("\n    {provider}: {reason}"));
        }
    }
    if let Some(hint) = &failure.hint {
        text.push_str(&format!("\nhint: {hint}"));
    }
    text
}

/// Renders a failure for programs: one JSON object.
pub fn render_json(failure: &Failure) -> Value {
    let causes = causes(failure.error.as_ref());
    let providers: Vec<_> = causes
        .iter()
        .flat_map(|cause| &cause.providers)
        .map(|(provider, reason)| json!({ "provider": provider, "reason": reason }))
        .collect();
    json!({
        "error": failure.error.to_string(),
        "causes": causes.into_iter().map(|cause| cause.headline).collect::<Vec<_>>(),
        "providers": providers,
        "hint": failure.hint,
        "exit_code": failure.exit_code.number(),
    })
}

/// One cause of an error; of a failed chain, with every provider's reason.
struct Cause {
    headline: String,
    providers: Vec<(String, String)>,
}

fn causes(error: &(dyn Error + 'static)) -> Vec<Cause> {
    let mut causes = Vec::new();
    let is_lost_export = error.is::<LostExport>();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause_of(cause));
        next = cause.source();
    }
    if let Some(chain) = causes.first_mut().filter(|_| is_lost_export) {
        chain.headline = "the outcome is unknown: the link or file may be there all the same".to_owned();
    }
    causes
}

fn cause_of(error: &(dyn Error + 'static)) -> Cause {
    let chain =
        error.downcast_ref::<ChainError>().or_else(|| error.downcast_ref::<Box<ChainError>>().map(AsRef::as_ref));
    let Some(chain) = chain else {
        return Cause { headline: error.to_string(), providers: Vec::new() };
    };
    let providers: Vec<_> = chain.reasons().map(|(provider, reason)| (provider.to_owned(), reason)).collect();
    let listed: Vec<_> = providers.iter().map(|(provider, reason)| format!("{provider}: {reason}")).collect();
    let told = chain.to_string();
    let headline = told.strip_suffix(&format!(": {}", listed.join("; "))).unwrap_or(&told).to_owned();
    Cause { headline, providers }
}
