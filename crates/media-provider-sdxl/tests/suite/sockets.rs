//! The adapter over real sockets.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use media_domain::{EditKind, EditRequest, ImageContent, ImageFormat, MediaDimensions, Phase, RetryClass, SourceImage};
use media_http::ReqwestTransport;
use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::pictures;
use serde_json::json;

use crate::{context, request, vendor};

#[tokio::test]
async fn a_large_picture_arrives_byte_for_byte() {
    let picture = pictures::grey_png(1184, 1184, 5);
    let server = LoopbackServer::start().unwrap();
    let body = json!({"images": [BASE64_STANDARD.encode(&picture)], "info": "{}"});
    server.route("POST /sdapi/v1/txt2img", Behaviour::json(200, &body));
    let settings = json!({"api": "automatic1111", "base_url": server.base_url()});
    let provider = vendor::provider(Arc::new(ReqwestTransport::default()), settings);
    let answer = provider.generator.unwrap().generate_image(&context(), &request()).await.unwrap();
    assert!(answer.images[0].content == ImageContent::Bytes(picture.into()), "the bytes differ");
}

#[tokio::test]
async fn a_form_is_sent_once_and_what_became_of_it_stays_uncertain() {
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::TakeAndDrop);
    let settings = json!({"api": "v2beta", "base_url": server.base_url()});
    let provider = vendor::provider(Arc::new(ReqwestTransport::default()), settings);
    let dimensions = MediaDimensions::new(512, 512);
    let source = SourceImage { bytes: pictures::grey_png(512, 512, 5), format: ImageFormat::Png, dimensions };
    let request = EditRequest::new(EditKind::RemoveBackground, source);
    let error = provider.editor.unwrap().edit_image(&context(), &request).await.unwrap_err();
    assert_eq!(error.retry, RetryClass::Uncertain { phase: Phase::Submit, handle: None });
    assert_eq!(server.requests().len(), 1);
}
