//! Images that have come: fetched where need be, and looked into.

use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use media_domain::{FileBytes, GeneratedImage, ImageContent, ProviderErrorKind, ProviderId};
use media_ports::{CallContext, InspectedImage, ProviderError, with_causes};
use tracing::info;

use crate::engine::MediaEngine;

/// Pauses before a picture is fetched again; vendors keep it for minutes at least.
const FETCH_PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// Longest time for one try. It does not count against the deadline of the call, which bounds what may still be ordered:
/// this has been.
const FETCH_TIME: Duration = Duration::from_secs(120);

/// An image that has come, with what it turned out to be.
pub(crate) struct Arrived {
    pub(crate) image: GeneratedImage,
    pub(crate) bytes: Bytes,
    pub(crate) inspected: InspectedImage,
}

/// An image that has come but cannot be used.
pub(crate) struct Unusable {
    pub(crate) bytes: Option<Bytes>,
    pub(crate) problem: String,
    /// Whether it is only out of reach.
    pub(crate) may_be_fetched_later: bool,
}

/// Looks into every image, all at once; one that is none takes nothing away from the others.
pub(crate) async fn look_into(
    engine: &MediaEngine,
    context: &CallContext,
    images: Vec<GeneratedImage>,
) -> (Vec<Arrived>, Vec<Unusable>) {
    let looked = images.into_iter().map(|image| async {
        let file = image_file(engine, context, &image).await?;
        match engine.inspect(file.clone()).await {
            Ok(inspected) => Ok(Arrived { image, bytes: file.into_bytes(), inspected }),
            Err(error) => Err(Unusable {
                bytes: Some(file.into_bytes()),
                problem: error.to_string(),
                may_be_fetched_later: false,
            }),
        }
    });
    let (mut arrived, mut unusable) = (Vec::new(), Vec::new());
    for result in join_all(looked).await {
        match result {
            Ok(image) => arrived.push(image),
            Err(problem) => unusable.push(problem),
        }
    }
    (arrived, unusable)
}

/// Whether an image says of itself that it only stands in for one.
pub(crate) fn is_placeholder(image: &GeneratedImage) -> bool {
    says(image, "placeholder")
}

/// Whether an image says of itself that its provider was not called: a provider may be in dry run in a live chain.
pub(crate) fn is_of_dry_run(image: &GeneratedImage) -> bool {
    says(image, "dry_run")
}

fn says(image: &GeneratedImage, word: &str) -> bool {
    image.metadata.get(word).and_then(serde_json::Value::as_bool).unwrap_or(false)
}

/// The file of an image that a provider answered; an address is followed.
async fn image_file(
    engine: &MediaEngine,
    context: &CallContext,
    image: &GeneratedImage,
) -> Result<FileBytes, Unusable> {
    match &image.content {
        ImageContent::Bytes(file) => Ok(file.clone()),
        ImageContent::Url(url) => {
            fetched(engine, context, &image.provider_name, url).await.map(FileBytes::from).map_err(|error| Unusable {
                bytes: None,
                problem: with_causes(&error),
                may_be_fetched_later: may_pass(error.kind),
            })
        }
    }
}

/// Fetches a picture that has been paid for. That is free, so what may pass is tried again.
async fn fetched(
    engine: &MediaEngine,
    context: &CallContext,
    provider: &ProviderId,
    url: &str,
) -> Result<Bytes, ProviderError> {
    let clock = &engine.parts.clock;
    let fetch = || async {
        let context = context.with_deadline(clock.now() + FETCH_TIME);
        engine.parts.fetcher.fetch_content(&context, provider, url).await
    };
    for pause in FETCH_PAUSES {
        match fetch().await {
            Err(error) if may_pass(error.kind) && !context.cancellation.is_cancelled() => {
                info!(kind = %error.kind, "fetching a picture again");
                clock.sleep_until((clock.now() + pause).min(context.deadline)).await;
            }
            result => return result,
        }
    }
    fetch().await
}

fn may_pass(kind: ProviderErrorKind) -> bool {
    use ProviderErrorKind as Kind;
    matches!(kind, Kind::Timeout | Kind::Unavailable | Kind::RateLimited | Kind::MalformedResponse)
}
