//! Masks on their way to the vendor.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use media_domain::{EditKind, EditRequest, ProviderErrorKind, RetryClass, SourceImage};
use media_testkit::pictures;
use serde_json::Value;

use crate::{edit, edit_request, vendor};

#[tokio::test]
async fn what_is_transparent_becomes_white() {
    let exchange = vendor::order().answers_json(201, &vendor::succeeded(1));
    let (outcome, sent) = edit(Value::Null, &edit_request(EditKind::Inpaint), vec![exchange]).await;
    outcome.unwrap();
    let input = sent[0].json();
    let encoded = input["input"]["mask"].as_str().unwrap().strip_prefix("data:image/png;base64,").unwrap();
    let file = BASE64_STANDARD.decode(encoded).unwrap();
    let drawn = image::load_from_memory_with_format(&file, image::ImageFormat::Png).unwrap().into_luma8();
    assert_eq!([10, 100].map(|x| drawn.get_pixel(x, 5).0[0]), [255, 0]);
}

#[tokio::test]
async fn a_mask_that_marks_nothing_is_refused_before_anything_is_sent() {
    let request = edit_request(EditKind::Inpaint);
    let opaque = SourceImage { bytes: pictures::png(128, 128, 1), ..request.source.clone() };
    let request = EditRequest { mask: Some(opaque), ..request };
    let (outcome, sent) = edit(Value::Null, &request, Vec::new()).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::InvalidRequest, RetryClass::Never));
    assert!(sent.is_empty());
}
