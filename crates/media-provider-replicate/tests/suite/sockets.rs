//! The adapter over real sockets.

use std::sync::Arc;

use media_domain::{ImageContent, Phase, RetryClass};
use media_http::ReqwestTransport;
use media_ports::GenerationAnswer;
use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::pictures;
use serde_json::json;

use crate::{Outcome, context, request, vendor};

async fn generate(server: &LoopbackServer) -> Outcome {
    let settings = json!({"base_url": format!("{}/v1", server.base_url())});
    let provider = vendor::provider(Arc::new(ReqwestTransport::default()), settings);
    provider.generator.unwrap().generate_image(&context(), &request()).await
}

#[tokio::test]
async fn an_order_is_asked_after_until_its_pictures_are_there() {
    let picture = pictures::png(256, 256, 5);
    let server = LoopbackServer::start().unwrap();
    let of_own_host = json!({"output": [format!("{}/out/7.png", server.base_url())]});
    server.push(Behaviour::json(202, &vendor::prediction("starting", json!({}))));
    server.push(Behaviour::json(200, &vendor::prediction("succeeded", of_own_host)));
    server.push(Behaviour::respond(200, "image/png", picture.clone()));
    let GenerationAnswer { mut images, .. } = generate(&server).await.unwrap();
    assert_eq!(images.remove(0).content, ImageContent::Bytes(picture.into()));
    let asked: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(asked, ["/v1/predictions", &format!("/v1/predictions/{}", vendor::ID), "/out/7.png"]);
}

#[tokio::test]
async fn an_order_is_sent_once_and_what_became_of_it_stays_uncertain() {
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::TakeAndDrop);
    let error = generate(&server).await.unwrap_err();
    assert_eq!(error.retry, RetryClass::Uncertain { phase: Phase::Submit, handle: None });
    assert_eq!(server.requests().len(), 1);
}
