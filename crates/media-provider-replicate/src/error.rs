//! The vendor's refusals, as errors of ours.

use std::time::{Duration, SystemTime};

use media_domain::{ProviderErrorKind, RetryClass};
use media_http::{HttpResponse, Redactor, VendorRefusal, Verdict, is_json};
use media_ports::ProviderError;

use crate::wire::{ErrorDocument, Prediction, Status};

/// Parts of the texts with which models refuse content; a failed prediction is told by HTTP 200, and its words are the
/// model's. "NSFW content detected" is what Stable Diffusion says (replicate/cog-stable-diffusion#24, read 2026-11-21),
/// "flagged as sensitive … (E005)" what official models say (as clients report it, unconfirmed).
const CONTENT_WORDS: &[&str] =
    &["nsfw", "flagged as sensitive", "(e005)", "content policy", "content moderation", "prohibited content"];

/// Reads an answer without success: the status first, what the vendor says over it.
pub fn read_refusal(response: &HttpResponse, now: SystemTime) -> VendorRefusal {
    let hint = hint(response.status.as_u16());
    let document = error_document(response);
    let Some((document, text)) = document.as_ref().and_then(|document| Some((document, document.text()?))) else {
        return VendorRefusal::silent().with_hint(hint);
    };
    let refusal = VendorRefusal::said(&*text).with_hint(hint);
    match response.status.as_u16() {
        // A version that there is not (any more) is told as 422 (as clients report it, unconfirmed; read 2026-11-20).
        422 if is_about_version(&text) => {
            refusal.because(ProviderErrorKind::NotFound).with_hint(Some("check `model` and `version`"))
        }
        429 => refusal.judged(throttled(response, document, &text, now)),
        _ => refusal,
    }
}

/// The delay stands in the header, if there is one, else in `retry_after`, else in the text alone: "Request was throttled.
/// Your rate limit resets in ~30s." (replicate.com/docs/topics/predictions/rate-limits, read 2026-11-21).
fn throttled(response: &HttpResponse, document: &ErrorDocument, text: &str, now: SystemTime) -> Verdict {
    let verdict = Verdict::of_status(response.status, &response.headers, true, now);
    if verdict.retry != (RetryClass::Again { after: None }) {
        return verdict;
    }
    let told = document.retry_after.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Verdict { retry: RetryClass::Again { after: told.or_else(|| resets_in(text)) }, ..verdict }
}

/// The delay in "resets in ~30s", "resets in 1m30s" or "resets in 500ms".
fn resets_in(text: &str) -> Option<Duration> {
    let (_, rest) = text.split_once("resets in ")?;
    let mut rest = rest.trim_start_matches(['~', ' ']);
    let mut delay = None;
    while let Some((number, unit, after)) = leading_amount(rest) {
        let amount = Duration::try_from_secs_f64(number * unit).ok()?;
        delay = Some(delay.unwrap_or(Duration::ZERO).checked_add(amount)?);
        rest = after;
    }
    delay
}

/// A number, its unit in seconds, and what follows.
fn leading_amount(text: &str) -> Option<(f64, f64, &str)> {
    let digits = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    // A full stop may end the sentence.
    let number = text[..digits].trim_end_matches('.').parse().ok()?;
    let rest = text[digits..].trim_start_matches(' ');
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];
    let (name, unit) = units.into_iter().find(|(name, _)| rest.starts_with(name)).unwrap_or(("", 1.0));
    let rest = rest[name.len()..].trim_start_matches(|character: char| character.is_ascii_alphabetic());
    Some((number, unit, rest))
}

fn is_about_version(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("version") && (text.contains("does not exist") || text.contains("not permitted"))
}

fn error_document(response: &HttpResponse) -> Option<ErrorDocument> {
    if !is_json(&response.headers) {
        return None;
    }
    serde_json::from_slice(&response.body).ok()
}

fn hint(status: u16) -> Option<&'static str> {
    match status {
        402 => Some("buy credit at replicate.com/account/billing, or take the provider out of the list"),
        404 => Some("check `model` and `version`: models that are not official need a version"),
        413 => Some("the vendor takes files of less than 100 MB"),
        422 => Some("check `inputs` against the schema on the model's page"),
        _ => None,
    }
}

/// The error of a prediction that has ended without success. The caller of ours has not given up, so a prediction that
/// was stopped is the vendor's trouble, whoever stopped it.
pub(crate) fn of_prediction(prediction: &Prediction, doing: &str, redactor: &Redactor) -> ProviderError {
    let said = redactor.clean(&prediction.error_text());
    let said = if said.is_empty() { String::new() } else { format!(": the vendor says {said:?}") };
    let lower = said.to_lowercase();
    if prediction.status == Status::Failed && CONTENT_WORDS.iter().any(|word| lower.contains(word)) {
        let message = format!("{doing}: the content was refused{said}");
        return ProviderError::new(ProviderErrorKind::ContentRejected, message);
    }
    let what = match prediction.status {
        Status::Canceled => "the prediction was cancelled at the vendor",
        Status::Aborted => "the vendor gave the prediction up before it began",
        _ => "the prediction failed",
    };
    ProviderError::new(ProviderErrorKind::Unavailable, format!("{doing}: {what}{said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_is_read_out_of_the_text() {
        let cases = [
            ("Request was throttled. Your rate limit resets in ~30s.", Some(30_000)),
            ("Your rate limit resets in 7 seconds.", Some(7_000)),
            ("Your rate limit resets in ~1m30s.", Some(90_000)),
            ("resets in 500ms", Some(500)),
            ("resets in ~2h", Some(7_200_000)),
            ("resets in 12", Some(12_000)),
            ("resets in a moment", None),
            ("Request was throttled.", None),
            ("resets in ~99999999999999999999999s.", None),
            ("resets in .s", None),
        ];
        for (text, expected) in cases {
            assert_eq!(resets_in(text).map(|delay| delay.as_millis()), expected, "{text}");
        }
    }
}
