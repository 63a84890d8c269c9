//! Pictures in what a model answers, which may be anything.

use std::collections::BTreeMap;
use std::fmt;

use media_domain::{GenerationRequest, ImageFormat};
use media_http::FileAddress;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use url::Url;

/// Names under which models put pictures into an object.
const KEYS: [&str; 5] = ["url", "image", "images", "output", "outputs"];

/// How deep an answer is looked into.
const DEPTH: usize = 4;

/// What a model answers, as far as pictures can stand in it. Files stay where they are in the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Output {
    /// Null, a number, a truth.
    #[default]
    Nothing,
    Text(FileAddress),
    List(Vec<Output>),
    Fields(BTreeMap<String, Output>),
}

impl<'de> Deserialize<'de> for Output {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Output;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Output, E> {
        Ok(Output::Nothing)
    }

    fn visit_bool<E>(self, _truth: bool) -> Result<Output, E> {
        Ok(Output::Nothing)
    }

    fn visit_i64<E>(self, _number: i64) -> Result<Output, E> {
        Ok(Output::Nothing)
    }

    fn visit_u64<E>(self, _number: u64) -> Result<Output, E> {
        Ok(Output::Nothing)
    }

    fn visit_f64<E>(self, _number: f64) -> Result<Output, E> {
        Ok(Output::Nothing)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Output, E> {
        FileAddress::deserialize(BorrowedStrDeserializer::new(text)).map(Output::Text)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Output, E> {
        FileAddress::deserialize(text.into_deserializer()).map(Output::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Output, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Output::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Output, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((name, value)) = fields.next_entry()? {
            map.insert(name, value);
        }
        Ok(Output::Fields(map))
    }
}

/// The pictures in an output: addresses, of which some hold their file. A text is one, a list holds several, an object
/// holds them under one of the usual names.
pub(crate) fn pictures(output: &Output) -> Vec<&FileAddress> {
    let mut found = Vec::new();
    collect(output, DEPTH, &mut found);
    found.truncate(GenerationRequest::MAX_COUNT as usize);
    found
}

fn collect<'a>(output: &'a Output, depth: usize, found: &mut Vec<&'a FileAddress>) {
    match output {
        Output::Text(address) if is_picture(address) => found.push(address),
        Output::List(items) if depth > 0 => items.iter().for_each(|item| collect(item, depth - 1, found)),
        Output::Fields(fields) if depth > 0 => {
            let usual = KEYS.iter().find_map(|key| fields.get(*key).filter(|value| **value != Output::Nothing));
            if let Some(value) = usual {
                collect(value, depth - 1, found);
            }
        }
        _ => {}
    }
}

fn is_picture(address: &FileAddress) -> bool {
    match address {
        FileAddress::Here(_) => true,
        FileAddress::Text(text) => Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https")),
    }
}

/// The format that the name of a file tells.
pub(crate) fn format_of(address: &str) -> Option<ImageFormat> {
    let url = Url::parse(address).ok()?;
    let (_, extension) = url.path().rsplit_once('.')?;
    let extension = extension.to_ascii_lowercase();
    match extension.as_str() {
        "jpeg" => Some(ImageFormat::Jpeg),
        _ => ImageFormat::ALL.iter().copied().find(|format| format.extension() == extension),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pictures_are_found_in_texts_lists_and_objects() {
        let (one, two) = ("https://replicate.delivery/a.png", "data:image/png;base64,iVBORw==");
        let cases = [
            (json!(one), vec![one]),
            (json!([one, two]), vec![one, two]),
            (json!({"url": one}), vec![one]),
            (json!([{"url": one}, {"image": two}]), vec![one, two]),
            (json!({"images": [{"url": one}], "seed": 7}), vec![one]),
            (json!({"image": null, "output": one}), vec![one]),
            (json!(null), vec![]),
            (json!([]), vec![]),
            (json!({"text": one}), vec![]),
            (json!(["a lighthouse", "file:///etc/passwd", 7, true]), vec![]),
            (json!([[[[[[one]]]]]]), vec![]),
        ];
        for (output, expected) in cases {
            let text = output.to_string();
            let read: Output = serde_json::from_str(&text).unwrap();
            let found = pictures(&read).into_iter().map(|address| match address {
                FileAddress::Text(text) => text.as_str(),
                FileAddress::Here(_) => two,
            });
            assert_eq!(found.collect::<Vec<_>>(), expected, "{output}");
        }
    }

    #[test]
    fn no_more_pictures_are_taken_than_anybody_may_ask_for() {
        let many: Output = serde_json::from_value(json!(vec!["https://replicate.delivery/a.png"; 1_000])).unwrap();
        assert_eq!(pictures(&many).len(), GenerationRequest::MAX_COUNT as usize);
    }

    #[test]
    fn the_name_of_a_file_tells_its_format() {
        let cases = [
            ("https://replicate.delivery/a/out-0.png", Some(ImageFormat::Png)),
            ("https://replicate.delivery/a/out.JPG?x=.png", Some(ImageFormat::Jpeg)),
            ("https://replicate.delivery/a/out.jpeg", Some(ImageFormat::Jpeg)),
            ("https://replicate.delivery/a/out.webp", Some(ImageFormat::Webp)),
            ("https://replicate.delivery/a/out", None),
            ("https://replicate.delivery/a.b/out.tiff", None),
        ];
        for (address, format) in cases {
            assert_eq!(format_of(address), format, "{address}");
        }
    }
}
