//! What generators are asked in the cases.

use std::num::NonZeroU32;
use std::time::Duration;

use media_domain::text::Prompt;
use media_domain::{Background, Capabilities, GenerationRequest, MediaDimensions, Quality, RequestId, UserId};
use media_ports::CallContext;
use tokio::time::Instant;
use uuid::Uuid;

/// A context with a minute to go.
pub(crate) fn context() -> CallContext {
    context_until(Instant::now() + Duration::from_secs(60))
}

pub(crate) fn context_until(deadline: Instant) -> CallContext {
    #[expect(clippy::panic, reason = "the text is ours")]
    let user = UserId::parse("conformance").unwrap_or_else(|error| panic!("{error}"));
    CallContext::new(deadline.into_std(), RequestId::from_uuid(Uuid::from_u128(7)), user)
}

#[expect(clippy::panic, reason = "the text is ours")]
pub(crate) fn plain_prompt() -> Prompt {
    Prompt::parse("a lighthouse at dusk").unwrap_or_else(|error| panic!("{error}"))
}

/// One image of 256×256, without options.
pub(crate) fn plain_request() -> GenerationRequest {
    GenerationRequest { dimensions: MediaDimensions::new(256, 256), ..GenerationRequest::new(plain_prompt()) }
}

/// Requests with one option each that the model does not know.
pub(super) fn options_beyond(capabilities: &Capabilities) -> Vec<(&'static str, GenerationRequest)> {
    let mut missing = Vec::new();
    let mut add = |known: bool, option, set: &dyn Fn(&mut media_domain::GenerationOptions)| {
        if !known {
            let mut request = plain_request();
            set(&mut request.options);
            missing.push((option, request));
        }
    };
    add(capabilities.seed, "seed", &|options| options.seed = Some(7));
    add(capabilities.negative_prompt, "negative_prompt", &|options| options.negative_prompt = Some("boats".to_owned()));
    add(capabilities.steps.is_some(), "steps", &|options| options.steps = NonZeroU32::new(20));
    add(capabilities.guidance_scale.is_some(), "guidance_scale", &|options| options.guidance_scale = Some(7.5));
    add(capabilities.style, "style", &|options| options.style = Some("vivid".to_owned()));
    add(!capabilities.qualities.is_empty(), "quality", &|options| options.quality = Some(Quality::High));
    add(!capabilities.backgrounds.is_empty(), "background", &|options| {
        options.background = Some(Background::Transparent);
    });
    missing
}
