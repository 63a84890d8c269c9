//! What is left in a file, and what comes of it.

use std::sync::Arc;

use media_domain::{DesignExportResult, FigmaAttachment, FigmaExportResult, ProviderErrorKind, RetryClass};
use media_http::{SendPhase, TransportErrorKind};
use media_ports::{DesignExporter, ExportAnswer, ExportDestination, ExportRequest, ProviderError};
use media_testkit::exporter_suite::export_request;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, vendor};

const LINK: &str = "https://media.example.org/assets/7";
const MESSAGE: &str = "Lighthouse at dusk\nhttps://media.example.org/assets/7";

fn to(page: Option<&str>) -> ExportRequest {
    let page_id = page.map(str::to_owned);
    export_request(ExportDestination::Figma { file_key: vendor::FILE.to_owned(), page_id })
}

fn with(options: &Value) -> ExportRequest {
    ExportRequest { options: options.as_object().cloned().unwrap(), ..to(Some("1:2")) }
}

fn exporter(exchanges: Vec<Exchange>) -> (Arc<ScriptedTransport>, Arc<dyn DesignExporter>) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let settings = json!({ "file_key": null, "node_id": null });
    let exporter = vendor::provider(Arc::clone(&transport) as _, settings).exporter.unwrap();
    (transport, exporter)
}

async fn export(
    request: &ExportRequest,
    exchanges: Vec<Exchange>,
) -> (Result<ExportAnswer, ProviderError>, Vec<RecordedRequest>) {
    let (transport, exporter) = exporter(exchanges);
    let outcome = exporter.export_design(&context(), request).await;
    transport.assert_exhausted();
    (outcome, transport.recorded())
}

fn figma(outcome: Result<ExportAnswer, ProviderError>) -> FigmaExportResult {
    let result = match outcome.unwrap().result {
        DesignExportResult::Figma(result) => Some(result),
        DesignExportResult::Canva(_) => None,
    };
    result.unwrap()
}

fn checked(exchange: Exchange) -> Vec<Exchange> {
    vec![vendor::at_version("5"), exchange]
}

/// A dev resource that Figma did not take, in an answer that is a success.
fn not_linked(reason: &str) -> Exchange {
    let errors = json!([{ "file_key": vendor::FILE, "node_id": "1:2", "error": reason }]);
    vendor::dev_resources().answers_json(200, &json!({ "links_created": [], "errors": errors }))
}

/// The dev resources that are at the node.
fn links(found: &Value) -> Exchange {
    Exchange::get(vendor::file("/dev_resources")).answers_json(200, &json!({ "dev_resources": found }))
}

#[tokio::test(start_paused = true)]
async fn the_link_becomes_a_dev_resource_of_the_node_without_a_template_configured() {
    let (outcome, sent) = export(&to(Some("1-2")), checked(vendor::linked("1:2"))).await;
    let expected = FigmaExportResult {
        figma_node_id: "1:2".to_owned(),
        figma_url: "https://www.figma.com/design/Zk3v8QpXn2LrT5?node-id=1-2".to_owned(),
        figma_file_key: vendor::FILE.to_owned(),
        page_id: Some("1-2".to_owned()),
        attached_as: FigmaAttachment::DevResource,
    };
    assert_eq!(figma(outcome), expected);
    let resource = json!({ "name": "Lighthouse at dusk", "url": LINK, "file_key": vendor::FILE, "node_id": "1:2" });
    assert_eq!(sent[1].json(), json!({ "dev_resources": [resource] }));
    assert_eq!(sent[1].header("x-figma-token"), vendor::KEY);
}

