//! What the adapter sends to each model, and what it makes of what comes back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod addresses;
mod edits;
mod errors;
mod factory;
mod health;
mod masks;
mod requests;
mod results;
mod sockets;
#[path = "../vendor/mod.rs"]
mod vendor;

use std::sync::Arc;
use std::time::Duration;

use media_domain::text::Prompt;
use media_domain::{EditRequest, GenerationOptions, GenerationRequest, RequestId, UserId};
use media_ports::{CallContext, GenerationAnswer, ProviderError};
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};
use uuid::Uuid;

type Outcome = Result<GenerationAnswer, ProviderError>;

fn context() -> CallContext {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    CallContext::new(deadline.into_std(), RequestId::from_uuid(Uuid::from_u128(1)), UserId::parse("tester").unwrap())
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

fn model(name: &str) -> Value {
    json!({ "model": name })
}

/// One call against a script: what came of it, and the order that was sent, if one was.
async fn call(settings: Value, request: &GenerationRequest, script: Vec<Exchange>) -> (Outcome, Option<Value>) {
    let transport = Arc::new(ScriptedTransport::new(script));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let outcome = provider.generator.unwrap().generate_image(&context(), request).await;
    transport.assert_exhausted();
    (outcome, transport.recorded().first().map(|request| request.json()))
}

/// One edit against a script.
async fn edit_in(
    context: &CallContext,
    settings: Value,
    request: &EditRequest,
    script: Vec<Exchange>,
) -> (Outcome, Option<Value>) {
    let transport = Arc::new(ScriptedTransport::new(script));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let outcome = provider.editor.unwrap().edit_image(context, request).await;
    transport.assert_exhausted();
    (outcome, transport.recorded().first().map(|request| request.json()))
}

/// An order to a model that goes well.
fn script(model: &str) -> Vec<Exchange> {
    vec![vendor::accepted(model), vendor::done()]
}
