//! What the adapter sends, and what it makes of what comes back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod errors;
mod factory;
mod health;
mod prompts;
mod resolving;
mod sockets;
mod taking;
#[path = "../vendor/mod.rs"]
mod vendor;

use std::sync::Arc;
use std::time::Duration;

use media_domain::text::Prompt;
use media_domain::{GenerationRequest, ImageContent, RequestId, UserId};
use media_ports::{CallContext, GenerationAnswer, ProviderError};
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::Value;
use uuid::Uuid;

fn context() -> CallContext {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    CallContext::new(deadline.into_std(), RequestId::from_uuid(Uuid::from_u128(1)), UserId::parse("tester").unwrap())
}

/// One image of 1024×1024, which nothing has to be fitted for.
fn request() -> GenerationRequest {
    GenerationRequest::new(Prompt::parse("a lighthouse at dusk").unwrap())
}

/// Everything that goes over the wire for one picture at novicezk's proxy.
fn whole() -> Vec<Exchange> {
    vec![
        vendor::imagine().answers_json(200, &vendor::taken(vendor::GRID)),
        vendor::fetch(vendor::GRID).answers_json(200, &vendor::done(vendor::GRID)),
        vendor::change().answers_json(200, &vendor::taken(vendor::PICTURE)),
        vendor::fetch(vendor::PICTURE).answers_json(200, &vendor::done(vendor::PICTURE)),
    ]
}

/// Checks that the grid has been delivered in place of one of its pictures, and that it is said why.
#[track_caller]
fn assert_is_the_grid(answer: &GenerationAnswer, reason: &str) {
    let image = &answer.images[0];
    assert_eq!(image.content, ImageContent::Url(vendor::url(vendor::GRID)));
    assert_eq!((image.width, image.height), (2048, 2048));
    assert_eq!(
        (&image.metadata["midjourney_task_id"], &image.metadata["midjourney_grid"]),
        (&vendor::GRID.into(), &"2x2".into())
    );
    assert!(!image.metadata.contains_key("midjourney_picture"));
    let told = &answer.adaptations[0];
    assert!(answer.adaptations.len() == 1 && told.field == "count" && told.reason.contains(reason), "{told:?}");
}

/// One call against a script: what came of it, and what was sent.
async fn call(
    settings: Value,
    request: &GenerationRequest,
    exchanges: Vec<Exchange>,
) -> (Result<GenerationAnswer, ProviderError>, Vec<RecordedRequest>) {
    call_in(context(), settings, request, exchanges).await
}

async fn call_in(
    context: CallContext,
    settings: Value,
    request: &GenerationRequest,
    exchanges: Vec<Exchange>,
) -> (Result<GenerationAnswer, ProviderError>, Vec<RecordedRequest>) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let outcome = provider.generator.unwrap().generate_image(&context, request).await;
    transport.assert_exhausted();
    (outcome, transport.recorded())
}
