//! One generation on its way: job, chain, bytes, one commit.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{join, try_join_all};
use media_chain::{ChainError, ChainErrorKind, MediaGeneratorChain};
use media_domain::event::EventKind;
use media_domain::{
    AssetId, ContentHash, GeneratedImage, GenerationRecord, ImageContent, Job, JobId, JobState, LibraryId, MediaAsset,
    MediaLibrary, Name, ProcessingError, RequestId, Tag, UserId,
};
use media_ports::change::InsertAsset;
use media_ports::{CallContext, Change, ChangeSet, GenerationAnswer, InspectedImage, StoreError, StoreErrorKind};
use serde_json::json;
use tracing::error;

use crate::engine::MediaEngine;
use crate::error::EngineError;
use crate::generate::{GenerateAsset, GenerateOutcome};
use crate::job_journal::JobJournal;

/// Longest time that a call without a deadline may take; the chain's own is shorter.
const LONGEST_CALL: Duration = Duration::from_secs(24 * 3_600);

/// One generation on its way.
pub(crate) struct Order {
    generate: GenerateAsset,
    chain: Arc<MediaGeneratorChain>,
    library: MediaLibrary,
    request_id: RequestId,
    user_id: UserId,
    /// Absent in dry run, which spends nothing and keeps no journal.
    job_id: Option<JobId>,
}

/// An image that has come, with what it turned out to be.
struct Arrived {
    image: GeneratedImage,
    bytes: Bytes,
    inspected: InspectedImage,
}

/// An image that has come but is none.
struct Unusable {
    bytes: Option<Bytes>,
    problem: String,
}

impl Order {
    pub(crate) fn new(
        engine: &MediaEngine,
        generate: GenerateAsset,
        chain: Arc<MediaGeneratorChain>,
        library: MediaLibrary,
    ) -> Self {
        let user_id = generate.user_id.clone().unwrap_or_else(|| engine.default_user().clone());
        let job_id = (!chain.is_dry_run()).then(|| JobId::from_uuid(engine.new_uuid()));
        let request_id = RequestId::from_uuid(engine.new_uuid());
        Self { generate, chain, library, request_id, user_id, job_id }
    }

    /// Asks the chain, and turns what comes into assets.
    pub(crate) async fn carry_out(self, engine: &MediaEngine) -> Result<GenerateOutcome, EngineError> {
        let journal = self.plan(engine).await?;
        let context = self.context(engine, journal.clone());
        match self.chain.execute_generate_image(&context, &self.generate.request).await {
            Ok(answer) => self.take_answer(engine, answer, journal).await,
            Err(failure) => Err(self.failed(engine, failure).await),
        }
    }

    /// Writes the job down before anything else happens.
    async fn plan(&self, engine: &MediaEngine) -> Result<Option<Arc<JobJournal>>, EngineError> {
        let Some(job_id) = self.job_id else { return Ok(None) };
        let now = engine.now();
        let job = Job {
            job_id,
            request_id: self.request_id,
            owner: engine.parts.settings.owner_id,
            user_id: self.user_id.clone(),
            chain: self.chain.name().to_owned(),
            request: self.generate.request.clone(),
            library_id: self.library.library_id,
            state: JobState::Planned,
            attempts: Vec::new(),
            content_hashes: Vec::new(),
            asset_ids: Vec::new(),
            failure: None,
            resolution: None,
            created_at: now,
            updated_at: now,
        };
        engine.parts.writer.commit(Change::PlanJob(Box::new(job)).into()).await?;
        Ok(Some(Arc::new(JobJournal::new(job_id, engine.parts.writer.clone(), engine.parts.clock.clone()))))
    }

    fn context(&self, engine: &MediaEngine, journal: Option<Arc<JobJournal>>) -> CallContext {
        let mut context =
            CallContext::new(engine.parts.clock.now() + LONGEST_CALL, self.request_id, self.user_id.clone());
        context.cancellation = self.generate.cancellation.clone();
        context.preferences = self.generate.preferences.clone();
        if let Some(journal) = journal {
            context.journal = journal;
        }
        context
    }

