//! Reading what a vendor tells beside what was paid for: however it is written, it loses none of that.
//!
//! A field that need not be there is declared as [`Told`], or as an option that [`field`] reads. Texts are not copied, so that a
//! [`Base64Text`](crate::Base64Text) finds its place in the body.
//!
//! ```
//! use media_http::lenient::{self, Told};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Task {
//!     status: String,
//!     #[serde(default, deserialize_with = "lenient::field")]
//!     cost: Option<f64>,
//!     #[serde(default)]
//!     names: Told<Vec<Told<String>>>,
//! }
//!
//! let task: Task = serde_json::from_str(r#"{"status": "Ready", "cost": "a cent", "names": ["a", 7]}"#)?;
//! assert_eq!((task.status.as_str(), task.cost), ("Ready", None));
//! assert_eq!(task.names.list(), [Told(Some("a".to_owned())), Told(None)]);
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::de::{Deserialize, Deserializer, IgnoredAny};

/// What stands in a field, if it is what it should be; null and anything else is nothing told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T>(pub Option<T>);

impl<T> Default for Told<T> {
    /// Nothing told.
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Told<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
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
    pub fn into_list(self) -> Vec<T> {
        self.0.unwrap_or_default()
    }

    /// The list, as [`into_list`](Self::into_list) has it.
    pub fn list(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

/// Reads a field, or takes it for absent.
///
/// # Errors
/// Only those of the document: where it is cut off, or no JSON.
pub fn field<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Told::deserialize(deserializer).map(|told| told.0)
}

/// Reads a list whose odd members are as good as empty ones; whatever is no list has none.
///
/// # Errors
/// As [`field`].
pub fn list<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    let told: Told<Vec<Told<T>>> = Told::deserialize(deserializer)?;
    Ok(told.into_list().into_iter().map(|one| one.0.unwrap_or_default()).collect())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::json::decode;
    use crate::{Base64Text, ResponseBody};

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Document {
        #[serde(deserialize_with = "field")]
        number: Option<f64>,
        #[serde(deserialize_with = "list")]
        words: Vec<String>,
    }

    #[test]
    fn what_is_not_what_it_should_be_is_nothing_told() {
        let told = |text: &str| Told(Some(text.to_owned()));
        let cases = [
            (json!(["a", null, 7, "b"]), vec![told("a"), Told(None), Told(None), told("b")]),
            (json!(null), Vec::new()),
            (json!("a"), Vec::new()),
            (json!({"a": "b"}), Vec::new()),
        ];
        for (document, list) in cases {
            let read: Told<Vec<Told<String>>> = serde_json::from_value(document.clone()).unwrap();
            assert_eq!(read.list(), list, "{document}");
            assert_eq!(read.into_list(), list, "{document}");
        }
    }

    #[test]
    fn an_odd_field_is_absent_and_an_odd_member_is_empty() {
        let words = |words: &[&str]| words.iter().copied().map(str::to_owned).collect::<Vec<_>>();
        let cases = [
            (json!({"number": 7, "words": ["a", 7, null]}), Some(7.0), words(&["a", "", ""])),
            (json!({"number": 7.5, "words": []}), Some(7.5), words(&[])),
            (json!({"number": "7", "words": "a"}), None, words(&[])),
            (json!({"number": null, "words": null}), None, words(&[])),
            (json!({"number": [7], "words": {"a": "b"}}), None, words(&[])),
            (json!({}), None, words(&[])),
        ];
        for (document, number, words) in cases {
            let read: Document = serde_json::from_value(document.clone()).unwrap();
            assert_eq!(read, Document { number, words }, "{document}");
        }
    }

    #[test]
    fn a_document_that_is_cut_off_is_none() {
        serde_json::from_str::<Document>(r#"{"number": 7, "words": ["a""#).unwrap_err();
    }

    #[test]
    fn a_file_is_found_in_the_body() {
        let body = ResponseBody::from(r#"{"images": ["aGVsbG8=", null]}"#);
        let (images, mut files) =
            decode::<std::collections::BTreeMap<String, Told<Vec<Told<Base64Text>>>>>(body).unwrap();
        let [Told(Some(image)), Told(None)] = images["images"].list() else { panic!("{images:?}") };
        assert_eq!(files.take(image).unwrap(), "hello");
    }
}
