//! Pictures in what a model answers, which may be anything.

use media_domain::{GenerationRequest, ImageFormat};
use serde_json::Value;
use url::Url;

/// Names under which models put pictures into an object.
const KEYS: [&str; 5] = ["url", "image", "images", "output", "outputs"];

/// How deep an answer is looked into.
const DEPTH: usize = 4;

/// The pictures in an output: addresses, or data URLs. A text is one, a list holds several, an object holds them under one
/// of the usual names.
pub(crate) fn pictures(output: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    collect(output, DEPTH, &mut found);
    found.truncate(GenerationRequest::MAX_COUNT as usize);
    found
}

fn collect<'a>(output: &'a Value, depth: usize, found: &mut Vec<&'a str>) {
    match output {
        Value::String(text) if is_picture(text) => found.push(text),
        Value::Array(items) if depth > 0 => items.iter().for_each(|item| collect(item, depth - 1, found)),
        Value::Object(fields) if depth > 0 => {
            if let Some(value) = KEYS.iter().find_map(|key| fields.get(*key).filter(|value| !value.is_null())) {
                collect(value, depth - 1, found);
            }
        }
        _ => {}
    }
}

fn is_picture(text: &str) -> bool {
    is_data(text) || Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Whether the picture itself stands there.
pub(crate) fn is_data(text: &str) -> bool {
    text.starts_with("data:image/")
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
            assert_eq!(pictures(&output), expected, "{output}");
        }
    }

    #[test]
    fn no_more_pictures_are_taken_than_anybody_may_ask_for() {
        let many = vec!["https://replicate.delivery/a.png"; 1_000];
        assert_eq!(pictures(&json!(many)).len(), GenerationRequest::MAX_COUNT as usize);
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
