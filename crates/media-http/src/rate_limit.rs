//! When a limit is lifted, as headers tell it.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

/// Pairs of what is left and when there is more. OpenAI's names of 2026-11; GitHub's, which Black Forest Labs and others
/// use; and the ones of draft-ietf-httpapi-ratelimit-headers-07.
const PAIRS: &[(&str, &str)] = &[
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
];

/// The longest delay that is believed, a year.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// Seconds since 1970 are told from a delay by their size: no limit lasts thirty years.
const EARLIEST_MOMENT: f64 = 1e9;

/// How long it takes until every limit that is used up is lifted; `None` when the headers name none that is.
///
/// A reset is read as seconds (`17`, `0.5`), as a moment in seconds since 1970, or as OpenAI's duration (`6m0s`,
/// `120ms`).
pub fn rate_limit_reset(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let used_up = PAIRS.iter().filter(|(left, _)| text(left) == Some("0"));
    used_up.filter_map(|(_, reset)| delay(text(reset)?, now)).max().map(|delay| delay.min(LONGEST))
}

fn delay(text: &str, now: SystemTime) -> Option<Duration> {
    let Ok(number) = text.parse::<f64>() else { return duration(text) };
    if number < EARLIEST_MOMENT {
        return Duration::try_from_secs_f64(number).ok();
    }
    let moment = SystemTime::UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(number).ok()?)?;
    Some(moment.duration_since(now).unwrap_or_default())
}

/// Numbers with units, one after another.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|length| *length > 0)?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn reset(pairs: &[(&'static str, &str)]) -> Option<u128> {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000);
        rate_limit_reset(&pairs.iter().map(header).collect(), now).map(|delay| delay.as_millis())
    }

    #[test]
    fn the_limit_that_is_used_up_tells_the_delay() {
        let requests = ("x-ratelimit-remaining-requests", "0");
        assert_eq!(reset(&[requests, ("x-ratelimit-reset-requests", "1m30.5s")]), Some(90_500));
        assert_eq!(reset(&[requests, ("x-ratelimit-reset-requests", "120ms")]), Some(120));
        assert_eq!(reset(&[("x-ratelimit-remaining-tokens", "5"), ("x-ratelimit-reset-tokens", "6m0s")]), None);
        assert_eq!(reset(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795176012")]), Some(12_000));
        assert_eq!(reset(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795175000")]), Some(0));
        assert_eq!(reset(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "7")]), Some(7_000));
        for nonsense in ["", "soon", "5", "1x", "s", "-1", "1e300s", "1h2", "inf"] {
            let told = reset(&[requests, ("x-ratelimit-reset-requests", nonsense)]);
            assert_eq!(told, (nonsense == "5").then_some(5_000), "{nonsense}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_a_server_writes_is_a_panic(value in "[ -~]{0,40}") {
            let _ = reset(&[("ratelimit-remaining", "0"), ("ratelimit-reset", &value)]);
        }
    }
}
