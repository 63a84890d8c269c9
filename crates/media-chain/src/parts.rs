//! Serves one request by several calls, when a model makes fewer images in one than are asked for.

use std::sync::Arc;

use futures::future::join_all;
use media_domain::Adaptation;
use media_ports::{CallContext, Clock, GenerationAnswer, PartialImage, PartialImageSink, ProviderError};

use crate::image_request::ImageRequest;
use crate::service::Service;

/// Most calls for one request at the same time; the provider's own limits stand inside and may be lower.
const SIDE_BY_SIDE: usize = 4;

/// Makes the calls of one request, each an attempt with a journal and a reservation of its own.
///
/// The first goes ahead alone, so that a provider which is out of order or refuses costs one call, and its error is the
/// answer. The others follow side by side. When one of them fails, no further one is made: what came is the answer, and
/// the failure is told in it and by its attempt.
pub(crate) async fn call_in_parts<R: ImageRequest>(
    service: &dyn Service<R>,
    clock: &dyn Clock,
    context: &CallContext,
    calls: &[R],
) -> Result<GenerationAnswer, ProviderError> {
    let mut parts = numbered(calls);
    let Some(first) = parts.next() else {
        return Err(ProviderError::unsupported("the request asks for no image"));
    };
    let part = |(offset, call)| call_part(service, context, offset, call);
    let mut answer = part(first).await?;
    let mut shortfall = None;
    let others: Vec<_> = parts.collect();
    for together in others.chunks(SIDE_BY_SIDE) {
        shortfall = shortfall.or_else(|| given_up(clock, context));
        if shortfall.is_some() {
            break;
        }
        for result in join_all(together.iter().copied().map(part)).await {
            match result {
                Ok(more) => join(&mut answer, more),
                Err(mut error) => {
                    answer.salvaged.extend(error.salvaged.take());
                    shortfall = shortfall.or_else(|| Some(format!("a further call failed: {error}")));
                }
            }
        }
    }
    if let Some(reason) = shortfall {
        let asked: u32 = calls.iter().map(|call| call.count()).sum();
        answer.adaptations.push(Adaptation {
            field: "count".to_owned(),
            requested: asked.to_string(),
            used: Some(answer.images.len().to_string()),
            reason,
        });
    }
    Ok(answer)
}

/// Each call with the number of pictures that come before its own.
fn numbered<R: ImageRequest>(calls: &[R]) -> impl Iterator<Item = (u32, &R)> {
    calls.iter().scan(0_u32, |before, call| {
        let offset = *before;
        *before = offset.saturating_add(call.count());
        Some((offset, call))
    })
}

/// Why no further call is to be made, if none is.
fn given_up(clock: &dyn Clock, context: &CallContext) -> Option<String> {
    if context.cancellation.is_cancelled() {
        return Some("the call was cancelled before all images were ordered".to_owned());
    }
    (clock.now() >= context.deadline).then(|| "the deadline passed before all images were ordered".to_owned())
}

async fn call_part<R: ImageRequest>(
    service: &dyn Service<R>,
    context: &CallContext,
    offset: u32,
    call: &R,
) -> Result<GenerationAnswer, ProviderError> {
    let journal = context.journal.part();
    let shifted = |sink: &Arc<dyn PartialImageSink>| Arc::new(Shifted { sink: sink.clone(), offset }) as _;
    let context = CallContext {
        journal: journal.clone(),
        partial_images: context.partial_images.as_ref().map(shifted),
        ..context.clone()
    };
    let answer = service.call(&context, call).await?;
    journal.answered(&answer.usage);
    Ok(answer)
}

fn join(answer: &mut GenerationAnswer, more: GenerationAnswer) {
    answer.images.extend(more.images);
    answer.salvaged.extend(more.salvaged);
    answer.usage = answer.usage.plus(&more.usage);
    for adaptation in more.adaptations {
        if !answer.adaptations.contains(&adaptation) {
            answer.adaptations.push(adaptation);
        }
    }
}

/// Numbers the unfinished pictures of one call among those of the whole request.
#[derive(Debug)]
struct Shifted {
    sink: Arc<dyn PartialImageSink>,
    offset: u32,
}

impl PartialImageSink for Shifted {
    fn partial_image(&self, image: PartialImage) {
        self.sink.partial_image(PartialImage { image_index: image.image_index.saturating_add(self.offset), ..image });
    }
}
