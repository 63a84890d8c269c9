//! Reading JSON answers.

use bytes::BytesMut;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use media_domain::ProviderErrorKind;
use media_ports::ProviderError;
use serde::de::DeserializeOwned;

use crate::{Base64Files, HttpResponse, ResponseBody};

/// Whether the headers declare a JSON body (`application/json`, or a type that ends in `+json`).
pub fn is_json(headers: &HeaderMap) -> bool {
    let essence = content_type(headers);
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The declared type of a body in lower case, without parameters; empty when none is declared.
pub fn content_type(headers: &HeaderMap) -> String {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A JSON answer: its document, and the files that stand in it as Base64.
///
/// ```
/// use http::{HeaderMap, HeaderValue, StatusCode};
/// use media_http::{Base64Text, HttpResponse, JsonAnswer};
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Answer {
///     seed: u64,
///     image: Base64Text,
/// }
///
/// let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
/// let response = HttpResponse { status: StatusCode::OK, headers, body: r#"{"seed": 7, "image": "aGVsbG8="}"#.into() };
/// let JsonAnswer { document, mut files, .. } = JsonAnswer::<Answer>::read(response, "order images")?;
/// assert_eq!((document.seed, files.take(&document.image).ok()), (7, Some("hello".into())));
/// # Ok::<(), media_ports::ProviderError>(())
/// ```
#[derive(Debug)]
pub struct JsonAnswer<T> {
    /// What the answer says.
    pub document: T,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// The files that it holds, and whatever else is left of its body.
    pub files: Base64Files,
}

impl<T: DeserializeOwned> JsonAnswer<T> {
    /// Reads the body of a success that has been paid for. `doing` completes "failed to …".
    ///
    /// # Errors
    /// `malformed_response` of class `billed` with the body kept aside, when it is not declared as JSON or is not JSON of
    /// the shape expected.
    pub fn read(response: HttpResponse, doing: &str) -> Result<Self, ProviderError> {
        let HttpResponse { status, headers, body } = response;
        let unusable = |reason: String, body| {
            ProviderError::new(ProviderErrorKind::MalformedResponse, format!("{doing}: {reason}"))
                .billed(Some(body))
                .with_http_status(status.as_u16())
        };
        if !is_json(&headers) {
            return Err(unusable("the answer is not declared as JSON".to_owned(), body.into_bytes()));
        }
        match decode(body) {
            Ok((document, files)) => Ok(Self { document, headers, files }),
            Err((reason, files)) => Err(unusable(reason, files.into_rest())),
        }
    }
}

/// Reads a document, and what else is left of the body; failing that, what is wrong, and the body.
pub(crate) fn decode<T: DeserializeOwned>(body: ResponseBody) -> Result<(T, Base64Files), (String, Base64Files)> {
    let (mut bytes, share) = body.into_parts();
    unescape_slashes(&mut bytes);
    let read = serde_json::from_slice(&bytes).map_err(|error| what_is_wrong(&error));
    let files = Base64Files::new(bytes, share);
    match read {
        Ok(document) => Ok((document, files)),
        Err(reason) => Err((reason, files)),
    }
}

/// The error's own text can quote the body, which may be megabytes of picture.
fn what_is_wrong(error: &serde_json::Error) -> String {
    let place = format!("line {} column {}", error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Eof => "the answer is cut off".to_owned(),
        serde_json::error::Category::Data => format!("the answer has another shape than expected at {place}"),
        _ => format!("the answer is not JSON at {place}"),
    }
}

/// Writes `\/` as `/`, which means the same. Some servers escape every slash, and a Base64 text full of escapes would have
/// to be copied to be read.
fn unescape_slashes(json: &mut BytesMut) {
    let Some(mut read) = memchr::memchr(b'\\', json) else { return };
    let mut written = read;
    while read < json.len() {
        let skip = usize::from(json[read..].starts_with(b"\\/"));
        // Both characters of any other escape are kept, whatever the second is.
        let from = read + skip;
        let search = (from + 2 - skip).min(json.len());
        let to = memchr::memchr(b'\\', &json[search..]).map_or(json.len(), |next| search + next);
        json.copy_within(from..to, written);
        written += to - from;
        read = to;
    }
    json.truncate(written);
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderValue, StatusCode};
    use media_domain::RetryClass;
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::base64_field::Base64Error;
    use crate::{Base64Text, FileAddress};

    fn response(content_type: Option<&'static str>, body: &'static str) -> HttpResponse {
        let mut headers = HeaderMap::new();
        if let Some(value) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
        }
        HttpResponse { status: StatusCode::OK, headers, body: body.into() }
    }

    #[test]
    fn json_is_told_by_its_declared_type() {
        for content_type in ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"] {
            assert!(is_json(&response(Some(content_type), "").headers), "{content_type}");
        }
        for content_type in [None, Some("text/html"), Some("image/svg+xml"), Some("text/json")] {
            assert!(!is_json(&response(content_type, "").headers), "{content_type:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_kept_aside() {
        let json = Some("application/json");
        for (content_type, body) in [(Some("text/html"), "[1]"), (json, "[1"), (json, "[\"a\"]"), (json, "")] {
            let error = JsonAnswer::<Vec<u32>>::read(response(content_type, body), "read the answer").unwrap_err();
            assert_eq!(error.kind, ProviderErrorKind::MalformedResponse);
            assert_eq!(error.retry, RetryClass::Billed);
            assert_eq!(error.salvaged, Some(Bytes::from(body)));
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    enum Shape {
        Named { images: Vec<Base64Text> },
        Bare(Vec<Base64Text>),
    }

    fn read(body: &'static str) -> (Vec<Base64Text>, Base64Files) {
        let answer = JsonAnswer::<Shape>::read(response(Some("application/json"), body), "read the answer").unwrap();
        let (Shape::Named { images } | Shape::Bare(images)) = answer.document;
        (images, answer.files)
    }

    #[test]
    fn files_are_taken_once_and_in_any_order() {
        let (images, mut files) = read(r#"{"images": ["aGVsbG8=", "d29ybGQ", "data:image/png;base64,b25jZQ=="]}"#);
        let taken: Vec<_> = images.iter().rev().map(|image| files.take(image).unwrap()).collect();
        assert_eq!(taken, ["once", "world", "hello"]);
        assert_eq!(files.take(&images[1]), Err(Base64Error::Gone));
        assert_eq!(files.into_rest(), r#"{"images": ["", "", ""]}"#);
    }

    #[test]
    fn what_is_no_file_stays_where_it_was() {
        let body = r#"["!!!", "", "aGVsbG8=", "data:image/png,abc", "a b"]"#;
        let (images, mut files) = read(body);
        for (index, error) in [(0, Base64Error::NotBase64), (1, Base64Error::Empty), (3, Base64Error::NotBase64)] {
            assert_eq!(files.take(&images[index]), Err(error));
        }
        assert_eq!(files.into_rest(), body);
    }

    #[test]
    fn escapes_are_resolved_and_a_text_of_another_answer_is_gone() {
        let (images, mut files) = read(r#"["\/\/79\/w==", "aGVs\nbG8=", "aGVs\u0062G8="]"#);
        assert_eq!(files.take(&images[0]).unwrap(), &[0xff, 0xfe, 0xfd, 0xff][..]);
        assert_eq!(files.take(&images[1]), Err(Base64Error::NotBase64));
        assert_eq!(files.take_hashed(&images[2]).unwrap().bytes(), "hello");
        let (others, _kept) = read(r#"["aGVsbG8="]"#);
        assert_eq!(files.take(&others[0]), Err(Base64Error::Gone));
    }

    #[test]
    fn an_address_holds_its_picture_or_leads_to_one() {
        let body = r#"["https://a.test/1.png", "data:image/png;base64,aGVsbG8=", "data:text/plain,a"]"#;
        let answer = JsonAnswer::<Vec<FileAddress>>::read(response(Some("application/json"), body), "read").unwrap();
        let mut files = answer.files;
        let told: Vec<_> = answer
            .document
            .iter()
            .map(|address| match address {
                FileAddress::Text(text) => text.clone(),
                FileAddress::Here(text) => format!("{:?}", files.take(text).unwrap()),
            })
            .collect();
        assert_eq!(told, ["https://a.test/1.png", "b\"hello\"", "data:text/plain,a"]);
    }

    proptest! {
        #[test]
        fn unescaping_slashes_keeps_every_text(text in r#"([/\\a"]|\PC){0,20}"#) {
            let json = serde_json::to_string(&text).unwrap().replace('/', "\\/");
            let mut bytes = BytesMut::from(json.as_bytes());
            unescape_slashes(&mut bytes);
            prop_assert_eq!(serde_json::from_slice::<String>(&bytes).unwrap(), text);
        }

        #[test]
        fn unescaping_hostile_bytes_is_no_panic(json in prop::collection::vec(prop::sample::select(b"\\/x".to_vec()), 0..12)) {
            unescape_slashes(&mut BytesMut::from(&json[..]));
        }
    }
}
