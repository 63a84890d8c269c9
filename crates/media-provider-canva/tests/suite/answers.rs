//! What is made of the vendor's answers.

use std::sync::Arc;
use std::time::Duration;

use media_domain::{
    GenerationOptions, GenerationRequest, ImageContent, ImageFormat, JobHandle, Phase, ProviderErrorKind, RetryClass,
};
use media_http::{SendPhase, TransportErrorKind};
use media_ports::ResolveAnswer;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{call, context, request, vendor, whole};

#[tokio::test(start_paused = true)]
async fn every_page_is_an_image_that_is_fetched_by_its_address() {
    let (outcome, _) = call(json!({ "pages": [4, 2] }), &request(), whole(2)).await;
    let answer = outcome.unwrap();
    assert_eq!(answer.model.as_deref(), Some(vendor::TEMPLATE));
    assert_eq!(answer.usage, Default::default());
    assert!(answer.processing_time >= Duration::from_secs(1));
    for (image, (number, page)) in answer.images.iter().zip([(1, 2), (2, 4)]) {
        let url = format!("https://export-download.canva.com/a/{number}.png?X-Amz-Signature=s{number}");
        assert_eq!(image.content, ImageContent::Url(url));
        assert_eq!((image.format, image.width, image.height), (ImageFormat::Png, 256, 256));
        let expected = json!({
            "brand_template_id": vendor::TEMPLATE, "canva_design_id": "DAGdesign1",
            "canva_design_title": "My summer holiday", "page": page,
            "canva_url": "https://www.canva.com/api/design/eyJhbGciOiJkaXIi/edit"
        });
        assert_eq!(Value::Object(image.metadata.clone()), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_done_at_once_are_not_asked_after() {
    let exchanges = vec![
        vendor::capabilities(),
        vendor::autofills().answers_json(200, &vendor::running(vendor::AUTOFILL)),
        vendor::autofill().answers_json(200, &vendor::filled_in()),
        vendor::exports().answers_json(200, &vendor::exported(1)),
    ];
    let jpeg = GenerationOptions { output_format: Some(ImageFormat::Jpeg), ..GenerationOptions::default() };
    let (outcome, _) = call(Value::Null, &GenerationRequest { options: jpeg, ..request() }, exchanges).await;
    assert_eq!(outcome.unwrap().images[0].format, ImageFormat::Jpeg);
}

/// What is made of one answer to an export, when everything before it went well.
async fn after_filling_in(exports: Vec<Exchange>) -> (ProviderErrorKind, RetryClass) {
    let before = whole(1).into_iter().take(3);
    let (outcome, _) = call(Value::Null, &request(), before.chain(exports).collect()).await;
    let error = outcome.unwrap_err();
    (error.kind, error.retry)
}

fn uncertain() -> RetryClass {
    RetryClass::Uncertain { phase: Phase::Running, handle: Some(vendor::autofill_handle()) }
}

#[tokio::test(start_paused = true)]
async fn an_export_that_is_lost_is_asked_for_again_and_an_order_is_not() {
    let mut exchanges: Vec<Exchange> = whole(1).into_iter().take(3).collect();
    exchanges.extend([
        vendor::exports().fails(SendPhase::Sent, TransportErrorKind::Interrupted),
        vendor::exports()
            .answers_json(429, &vendor::error("too_many_requests", "later"))
            .with_header("retry-after", "9"),
        vendor::exports().answers_json(200, &vendor::running(vendor::EXPORT)),
        vendor::export().answers_json(200, &vendor::exported(1)),
    ]);
    let started = tokio::time::Instant::now();
    let (outcome, _) = call(Value::Null, &request(), exchanges).await;
    outcome.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(9), "the vendor's delay is waited for");

    let lost =
        vec![vendor::capabilities(), vendor::autofills().fails(SendPhase::Sent, TransportErrorKind::Interrupted)];
    let error = call(Value::Null, &request(), lost).await.0.unwrap_err();
    assert_eq!(error.retry, RetryClass::Uncertain { phase: Phase::Submit, handle: None });
}

#[tokio::test(start_paused = true)]
async fn an_export_that_fails_says_why() {
    use ProviderErrorKind as Kind;
    let failed = |code: &str| {
        let failed = vendor::failed(vendor::EXPORT, code, "no");
        vec![vendor::exports().answers_json(200, &failed)]
    };
    let refused = |status, code: &str| vec![vendor::exports().answers_json(status, &vendor::error(code, "no"))];
    let elsewhere = || RetryClass::Elsewhere;
    assert_eq!(after_filling_in(failed("license_required")).await, (Kind::PermissionDenied, elsewhere()));
    assert_eq!(after_filling_in(failed("approval_required")).await, (Kind::PermissionDenied, elsewhere()));
    assert_eq!(after_filling_in(failed("internal_failure")).await, (Kind::Unavailable, elsewhere()));
    // The same said at once is as definite; what is refused for the token's sake says nothing of the export.
    assert_eq!(after_filling_in(refused(403, "license_required")).await, (Kind::PermissionDenied, elsewhere()));
    assert_eq!(after_filling_in(refused(404, "design_not_found")).await, (Kind::NotFound, elsewhere()));
    assert_eq!(after_filling_in(refused(400, "invalid_field")).await, (Kind::InvalidRequest, elsewhere()));
    assert_eq!(after_filling_in(refused(429, "quota_exceeded")).await, (Kind::QuotaExhausted, elsewhere()));
    assert_eq!(after_filling_in(refused(401, "invalid_access_token")).await, (Kind::Unauthenticated, uncertain()));
}

#[tokio::test(start_paused = true)]
async fn hostile_identifiers_and_addresses_lead_nowhere() {
    let job = |id: &str| vendor::autofills().answers_json(200, &vendor::running(id));
    for id in ["", "../../users/me", "a/b", "a?b", &"x".repeat(51)] {
        let (outcome, _) = call(Value::Null, &request(), vec![vendor::capabilities(), job(id)]).await;
        assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::MalformedResponse, "{id}");
    }
    let mut pages = vendor::exported(1);
    pages["job"]["urls"] = json!(["javascript:alert(1)", "/etc/passwd", "file:///etc/passwd", ""]);
    let exported = vec![vendor::exports().answers_json(200, &pages)];
    assert_eq!(after_filling_in(exported).await, (ProviderErrorKind::MalformedResponse, RetryClass::Billed));
    let mut design = vendor::filled_in();
    design["job"]["result"]["design"]["id"] = json!("../me");
    let mut exchanges: Vec<Exchange> = whole(1).into_iter().take(2).collect();
    exchanges.extend([
        vendor::autofill().answers_json(200, &design),
        vendor::autofill().answers_json(200, &vendor::filled_in()),
    ]);
    exchanges.push(vendor::exports().answers_json(200, &vendor::exported(1)));
    call(Value::Null, &request(), exchanges).await.0.unwrap();
}

async fn resolve(handle: &JobHandle, exchanges: Vec<Exchange>) -> Result<ResolveAnswer, ProviderErrorKind> {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let provider = vendor::provider(Arc::clone(&transport) as _, Value::Null);
    let outcome = provider.generator.unwrap().resolve(&context(), handle).await;
    transport.assert_exhausted();
    outcome.map_err(|error| error.kind)
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_the_design_is_exported_as_it_was_ordered() {
    let handle = JobHandle::new(format!(
        r#"{{"job":"autofill","id":"{}","format":{{"type":"jpg","quality":80,"width":64,"height":48,"pages":[2]}}}}"#,
        vendor::AUTOFILL
    ));
    let export = vendor::exports().answers_json(200, &vendor::running(vendor::EXPORT)).expecting(|request| {
        let sent: Value = serde_json::from_slice(&request.body.to_bytes()).unwrap();
        assert_eq!(sent["format"], json!({ "type": "jpg", "quality": 80, "width": 64, "height": 48, "pages": [2] }));
    });
    let exchanges = vec![
        vendor::autofill().answers_json(200, &vendor::filled_in()),
        export,
        vendor::export().answers_json(200, &vendor::running(vendor::EXPORT)),
        vendor::export().answers_json(200, &vendor::exported(1)),
    ];
    let ResolveAnswer::Done(answer) = resolve(&handle, exchanges).await.unwrap() else { panic!("it is done") };
    let image = &answer.images[0];
    assert_eq!((image.format, image.width, image.height), (ImageFormat::Jpeg, 64, 48));
    assert_eq!(image.metadata["page"], 2);
}

#[tokio::test(start_paused = true)]
async fn an_export_that_is_refused_has_failed_and_costs_nothing() {
    let refused = vendor::exports().answers_json(403, &vendor::error("license_required", "premium elements"));
    let exchanges = vec![vendor::autofill().answers_json(200, &vendor::filled_in()), refused];
    let answer = resolve(&vendor::autofill_handle(), exchanges).await.unwrap();
    let ResolveAnswer::Failed { reason, billed } = answer else { panic!("it is refused") };
    assert!(reason.contains("license_required") && billed == Some(false), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn an_export_that_does_not_end_in_time_is_still_running() {
    let exchanges = vec![
        vendor::autofill().answers_json(200, &vendor::filled_in()),
        vendor::exports().answers_json(200, &vendor::running(vendor::EXPORT)),
        vendor::export().never_answers(),
        vendor::export().never_answers(),
    ];
    assert!(matches!(resolve(&vendor::autofill_handle(), exchanges).await, Ok(ResolveAnswer::Running)));
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_no_order_for_images() {
    let outcome = resolve(&vendor::upload_handle(), Vec::new()).await;
    assert_eq!(outcome.unwrap_err(), ProviderErrorKind::Unsupported);
}
