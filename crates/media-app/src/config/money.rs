//! Money as configuration writes it: US dollars, kept in whole millionths.

use config::ValueKind;

use super::from_config::FromConfig;
use super::section::Section;

/// Millionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Micros(pub(super) u64);

/// Places behind the point of a dollar in micros.
const PLACES: usize = 6;

impl FromConfig for Micros {
    const EXPECTED: &'static str = "US dollars from 0 up, with at most six places behind the point, such as \"12.50\"";

    fn from_config(kind: &ValueKind) -> Option<Self> {
        let text = match kind {
            ValueKind::String(text) => text.trim().to_owned(),
            // The shortest decimal that reads back as the same float is what was written.
            ValueKind::Float(number) => number.to_string(),
            ValueKind::I64(_) | ValueKind::U64(_) | ValueKind::I128(_) | ValueKind::U128(_) => kind.to_string(),
            _ => return None,
        };
        exact(&text).map(Self)
    }
}

/// A decimal number of dollars as micros, without rounding.
fn exact(dollars: &str) -> Option<u64> {
    let (whole, places) = dollars.split_once('.').unwrap_or((dollars, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || places.len() > PLACES || !digits(whole) || !digits(places) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let places: u64 = format!("{places:0<PLACES$}").parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(places)
}

/// Takes an amount that must be there: dollars under the one key, or whole micros under `micros`.
pub(super) fn need_amount(section: &mut Section<'_>, dollars: &str) -> Option<u64> {
    if section.has("micros") && section.has(dollars) {
        section.invalid("micros", &format!("says the same as `{dollars}`; leave one of them out"), None);
    }
    if !section.has("micros") {
        section.check_present(dollars, Micros::EXPECTED);
    }
    let micros = section.take_typed::<u64>("micros");
    section.take_typed::<Micros>(dollars).map(|amount| amount.0).or(micros)
}
