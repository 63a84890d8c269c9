//! Requests as they were sent, to be looked into.

use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use media_http::{HttpRequest, display_url};
use serde_json::Value;
use url::Url;

/// A request that an adapter has sent.
///
/// ```
/// use http::{HeaderMap, Method};
/// use media_http::MultipartForm;
/// use media_testkit::recorded::RecordedRequest;
///
/// let (content_type, body) = MultipartForm::new().text("prompt", "a lighthouse").into_body();
/// let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, content_type)]);
/// let url = "https://example.org/edit".parse().expect("an address");
/// let request = RecordedRequest { method: Method::POST, url, headers, body: body.to_bytes() };
/// assert_eq!(request.part("prompt").map(|part| part.text()), Some("a lighthouse".to_owned()));
/// ```
#[derive(Clone)]
pub struct RecordedRequest {
    /// The method.
    pub method: Method,
    /// Where to, with its query.
    pub url: Url,
    /// Headers; secret values are marked sensitive.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// A part of a multipart form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedPart {
    /// The field's name.
    pub name: String,
    /// The file's name, for a file.
    pub file_name: Option<String>,
    /// The declared type, if one is.
    pub content_type: Option<String>,
    /// What it holds.
    pub content: Bytes,
}

impl RecordedRequest {
    /// Takes down a request.
    pub fn of(request: &HttpRequest) -> Self {
        Self {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: request.body.to_bytes(),
        }
    }

    /// The declared type of the body, without parameters; empty when there is none.
    pub fn content_type(&self) -> &str {
        self.header(CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default().trim()
    }

    /// A header as text; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON. Panics when it is none.
    #[track_caller]
    #[expect(clippy::panic, reason = "this is how a test fails")]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("the body is no JSON: {error}"))
    }

    /// The fields of a URL-encoded body.
    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// The parts of a multipart body, in order. Panics when it is none, or not written as RFC 7578 has it.
    #[track_caller]
    #[expect(clippy::panic, reason = "this is how a test fails")]
    pub fn parts(&self) -> Vec<RecordedPart> {
        let declared = self.header(CONTENT_TYPE.as_str());
        let boundary = declared.strip_prefix("multipart/form-data; boundary=");
        let boundary = boundary.unwrap_or_else(|| panic!("the body is no form but {declared:?}"));
        read_parts(&self.body, boundary).unwrap_or_else(|| panic!("the form cannot be read"))
    }

    /// The first part of a name. Panics as [`parts`](Self::parts).
    #[track_caller]
    pub fn part(&self, name: &str) -> Option<RecordedPart> {
        self.parts().into_iter().find(|part| part.name == name)
    }
}

impl RecordedPart {
    /// What it holds, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

impl fmt::Debug for RecordedRequest {
    /// Shows neither query nor secret headers nor the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("url", &display_url(&self.url))
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

fn read_parts(body: &Bytes, boundary: &str) -> Option<Vec<RecordedPart>> {
    let (first, between) = (format!("--{boundary}"), format!("\r\n--{boundary}"));
    let mut at = body.starts_with(first.as_bytes()).then_some(first.len())?;
    let mut parts = Vec::new();
    while body[at..].starts_with(b"\r\n") {
        let head = at + 2;
        let content = find(body, head, b"\r\n\r\n")? + 4;
        let end = find(body, content, between.as_bytes())?;
        let lines = std::str::from_utf8(&body[head..content - 4]).ok()?;
        parts.push(read_part(lines, body.slice(content..end))?);
        at = end + between.len();
    }
    (&body[at..] == b"--\r\n").then_some(parts)
}

fn read_part(lines: &str, content: Bytes) -> Option<RecordedPart> {
    let header = |name: &str| {
        let lines = lines.split("\r\n").filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    };
    let disposition = header("content-disposition")?.strip_prefix("form-data; ")?;
    let named = |key: &str| {
        let mut pairs = disposition.split("; ").filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == key).map(|(_, value)| value.trim_matches('"').to_owned())
    };
    Some(RecordedPart {
        name: named("name")?,
        file_name: named("filename"),
        content_type: header("content-type").map(str::to_owned),
        content,
    })
}

fn find(body: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    body[from..].windows(what.len()).position(|window| window == what).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_forms_as_the_standard_has_them_are_read() {
        let part = |text: &str| Bytes::from(format!("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{text}"));
        let read =
            |text: &str| read_parts(&part(text), "b").map(|parts| parts.into_iter().map(|part| part.text()).collect());
        assert_eq!(read("x\r\n--b--\r\n"), Some(vec!["x".to_owned()]));
        assert_eq!(read("--b\r\n\r\n--b--\r\n"), Some(vec!["--b\r\n".to_owned()]));
        for broken in ["x", "x--b--\r\n", "x\r\n--b--", "x\r\n--b\r\n", "x\r\n--b--\r\nmore"] {
            assert_eq!(read(broken), None::<Vec<String>>, "{broken:?}");
        }
        assert_eq!(read_parts(&Bytes::from_static(b"--b--\r\n"), "b"), Some(Vec::new()));
        assert_eq!(
            read_parts(&Bytes::from_static(b"--b\r\n\r\n\r\n\r\n--b--\r\n"), "b"),
            None,
            "a part without a name"
        );
    }
}
