//! The adapter over real sockets.

use std::sync::Arc;

use media_domain::{ImageContent, RetryClass};
use media_http::ReqwestTransport;
use media_testkit::loopback::{Behaviour, LoopbackServer};
use serde_json::json;

use crate::{context, request, vendor};

#[tokio::test]
async fn a_node_is_rendered_over_a_real_line() {
    let server = LoopbackServer::start().unwrap();
    server.route(&format!("GET {}", vendor::file("/meta")), Behaviour::json(200, &json!({ "version": "5" })));
    let images = json!({ "err": null, "images": { vendor::NODE: vendor::RENDER } });
    server.route(&format!("GET /v1/images/{}", vendor::FILE), Behaviour::json(200, &images));
    let settings = json!({ "base_url": server.base_url(), "node_width": 400, "node_height": 300 });
    let provider = vendor::provider(Arc::new(ReqwestTransport::default()), settings);
    let generator = provider.generator.unwrap();
    for _ in 0..2 {
        let answer = generator.generate_image(&context(), &request()).await.unwrap();
        assert_eq!(answer.images[0].content, ImageContent::Url(vendor::RENDER.to_owned()));
    }
    assert_eq!(server.requests().len(), 2, "the second image is the first render");
}

#[tokio::test]
async fn a_render_whose_answer_is_lost_is_asked_for_once() {
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::TakeAndDrop);
    let provider = vendor::provider(Arc::new(ReqwestTransport::default()), json!({ "base_url": server.base_url() }));
    let error = provider.generator.unwrap().generate_image(&context(), &request()).await.unwrap_err();
    assert_eq!(error.retry, RetryClass::Again { after: None });
    assert_eq!(server.requests().len(), 1);
}
