//! Leaves the exchanges of a test run behind as files, for checks against the vendors' own documents.

use std::path::Path;
use std::{env, fs, io};

use http::{HeaderMap, HeaderValue};
use media_domain::ContentHash;
use media_http::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use crate::recorded::{RecordedPart, RecordedRequest};

/// The variable that names the folder; without it nothing is written.
pub const FOLDER_VARIABLE: &str = "MEDIA_CONTRACT_DIR";

/// Writes an exchange into the folder that the environment names. Panics when it cannot: a run that leaves half of its
/// exchanges behind would prove nothing.
#[expect(clippy::panic, reason = "this is how a test fails")]
pub(crate) fn leave_behind(operation: Option<&str>, request: &HttpRequest, response: Option<&HttpResponse>) {
    let Some(folder) = env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()) else { return };
    // Cargo tells every test binary which package it belongs to.
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    let provider = package.strip_prefix("media-provider-").unwrap_or(&package);
    write(Path::new(&folder), provider, operation, &RecordedRequest::of(request), response)
        .unwrap_or_else(|error| panic!("{FOLDER_VARIABLE}: {error}"));
}

/// Writes an exchange as a file `PROVIDER-HASH.json`; the same exchange is the same file.
///
/// # Errors
/// When the folder cannot be made or the file not written.
pub fn write(
    folder: &Path,
    provider: &str,
    operation: Option<&str>,
    request: &RecordedRequest,
    response: Option<&HttpResponse>,
) -> io::Result<()> {
    let mut exchange = describe(request);
    exchange.insert("provider".to_owned(), provider.into());
    exchange.insert("operation".to_owned(), operation.into());
    exchange.insert("response".to_owned(), response.map(describe_response).into());
    let text = format!("{:#}\n", Value::Object(exchange));
    fs::create_dir_all(folder)?;
    fs::write(folder.join(format!("{provider}-{}.json", ContentHash::of(text.as_bytes()))), text)
}

fn describe(request: &RecordedRequest) -> Map<String, Value> {
    let described = json!({
        "method": request.method.as_str(),
        "url": request.url.as_str(),
        "path": request.url.path(),
        "query": request.url.query_pairs().collect::<Vec<_>>(),
        "headers": headers(&request.headers),
        "content_type": request.content_type(),
        "body": body(request),
    });
    match described {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The words that begin a credential and are no part of the secret. Source: RFC 7235 §2.1.
const SCHEMES: [&str; 3] = ["Basic", "Bearer", "Token"];

/// Headers by name; secret ones are masked, up to the scheme of a credential.
fn headers(headers: &HeaderMap) -> Value {
    let shown = |value: &HeaderValue| match value.is_sensitive() {
        true => masked(value),
        false => String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    headers.iter().map(|(name, value)| (name.to_string(), Value::from(shown(value)))).collect::<Map<_, _>>().into()
}

fn masked(value: &HeaderValue) -> String {
    let told =
        |scheme: &str| value.as_bytes().strip_prefix(scheme.as_bytes()).is_some_and(|rest| rest.starts_with(b" "));
    match SCHEMES.iter().find(|scheme| told(scheme)) {
        Some(scheme) => format!("{scheme} [masked]"),
        None => "[masked]".to_owned(),
    }
}

fn body(request: &RecordedRequest) -> Value {
    match request.content_type() {
        _ if request.body.is_empty() => json!({ "kind": "none" }),
        "application/json" => json!({ "kind": "json", "value": request.json() }),
        "application/x-www-form-urlencoded" => json!({ "kind": "form", "fields": request.form() }),
        "multipart/form-data" => {
            json!({ "kind": "multipart", "parts": request.parts().iter().map(part).collect::<Vec<_>>() })
        }
        _ => json!({ "kind": "bytes", "size": request.body.len() }),
    }
}

fn part(part: &RecordedPart) -> Value {
    json!({
        "name": part.name,
        "file_name": part.file_name,
        "content_type": part.content_type,
        "size": part.content.len(),
        "text": part.file_name.is_none().then(|| part.text()),
    })
}

fn describe_response(response: &HttpResponse) -> Value {
    json!({
        "status": response.status.as_u16(),
        "headers": headers(&response.headers),
        "size": response.body.len(),
        "json": serde_json::from_slice::<Value>(&response.body).ok(),
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{Method, StatusCode, header};
    use media_http::MultipartForm;

    use super::*;

    fn request(content_type: HeaderValue, body: Bytes) -> RecordedRequest {
        let mut key = HeaderValue::from_static("Bearer do-not-tell");
        key.set_sensitive(true);
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, content_type), (header::AUTHORIZATION, key)]);
        let url = "https://example.org/v1/edits?a=1&a=b%20c".parse().unwrap();
        RecordedRequest { method: Method::POST, url, headers, body }
    }

    #[test]
    fn an_exchange_is_one_file_without_secrets() {
        let folder = std::env::temp_dir().join(format!("media-testkit-contract-{}", std::process::id()));
        let (content_type, body) = MultipartForm::new()
            .text("prompt", "a lighthouse")
            .file("image[]", "a.png", "image/png", Bytes::from_static(b"\x89PNG"))
            .into_body();
        let request = request(content_type, body.to_bytes());
        let body = r#"{"id": "7"}"#.into();
        let response = HttpResponse { status: StatusCode::CREATED, headers: HeaderMap::new(), body };
        for _ in 0..2 {
            write(&folder, "acme", Some("submit"), &request, Some(&response)).unwrap();
        }
        let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        let text = fs::read_to_string(&files[0]).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(files.len(), 1);
        assert!(!text.contains("do-not-tell"));
        let exchange: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&exchange["provider"], &exchange["operation"]), (&json!("acme"), &json!("submit")));
        assert_eq!(exchange["query"], json!([["a", "1"], ["a", "b c"]]));
        assert_eq!(exchange["headers"]["authorization"], "Bearer [masked]");
        assert_eq!(exchange["response"]["json"], json!({"id": "7"}));
        let parts = json!([
            {"name": "prompt", "file_name": null, "content_type": null, "size": 12, "text": "a lighthouse"},
            {"name": "image[]", "file_name": "a.png", "content_type": "image/png", "size": 4, "text": null},
        ]);
        assert_eq!(exchange["body"], json!({"kind": "multipart", "parts": parts}));
    }

    #[test]
    fn of_a_secret_the_scheme_alone_is_told() {
        for (secret, told) in [
            ("Basic YTpi", "Basic [masked]"),
            ("Token abc", "Token [masked]"),
            ("Bearerabc", "[masked]"),
            ("bearer abc", "[masked]"),
            ("sk-123 Bearer", "[masked]"),
        ] {
            assert_eq!(masked(&HeaderValue::from_static(secret)), told, "{secret}");
        }
    }

    #[test]
    fn every_kind_of_body_is_told() {
        let cases = [
            ("application/json", &b"{\"n\":1}"[..], json!({"kind": "json", "value": {"n": 1}})),
            ("application/x-www-form-urlencoded", b"a=b+c", json!({"kind": "form", "fields": [["a", "b c"]]})),
            ("application/octet-stream", b"123", json!({"kind": "bytes", "size": 3})),
            ("application/json", b"", json!({"kind": "none"})),
        ];
        for (content_type, bytes, expected) in cases {
            let request = request(HeaderValue::from_static(content_type), Bytes::from_static(bytes));
            assert_eq!(describe(&request)["body"], expected, "{content_type}");
        }
    }
}
