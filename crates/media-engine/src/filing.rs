//! What a provider delivered, kept and catalogued.

use futures::future::{join, join_all};
use media_domain::event::EventKind;
use media_domain::{
    AssetId, ContentHash, GeneratedImage, GenerationRecord, JobState, MediaAsset, Name, ProcessingError, Resolution,
    Tag,
};
use media_ports::change::InsertAsset;
use media_ports::{Change, ChangeSet, GenerationAnswer, InspectedImage, StoreError, StoreErrorKind};
use serde_json::json;

use crate::arrival::{Arrived, Unusable, is_of_dry_run, is_placeholder};
use crate::engine::MediaEngine;
use crate::error::EngineError;
use crate::generate::GenerateOutcome;
use crate::order::{Closing, Order};

/// An asset that is made but not catalogued yet, with how it was generated.
type Made = (MediaAsset, GenerationRecord);

impl Order {
    /// Keeps the bytes, catalogues everything in one commit, then derives the exact size where another one came.
    pub(crate) async fn store(
        &self,
        engine: &MediaEngine,
        answer: GenerationAnswer,
        arrived: Vec<Arrived>,
        mut unusable: Vec<Unusable>,
    ) -> Result<GenerateOutcome, EngineError> {
        // Side by side, because the commit below needs both and neither needs the other.
        let (kept, answered) = join(keep_all(engine, arrived, &mut unusable), self.note_answer(engine)).await;
        let arrived = kept?;
        let mut errors: Vec<_> = unusable.iter().map(|unusable| self.left_out(engine, &unusable.problem)).collect();
        errors.extend(answered.err().map(|error| self.not_accounted(engine, &error)));
        let salvaged = answer.salvaged.iter().cloned();
        let paid = unusable.into_iter().filter_map(|unusable| unusable.bytes).chain(salvaged).collect();
        let aside = self.put_aside(engine, paid).await;
        let record = self.record(answer);
        let (mut made, mut files) = (Vec::with_capacity(arrived.len()), Vec::with_capacity(arrived.len()));
        for Arrived { image, bytes, inspected } in arrived {
            let record = GenerationRecord { metadata: image.metadata.clone(), ..record.clone() };
            made.push((self.asset(engine, &image, inspected, &record, errors.clone())?, record));
            files.push(bytes);
        }
        self.commit(engine, &mut made, aside).await?;
        let record = made.first().map(|(_, record)| record.clone()).unwrap_or(record);
        let mut assets: Vec<MediaAsset> = made.into_iter().map(|(asset, _)| asset).collect();
        let size = self.generate.request.dimensions;
        let sized = assets.iter_mut().zip(&files);
        let derived = join_all(sized.map(|(asset, bytes)| engine.derive_beside(asset, bytes, size))).await;
        for (asset, bytes) in assets.iter().zip(files) {
            engine.draw_thumbnail_later(asset, bytes).await;
        }
        Ok(GenerateOutcome {
            variants: derived.into_iter().flatten().collect(),
            assets,
            images: Vec::new(),
            record,
            library: self.library.clone(),
            replayed: false,
            outcome_unknown: self.has_unknown(),
        })
    }

    /// Whether an attempt ended, and nobody knows how.
    pub(crate) fn has_unknown(&self) -> bool {
        self.book.as_ref().is_some_and(|book| book.has_unknown())
    }

    /// Catalogues the assets and settles the job, all or nothing. If that is refused, every asset is catalogued by itself
    /// and says so: a picture that has been paid for is lost neither to a quarrel over its bill nor to another one.
    async fn commit(
        &self,
        engine: &MediaEngine,
        made: &mut Vec<Made>,
        aside: Vec<ContentHash>,
    ) -> Result<(), EngineError> {
        let mut changes = ChangeSet::default();
        for one in made.iter() {
            changes.changes.extend(self.inserts(engine, one));
        }
        self.settle(engine, &mut changes, made, aside);
        let refused = match engine.parts.writer.commit(changes).await {
            Ok(_) => return Ok(()),
            Err(error) if error.kind == StoreErrorKind::Unavailable => return Err(error.into()),
            // The job is closed already: whoever closed it has filed what it brought.
            Err(error) if error.kind == StoreErrorKind::Conflict && self.closing == Closing::Resolve => {
                return Err(error.into());
            }
            Err(error) => error,
        };
        let mut catalogued = Vec::with_capacity(made.len());
        for mut one in made.drain(..) {
            one.0.processing_errors.push(self.not_accounted(engine, &refused));
            let changes = ChangeSet { changes: self.inserts(engine, &one).into() };
            match engine.parts.writer.commit(changes).await {
                Ok(_) => catalogued.push(one),
                Err(error) => tracing::error!(asset_id = %one.0.asset_id, "an asset could not be catalogued: {error}"),
            }
        }
        *made = catalogued;
        if made.is_empty() { Err(refused.into()) } else { Ok(()) }
    }

