//! From a picture to another one.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::try_join_all;
use media_domain::text::Prompt;
use media_domain::{
    AssetId, ContentHash, EditKind, EditRecord, EditRequest, GenerationOptions, GenerationRequest, IdempotencyKey,
    Margins, MediaAsset, MediaDimensions, MediaLibrary, MediaType, Name, RequestId, Retain, SourceImage, UserId,
};
use media_ports::{CallPreferences, PartialImageSink};
use tokio_util::sync::CancellationToken;
use tracing::field::Empty;
use tracing::{Instrument, info_span};

use crate::engine::MediaEngine;
use crate::error::EngineError;
use crate::filing::name_of_prompt;
use crate::generate::{GenerateAsset, GenerateOutcome};
use crate::libraries::LibraryRef;
use crate::order::Order;

/// A picture to be changed.
#[derive(Debug, Clone)]
pub struct EditAsset {
    /// The picture.
    pub source: EditSource,
    /// How it is to be changed.
    pub kind: EditKind,
    /// What the result should show; some kinds need it.
    pub prompt: Option<Prompt>,
    /// Transparent where the picture may be changed, and as large as it; some kinds need it.
    pub mask: Option<EditSource>,
    /// Further pictures that the prompt may speak of.
    pub references: Vec<EditSource>,
    /// By how much an outpainted picture grows.
    pub margins: Margins,
    /// Width and height of the result; the picture's own, grown by the margins, when absent.
    pub dimensions: Option<MediaDimensions>,
    /// Number of results; one by default.
    pub count: u32,
    /// Everything else.
    pub options: GenerationOptions,
    /// The library to put the result into; when absent, the first by name that the source asset is in, else the default.
    pub library: Option<LibraryRef>,
    /// The chain to ask; `media_editing` when absent.
    pub chain: Option<String>,
    /// What the caller would like best.
    pub preferences: CallPreferences,
    /// Name of the result; the beginning of the prompt when absent, else the kind of edit and the source asset's name.
    pub name: Option<Name>,
    /// Whether a placeholder, in live mode, is an error.
    pub fail_on_placeholder: bool,
    /// On whose behalf; the configured default user when absent.
    pub user_id: Option<UserId>,
    /// As of [`GenerateAsset::idempotency_key`]; a request is another one if any picture of it has other bytes.
    pub idempotency_key: Option<IdempotencyKey>,
    /// As of [`GenerateAsset::coalesce`].
    pub coalesce: bool,
    /// As of [`GenerateAsset::retain`]; the source asset stays whatever is retained of the result.
    pub retain: Retain,
    /// As of [`GenerateAsset::partial_images`].
    pub partial_images: Option<Arc<dyn PartialImageSink>>,
    /// Fires when the caller gives up.
    pub cancellation: CancellationToken,
}

/// Where a picture is.
#[derive(Debug, Clone)]
pub enum EditSource {
    /// It is the file of an asset, which must not be deleted.
    Asset(AssetId),
    /// It is here.
    Bytes(Bytes),
}

impl EditAsset {
    /// One result, by the default chain, without prompt, mask or options.
    pub fn new(kind: EditKind, source: EditSource) -> Self {
        Self {
            source,
            kind,
            prompt: None,
            mask: None,
            references: Vec::new(),
            margins: Margins::default(),
            dimensions: None,
            count: 1,
            options: GenerationOptions::default(),
            library: None,
            chain: None,
            preferences: CallPreferences::default(),
            name: None,
            fail_on_placeholder: false,
            user_id: None,
            idempotency_key: None,
            coalesce: false,
            retain: Retain::Everything,
            partial_images: None,
            cancellation: CancellationToken::new(),
        }
    }

    /// The pictures by what they are, for people.
    fn pictures(&self) -> impl Iterator<Item = (String, &EditSource)> {
        let source = [("the picture to edit".to_owned(), &self.source)];
        let mask = self.mask.iter().map(|mask| ("the mask".to_owned(), mask));
        let references = (1..).zip(&self.references).map(|(number, image)| (format!("reference {number}"), image));
        source.into_iter().chain(mask).chain(references)
    }
}

/// A picture that has been looked into.
struct Picture {
    image: SourceImage,
    hash: ContentHash,
    asset: Option<MediaAsset>,
}

impl MediaEngine {
    /// Changes a picture: asks the editing chain, keeps the bytes, catalogues them as new assets with how they were made
    /// and tags `edited` and `edited-<provider>`. The source asset stays as it is.
    ///
    /// The work goes on in a task of its own: dropping the future cancels nothing.
    ///
    /// # Errors
    /// Before any call that costs: `Image` for a picture that cannot be used, `Invalid` for an edit nobody could make and
    /// for a deleted asset, `NotFound` for an asset, the library or the chain. Then as
    /// [`generate_asset_from_prompt`](Self::generate_asset_from_prompt).
    pub async fn edit_image(self: &Arc<Self>, edit: EditAsset) -> Result<GenerateOutcome, EngineError> {
        let engine = self.clone();
        let request_id = RequestId::from_uuid(self.new_uuid());
        let span = info_span!(
            "edit_image",
            %request_id,
            user_id = %edit.user_id.as_ref().unwrap_or(self.default_user()),
            kind = %edit.kind,
            job_id = Empty,
            chain = Empty,
            asset_ids = Empty,
            outcome = Empty,
        );
        let task = tokio::spawn(async move { engine.edit(edit, request_id).await }.instrument(span));
        task.await.map_err(|error| EngineError::Interrupted(error.to_string()))?
    }

