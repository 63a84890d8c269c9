//! The seed that an answer tells, however it is written.

use serde::Deserialize;
use serde_json::Value;

/// A seed, as a number or as a text; -1 and the like are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Value")]
pub(crate) struct Seed(pub(crate) Option<u64>);

impl From<Value> for Seed {
    fn from(told: Value) -> Self {
        match told {
            Value::Number(number) => Self::of_text(&number.to_string()),
            Value::String(text) => Self::of_text(&text),
            _ => Self(None),
        }
    }
}

impl Seed {
    /// Reads a text; "77.0" is a seed too.
    pub(crate) fn of_text(text: &str) -> Self {
        let text = text.trim();
        let whole = |text: &str| text.parse().ok();
        Self(whole(text).or_else(|| whole(&text.parse::<f64>().ok()?.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_seed_is_any_whole_number() {
        let cases = [
            (json!(0), Some(0)),
            (json!(u64::MAX), Some(u64::MAX)),
            (json!(77.0), Some(77)),
            (json!("77"), Some(77)),
            (json!(" 77.0 "), Some(77)),
            (json!(7.5), None),
            (json!(-1), None),
            (json!("-1"), None),
            (json!("random"), None),
            (json!("NaN"), None),
            (json!(1e300), None),
            (json!([5]), None),
            (json!({"seed": 5}), None),
            (json!(true), None),
            (json!(null), None),
        ];
        for (told, seed) in cases {
            assert_eq!(serde_json::from_value::<Seed>(told.clone()).unwrap(), Seed(seed), "{told}");
        }
    }
}
