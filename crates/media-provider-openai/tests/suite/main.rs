//! What the adapter sends, and what it makes of what comes back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod edits;
mod errors;
mod factory;
mod health;
mod requests;
mod sockets;
mod streaming;
#[path = "../vendor/mod.rs"]
mod vendor;

use std::sync::Arc;
use std::time::Duration;

use media_domain::text::Prompt;
use media_domain::{GenerationRequest, RequestId, UserId};
use media_ports::{CallContext, GenerationAnswer, ProviderError};
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::Value;
use uuid::Uuid;

fn context() -> CallContext {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    CallContext::new(deadline.into_std(), RequestId::from_uuid(Uuid::from_u128(1)), UserId::parse("tester").unwrap())
}

fn request() -> GenerationRequest {
    GenerationRequest::new(Prompt::parse("a lighthouse at dusk").unwrap())
}

/// One call against a script: what came of it, and the order that was sent, if one was.
async fn call(
    settings: Value,
    request: &GenerationRequest,
    exchange: Option<Exchange>,
) -> (Result<GenerationAnswer, ProviderError>, Option<Value>) {
    call_in(context(), settings, request, exchange).await
}

async fn call_in(
    context: CallContext,
    settings: Value,
    request: &GenerationRequest,
    exchange: Option<Exchange>,
) -> (Result<GenerationAnswer, ProviderError>, Option<Value>) {
    let transport = Arc::new(ScriptedTransport::new(exchange));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let outcome = provider.generator.unwrap().generate_image(&context, request).await;
    transport.assert_exhausted();
    let sent = transport.requests().first().map(|request| serde_json::from_slice(&request.body).unwrap());
    (outcome, sent)
}
