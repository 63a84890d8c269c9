//! Images of which nothing is kept: handed over in memory, with the job accounted for where something counts it.

use bytes::Bytes;
use futures::future::join_all;
use media_domain::{ImageFormat, JobState, MediaDimensions, ProviderId};
use media_ports::{Change, ChangeSet, EncodedImage, GenerationAnswer};
use serde_json::{Map, Value};
use tracing::{error, warn};

use crate::arrival::{Arrived, is_placeholder};
use crate::engine::MediaEngine;
use crate::generate::GenerateOutcome;
use crate::order::Order;

/// An image of which nothing is kept. Whoever drops it has lost it.
#[derive(Debug, Clone)]
pub struct UnkeptImage {
    /// The file's bytes, as they came.
    pub bytes: Bytes,
    /// Its format, as its bytes tell it.
    pub format: ImageFormat,
    /// Its width and height.
    pub dimensions: MediaDimensions,
    /// The picture in exactly the size asked for, where another one came and it could be made.
    pub exact_size: Option<EncodedImage>,
    /// Whether it only stands in for a picture.
    pub placeholder: bool,
    /// What the provider told of it.
    pub metadata: Map<String, Value>,
    /// The provider that made it.
    pub provider_name: ProviderId,
}

impl Order {
    /// Hands the images over and settles the job, if it is written down. That it could not be settled is logged: the
    /// images are here and paid for.
    pub(crate) async fn hand_over(
        &self,
        engine: &MediaEngine,
        answer: GenerationAnswer,
        arrived: Vec<Arrived>,
    ) -> GenerateOutcome {
        self.settle_alone(engine, &answer).await;
        let record = self.record(answer);
        let size = self.generate.request.dimensions;
        let images = join_all(arrived.into_iter().map(|image| unkept(engine, image, record.dry_run, size))).await;
        GenerateOutcome {
            assets: Vec::new(),
            variants: Vec::new(),
            images,
            record,
            library: self.library.clone(),
            replayed: false,
            outcome_unknown: self.has_unknown(),
        }
    }

    async fn settle_alone(&self, engine: &MediaEngine, answer: &GenerationAnswer) {
        let (Some(job_id), Some(book)) = (self.written_job(), &self.book) else { return };
        let mut changes = ChangeSet { changes: book.settlements(&answer.usage) };
        let state = if book.has_unknown() { JobState::Unknown } else { JobState::Settled };
        changes.push(Change::EndJob { job_id, state, asset_ids: Vec::new(), failure: None, at: engine.now() });
        if let Err(error) = engine.parts.writer.commit(changes).await {
            error!(%job_id, "a job of which nothing is retained could not be settled: {error}");
        }
    }
}

async fn unkept(engine: &MediaEngine, arrived: Arrived, dry_run: bool, size: MediaDimensions) -> UnkeptImage {
    let Arrived { image, bytes, inspected } = arrived;
    let mut exact_size = None;
    if inspected.dimensions != size && !inspected.metadata.is_animated() {
        match engine.covered(bytes.clone(), size).await {
            Ok(made) => exact_size = Some(made),
            Err(error) => warn!("the size asked for, {size}, could not be made of {}: {error}", inspected.dimensions),
        }
    }
    UnkeptImage {
        bytes,
        format: inspected.format,
        dimensions: inspected.dimensions,
        exact_size,
        placeholder: dry_run || is_placeholder(&image),
        metadata: image.metadata,
        provider_name: image.provider_name,
    }
}