    /// Writes down how a chain failed, and tells the caller.
    async fn failed(&self, engine: &MediaEngine, mut failure: ChainError) -> EngineError {
        if let Some(job_id) = self.job_id {
            let salvaged = failure.last.as_mut().and_then(|error| error.salvaged.take());
            self.keep_aside(engine, job_id, salvaged.into_iter().collect()).await;
            let state = match failure.kind {
                ChainErrorKind::Unknown => JobState::Unknown,
                ChainErrorKind::Cancelled => JobState::Cancelled,
                _ => JobState::Failed,
            };
            self.end_job(engine, job_id, state, &failure.to_string()).await;
        }
        EngineError::Generation { job_id: self.job_id, source: Box::new(failure) }
    }

    /// Keeps bytes that were paid for but cannot be used, under the job's own hashes.
    async fn keep_aside(&self, engine: &MediaEngine, job_id: JobId, unusable: Vec<Bytes>) {
        let mut content_hashes = Vec::new();
        for bytes in unusable {
            let hash = ContentHash::of(&bytes);
            match engine.keep(hash, &bytes).await {
                Ok(()) => content_hashes.push(hash),
                Err(error) => error!(%job_id, "bytes that were paid for could not be kept: {error}"),
            }
        }
        if content_hashes.is_empty() {
            return;
        }
        let change = Change::AnswerJob { job_id, content_hashes, at: engine.now() };
        if let Err(error) = engine.parts.writer.commit(change.into()).await {
            error!(%job_id, "the bytes kept aside could not be recorded: {error}");
        }
    }

    async fn end_job(&self, engine: &MediaEngine, job_id: JobId, state: JobState, failure: &str) {
        let failure = Some(failure.to_owned());
        let change = Change::EndJob { job_id, state, asset_ids: Vec::new(), failure, at: engine.now() };
        if let Err(error) = engine.parts.writer.commit(change.into()).await {
            // The job stays open and becomes `unknown` once this process is gone: safe, if unkind.
            error!(%job_id, "the end of the job could not be recorded: {error}");
        }
    }

    /// Turns an answer into assets.
    async fn take_answer(
        &self,
        engine: &MediaEngine,
        mut answer: GenerationAnswer,
        journal: Option<Arc<JobJournal>>,
    ) -> Result<GenerateOutcome, EngineError> {
        let provider = answer.provider.to_string();
        if self.generate.fail_on_placeholder && !self.chain.is_dry_run() && answer.images.iter().all(is_placeholder) {
            if let Some(job_id) = self.job_id {
                self.end_job(engine, job_id, JobState::Failed, "only a placeholder was delivered").await;
            }
            return Err(EngineError::OnlyPlaceholder { provider });
        }
        let (arrived, unusable) = self.inspect(engine, std::mem::take(&mut answer.images)).await;
        if arrived.is_empty() {
            let problem = unusable.iter().map(|unusable| unusable.problem.as_str()).collect::<Vec<_>>().join("; ");
            if let Some(job_id) = self.job_id {
                self.keep_aside(engine, job_id, unusable.into_iter().filter_map(|unusable| unusable.bytes).collect())
                    .await;
                self.end_job(engine, job_id, JobState::Failed, &problem).await;
            }
            return Err(EngineError::UnusableResult { provider, problem, job_id: self.job_id });
        }
        self.store(engine, answer, arrived, unusable, journal).await
    }

    /// Looks into every image, all at once.
    async fn inspect(&self, engine: &MediaEngine, images: Vec<GeneratedImage>) -> (Vec<Arrived>, Vec<Unusable>) {
        let context = self.context(engine, None);
        let looked = images.into_iter().map(|image| async {
            let bytes =
                image_bytes(engine, &context, &image).await.map_err(|problem| Unusable { bytes: None, problem })?;
            match engine.inspect(&bytes).await {
                Ok(inspected) => Ok(Arrived { image, bytes, inspected }),
                Err(error) => Err(Unusable { bytes: Some(bytes), problem: error.to_string() }),
            }
        });
        let (mut arrived, mut unusable) = (Vec::new(), Vec::new());
        for result in futures::future::join_all(looked).await {
            match result {
                Ok(image) => arrived.push(image),
                Err(problem) => unusable.push(problem),
            }
        }
        (arrived, unusable)
    }

