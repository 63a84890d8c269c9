//! What is sent to export an image, and what comes of it.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use media_domain::text::Name;
use media_domain::{CanvaExportResult, DesignExportResult, ImageFormat, ProviderErrorKind, RetryClass};
use media_http::{SendPhase, TransportErrorKind};
use media_ports::{ExportAnswer, ExportDestination, ExportRequest, ProviderError};
use media_testkit::exporter_suite::export_request;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, vendor};

fn to(design_title: Option<&str>) -> ExportRequest {
    export_request(ExportDestination::Canva { design_title: design_title.map(str::to_owned) })
}

async fn export(
    request: &ExportRequest,
    exchanges: Vec<Exchange>,
) -> (Result<ExportAnswer, ProviderError>, Vec<RecordedRequest>) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let provider = vendor::provider(Arc::clone(&transport) as _, Value::Null);
    let outcome = provider.exporter.unwrap().export_design(&context(), request).await;
    transport.assert_exhausted();
    (outcome, transport.requests().iter().map(RecordedRequest::of).collect())
}

fn uploading() -> Vec<Exchange> {
    vec![
        vendor::uploads().answers_json(200, &vendor::running(vendor::UPLOAD)),
        vendor::upload().answers_json(200, &vendor::uploaded()),
    ]
}

fn with_design(answer: Exchange) -> Vec<Exchange> {
    uploading().into_iter().chain([answer]).collect()
}

fn made() -> Exchange {
    vendor::designs().answers_json(200, &json!({ "design": vendor::design() }))
}

fn asset_name(sent: &RecordedRequest) -> String {
    let metadata: Value = serde_json::from_str(sent.header("asset-upload-metadata")).unwrap();
    assert_eq!(metadata.as_object().unwrap().len(), 1);
    String::from_utf8(BASE64_STANDARD.decode(metadata["name_base64"].as_str().unwrap()).unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_file_is_uploaded_as_it_is_under_its_name() {
    let request = to(None);
    let (outcome, sent) = export(&request, uploading()).await;
    let expected =
        CanvaExportResult { canva_asset_id: "Msd59349ff".to_owned(), canva_design_id: None, canva_url: None };
    let answer = outcome.unwrap();
    assert_eq!((answer.result, answer.dry_run), (DesignExportResult::Canva(expected), false));
    assert_eq!(sent[0].content_type(), "application/octet-stream");
    assert_eq!(sent[0].body, request.image);
    assert_eq!(asset_name(&sent[0]), "Lighthouse at dusk");
}

#[tokio::test(start_paused = true)]
async fn long_names_are_cut_to_what_canva_takes() {
    let cases = [
        ("n".repeat(80), "n".repeat(50)),
        (format!("{} b", "ä".repeat(49)), "ä".repeat(49)),
        ("🚀".repeat(30), "🚀".repeat(25)),
        ("My Awesome Upload 🚀".to_owned(), "My Awesome Upload 🚀".to_owned()),
    ];
    for (name, expected) in cases {
        let (outcome, sent) =
            export(&ExportRequest { name: Name::parse(&name).unwrap(), ..to(None) }, uploading()).await;
        outcome.unwrap();
        assert_eq!(asset_name(&sent[0]), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_title_makes_a_design_of_the_asset() {
    let (outcome, sent) = export(&to(Some(" Autumn ")), with_design(made())).await;
    let expected = CanvaExportResult {
        canva_asset_id: "Msd59349ff".to_owned(),
        canva_design_id: Some("DAGdesign1".to_owned()),
        canva_url: Some("https://www.canva.com/api/design/eyJhbGciOiJkaXIi/edit".to_owned()),
    };
    assert_eq!(outcome.unwrap().result, DesignExportResult::Canva(expected));
    assert_eq!(sent[2].json(), json!({ "type": "type_and_asset", "asset_id": "Msd59349ff", "title": "Autumn" }));
}

#[tokio::test(start_paused = true)]
async fn the_type_of_the_design_is_told_in_canvas_words() {
    let custom = json!({ "type": "custom", "width": 1080, "height": 1350 });
    for design_type in [json!({ "type": "preset", "name": "presentation" }), custom] {
        let options = json!({ "design_type": design_type }).as_object().cloned().unwrap();
        let (outcome, sent) = export(&ExportRequest { options, ..to(Some("Autumn")) }, with_design(made())).await;
        outcome.unwrap();
        assert_eq!(sent[2].json()["design_type"], design_type);
    }
}

#[tokio::test(start_paused = true)]
async fn what_canva_cannot_take_is_refused_before_anything_is_sent() {
    let titled =
        |options: Value| ExportRequest { options: options.as_object().cloned().unwrap(), ..to(Some("Autumn")) };
    let large = || vec![0; 50_000_000].into();
    let cases = [
        ExportRequest { format: ImageFormat::Svg, ..to(None) },
        ExportRequest { image: large(), ..to(None) },
        to(Some(&"t".repeat(256))),
        titled(json!({ "folder": "x" })),
        titled(json!({ "design_type": { "type": "preset", "name": "poster" } })),
        titled(json!({ "design_type": { "type": "custom", "width": 39, "height": 100 } })),
        titled(json!({ "design_type": { "type": "custom", "width": 8000, "height": 3126 } })),
        ExportRequest {
            destination: to(None).destination,
            ..titled(json!({ "design_type": { "type": "preset", "name": "doc" } }))
        },
    ];
    for request in cases {
        let (outcome, sent) = export(&request, Vec::new()).await;
        let error = outcome.unwrap_err();
        assert!(error.kind == ProviderErrorKind::Unsupported && error.raised_here, "{error:?}");
        assert!(sent.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_failed_says_why() {
    use ProviderErrorKind as Kind;
    for (code, kind) in [("file_too_big", Kind::InvalidRequest), ("import_failed", Kind::InvalidRequest)] {
        let failed = vendor::upload().answers_json(200, &vendor::failed(vendor::UPLOAD, code, "no"));
        let exchanges = vec![vendor::uploads().answers_json(200, &vendor::running(vendor::UPLOAD)), failed];
        let error = export(&to(None), exchanges).await.0.unwrap_err();
        assert_eq!((error.kind, error.retry), (kind, RetryClass::Elsewhere), "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_asset_without_its_design_is_told() {
    let mut strange = vendor::design();
    strange["id"] = json!("../me");
    let answers = [
        (vendor::designs().answers_json(403, &vendor::error("missing_scope", "no")), "permission_denied", "elsewhere"),
        (vendor::designs().fails(SendPhase::NotSent, TransportErrorKind::Connect), "unavailable", "again"),
        (vendor::designs().fails(SendPhase::Sent, TransportErrorKind::Interrupted), "unavailable", "uncertain"),
        (vendor::designs().answers_json(200, &json!({ "design": strange })), "malformed_response", "uncertain"),
    ];
    for (answer, kind, class) in answers {
        let told = if class == "uncertain" { "whether a design was made of it is unknown" } else { "without a design" };
        let error = export(&to(Some("Autumn")), with_design(answer)).await.0.unwrap_err();
        assert_eq!((error.kind.as_str(), error.retry.as_str()), (kind, class));
        assert!(error.message.contains("Msd59349ff") && error.message.contains(told), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn addresses_that_are_none_are_left_out() {
    let mut design = vendor::design();
    design["urls"]["edit_url"] = json!("javascript:alert(1)");
    let exchanges = with_design(vendor::designs().answers_json(200, &json!({ "design": design })));
    let answer = export(&to(Some("Autumn")), exchanges).await.0.unwrap();
    assert_eq!(answer.result.url(), None);
}
