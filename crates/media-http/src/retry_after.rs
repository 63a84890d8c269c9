//! How long a server asks to wait.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// The delay that an answer asks for, in `retry-after-ms` or in `Retry-After` (seconds or a date); `None` when it names
/// none that can be read. A date that has passed is no delay; more than a year is taken for a year.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    told(headers, now).map(|delay| delay.min(LONGEST))
}

/// The longest delay that is believed, a year: more is a mistake, and no moment of this machine's clock.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

fn told(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(delay) = text("retry-after-ms").and_then(|text| number(text, 0.001)) {
        return Some(delay);
    }
    let text = text(RETRY_AFTER.as_str())?;
    number(text, 1.0).or_else(|| {
        let date = httpdate::parse_http_date(text).ok()?;
        Some(date.duration_since(now).unwrap_or_default())
    })
}

fn number(text: &str, unit_in_seconds: f64) -> Option<Duration> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    Duration::try_from_secs_f64(text.parse::<f64>().ok()? * unit_in_seconds).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn delay(name: &'static str, value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        // Fri, 20 Nov 2026 12:00:00 GMT
        retry_after(&headers, SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000))
    }

    #[test]
    fn seconds_dates_and_milliseconds_are_read() {
        let cases = [
            ("retry-after", "30", Some(30_000)),
            ("retry-after", " 2.5 ", Some(2_500)),
            ("retry-after", "0", Some(0)),
            ("retry-after", "Fri, 20 Nov 2026 12:01:00 GMT", Some(60_000)),
            ("retry-after", "Fri, 20 Nov 2026 11:00:00 GMT", Some(0)),
            ("retry-after", "259200", Some(259_200_000)),
            ("retry-after", "9999999999999999999", Some(31_536_000_000)),
            ("retry-after-ms", "1500", Some(1_500)),
            ("retry-after", "-1", None),
            ("retry-after", "inf", None),
            ("retry-after", "NaN", None),
            ("retry-after", "1e400", None),
            ("retry-after", "soon", None),
            ("x-other", "3", None),
        ];
        for (name, value, expected) in cases {
            assert_eq!(delay(name, value).map(|delay| delay.as_millis()), expected, "{name}: {value}");
        }
    }

    #[test]
    fn milliseconds_win_over_seconds() {
        let headers = HeaderMap::from_iter([
            (RETRY_AFTER, HeaderValue::from_static("9")),
            (http::HeaderName::from_static("retry-after-ms"), HeaderValue::from_static("10")),
        ]);
        assert_eq!(retry_after(&headers, SystemTime::UNIX_EPOCH), Some(Duration::from_millis(10)));
    }

    proptest! {
        #[test]
        fn nothing_that_a_server_writes_is_a_panic(value in "[ -~]{0,40}") {
            let _ = delay("retry-after", &value);
        }
    }
}
