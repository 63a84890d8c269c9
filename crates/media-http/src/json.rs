//! Reading JSON answers.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use media_domain::ProviderErrorKind;
use media_ports::ProviderError;
use serde::Deserialize;

use crate::HttpResponse;

/// Whether the headers declare a JSON body (`application/json`, or a type that ends in `+json`).
pub fn is_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Reads the body of a success that has been paid for; texts may be borrowed from it. `doing` completes "failed to …".
///
/// # Errors
/// `malformed_response` of class `billed` with the body kept aside, when it is not declared as JSON or is not JSON of
/// the shape expected.
pub fn json_body<'a, T: Deserialize<'a>>(response: &'a HttpResponse, doing: &str) -> Result<T, ProviderError> {
    let unusable = |reason: String| {
        ProviderError::new(ProviderErrorKind::MalformedResponse, format!("{doing}: {reason}"))
            .billed(Some(response.body.clone()))
            .with_http_status(response.status.as_u16())
    };
    if !is_json(&response.headers) {
        return Err(unusable("the answer is not declared as JSON".to_owned()));
    }
    serde_json::from_slice(&response.body).map_err(|error| {
        // The error's own text can quote the body, which may be megabytes of picture.
        let place = format!("line {} column {}", error.line(), error.column());
        unusable(match error.classify() {
            serde_json::error::Category::Eof => "the answer is cut off".to_owned(),
            serde_json::error::Category::Data => format!("the answer has another shape than expected at {place}"),
            _ => format!("the answer is not JSON at {place}"),
        })
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderValue, StatusCode};
    use media_domain::RetryClass;

    use super::*;

    fn response(content_type: Option<&'static str>, body: &'static str) -> HttpResponse {
        let mut headers = HeaderMap::new();
        if let Some(value) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
        }
        HttpResponse { status: StatusCode::OK, headers, body: Bytes::from_static(body.as_bytes()) }
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
        for answer in
            [response(Some("text/html"), "[1]"), response(json, "[1"), response(json, "[\"a\"]"), response(json, "")]
        {
            let error = json_body::<Vec<u32>>(&answer, "read the answer").unwrap_err();
            assert_eq!(error.kind, ProviderErrorKind::MalformedResponse);
            assert_eq!(error.retry, RetryClass::Billed);
            assert_eq!(error.salvaged, Some(answer.body.clone()));
        }
    }

    #[test]
    fn texts_are_borrowed_from_the_body() {
        let answer = response(Some("application/json"), r#"["a long text"]"#);
        let texts: Vec<&str> = json_body(&answer, "read the answer").unwrap();
        let body = answer.body.as_ptr_range();
        assert!(body.contains(&texts[0].as_ptr()));
    }
}
