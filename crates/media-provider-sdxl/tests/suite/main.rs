//! What the adapter sends in each form, and what it makes of what comes back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod automatic1111;
mod edits;
mod errors;
mod factory;
mod fitting;
mod flat;
mod health;
mod masks;
mod sockets;
mod v1;
mod v2beta;
#[path = "../vendor/mod.rs"]
mod vendor;

use std::sync::Arc;
use std::time::Duration;

use media_domain::text::Prompt;
use media_domain::{
    Compatibility, EditRequest, GenerationOptions, GenerationRequest, ProviderErrorKind, RequestId, UserId,
};
use media_ports::{CallContext, GenerationAnswer, ProviderError};
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::Value;
use uuid::Uuid;

fn context() -> CallContext {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    CallContext::new(deadline.into_std(), RequestId::from_uuid(Uuid::from_u128(1)), UserId::parse("tester").unwrap())
}

/// The context of a caller who wants all or nothing.
fn strict() -> CallContext {
    let mut strict = context();
    strict.preferences.compatibility = Some(Compatibility::Strict);
    strict
}

fn prompt() -> Prompt {
    Prompt::parse("a lighthouse at dusk").unwrap()
}

fn request() -> GenerationRequest {
    GenerationRequest::new(prompt())
}

fn with(options: GenerationOptions) -> GenerationRequest {
    GenerationRequest { options, ..request() }
}

type Outcome = Result<GenerationAnswer, ProviderError>;

/// One call against a script: what came of it, and the order that was sent, if one was.
async fn call(
    settings: Value,
    request: &GenerationRequest,
    exchange: Option<Exchange>,
) -> (Outcome, Option<RecordedRequest>) {
    call_in(&context(), settings, request, exchange).await
}

async fn call_in(
    context: &CallContext,
    settings: Value,
    request: &GenerationRequest,
    exchange: Option<Exchange>,
) -> (Outcome, Option<RecordedRequest>) {
    let transport = Arc::new(ScriptedTransport::new(exchange));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let outcome = provider.generator.unwrap().generate_image(context, request).await;
    transport.assert_exhausted();
    (outcome, transport.recorded().into_iter().next())
}

/// One edit against a script.
async fn edit(
    settings: Value,
    request: &EditRequest,
    exchange: Option<Exchange>,
) -> (Outcome, Option<RecordedRequest>) {
    edit_in(&context(), settings, request, exchange).await
}

async fn edit_in(
    context: &CallContext,
    settings: Value,
    request: &EditRequest,
    exchange: Option<Exchange>,
) -> (Outcome, Option<RecordedRequest>) {
    let transport = Arc::new(ScriptedTransport::new(exchange));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let outcome = provider.editor.unwrap().edit_image(context, request).await;
    transport.assert_exhausted();
    (outcome, transport.recorded().into_iter().next())
}

/// Each request is refused before anything is sent.
async fn assert_refused(settings: Value, requests: impl IntoIterator<Item = GenerationRequest>) {
    for request in requests {
        let (outcome, sent) = call(settings.clone(), &request, None).await;
        assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::Unsupported, "{request:?}");
        assert!(sent.is_none());
    }
}
