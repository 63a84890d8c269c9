//! What the adapter sends, and what it makes of what comes back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod edits;
mod errors;
mod factory;
mod health;
mod inputs;
mod masks;
mod orders;
mod resolving;
mod sockets;
mod uploads;
#[path = "../vendor/mod.rs"]
mod vendor;

use std::sync::Arc;
use std::time::Duration;

use media_domain::text::Prompt;
use media_domain::{
    EditKind, EditRequest, GenerationRequest, ImageFormat, MediaDimensions, RequestId, SourceImage, UserId,
};
use media_ports::{CallContext, GenerationAnswer, ProviderError};
use media_testkit::pictures;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};
use uuid::Uuid;

fn context() -> CallContext {
    context_of(Duration::from_secs(120))
}

fn context_of(time: Duration) -> CallContext {
    let deadline = tokio::time::Instant::now() + time;
    CallContext::new(deadline.into_std(), RequestId::from_uuid(Uuid::from_u128(1)), UserId::parse("tester").unwrap())
}

fn prompt() -> Prompt {
    Prompt::parse("a lighthouse at dusk").unwrap()
}

fn request() -> GenerationRequest {
    GenerationRequest::new(prompt())
}

/// An edit of a small picture, with what its kind needs.
fn edit_request(kind: EditKind) -> EditRequest {
    let dimensions = MediaDimensions::new(128, 128);
    let picture = |bytes| SourceImage { bytes, format: ImageFormat::Png, dimensions };
    EditRequest {
        prompt: kind.needs_prompt().then(prompt),
        mask: kind.needs_mask().then(|| picture(pictures::mask_png(128, 128))),
        ..EditRequest::new(kind, picture(pictures::png(128, 128, 1)))
    }
}

/// An official model that takes shapes, formats and a picture.
fn official() -> Value {
    json!({
        "model": "black-forest-labs/flux-kontext-pro",
        "inputs": {
            "aspect_ratio": "aspect_ratio",
            "seed": "seed",
            "output_format": "output_format",
            "constants": {"safety_tolerance": 2},
            "edit": {"image": "input_image", "constants": {"aspect_ratio": "match_input_image"}}
        }
    })
}

fn official_order() -> Exchange {
    vendor::official_order("black-forest-labs/flux-kontext-pro")
}

type Outcome = Result<GenerationAnswer, ProviderError>;

/// One generation against a script: what came of it, and all that was sent.
async fn call_in(
    context: &CallContext,
    settings: Value,
    request: &GenerationRequest,
    exchanges: Vec<Exchange>,
) -> (Outcome, Vec<RecordedRequest>) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let outcome = provider.generator.unwrap().generate_image(context, request).await;
    transport.assert_exhausted();
    (outcome, transport.recorded())
}

async fn call(
    settings: Value,
    request: &GenerationRequest,
    exchanges: Vec<Exchange>,
) -> (Outcome, Vec<RecordedRequest>) {
    call_in(&context(), settings, request, exchanges).await
}

/// One edit against a script.
async fn edit_in(
    context: &CallContext,
    settings: Value,
    request: &EditRequest,
    exchanges: Vec<Exchange>,
) -> (Outcome, Vec<RecordedRequest>) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let outcome = provider.editor.unwrap().edit_image(context, request).await;
    transport.assert_exhausted();
    (outcome, transport.recorded())
}

async fn edit(settings: Value, request: &EditRequest, exchanges: Vec<Exchange>) -> (Outcome, Vec<RecordedRequest>) {
    edit_in(&context(), settings, request, exchanges).await
}
