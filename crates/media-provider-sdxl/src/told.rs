//! What an answer tells beside its pictures: however it is written, it loses none of them.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What stands in a field, if it is what it should be; null and anything else is nothing told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told<T>(pub(crate) Option<T>);

impl<T> Default for Told<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Told<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Field<T> {
            Told(T),
            Other(IgnoredAny),
        }

        Ok(match Field::deserialize(deserializer)? {
            Field::Told(told) => Self(Some(told)),
            Field::Other(IgnoredAny) => Self(None),
        })
    }
}

impl<T> Told<Vec<T>> {
    /// The list, which is empty where none is told.
    pub(crate) fn into_list(self) -> Vec<T> {
        self.0.unwrap_or_default()
    }

    /// The list, as [`into_list`](Self::into_list) has it.
    pub(crate) fn list(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

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

    #[test]
    fn what_is_not_what_it_should_be_is_nothing_told() {
        let cases = [
            (
                json!(["a", null, 7, "b"]),
                vec![Told(Some("a".to_owned())), Told(None), Told(None), Told(Some("b".to_owned()))],
            ),
            (json!(null), Vec::new()),
            (json!("a"), Vec::new()),
            (json!({"a": "b"}), Vec::new()),
        ];
        for (told, list) in cases {
            let read: Told<Vec<Told<String>>> = serde_json::from_value(told.clone()).unwrap();
            assert_eq!(read.into_list(), list, "{told}");
        }
    }
}
