//! Masks on their way to the vendor.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use media_domain::{EditKind, EditRequest, ImageFormat, MediaDimensions, ProviderErrorKind, RetryClass, SourceImage};
use media_testkit::pictures;
use serde_json::Value;

use crate::{context, edit_in, prompt, script};

fn inpaint(mask: Bytes) -> EditRequest {
    let dimensions = MediaDimensions::new(128, 128);
    let picture = |bytes| SourceImage { bytes, format: ImageFormat::Png, dimensions };
    EditRequest {
        prompt: Some(prompt()),
        mask: Some(picture(mask)),
        ..EditRequest::new(EditKind::Inpaint, picture(pictures::png(128, 128, 1)))
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_transparent_becomes_white() {
    let request = inpaint(pictures::mask_png(128, 128));
    let (outcome, sent) = edit_in(&context(), Value::Null, &request, script("flux-pro-1.0-fill")).await;
    outcome.unwrap();
    let file = BASE64_STANDARD.decode(sent.unwrap()["mask"].as_str().unwrap()).unwrap();
    let drawn = image::load_from_memory_with_format(&file, image::ImageFormat::Png).unwrap().into_luma8();
    assert_eq!([10, 100].map(|x| drawn.get_pixel(x, 5).0[0]), [255, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_mask_that_marks_nothing_is_refused_before_anything_is_sent() {
    let request = inpaint(pictures::png(128, 128, 1));
    let (outcome, sent) = edit_in(&context(), Value::Null, &request, Vec::new()).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::InvalidRequest, RetryClass::Never));
    assert_eq!(sent, None);
}
