//! A request as one line of text: Midjourney takes its parameters as flags behind the prompt.

use media_domain::{Capabilities, Compatibility, GenerationRequest, MediaDimensions};
use media_ports::ProviderError;
use media_ports::fitting::refuse_unmet;

use crate::MidjourneySettings;

/// Longest text of an option of a Discord command, in characters: the largest `max_length` that Discord lets a command declare.
/// Commonly quoted from its developer documentation (2026-11-20); what the bot itself takes is not told.
const TEXT_LIMIT: usize = 6_000;

/// Largest seed, as Midjourney's documentation is commonly quoted (2026-11-20).
const MAX_SEED: u64 = 4_294_967_295;

/// Writes a request as Midjourney reads it.
///
/// # Errors
/// `unsupported` when the request has not been fitted, or when a text of it would be read as something else than text: nothing
/// is dropped in silence, and nobody sets flags but the settings.
pub(crate) fn with_flags(
    request: &GenerationRequest,
    capabilities: &Capabilities,
    settings: &MidjourneySettings,
) -> Result<String, ProviderError> {
    refuse_unmet(capabilities.admit(request).check(Compatibility::Strict), "order images", "Midjourney")?;
    let options = &request.options;
    let mut text = plain_text("the prompt", request.prompt.as_str())?;
    let mut add = |flag: &str, value: &str| text.push_str(&format!(" {flag} {value}"));
    let (across, down) = shape(request.dimensions);
    add("--ar", &format!("{across}:{down}"));
    if let Some(negative) = options.negative_prompt.as_deref().filter(|negative| !negative.trim().is_empty()) {
        add("--no", &plain_text("the negative prompt", negative)?);
    }
    if let Some(seed) = options.seed {
        add("--seed", &seed_within_range(seed)?);
    }
    if let Some(style) = options.style.as_deref() {
        add("--style", style_word(style)?);
    }
    if let Some(quality) = options.quality.and_then(|quality| capabilities.qualities.get(&quality)) {
        add("--q", quality);
    }
    for flag in settings.flags() {
        text.push_str(&format!(" {flag}"));
    }
    match text.chars().count() {
        length if length > TEXT_LIMIT => Err(unfit(&format!(
            "prompt and flags have {length} characters, more than the {TEXT_LIMIT} that Discord takes"
        ))),
        _ => Ok(text),
    }
}

/// The simplest ratio of whole numbers within half a percent of the shape. A hundredth of the short side is always near enough.
fn shape(dimensions: MediaDimensions) -> (u32, u32) {
    let (long, short) = (dimensions.width.max(dimensions.height), dimensions.width.min(dimensions.height).max(1));
    let exact = f64::from(long) / f64::from(short);
    let ratio = |down: u32| ((exact * f64::from(down)).round() as u32, down);
    let near = |(across, down): &(u32, u32)| (f64::from(*across) / f64::from(*down) / exact - 1.0).abs() <= 0.005;
    let (across, down) = (1..=100).map(ratio).find(near).unwrap_or((long, short));
    if dimensions.width >= dimensions.height { (across, down) } else { (down, across) }
}

/// A text of the caller's on one line, checked for what Midjourney would read as a command: a flag is set by whoever pays for
/// it, and braces order one job for each of the words between them.
fn plain_text(what: &str, text: &str) -> Result<String, ProviderError> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.split(' ').any(is_flag) {
        return Err(unfit(&format!("{what} holds a flag; flags belong into the provider's settings")));
    }
    if line.contains('{') {
        return Err(unfit(&format!("{what} holds a brace, which orders several jobs at once")));
    }
    Ok(line)
}

/// Two hyphens, or the dash that editors make of them, and a letter.
fn is_flag(word: &str) -> bool {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('—'));
    name.is_some_and(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()))
}

fn seed_within_range(seed: u64) -> Result<String, ProviderError> {
    if seed > MAX_SEED {
        return Err(unfit(&format!("seed {seed} is not from 0 to {MAX_SEED}")));
    }
    Ok(seed.to_string())
}

/// `raw`, or a style of the niji versions: the versions differ, so any word is let through.
fn style_word(style: &str) -> Result<&str, ProviderError> {
    let word = style.trim();
    if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(unfit("the style is not one word, such as `raw`"));
    }
    Ok(word)
}

/// The error for what would have to be left out or bent; nothing has been sent.
pub(crate) fn unfit(reason: &str) -> ProviderError {
    ProviderError::unsupported(format!("order images: {reason}"))
}
