//! The adapter over real sockets.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use media_domain::{ImageContent, Phase, RetryClass};
use media_http::ReqwestTransport;
use media_ports::{GenerationAnswer, ProviderError};
use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::pictures;
use serde_json::json;

use crate::{context, request, vendor};

async fn order_from(server: &LoopbackServer) -> Result<GenerationAnswer, ProviderError> {
    let settings = json!({"base_url": format!("{}/v1", server.base_url())});
    let provider = vendor::provider(Arc::new(ReqwestTransport::default()), settings);
    provider.generator.unwrap().generate_image(&context(), &request()).await
}

#[tokio::test]
async fn a_large_picture_arrives_byte_for_byte() {
    let picture = pictures::grey_png(1184, 1184, 5);
    assert!(picture.len() > 1_400_000);
    let server = LoopbackServer::start().unwrap();
    let body = json!({"created": 1, "data": [{"b64_json": BASE64_STANDARD.encode(&picture)}]});
    server.route("POST /v1/images/generations", Behaviour::json(200, &body));
    let answer = order_from(&server).await.unwrap();
    assert!(answer.images[0].content == ImageContent::Bytes(picture.into()), "the bytes differ");
}

#[tokio::test]
async fn an_order_whose_answer_is_lost_is_sent_once_and_stays_uncertain() {
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::TakeAndDrop);
    let error = order_from(&server).await.unwrap_err();
    assert_eq!(error.retry, RetryClass::Uncertain { phase: Phase::Submit, handle: None });
    assert_eq!(server.requests().len(), 1);
}
