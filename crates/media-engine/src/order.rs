//! One generation on its way: written down, asked for, and its end.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use media_chain::MediaGeneratorChain;
use media_domain::{
    EditRecord, EditRequest, IdempotencyClaim, Job, JobId, JobState, Margins, MediaLibrary, RequestFingerprint,
    RequestId, Retain, UserId,
};
use media_ports::{CallContext, Change, GenerationAnswer, StoreError};

use crate::arrival::{is_placeholder, look_into};
use crate::at_work::Work;
use crate::ending::words_of;
use crate::engine::MediaEngine;
use crate::error::EngineError;
use crate::generate::{GenerateAsset, GenerateOutcome};
use crate::job_book::{JobBook, Unwritten};
use crate::job_journal::JobJournal;

/// Longest time that a call without a deadline may take; the chain's own is shorter.
const LONGEST_CALL: Duration = Duration::from_secs(24 * 3_600);

/// One generation on its way.
pub(crate) struct Order {
    pub(crate) generate: GenerateAsset,
    pub(crate) chain: Arc<MediaGeneratorChain>,
    pub(crate) library: MediaLibrary,
    pub(crate) request_id: RequestId,
    pub(crate) user_id: UserId,
    pub(crate) closing: Closing,
    /// How a picture is changed, where none is drawn from words alone.
    pub(crate) edit: Option<EditRecord>,
    /// The picture and what to do with it; absent as well where a job is taken up that was sent long ago.
    edit_request: Option<Box<EditRequest>>,
    /// The job, once it is planned; absent in dry run, which spends nothing and keeps no journal.
    pub(crate) book: Option<Arc<JobBook>>,
    job_id: Option<JobId>,
}

/// What is done to the job in the commit that stores its assets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// It ends.
    End,
    /// It had ended unknown; it is closed now that the vendor has told of its last open attempt.
    Resolve,
}

impl Order {
    pub(crate) fn new(
        engine: &MediaEngine,
        generate: GenerateAsset,
        chain: Arc<MediaGeneratorChain>,
        library: MediaLibrary,
        request_id: RequestId,
    ) -> Self {
        let user_id = generate.user_id.clone().unwrap_or_else(|| engine.default_user().clone());
        let job_id = (!chain.is_dry_run()).then(|| JobId::from_uuid(engine.new_uuid()));
        Self {
            generate,
            chain,
            library,
            request_id,
            user_id,
            closing: Closing::End,
            edit: None,
            edit_request: None,
            book: None,
            job_id,
        }
    }

    /// The same for a picture that is to be changed.
    pub(crate) fn editing(self, request: EditRequest, record: EditRecord) -> Self {
        Self { edit: Some(record), edit_request: Some(Box::new(request)), ..self }
    }

    /// Takes up a job that ended unknown.
    pub(crate) fn of_job(
        job: &Job,
        book: Arc<JobBook>,
        chain: Arc<MediaGeneratorChain>,
        library: MediaLibrary,
    ) -> Self {
        let generate = GenerateAsset {
            user_id: Some(job.user_id.clone()),
            retain: job.retain,
            ..GenerateAsset::new(job.request.clone())
        };
        Self {
            generate,
            chain,
            library,
            request_id: job.request_id,
            user_id: job.user_id.clone(),
            closing: Closing::Resolve,
            edit: job.edit.clone(),
            edit_request: None,
            book: Some(book),
            job_id: Some(job.job_id),
        }
    }

    /// Identifies the job whose answer is shared, where that is asked for and can be. A key is bound to one job, which a
    /// shared answer would not be; and where nothing is retained, there is nothing to share.
    pub(crate) fn shareable(&self) -> Option<JobId> {
        let GenerateAsset { coalesce, retain, idempotency_key, .. } = &self.generate;
        self.job_id.filter(|_| *coalesce && retain.is_everything() && idempotency_key.is_none())
    }

    /// Begins the work on its job, unless it has none.
    pub(crate) fn begin(&self, engine: &MediaEngine) -> Option<Work> {
        self.job_id.map(|job_id| engine.at_work.begin(job_id))
    }

    /// The job, if it is written down.
    pub(crate) fn written_job(&self) -> Option<JobId> {
        self.book.as_ref().and_then(|book| book.job_id())
    }

    /// Stands for everything that was asked for.
    pub(crate) fn fingerprint(&self) -> RequestFingerprint {
        let words = RequestFingerprint::of(self.chain.name(), &self.generate.request, Some(self.library.library_id));
        self.edit_request.iter().zip(&self.edit).fold(words, |words, (request, edit)| of_edit(words, request, edit))
    }

    /// Stands for whatever two requests must have in common to share an answer. Users never share: what one asks for is
    /// not paid from another's quota.
    pub(crate) fn shared_fingerprint(&self) -> RequestFingerprint {
        let GenerateAsset { name, media_type, fail_on_placeholder, preferences, .. } = &self.generate;
        let provider = preferences.provider.as_ref().map_or("", |provider| provider.as_str());
        let compatibility = preferences.compatibility.map_or("", |compatibility| compatibility.as_str());
        let name = name.as_ref().map_or("", |name| name.as_str());
        let words = [self.user_id.as_str(), provider, compatibility, name, media_type.as_str()];
        words
            .into_iter()
            .fold(self.fingerprint(), |fingerprint, word| fingerprint.extended_by(word.as_bytes()))
            .extended_by(&[u8::from(*fail_on_placeholder)])
    }

