//! From a prompt to an asset.

use std::sync::Arc;

use media_domain::{
    GenerationRecord, GenerationRequest, IdempotencyKey, MediaAsset, MediaLibrary, MediaType, MediaVariant, Name,
    RequestId, Retain, UserId,
};
use media_ports::{CallPreferences, PartialImageSink, StoreErrorKind};
use tokio_util::sync::CancellationToken;
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use crate::engine::MediaEngine;
use crate::error::{EngineError, Subject};
use crate::filing::name_of_prompt;
use crate::in_flight::Joined;
use crate::libraries::LibraryRef;
use crate::order::Order;
use crate::telemetry::{self, Origin};
use crate::unkept::UnkeptImage;

/// How often a job is planned when the key that stood in the way is free by the time its holder is looked for.
const PLAN_TRIES: usize = 8;

/// An asset to be generated.
#[derive(Debug, Clone)]
pub struct GenerateAsset {
    /// What the image should show, and how.
    pub request: GenerationRequest,
    /// The library to put it into; the default one when absent.
    pub library: Option<LibraryRef>,
    /// The chain to ask; `media_generation` when absent.
    pub chain: Option<String>,
    /// What the caller would like best.
    pub preferences: CallPreferences,
    /// Name of the asset; the beginning of the prompt when absent.
    pub name: Option<Name>,
    /// What the asset is used as.
    pub media_type: MediaType,
    /// Whether a placeholder, in live mode, is an error.
    pub fail_on_placeholder: bool,
    /// On whose behalf; the configured default user when absent.
    pub user_id: Option<UserId>,
    /// The caller's own key: a repetition within 24 hours gets the first answer instead of a new call. Dry run, which
    /// spends nothing, pays no heed to it.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Whether to share the answer of the same request of this process that is under way, if there is one. A request of
    /// which nothing is retained has no answer to share, and one with a key of its own has an answer of its own: both
    /// pay no heed to it.
    pub coalesce: bool,
    /// What is kept of the request and its images; everything by default. With [`Retain::Nothing`] there is no asset:
    /// the images are in the answer and nowhere else, and a crash loses them. The library only says what a repetition of
    /// the same idempotency key is compared with.
    pub retain: Retain,
    /// Takes unfinished pictures as they come, from providers that send them; nothing of them is kept.
    pub partial_images: Option<Arc<dyn PartialImageSink>>,
    /// Fires when the caller gives up.
    pub cancellation: CancellationToken,
}

impl GenerateAsset {
    /// One image into the default library, by the default chain.
    pub fn new(request: GenerationRequest) -> Self {
        Self {
            request,
            library: None,
            chain: None,
            preferences: CallPreferences::default(),
            name: None,
            media_type: MediaType::Image,
            fail_on_placeholder: false,
            user_id: None,
            idempotency_key: None,
            coalesce: false,
            retain: Retain::Everything,
            partial_images: None,
            cancellation: CancellationToken::new(),
        }
    }
}

/// What came of a generation.
#[derive(Debug, Clone)]
pub struct GenerateOutcome {
    /// The assets, one for each image, as they were stored; empty where nothing is retained.
    pub assets: Vec<MediaAsset>,
    /// Files of exactly the size asked for, derived from those assets that came in another one. An asset without one says
    /// why in its processing errors.
    pub variants: Vec<MediaVariant>,
    /// The images of which nothing is kept; empty where everything is.
    pub images: Vec<UnkeptImage>,
    /// How they were generated: the same for all, but for what the provider told of each image; here of the first.
    pub record: GenerationRecord,
    /// The library they were put into, or would have been.
    pub library: MediaLibrary,
    /// Whether this is the answer of an earlier call of the same key, or of one that was shared.
    pub replayed: bool,
    /// Whether, besides what is here, an attempt was lost: the job stays listed as unknown until somebody knows what
    /// became of it.
    pub outcome_unknown: bool,
}