    /// Keeps the bytes, then catalogues everything in one commit.
    async fn store(
        &self,
        engine: &MediaEngine,
        answer: GenerationAnswer,
        arrived: Vec<Arrived>,
        unusable: Vec<Unusable>,
        journal: Option<Arc<JobJournal>>,
    ) -> Result<GenerateOutcome, EngineError> {
        // Side by side, because the commit below needs both and neither needs the other.
        let puts = try_join_all(arrived.iter().map(|image| engine.keep(image.inspected.content_hash, &image.bytes)));
        let (kept, answered) = join(puts, self.note_answer(engine)).await;
        kept?;
        let mut errors: Vec<_> = unusable.iter().map(|unusable| self.left_out(engine, &unusable.problem)).collect();
        errors.extend(answered.err().map(|error| self.not_accounted(engine, &error)));
        let record = self.record(answer);
        let mut made = Vec::with_capacity(arrived.len());
        let mut previews = Vec::with_capacity(arrived.len());
        for Arrived { image, bytes, inspected } in arrived {
            let record = GenerationRecord { metadata: image.metadata.clone(), ..record.clone() };
            made.push((self.asset(engine, &image, inspected, &record, errors.clone())?, record));
            previews.push(bytes);
        }
        self.commit(engine, &mut made, journal).await?;
        let record = made.first().map(|(_, record)| record.clone()).unwrap_or(record);
        let assets: Vec<MediaAsset> = made.into_iter().map(|(asset, _)| asset).collect();
        for (asset, bytes) in assets.iter().zip(previews) {
            engine.draw_thumbnail_later(asset, bytes).await;
        }
        Ok(GenerateOutcome { assets, record, library: self.library.clone() })
    }

