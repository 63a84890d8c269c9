//! Where the key is sent, and where it is not.

use std::sync::Arc;

use media_domain::{JobHandle, Phase, ProviderErrorKind, RetryClass};
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{call, context, request, vendor};

/// An order whose task is asked after at an address.
fn told(polling_url: &str) -> Exchange {
    Exchange::post("/v1/flux-2-pro").answers_json(200, &json!({"id": "task-7", "polling_url": polling_url}))
}

fn look(path: &str) -> Exchange {
    Exchange::get(path)
        .expecting(|request| assert_eq!(request.headers["x-key"], vendor::KEY))
        .answers_json(200, &vendor::ready())
}

#[tokio::test(start_paused = true)]
async fn tasks_are_asked_after_in_their_region_and_at_the_configured_host() {
    let local = json!({"base_url": "http://127.0.0.1:9000/flux/"});
    let cases = [
        (Value::Null, "/v1/flux-2-pro", "https://api.us4.bfl.ai/v1/get_result?id=7", "/v1/get_result"),
        (Value::Null, "/v1/flux-2-pro", "https://api.bfl.ai/v2/tasks/7", "/v2/tasks/7"),
        (local.clone(), "/flux/v1/flux-2-pro", "http://127.0.0.1:9000/flux/v1/get_result?id=7", "/flux/v1/get_result"),
        (local, "/flux/v1/flux-2-pro", "https://api.eu1.bfl.ai/v1/get_result?id=7", "/v1/get_result"),
    ];
    for (settings, path, polling_url, polled) in cases {
        let order = Exchange::post(path).answers_json(200, &json!({"id": "task-7", "polling_url": polling_url}));
        let (outcome, _) = call(settings, &request(), vec![order, look(polled)]).await;
        assert!(outcome.is_ok(), "{polling_url}: {outcome:?}");
    }
}

/// Addresses that are not the vendor's.
const FOREIGN: &[&str] = &[
    "https://bfl.ai.example.org/v1/get_result?id=7",
    "https://evilbfl.ai/v1/get_result?id=7",
    "http://api.eu.bfl.ai/v1/get_result?id=7",
    "https://api.eu.bfl.ai:8443/v1/get_result?id=7",
    "https://user@api.bfl.ai/v1/get_result?id=7",
    "http://169.254.169.254/latest/meta-data",
    "http://127.0.0.1:9000/v1/get_result",
    "/v1/get_result?id=7",
    "file:///etc/passwd",
    "",
];

#[tokio::test(start_paused = true)]
async fn the_key_goes_nowhere_else() {
    let overlong = format!("https://api.bfl.ai/{}", "x".repeat(3_000));
    for polling_url in FOREIGN.iter().copied().chain([&*overlong]) {
        let (outcome, _) = call(Value::Null, &request(), vec![told(polling_url)]).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::MalformedResponse, "{polling_url}");
        // The task is at work all the same.
        assert_eq!(error.retry, RetryClass::Uncertain { phase: Phase::Submit, handle: None });
        assert!(error.salvaged.is_some(), "the name of the task is kept aside");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handle_is_checked_again() {
    for text in FOREIGN.iter().copied().chain(["task-7", "#model=x"]) {
        let transport = Arc::new(ScriptedTransport::default());
        let provider = vendor::provider(Arc::clone(&transport) as _, Value::Null);
        let error = provider.generator.unwrap().resolve(&context(), &JobHandle::new(text)).await.unwrap_err();
        assert_eq!((error.kind, &error.retry), (ProviderErrorKind::InvalidRequest, &RetryClass::Never), "{text}");
        assert!(transport.requests().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_handle_of_another_host_is_told_with_both_hosts_and_what_to_set() {
    let cases = [
        (
            json!({}),
            "http://127.0.0.1:9000/v1/get_result?id=7",
            ["http://127.0.0.1:9000", "https://api.bfl.ai", "bfl.ai"],
        ),
        (
            json!({"base_url": "http://127.0.0.1:8000"}),
            "http://api.bfl.ai/v1/get_result?id=7",
            ["http://api.bfl.ai", "http://127.0.0.1:8000", "by https"],
        ),
        (json!({}), "file:///etc/passwd", ["`file`", "https://api.bfl.ai", "bfl.ai"]),
    ];
    for (settings, text, told) in cases {
        let provider = vendor::provider(Arc::new(ScriptedTransport::default()), settings);
        let error =
            provider.generator.unwrap().resolve(&context(), &JobHandle::new(text)).await.unwrap_err().to_string();
        assert!(told.iter().all(|part| error.contains(part)) && error.contains("base_url"), "{error}");
        assert!(!error.contains("id=7") && !error.contains("passwd"), "{error}");
    }
}