    async fn edit(&self, edit: EditAsset, request_id: RequestId) -> Result<GenerateOutcome, EngineError> {
        let chain = self.chain(edit.chain.as_deref().unwrap_or(Self::EDITING_CHAIN))?.clone();
        let pictures = try_join_all(edit.pictures().map(|(what, source)| self.picture(what, source))).await?;
        let mut pictures = pictures.into_iter();
        let Some(source) = pictures.next() else {
            return Err(EngineError::Invalid("there is no picture to edit".to_owned()));
        };
        let mask = edit.mask.is_some().then(|| pictures.next()).flatten();
        let references: Vec<Picture> = pictures.collect();
        let record = EditRecord {
            kind: edit.kind,
            parent_asset_id: source.asset.as_ref().map(|asset| asset.asset_id),
            source_hash: source.hash,
            mask_hash: mask.as_ref().map(|mask| mask.hash),
            reference_hashes: references.iter().map(|reference| reference.hash).collect(),
            margins: edit.margins,
        };
        let request = EditRequest {
            kind: edit.kind,
            source: source.image,
            prompt: edit.prompt.clone(),
            references: references.into_iter().map(|reference| reference.image).collect(),
            mask: mask.map(|mask| mask.image),
            margins: edit.margins,
            dimensions: edit.dimensions,
            count: edit.count,
            options: edit.options.clone(),
        };
        request.check().map_err(|error| EngineError::Invalid(error.to_string()))?;
        let library = self.library_for(edit.library.as_ref(), source.asset.as_ref()).await?;
        let generate = in_words(edit, &request, source.asset.as_ref())?;
        let order = Order::new(self, generate, chain, library, request_id).editing(request, record);
        self.deliver(order).await
    }

    /// A picture with what its own bytes tell of it.
    async fn picture(&self, what: String, source: &EditSource) -> Result<Picture, EngineError> {
        let (asset, bytes) = match source {
            EditSource::Bytes(bytes) => (None, bytes.clone()),
            EditSource::Asset(asset_id) => {
                let asset = self.asset(*asset_id).await?;
                if asset.is_deleted() {
                    let message = format!("{what} is asset {asset_id}, which is deleted: restore it before editing it");
                    return Err(EngineError::Invalid(message));
                }
                let bytes = self.parts.blobs.get_blob(asset.content_hash).await?;
                (Some(asset), bytes)
            }
        };
        let inspected =
            self.inspect(bytes.clone()).await.map_err(|source| EngineError::Image { what: what.clone(), source })?;
        let image = SourceImage { bytes, format: inspected.format, dimensions: inspected.dimensions };
        Ok(Picture { image, hash: inspected.content_hash, asset })
    }

    async fn library_for(
        &self,
        wanted: Option<&LibraryRef>,
        source: Option<&MediaAsset>,
    ) -> Result<MediaLibrary, EngineError> {
        if let (None, Some(source)) = (wanted, source)
            && let Some(library) = self.libraries_of(source.asset_id).await?.into_iter().next()
        {
            return Ok(library);
        }
        self.target_library(wanted).await
    }
}

/// The edit as an order is written down: in the words of a generation, beside which its [`EditRecord`] stands.
fn in_words(edit: EditAsset, request: &EditRequest, source: Option<&MediaAsset>) -> Result<GenerateAsset, EngineError> {
    let invalid = |error: &dyn std::fmt::Display| EngineError::Invalid(error.to_string());
    let kind = edit.kind.as_str().replace('_', " ");
    let name = match (edit.name, &edit.prompt, source) {
        (Some(name), _, _) => name,
        (None, Some(prompt), _) => name_of_prompt(prompt.as_str())?,
        (None, None, Some(source)) => name_of_prompt(&format!("{kind}: {}", source.name))?,
        (None, None, None) => name_of_prompt(&kind)?,
    };
    let prompt = match edit.prompt {
        Some(prompt) => prompt,
        None => Prompt::parse(kind).map_err(|error| invalid(&error))?,
    };
    let words = GenerationRequest {
        dimensions: request.target_dimensions(),
        count: request.count,
        options: edit.options,
        ..GenerationRequest::new(prompt)
    };
    Ok(GenerateAsset {
        library: edit.library,
        chain: edit.chain,
        preferences: edit.preferences,
        name: Some(name),
        media_type: MediaType::Image,
        fail_on_placeholder: edit.fail_on_placeholder,
        user_id: edit.user_id,
        idempotency_key: edit.idempotency_key,
        coalesce: edit.coalesce,
        retain: edit.retain,
        partial_images: edit.partial_images,
        cancellation: edit.cancellation,
        ..GenerateAsset::new(words)
    })
}