    fn inserts(&self, engine: &MediaEngine, (asset, record): &Made) -> [Change; 2] {
        let library_ids = vec![self.library.library_id];
        let insert = InsertAsset { asset: asset.clone(), generation: Some(record.clone()), library_ids };
        let mut details = json!({ "provider": asset.provider_name });
        if let Some(edit) = &record.edit {
            details["edit"] = edit.kind.as_str().into();
            details["parent_asset_id"] = json!(edit.parent_asset_id);
        }
        let event = engine.event(EventKind::AssetGenerated, asset.asset_id, &self.user_id, details);
        [insert.into(), event.into()]
    }

    /// Writes down that the images have come, and so have surely been billed; their hashes follow with the files.
    async fn note_answer(&self, engine: &MediaEngine) -> Result<(), StoreError> {
        let Some(job_id) = self.written_job().filter(|_| self.closing == Closing::End) else { return Ok(()) };
        let change = Change::AnswerJob { job_id, content_hashes: Vec::new(), at: engine.now() };
        engine.parts.writer.commit(change.into()).await.map(drop)
    }

    /// Adds the settlement of the job to the commit that stores its assets.
    fn settle(&self, engine: &MediaEngine, changes: &mut ChangeSet, made: &[Made], aside: Vec<ContentHash>) {
        let (Some(job_id), Some(book)) = (self.written_job(), &self.book) else { return };
        let at = engine.now();
        let usage = made.first().map(|(_, record)| record.usage.clone()).unwrap_or_default();
        if !aside.is_empty() && self.closing == Closing::End {
            changes.push(Change::AnswerJob { job_id, content_hashes: aside, at });
        }
        changes.changes.extend(book.settlements(&usage));
        let asset_ids: Vec<AssetId> = made.iter().map(|(asset, _)| asset.asset_id).collect();
        // Another attempt may have been lost; then somebody still has to find out about it.
        let lost = book.has_unknown();
        changes.push(match self.closing {
            Closing::End => {
                let state = if lost { JobState::Unknown } else { JobState::Settled };
                Change::EndJob { job_id, state, asset_ids, failure: None, at }
            }
            Closing::Resolve if lost => Change::AddJobAssets { job_id, asset_ids, at },
            Closing::Resolve => Change::ResolveJob { job_id, resolution: Resolution::Billed, asset_ids, at },
        });
    }

    pub(crate) fn record(&self, answer: GenerationAnswer) -> GenerationRecord {
        GenerationRecord {
            request: self.generate.request.clone(),
            edit: self.edit.clone(),
            request_id: self.request_id,
            job_id: self.written_job(),
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
        let made = if self.edit.is_some() { "edited" } else { "generated" };
        let mut tags = vec![made.to_owned(), format!("{made}-{}", image.provider_name)];
        tags.extend(asset.placeholder.then(|| "placeholder".to_owned()));
        tags.extend((record.dry_run || is_of_dry_run(image)).then(|| "dry_run".to_owned()));
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

/// Keeps every file; one that cannot be kept is left out, unless it is the last.
async fn keep_all(
    engine: &MediaEngine,
    arrived: Vec<Arrived>,
    unusable: &mut Vec<Unusable>,
) -> Result<Vec<Arrived>, StoreError> {
    let puts = arrived.iter().map(|image| engine.keep(image.inspected.content_hash, &image.bytes));
    let puts = join_all(puts).await;
    let (mut kept, mut last) = (Vec::with_capacity(arrived.len()), None);
    for (image, put) in arrived.into_iter().zip(puts) {
        match put {
            Ok(()) => kept.push(image),
            Err(error) => {
                unusable.push(Unusable { bytes: None, problem: error.to_string(), may_be_fetched_later: false });
                last = Some(error);
            }
        }
    }
    match last {
        Some(error) if kept.is_empty() => Err(error),
        _ => Ok(kept),
    }
}

/// A name for people out of a prompt: its first line that can be seen, cut at 80 characters.
pub(crate) fn name_of_prompt(prompt: &str) -> Result<Name, EngineError> {
    const LONGEST: usize = 80;
    let cut = |line: &str| {
        let line: String = line.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        match line.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", line[..end].trim_end()),
            None => line,
        }
    };
    let name = prompt.lines().find_map(|line| Name::parse(cut(line)).ok());
    name.ok_or_else(|| EngineError::Invalid("no line of the prompt can be a name: give the asset one".to_owned()))
}