    /// Writes the job down before anything else happens. One of which nothing is retained waits until something counts
    /// it, unless a key must be claimed for it.
    pub(crate) async fn plan(&mut self, engine: &MediaEngine) -> Result<(), StoreError> {
        let Some(job_id) = self.job_id else { return Ok(()) };
        let job = self.job(engine, job_id);
        let (writer, clock) = (engine.parts.writer.clone(), engine.parts.clock.clone());
        let book = if self.generate.retain.is_everything() || job.idempotency.is_some() {
            let book = JobBook::written(&job, writer, clock);
            engine.parts.writer.commit(Change::PlanJob(Box::new(job)).into()).await?;
            book
        } else {
            let unwritten = Unwritten { job: Box::new(job), own_limits: engine.own_limits.clone() };
            JobBook::unwritten(unwritten, writer, clock)
        };
        self.book = Some(Arc::new(book));
        Ok(())
    }

    /// Asks the chain, and turns what comes into assets. The job has been planned; it is closed even if somebody panics.
    pub(crate) async fn carry_out(self, engine: &MediaEngine) -> Result<GenerateOutcome, EngineError> {
        match AssertUnwindSafe(self.ask(engine)).catch_unwind().await {
            Ok(result) => result,
            Err(panic) => Err(self.cut_short(engine, words_of(panic.as_ref())).await),
        }
    }

    async fn ask(&self, engine: &MediaEngine) -> Result<GenerateOutcome, EngineError> {
        let context = self.context(engine);
        let asked = match &self.edit_request {
            Some(edit) => self.chain.execute_edit_image(&context, edit).await,
            None => self.chain.execute_generate_image(&context, &self.generate.request).await,
        };
        match asked {
            Ok(answer) => self.take_answer(engine, answer).await,
            Err(failure) => Err(self.failed(engine, failure).await),
        }
    }

    fn job(&self, engine: &MediaEngine, job_id: JobId) -> Job {
        let now = engine.now();
        let retain = self.generate.retain;
        let request = &self.generate.request;
        let claim = self.generate.idempotency_key.clone().map(|key| {
            // The digest of a short prompt could be guessed, and equal ones recognised: not where nothing is to be kept.
            let fingerprint = match retain {
                Retain::Everything => self.fingerprint(),
                Retain::Nothing => salted(self.fingerprint(), job_id),
            };
            IdempotencyClaim { key, fingerprint }
        });
        Job {
            job_id,
            request_id: self.request_id,
            owner: engine.parts.settings.owner_id,
            user_id: self.user_id.clone(),
            chain: self.chain.name().to_owned(),
            request: if retain.is_everything() { request.clone() } else { request.without_words() },
            edit: self.edit.clone().filter(|_| retain.is_everything()),
            retain,
            library_id: self.library.library_id,
            idempotency: claim,
            state: JobState::Planned,
            attempts: Vec::new(),
            content_hashes: Vec::new(),
            asset_ids: Vec::new(),
            failure: None,
            resolution: None,
            created_at: now,
            updated_at: now,
        }
    }

    fn context(&self, engine: &MediaEngine) -> CallContext {
        let mut context =
            CallContext::new(engine.parts.clock.now() + LONGEST_CALL, self.request_id, self.user_id.clone());
        context.cancellation = self.generate.cancellation.clone();
        context.preferences = self.generate.preferences.clone();
        context.partial_images = self.generate.partial_images.clone();
        if let Some(book) = &self.book {
            context.journal = Arc::new(JobJournal::new(book.clone()));
        }
        context
    }

    /// Turns an answer into assets, or hands it over where nothing is retained.
    pub(crate) async fn take_answer(
        &self,
        engine: &MediaEngine,
        mut answer: GenerationAnswer,
    ) -> Result<GenerateOutcome, EngineError> {
        if self.generate.fail_on_placeholder && !self.chain.is_dry_run() && answer.images.iter().all(is_placeholder) {
            return Err(self.only_placeholder(engine, answer).await);
        }
        let images = std::mem::take(&mut answer.images);
        let (arrived, unusable) = look_into(engine, &self.context(engine), images).await;
        match self.generate.retain {
            _ if arrived.is_empty() => Err(self.useless(engine, answer, unusable).await),
            Retain::Everything => self.store(engine, answer, arrived, unusable).await,
            Retain::Nothing => Ok(self.hand_over(engine, answer, arrived).await),
        }
    }
}

/// A fingerprint that tells nothing of the request to whoever does not know it, and is like no other.
pub(crate) fn salted(fingerprint: RequestFingerprint, job_id: JobId) -> RequestFingerprint {
    fingerprint.extended_by(job_id.as_uuid().as_bytes())
}

/// The fingerprint of a request to change a picture: with the bytes it starts from, whichever asset they are of.
fn of_edit(words: RequestFingerprint, request: &EditRequest, edit: &EditRecord) -> RequestFingerprint {
    // Taken apart wholly, so that a field that is added cannot be forgotten here.
    let EditRecord { kind, parent_asset_id: _, source_hash, mask_hash, reference_hashes, margins } = edit;
    let Margins { left, right, up, down } = *margins;
    let margins: Vec<u8> = [left, right, up, down].iter().flat_map(|margin| margin.to_le_bytes()).collect();
    let given = [u8::from(request.prompt.is_some()), u8::from(request.dimensions.is_some())];
    let mask = mask_hash.as_ref().map_or(&[][..], |mask| mask.as_bytes());
    let parts = [kind.as_str().as_bytes(), source_hash.as_bytes(), mask, &margins, &given];
    let references = reference_hashes.iter().map(|reference| &reference.as_bytes()[..]);
    parts.into_iter().chain(references).fold(words, |fingerprint, part| fingerprint.extended_by(part))
}
