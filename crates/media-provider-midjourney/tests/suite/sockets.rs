//! The adapter over real sockets.

use std::sync::Arc;

use media_domain::{ImageContent, Phase, RetryClass};
use media_http::ReqwestTransport;
use media_provider_midjourney::MidjourneyFactory;
use media_testkit::factory::build_provider;
use media_testkit::loopback::{Behaviour, LoopbackServer};
use serde_json::json;

use crate::{context, request, vendor};

#[tokio::test]
async fn an_order_whose_answer_is_lost_is_sent_once_and_stays_uncertain() {
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::TakeAndDrop);
    let settings = json!({ "base_url": format!("{}/mj", server.base_url()) });
    let provider = vendor::provider(Arc::new(ReqwestTransport::default()), settings);
    let error = provider.generator.unwrap().generate_image(&context(), &request()).await.unwrap_err();
    assert_eq!(error.retry, RetryClass::Uncertain { phase: Phase::Submit, handle: None });
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_grid_that_was_left_is_found_again_over_a_real_line() {
    let server = LoopbackServer::start().unwrap();
    let route = format!("GET /mj/task/{}/fetch", vendor::GRID);
    server.route(&route, Behaviour::json(200, &vendor::done(vendor::GRID)));
    let settings = json!({ "base_url": format!("{}/mj", server.base_url()) });
    let provider = vendor::provider(Arc::new(ReqwestTransport::default()), settings);
    let handle = vendor::grid_handle(None, 2_000);
    let answer = provider.generator.unwrap().resolve(&context(), &handle).await.unwrap();
    let media_ports::ResolveAnswer::Done(answer) = answer else { panic!("it is done") };
    assert_eq!(answer.images[0].content, ImageContent::Url(vendor::url(vendor::GRID)));
    assert_eq!(server.requests()[0].headers["mj-api-secret"], vendor::SECRET);
}

#[tokio::test]
async fn a_proxy_without_a_secret_is_sent_none() {
    let server = LoopbackServer::start().unwrap();
    server.route("GET /mj/task/queue", Behaviour::json(200, &json!([])));
    let proxy = format!("{}/mj", server.base_url());
    let factory = MidjourneyFactory::new(Arc::new(ReqwestTransport::default()));
    let provider = build_provider(&factory, json!({}), &[("base_url", &proxy)]).unwrap();
    assert!(provider.health.check_health(&context()).await.is_healthy());
    assert!(!server.requests()[0].headers.contains_key("mj-api-secret"));
}
