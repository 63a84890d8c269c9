//! The adapter over real sockets.

use std::sync::Arc;

use media_domain::{DesignExportResult, Phase, RetryClass};
use media_http::ReqwestTransport;
use media_ports::ExportDestination;
use media_testkit::exporter_suite::export_request;
use media_testkit::loopback::{Behaviour, LoopbackServer};
use serde_json::json;

use crate::{context, request, vendor};

#[tokio::test]
async fn a_file_is_taken_in_over_a_real_line() {
    let server = LoopbackServer::start().unwrap();
    server.route("POST /rest/v1/asset-uploads", Behaviour::json(200, &vendor::running(vendor::UPLOAD)));
    server.route(&format!("GET /rest/v1/asset-uploads/{}", vendor::UPLOAD), Behaviour::json(200, &vendor::uploaded()));
    let settings = json!({ "base_url": format!("{}/rest/v1", server.base_url()) });
    let provider = vendor::provider(Arc::new(ReqwestTransport::default()), settings);
    let request = export_request(ExportDestination::Canva { design_title: None });
    let answer = provider.exporter.unwrap().export_design(&context(), &request).await.unwrap();
    let DesignExportResult::Canva(result) = answer.result else { panic!("it went to Canva") };
    assert_eq!(result.canva_asset_id, "Msd59349ff");
    let sent = &server.requests()[0];
    assert_eq!(sent.body, request.image);
}

#[tokio::test]
async fn an_order_whose_answer_is_lost_is_sent_once_and_stays_uncertain() {
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::TakeAndDrop);
    let settings = json!({ "base_url": server.base_url(), "check_capabilities": false });
    let provider = vendor::provider(Arc::new(ReqwestTransport::default()), settings);
    let error = provider.generator.unwrap().generate_image(&context(), &request()).await.unwrap_err();
    assert_eq!(error.retry, RetryClass::Uncertain { phase: Phase::Submit, handle: None });
    assert_eq!(server.requests().len(), 1);
}
