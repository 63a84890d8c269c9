//! Masks on their way to the vendor.

use bytes::Bytes;
use media_domain::{EditKind, EditRequest, ImageFormat, MediaDimensions, ProviderErrorKind, RetryClass, SourceImage};
use media_testkit::pictures;
use media_testkit::transport::Exchange;
use serde_json::json;

use crate::{edit, prompt, vendor};

fn inpaint(mask: Bytes) -> EditRequest {
    let dimensions = MediaDimensions::new(128, 128);
    let picture = |bytes| SourceImage { bytes, format: ImageFormat::Png, dimensions };
    EditRequest {
        prompt: Some(prompt()),
        mask: Some(picture(mask)),
        ..EditRequest::new(EditKind::Inpaint, picture(pictures::png(128, 128, 1)))
    }
}

#[tokio::test]
async fn what_is_transparent_becomes_white() {
    let exchange = Exchange::post("/v2beta/stable-image/edit/inpaint").answers_json(200, &vendor::drawn());
    let request = inpaint(pictures::mask_png(128, 128));
    let (outcome, sent) = edit(json!({"api": "v2beta"}), &request, Some(exchange)).await;
    outcome.unwrap();
    let part = sent.unwrap().part("mask").unwrap();
    assert_eq!(part.content_type.as_deref(), Some("image/png"));
    let drawn = image::load_from_memory_with_format(&part.content, image::ImageFormat::Png).unwrap().into_luma8();
    assert_eq!([10, 100].map(|x| drawn.get_pixel(x, 5).0[0]), [255, 0]);
}

#[tokio::test]
async fn a_mask_that_marks_nothing_is_refused_before_anything_is_sent() {
    for api in ["v2beta", "automatic1111"] {
        let request = inpaint(pictures::png(128, 128, 1));
        let (outcome, sent) = edit(json!({ "api": api }), &request, None).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.kind, error.retry), (ProviderErrorKind::InvalidRequest, RetryClass::Never));
        assert!(sent.is_none());
    }
}