    /// Catalogues the assets and settles the job, all or nothing. If only the settlement is refused, the assets are
    /// catalogued without it and say so: a picture that has been paid for is not lost to a quarrel over its bill.
    async fn commit(
        &self,
        engine: &MediaEngine,
        made: &mut [(MediaAsset, GenerationRecord)],
        journal: Option<Arc<JobJournal>>,
    ) -> Result<(), EngineError> {
        let changes = self.settle(engine, self.inserts(engine, made), made, journal);
        match engine.parts.writer.commit(changes).await {
            Ok(_) => Ok(()),
            Err(error) if self.job_id.is_some() && error.kind != StoreErrorKind::Unavailable => {
                for (asset, _) in made.iter_mut() {
                    asset.processing_errors.push(self.not_accounted(engine, &error));
                }
                engine.parts.writer.commit(self.inserts(engine, made)).await?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn inserts(&self, engine: &MediaEngine, made: &[(MediaAsset, GenerationRecord)]) -> ChangeSet {
        let mut changes = ChangeSet::default();
        for (asset, record) in made {
            let library_ids: Vec<LibraryId> = vec![self.library.library_id];
            changes.push(InsertAsset { asset: asset.clone(), generation: Some(record.clone()), library_ids });
            let details = json!({ "provider": asset.provider_name });
            changes.push(engine.event(EventKind::AssetGenerated, asset.asset_id, &self.user_id, details));
        }
        changes
    }

    /// Writes down that the images have come, and so have surely been billed; their hashes follow with the files.
    async fn note_answer(&self, engine: &MediaEngine) -> Result<(), StoreError> {
        let Some(job_id) = self.job_id else { return Ok(()) };
        let change = Change::AnswerJob { job_id, content_hashes: Vec::new(), at: engine.now() };
        engine.parts.writer.commit(change.into()).await.map(drop)
    }

    /// Adds the settlement of the job to the commit that stores its assets.
    fn settle(
        &self,
        engine: &MediaEngine,
        mut changes: ChangeSet,
        made: &[(MediaAsset, GenerationRecord)],
        journal: Option<Arc<JobJournal>>,
    ) -> ChangeSet {
        let Some(job_id) = self.job_id else { return changes };
        let usage = made.first().map(|(_, record)| record.usage.clone()).unwrap_or_default();
        if let Some(attempt) = journal.and_then(|journal| journal.settled_attempt(usage)) {
            changes.push(Change::EndAttempt { job_id, attempt: Box::new(attempt) });
        }
        let asset_ids: Vec<AssetId> = made.iter().map(|(asset, _)| asset.asset_id).collect();
        changes.push(Change::EndJob { job_id, state: JobState::Settled, asset_ids, failure: None, at: engine.now() });
        changes
    }

    fn record(&self, answer: GenerationAnswer) -> GenerationRecord {
        GenerationRecord {
            request: self.generate.request.clone(),
            request_id: self.request_id,
            job_id: self.job_id,
            provider_name: answer.provider,
            model: answer.model,
            metadata: serde_json::Map::new(),
            usage: answer.usage,
            adaptations: answer.adaptations,
            attempts: answer.attempts,
            skipped: answer.skipped,
            dry_run: self.chain.is_dry_run(),
            processing_time_ms: answer.processing_time.as_millis() as u64,
        }
    }

    fn asset(
        &self,
        engine: &MediaEngine,
        image: &GeneratedImage,
        inspected: InspectedImage,
        record: &GenerationRecord,
        errors: Vec<ProcessingError>,
    ) -> Result<MediaAsset, EngineError> {
        let name = match &self.generate.name {
            Some(name) => name.clone(),
            None => name_of_prompt(self.generate.request.prompt.as_str())?,
        };
        let mut asset = engine.draft(name, self.generate.media_type, inspected);
        asset.placeholder = record.dry_run || is_placeholder(image);
        let mut tags = vec!["generated".to_owned(), format!("generated-{}", image.provider_name)];
        tags.extend(asset.placeholder.then(|| "placeholder".to_owned()));
        tags.extend(record.dry_run.then(|| "dry_run".to_owned()));
        for tag in tags {
            asset.add_tag(Tag::parse(tag).map_err(|error| EngineError::Invalid(error.to_string()))?);
        }
        asset.provider_name = Some(image.provider_name.clone());
        asset.processing_errors = errors;
        Ok(asset)
    }

    fn left_out(&self, engine: &MediaEngine, problem: &str) -> ProcessingError {
        let message = format!("another image of the same answer could not be used: {problem}");
        ProcessingError { step: "inspect".to_owned(), message, at: engine.now() }
    }

    fn not_accounted(&self, engine: &MediaEngine, error: &StoreError) -> ProcessingError {
        let message = format!("the job could not be settled: {error}");
        ProcessingError { step: "accounting".to_owned(), message, at: engine.now() }
    }
}

/// The bytes of an image that a provider answered; an address is followed.
async fn image_bytes(engine: &MediaEngine, context: &CallContext, image: &GeneratedImage) -> Result<Bytes, String> {
    match &image.content {
        ImageContent::Bytes(bytes) => Ok(bytes.clone()),
        ImageContent::Url(url) => {
            engine.parts.fetcher.fetch_content(context, url).await.map_err(|error| error.to_string())
        }
    }
}

/// Whether an image says of itself that it only stands in for one.
fn is_placeholder(image: &GeneratedImage) -> bool {
    image.metadata.get("placeholder").and_then(serde_json::Value::as_bool).unwrap_or(false)
}

/// A name for people out of a prompt: its first line, cut at 80 characters.
fn name_of_prompt(prompt: &str) -> Result<Name, EngineError> {
    const LONGEST: usize = 80;
    let line = prompt.lines().find(|line| !line.trim().is_empty()).unwrap_or(prompt).trim();
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    };
    Name::parse(name).map_err(|error| EngineError::Invalid(error.to_string()))
}
