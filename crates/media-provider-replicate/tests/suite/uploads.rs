//! Pictures that are too large for an order.

use media_domain::{EditKind, EditRequest, MediaDimensions, ProviderErrorKind, RetryClass, SourceImage};
use media_testkit::pictures;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{edit, edit_request, vendor};

fn upload() -> Exchange {
    Exchange::post("/v1/files").of_operation("files.create")
}

/// An upload that has gone well.
fn uploaded() -> Exchange {
    let file = json!({
        "id": "file7",
        "content_type": "image/png",
        "size": 300_000,
        "checksums": {"sha256": "00"},
        "metadata": {},
        "created_at": "2026-11-21T10:00:00Z",
        "expires_at": "2026-11-22T10:00:00Z",
        "urls": {"get": "https://api.replicate.com/v1/files/file7"}
    });
    upload().answers_json(201, &file)
}

/// An edit of a picture that is a file of so many bytes.
fn of_size(bytes: usize) -> EditRequest {
    let request = edit_request(EditKind::Edit);
    let bytes = pictures::padded(&pictures::png(256, 256, 5), bytes);
    let source = SourceImage { bytes, dimensions: MediaDimensions::new(256, 256), ..request.source };
    EditRequest { source, ..request }
}

#[tokio::test]
async fn a_large_picture_is_uploaded_and_named_by_its_address() {
    let request = of_size(256_001);
    let order = vendor::order().answers_json(201, &vendor::succeeded(1));
    let (outcome, sent) = edit(Value::Null, &request, vec![uploaded(), order]).await;
    outcome.unwrap();
    let parts = sent[0].parts();
    assert_eq!(parts.len(), 1);
    assert_eq!((parts[0].name.as_str(), parts[0].file_name.as_deref()), ("content", Some("picture.png")));
    assert_eq!(parts[0].content_type.as_deref(), Some("image/png"));
    assert_eq!(parts[0].content, request.source.bytes);
    assert_eq!(sent[1].json()["input"]["image"], "https://api.replicate.com/v1/files/file7");
}

#[tokio::test]
async fn a_picture_of_256_kb_goes_with_the_order() {
    let order = vendor::order().answers_json(201, &vendor::succeeded(1));
    let (outcome, sent) = edit(Value::Null, &of_size(256_000), vec![order]).await;
    outcome.unwrap();
    assert!(sent[0].json()["input"]["image"].as_str().unwrap().starts_with("data:image/png;base64,"));
}

#[tokio::test]
async fn trouble_with_an_upload_leaves_nothing_open() {
    let large = json!({"detail": "Files must be less than 100MB in size"});
    let strange = json!({"urls": {"get": "file:///etc/passwd"}});
    let cases = [
        (upload().answers(413, "application/problem+json", large.to_string()), ProviderErrorKind::InvalidRequest),
        (upload().answers_json(201, &json!({"id": "file7"})), ProviderErrorKind::MalformedResponse),
        (upload().answers_json(201, &strange), ProviderErrorKind::MalformedResponse),
        (upload().answers(502, "text/html", "<h1>502</h1>"), ProviderErrorKind::Unavailable),
    ];
    for (exchange, kind) in cases {
        let (outcome, _) = edit(Value::Null, &of_size(300_000), vec![exchange]).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(!matches!(error.retry, RetryClass::Uncertain { .. } | RetryClass::Billed), "{error:?}");
    }
}

#[tokio::test]
async fn a_mask_that_cannot_be_used_is_refused_before_anything_is_uploaded() {
    let request = of_size(300_000);
    let mask = SourceImage { bytes: pictures::png(256, 256, 1), ..request.source.clone() };
    let request = EditRequest { kind: EditKind::Inpaint, mask: Some(mask), ..request };
    let (outcome, sent) = edit(Value::Null, &request, Vec::new()).await;
    assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::InvalidRequest);
    assert!(sent.is_empty());
}
