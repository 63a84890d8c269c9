//! The adapter over real sockets.

use std::sync::Arc;

use media_domain::{ImageContent, JobHandle, Phase, RetryClass};
use media_http::ReqwestTransport;
use media_ports::{ImageGenerator, ResolveAnswer};
use media_testkit::loopback::{Behaviour, LoopbackServer};
use serde_json::json;

use crate::{context, request, vendor};

fn generator(server: &LoopbackServer) -> Arc<dyn ImageGenerator> {
    let settings = json!({"base_url": server.base_url().to_string()});
    vendor::provider(Arc::new(ReqwestTransport::default()), settings).generator.unwrap()
}

#[tokio::test]
async fn an_order_whose_answer_is_lost_is_sent_once_and_stays_uncertain() {
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::TakeAndDrop);
    let error = generator(&server).generate_image(&context(), &request()).await.unwrap_err();
    assert_eq!(error.retry, RetryClass::Uncertain { phase: Phase::Submit, handle: None });
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_handle_leads_to_the_task_and_what_stands_behind_it_is_sent_to_nobody() {
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::json(200, &vendor::ready()));
    let handle = JobHandle::new(format!("{}/v1/get_result?id=7#model=flux-2-max&credits=7", server.base_url()));
    let answer = generator(&server).resolve(&context(), &handle).await.unwrap();
    let ResolveAnswer::Done(answer) = answer else { panic!("{answer:?}") };
    assert_eq!(answer.images[0].content, ImageContent::Url(vendor::SAMPLE.to_owned()));
    assert_eq!(answer.usage.cost_micros, Some(70_000));
    let asked = format!("{:?}", server.requests());
    assert!(asked.contains("get_result") && !asked.contains("flux-2-max"), "{asked}");
}
