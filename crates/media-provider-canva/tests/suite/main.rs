//! What the adapter sends, and what it makes of what comes back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod consent;
mod errors;
mod exports;
mod factory;
mod health;
mod plan;
mod refused;
mod renewal;
mod requests;
mod sockets;
#[path = "../vendor/mod.rs"]
mod vendor;

use std::sync::Arc;
use std::time::Duration;

use media_domain::text::Prompt;
use media_domain::{GenerationRequest, MediaDimensions, RequestId, UserId};
use media_ports::{CallContext, GenerationAnswer, ProviderError};
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::Value;
use uuid::Uuid;

fn context() -> CallContext {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    CallContext::new(deadline.into_std(), RequestId::from_uuid(Uuid::from_u128(1)), UserId::parse("tester").unwrap())
}

fn request() -> GenerationRequest {
    let prompt = Prompt::parse("a lighthouse at dusk").unwrap();
    GenerationRequest { dimensions: MediaDimensions::new(256, 256), ..GenerationRequest::new(prompt) }
}

/// Everything that goes over the wire for a finished export with so many pages.
fn whole(pages: usize) -> Vec<Exchange> {
    vec![
        vendor::capabilities(),
        vendor::autofills().answers_json(200, &vendor::running(vendor::AUTOFILL)),
        vendor::autofill().answers_json(200, &vendor::filled_in()),
        vendor::exports().answers_json(200, &vendor::running(vendor::EXPORT)),
        vendor::export().answers_json(200, &vendor::exported(pages)),
    ]
}

/// One call against a script: what came of it, and what was sent.
async fn call(
    settings: Value,
    request: &GenerationRequest,
    exchanges: Vec<Exchange>,
) -> (Result<GenerationAnswer, ProviderError>, Vec<RecordedRequest>) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let outcome = provider.generator.unwrap().generate_image(&context(), request).await;
    transport.assert_exhausted();
    (outcome, transport.requests().iter().map(RecordedRequest::of).collect())
}