impl MediaEngine {
    /// Generates an asset from a prompt: asks the chain, keeps the bytes, catalogues them with how they were made and tags
    /// `generated` and `generated-<provider>`.
    ///
    /// The work goes on in a task of its own: dropping the future cancels nothing.
    ///
    /// # Errors
    /// Before any call that costs: `Invalid` for a request nobody could serve, `NotFound` for the library or the chain.
    /// Then `Generation` with every provider's reason, `UnusableResult`, `OnlyPlaceholder`, `Store`.
    pub async fn generate_asset_from_prompt(
        self: &Arc<Self>,
        generate: GenerateAsset,
    ) -> Result<GenerateOutcome, EngineError> {
        let engine = self.clone();
        let request_id = RequestId::from_uuid(self.new_uuid());
        let span = info_span!(
            "generate_asset_from_prompt",
            %request_id,
            user_id = %generate.user_id.as_ref().unwrap_or(self.default_user()),
            job_id = Empty,
            chain = Empty,
            asset_ids = Empty,
            outcome = Empty,
        );
        let task = tokio::spawn(async move { engine.generate(generate, request_id).await }.instrument(span));
        task.await.map_err(|error| EngineError::Interrupted(error.to_string()))?
    }

    async fn generate(
        &self,
        mut generate: GenerateAsset,
        request_id: RequestId,
    ) -> Result<GenerateOutcome, EngineError> {
        generate.request.check().map_err(|error| EngineError::Invalid(error.to_string()))?;
        if generate.name.is_none() {
            generate.name = Some(name_of_prompt(generate.request.prompt.as_str())?);
        }
        let chain = self.chain(generate.chain.as_deref().unwrap_or(Self::GENERATION_CHAIN))?.clone();
        let library = self.target_library(generate.library.as_ref()).await?;
        self.deliver(Order::new(self, generate, chain, library, request_id)).await
    }

    /// Answers an order, and tells what came of it.
    pub(crate) async fn deliver(&self, order: Order) -> Result<GenerateOutcome, EngineError> {
        let (name, retain) = (order.chain.name().to_owned(), order.generate.retain);
        let started = self.parts.clock.now();
        let (origin, result) = self.answer(order).await;
        let seconds = self.parts.clock.now().saturating_duration_since(started).as_secs_f64();
        telemetry::count_job(&name, origin, retain, seconds, &result);
        tell_span(&name, origin, &result);
        result
    }

    /// Answers an order: with the answer under way, with the first one of its key, or by carrying it out.
    async fn answer(&self, order: Order) -> (Origin, Result<GenerateOutcome, EngineError>) {
        let leading = loop {
            match order.shareable().map(|job_id| self.in_flight.join(order.shared_fingerprint(), job_id)) {
                Some(Joined::Following(follower)) => {
                    // One that was never written down has no answer, and nothing was made of it: the next one leads.
                    if let Some(answer) = self.shared_answer(follower).await {
                        return (Origin::Shared, answer);
                    }
                }
                Some(Joined::Leading(leader)) => break Some(leader),
                None => break None,
            }
        };
        let answer = self.own_answer(order).await;
        drop(leading);
        answer
    }

    /// Carries an order out, unless a job holds its key: then that one's answer is its own.
    async fn own_answer(&self, mut order: Order) -> (Origin, Result<GenerateOutcome, EngineError>) {
        let working = order.begin(self);
        for _ in 0..PLAN_TRIES {
            let refused = match order.plan(self).await {
                Ok(()) => return (Origin::Own, order.carry_out(self).await),
                Err(refused) => refused,
            };
            let key = order.generate.idempotency_key.clone();
            let Some(key) = key.filter(|_| refused.kind == StoreErrorKind::AlreadyExists) else {
                return (Origin::Own, Err(refused.into()));
            };
            // Without an answer it is free again: whoever held it was given up before anything was sent.
            if let Some(answer) = self.replay_key(&order, &key).await.transpose() {
                return (Origin::Key, answer);
            }
        }
        drop(working);
        let name = order.generate.idempotency_key.map(|key| key.to_string()).unwrap_or_default();
        (Origin::Key, Err(EngineError::Conflict { subject: Subject::Job, name }))
    }
}

/// Tells the span of a generation what came of it.
fn tell_span(chain: &str, origin: Origin, result: &Result<GenerateOutcome, EngineError>) {
    let span = Span::current();
    if span.is_disabled() {
        return;
    }
    span.record("chain", chain);
    span.record("outcome", telemetry::outcome_of(origin, result));
    let job_id = match result {
        Ok(made) => made.record.job_id,
        Err(error) => error.job_id(),
    };
    if let Some(job_id) = job_id {
        span.record("job_id", job_id.to_string());
    }
    if let Ok(made) = result {
        let asset_ids: Vec<String> = made.assets.iter().map(|asset| asset.asset_id.to_string()).collect();
        span.record("asset_ids", asset_ids.join(","));
    }
}
