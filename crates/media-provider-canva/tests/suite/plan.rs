//! What the user's plan allows, asked for before a template is filled in.

use std::sync::Arc;
use std::time::Duration;

use media_domain::{Background, GenerationOptions, GenerationRequest, ProviderErrorKind};
use media_http::{SendPhase, TransportErrorKind};
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{call, context, request, vendor, whole};

fn question() -> Exchange {
    Exchange::get("/rest/v1/users/me/capabilities")
}

fn allows(capabilities: &[&str]) -> Exchange {
    question().answers_json(200, &json!({ "capabilities": capabilities }))
}

fn transparent() -> GenerationRequest {
    let options = GenerationOptions { background: Some(Background::Transparent), ..GenerationOptions::default() };
    GenerationRequest { options, ..request() }
}

#[tokio::test(start_paused = true)]
async fn what_the_plan_does_not_allow_is_not_ordered() {
    let cases = [
        (request(), allows(&["brand_template"]), "autofill"),
        (request(), question().answers_json(200, &json!({})), "autofill"),
        (transparent(), allows(&["autofill"]), "export_png_transparency"),
    ];
    for (request, answer, named) in cases {
        let error = call(Value::Null, &request, vec![answer]).await.0.unwrap_err();
        assert_eq!((error.kind, error.retry.as_str()), (ProviderErrorKind::PermissionDenied, "elsewhere"));
        assert!(error.raised_here && error.message.contains(named), "{error}");
    }
    let opaque = [allows(&["autofill"])].into_iter().chain(whole(1).into_iter().skip(1)).collect();
    call(Value::Null, &request(), opaque).await.0.unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_may_not_ask_or_has_asked_too_often_or_does_not_want_to_leaves_it_to_the_vendor() {
    let refusals = [(403, "missing_scope", "Missing scopes: [profile:read]"), (429, "too_many_requests", "slow down")];
    for (status, code, message) in refusals {
        let refused = question().answers_json(status, &vendor::error(code, message));
        let unanswered = [refused].into_iter().chain(whole(1).into_iter().skip(1)).collect();
        call(Value::Null, &transparent(), unanswered).await.0.unwrap();
    }
    let unasked = whole(1).into_iter().skip(1).collect();
    call(json!({ "check_capabilities": false }), &transparent(), unasked).await.0.unwrap();
}

#[tokio::test(start_paused = true)]
async fn trouble_with_the_question_leaves_nothing_open() {
    let troubles = [
        (question().fails(SendPhase::Sent, TransportErrorKind::Interrupted), "again"),
        (question().answers(502, "text/html", ""), "again"),
        (question().answers_json(401, &vendor::error("invalid_access_token", "no")), "elsewhere"),
        (question().answers(200, "text/html", "<h1>hello</h1>"), "elsewhere"),
        (question().never_answers(), "again"),
    ];
    for (trouble, class) in troubles {
        let error = call(Value::Null, &request(), vec![trouble]).await.0.unwrap_err();
        assert_eq!(error.retry.as_str(), class, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_believed_for_a_while() {
    let transport = Arc::new(ScriptedTransport::new(whole(1)));
    let provider = vendor::provider(Arc::clone(&transport) as _, Value::Null);
    let generator = provider.generator.unwrap();
    generator.generate_image(&context(), &request()).await.unwrap();
    whole(1).into_iter().skip(1).for_each(|exchange| transport.push(exchange));
    generator.generate_image(&context(), &request()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(900)).await;
    whole(1).into_iter().for_each(|exchange| transport.push(exchange));
    generator.generate_image(&context(), &request()).await.unwrap();
    transport.assert_exhausted();
}