#[tokio::test(start_paused = true)]
async fn without_a_page_the_first_one_is_asked_for_once() {
    let (transport, exporter) =
        exporter(vec![vendor::at_version("5"), vendor::pages(&["0:1", "5:6"]), vendor::linked("0:1")]);
    let result = figma(exporter.export_design(&context(), &to(None)).await);
    assert_eq!((result.figma_node_id.as_str(), result.page_id), ("0:1", None));
    assert_eq!(transport.recorded()[1].url.query(), Some("depth=1"));

    transport.push(vendor::linked("0:1"));
    assert_eq!(figma(exporter.export_design(&context(), &to(None)).await).figma_node_id, "0:1");
    transport.assert_exhausted();

    let error = export(&to(None), checked(vendor::pages(&[]))).await.0.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn without_a_link_a_comment_is_pinned() {
    let request = ExportRequest { link: None, ..to(Some("1:2")) };
    let exchanges = vec![vendor::at_version("5"), vendor::said(&json!([])), vendor::commented("1:2")];
    let (outcome, sent) = export(&request, exchanges).await;
    let result = figma(outcome);
    assert_eq!((result.figma_node_id.as_str(), result.attached_as), ("1:2", FigmaAttachment::Comment));
    let pin = json!({ "node_id": "1:2", "node_offset": { "x": 0.0, "y": 0.0 } });
    assert_eq!(sent[2].json(), json!({ "message": "Lighthouse at dusk", "client_meta": pin }));
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_there_already_is_no_second_one() {
    let mut written_otherwise = vendor::resource("1-2");
    written_otherwise["url"] = json!("HTTPS://media.example.org:443/assets/7");
    for there in [vendor::resource("1:2"), written_otherwise] {
        let exchanges = vec![
            vendor::at_version("5"),
            not_linked("Another dev resource for the node has the same url."),
            links(&json!([there])),
        ];
        let (outcome, sent) = export(&to(Some("1:2")), exchanges).await;
        assert_eq!(figma(outcome).attached_as, FigmaAttachment::DevResource);
        assert_eq!(sent[2].url.query(), Some("node_ids=1%3A2"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_dev_resource_becomes_a_comment() {
    let elsewhere = json!([vendor::resource("9:9")]);
    let forbidden = vendor::dev_resources().answers_json(403, &vendor::error(403, "Invalid scope(s): file_read"));
    let not_to_be_seen = Exchange::get(vendor::file("/dev_resources"))
        .answers_json(403, &vendor::error(403, "Invalid scope(s): file_dev_resources:write"));
    let refusals = [
        vec![not_linked("The node has the maximum of 10 dev resources"), links(&elsewhere)],
        vec![not_linked("Another dev resource for the node has the same url."), not_to_be_seen],
        vec![forbidden],
        vec![vendor::dev_resources().answers_json(404, &vendor::error(404, "Not found"))],
        vec![vendor::dev_resources().answers_json(400, &vendor::error(400, "Must be a main file"))],
    ];
    for refusal in refusals {
        let mut exchanges = vec![vendor::at_version("5")];
        exchanges.extend(refusal);
        exchanges.extend([vendor::said(&json!([])), vendor::commented("1:2")]);
        let (outcome, sent) = export(&to(Some("1:2")), exchanges).await;
        assert_eq!(figma(outcome).attached_as, FigmaAttachment::Comment);
        assert_eq!(sent.last().unwrap().json()["message"], MESSAGE);
    }
}

#[tokio::test(start_paused = true)]
async fn a_comment_that_is_there_already_is_no_second_one() {
    let there = vendor::comment("1:2", MESSAGE);
    let mut resolved = there.clone();
    resolved["resolved_at"] = json!("2026-11-20T10:00:00Z");
    let mut on_the_canvas = there.clone();
    on_the_canvas["client_meta"] = json!({ "x": 1.0, "y": 2.0 });
    let others = [resolved, on_the_canvas, vendor::comment("9:9", MESSAGE), vendor::comment("1:2", "Lighthouse")];
    let request = with(&json!({ "attach_as": "comment" }));

    let found = vec![vendor::at_version("5"), vendor::said(&json!([others[0], there]))];
    assert_eq!(figma(export(&request, found).await.0).attached_as, FigmaAttachment::Comment);

    let not_found = vec![vendor::at_version("5"), vendor::said(&json!(others)), vendor::commented("1:2")];
    assert_eq!(figma(export(&request, not_found).await.0).attached_as, FigmaAttachment::Comment);

    let hidden = vendor::comments().answers_json(403, &vendor::err(403, "Invalid scope(s): file_comments:write"));
    let not_to_be_seen = vec![vendor::at_version("5"), hidden, vendor::commented("1:2")];
    assert_eq!(figma(export(&request, not_to_be_seen).await.0).attached_as, FigmaAttachment::Comment);
}

#[tokio::test(start_paused = true)]
async fn only_a_node_that_figma_names_is_told() {
    let request = ExportRequest { link: None, ..to(Some("1:2")) };
    let pinned = |pin: Value| {
        let mut comment = vendor::comment("1:2", "Lighthouse at dusk");
        comment["client_meta"] = pin;
        vendor::new_comment().answers_json(200, &comment)
    };
    let cases = [
        (vendor::commented("0:1"), "0:1", "https://www.figma.com/design/Zk3v8QpXn2LrT5?node-id=0-1"),
        (pinned(json!({ "x": 1.0, "y": 2.0 })), "", "https://www.figma.com/design/Zk3v8QpXn2LrT5"),
        (pinned(Value::Null), "", "https://www.figma.com/design/Zk3v8QpXn2LrT5"),
    ];
    for (answer, node, url) in cases {
        let exchanges = vec![vendor::at_version("5"), vendor::said(&json!([])), answer];
        let result = figma(export(&request, exchanges).await.0);
        assert_eq!((result.figma_node_id.as_str(), result.figma_url.as_str()), (node, url));
        assert_eq!((result.page_id.as_deref(), result.attached_as), (Some("1:2"), FigmaAttachment::Comment));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_at_a_node_that_does_not_exist() {
    let refusals = [
        not_linked("Node not found"),
        not_linked("The node 1:2 does not exist"),
        vendor::dev_resources().answers_json(404, &vendor::error(404, "Node not found")),
        vendor::dev_resources().answers_json(400, &vendor::error(400, "node_id cannot be found")),
    ];
    for refusal in refusals {
        let error = export(&to(Some("1:2")), checked(refusal)).await.0.unwrap_err();
        assert_eq!(error.retry, RetryClass::Elsewhere);
        assert!(matches!(error.kind, ProviderErrorKind::NotFound | ProviderErrorKind::InvalidRequest), "{error:?}");
    }
    let error = export(&to(Some("1:2")), checked(not_linked("Node not found"))).await.0.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotFound);
    assert!(error.message.contains("1:2"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn only_the_form_that_was_asked_for_is_left() {
    let request = with(&json!({ "attach_as": "dev_resource" }));
    let refused = vec![vendor::at_version("5"), not_linked(&format!("not with {}", vendor::KEY)), links(&json!([]))];
    let error = export(&request, refused).await.0.unwrap_err();
    assert_eq!((error.kind, &error.retry), (ProviderErrorKind::InvalidRequest, &RetryClass::Elsewhere));
    assert!(error.message.contains("not with") && !error.message.contains(vendor::KEY), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_figma_cannot_take_is_refused_before_anything_is_sent() {
    let file =
        |file_key: &str| export_request(ExportDestination::Figma { file_key: file_key.to_owned(), page_id: None });
    let cases = [
        file("../me"),
        file(""),
        to(Some("page one")),
        ExportRequest { link: Some("javascript:alert(1)".to_owned()), ..to(None) },
        with(&json!({ "folder": "x" })),
        with(&json!({ "attach_as": "node" })),
        ExportRequest { link: None, ..with(&json!({ "attach_as": "dev_resource" })) },
    ];
    for request in cases {
        let (outcome, sent) = export(&request, Vec::new()).await;
        let error = outcome.unwrap_err();
        assert!(error.kind == ProviderErrorKind::Unsupported && error.raised_here, "{error:?}");
        assert!(sent.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_left_is_not_left_again() {
    let uncertain = RetryClass::Uncertain { phase: media_domain::Phase::Submit, handle: None };
    let lost = |exchange: Exchange| exchange.fails(SendPhase::Sent, TransportErrorKind::Interrupted);
    let empty = json!({ "links_created": [], "errors": [] });
    let cases = [
        (checked(lost(vendor::dev_resources())), uncertain.clone()),
        (checked(vendor::dev_resources().answers_json(200, &empty)), uncertain.clone()),
        (checked(vendor::dev_resources().answers(200, "text/html", "<h1>hello</h1>")), uncertain.clone()),
        (checked(vendor::linked("9:9")), uncertain.clone()),
        (
            vec![
                vendor::at_version("5"),
                vendor::dev_resources().answers_json(403, &vendor::error(403, "no plan")),
                vendor::said(&json!([])),
                lost(vendor::new_comment()),
            ],
            uncertain,
        ),
    ];
    for (exchanges, retry) in cases {
        let error = export(&to(Some("1:2")), exchanges).await.0.unwrap_err();
        assert_eq!(error.retry, retry, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_refusals_are_both_told() {
    let exchanges = vec![
        vendor::at_version("5"),
        vendor::dev_resources().answers_json(403, &vendor::error(403, "no dev mode")),
        vendor::said(&json!([])),
        vendor::new_comment().answers_json(403, &vendor::err(403, "no comments")),
    ];
    let error = export(&to(Some("1:2")), exchanges).await.0.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotFound, "it is about the file");
    assert!(error.message.contains("no dev mode") && error.message.contains("no comments"), "{error}");
}
