//! Assets: adding, finding, labelling, replacing their files.

use bytes::Bytes;
use media_domain::asset::NewContent;
use media_domain::event::EventKind;
use media_domain::{
    AssetId, Category, ContentHash, DesignExportRecord, Event, GenerationRecord, MediaAsset, MediaType, Name, Tag,
    UsageEvent, UserId,
};
use media_ports::change::InsertAsset;
use media_ports::{AssetQuery, Change, ChangeSet, DuplicateGroup, Page, StoreErrorKind};
use serde_json::json;

use crate::engine::MediaEngine;
use crate::error::{EngineError, OrNotFound, Subject, refused};
use crate::libraries::LibraryRef;

/// A file to be added.
#[derive(Debug, Clone)]
pub struct AddAsset {
    /// The file's bytes.
    pub bytes: Bytes,
    /// Name shown to people.
    pub name: Name,
    /// Free description; may be empty.
    pub description: String,
    /// What it is used as.
    pub media_type: MediaType,
    /// Free labels.
    pub tags: Vec<Tag>,
    /// Groups.
    pub categories: Vec<Category>,
    /// The library to put it into; the default one when absent.
    pub library: Option<LibraryRef>,
    /// Whether to make a second asset of bytes that an asset has already.
    pub allow_duplicate: bool,
    /// Who adds it.
    pub user_id: UserId,
}

/// What came of adding a file.
#[derive(Debug, Clone, PartialEq)]
pub enum AddOutcome {
    /// A new asset.
    Added(Box<MediaAsset>),
    /// Assets with these very bytes, offered instead of another one; nothing was changed.
    AlreadyThere(Vec<MediaAsset>),
}

/// How often a change is tried again when somebody else has changed the asset meanwhile.
const CONFLICT_TRIES: usize = 8;

impl MediaEngine {
    /// Adds a file as a draft. Its format is told by its bytes; what cannot be used leaves nothing behind. Bytes that an
    /// asset has already are not added again unless that is asked for.
    ///
    /// # Errors
    /// `Image` for a file that cannot be used, `NotFound` for the library.
    #[tracing::instrument(skip_all)]
    pub async fn add_asset(&self, add: AddAsset) -> Result<AddOutcome, EngineError> {
        let unusable = |source| EngineError::Image { what: add.name.to_string(), source };
        let inspected = self.inspect(add.bytes.clone()).await.map_err(unusable)?;
        let library = self.target_library(add.library.as_ref()).await?;
        let twins = self.parts.assets.assets_by_hash(inspected.content_hash).await?;
        if !twins.is_empty() && !add.allow_duplicate {
            return Ok(AddOutcome::AlreadyThere(twins));
        }
        self.keep(inspected.content_hash, &add.bytes).await?;
        let mut asset = self.draft(add.name, add.media_type, inspected);
        asset.description = add.description;
        asset.tags.extend(add.tags);
        asset.categories.extend(add.categories);
        let event = self.event(EventKind::AssetAdded, asset.asset_id, &add.user_id, json!({ "library": library.name }));
        let insert = InsertAsset { asset: asset.clone(), generation: None, library_ids: vec![library.library_id] };
        self.parts.writer.commit(ChangeSet::default().with(insert).with(event)).await?;
        self.draw_thumbnail_later(&asset, add.bytes).await;
        Ok(AddOutcome::Added(Box::new(asset)))
    }

    /// An asset, deleted or not.
    ///
    /// # Errors
    /// `NotFound`.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn asset(&self, asset_id: AssetId) -> Result<MediaAsset, EngineError> {
        self.parts.assets.asset(asset_id).await?.or_not_found(Subject::Asset, asset_id)
    }

    /// A page of assets.
    ///
    /// # Errors
    /// `Invalid` for a malformed cursor.
    #[tracing::instrument(skip_all)]
    pub async fn assets(&self, query: &AssetQuery) -> Result<Page<MediaAsset>, EngineError> {
        Ok(self.parts.assets.assets(query).await?)
    }

    /// The file of an asset as it may be handed to others: pixels as they came, an SVG rewritten without anything that
    /// could be executed or fetched.
    ///
    /// # Errors
    /// `NotFound` for the asset, `Store` when its file is missing or damaged, `Image` for an SVG that cannot be rewritten.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn servable_content(&self, asset_id: AssetId) -> Result<(MediaAsset, Bytes), EngineError> {
        let (asset, bytes) = self.asset_content(asset_id).await?;
        let unusable = |source| EngineError::Image { what: asset.name.to_string(), source };
        let bytes = self.parts.images.servable(bytes).await.map_err(unusable)?;
        Ok((asset, bytes))
    }

    /// The file of an asset, to the byte as it came.
    ///
    /// # Errors
    /// `NotFound` for the asset, `Store` when its file is missing or damaged.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn asset_content(&self, asset_id: AssetId) -> Result<(MediaAsset, Bytes), EngineError> {
        let asset = self.asset(asset_id).await?;
        let bytes = self.parts.blobs.get_blob(asset.content_hash).await?;
        Ok((asset, bytes))
    }

    /// How an asset was generated, if it was.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn generation_record(&self, asset_id: AssetId) -> Result<Option<GenerationRecord>, EngineError> {
        Ok(self.parts.assets.generation_record(asset_id).await?)
    }

    /// What happened to an asset, oldest first.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn events(&self, asset_id: AssetId) -> Result<Vec<Event>, EngineError> {
        Ok(self.parts.assets.events(asset_id).await?)
    }

    /// Uses of an asset, newest first.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn usage_history(&self, asset_id: AssetId, limit: usize) -> Result<Vec<UsageEvent>, EngineError> {
        Ok(self.parts.assets.usage_history(asset_id, limit).await?)
    }

    /// Exports of an asset, oldest first.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn exports(&self, asset_id: AssetId) -> Result<Vec<DesignExportRecord>, EngineError> {
        Ok(self.parts.assets.exports(asset_id).await?)
    }

    /// Assets with the bytes of a hash, across libraries; also to be asked before a file is added.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn find_duplicate_assets(&self, hash: ContentHash) -> Result<Vec<MediaAsset>, EngineError> {
        Ok(self.parts.assets.assets_by_hash(hash).await?)
    }

    /// Groups of assets with the same bytes, across libraries, in the order of their hashes, after the one named.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn duplicate_groups(
        &self,
        after: Option<ContentHash>,
        limit: usize,
    ) -> Result<Vec<DuplicateGroup>, EngineError> {
        Ok(self.parts.assets.duplicate_groups(after, limit).await?)
    }

    /// Changes an asset's name, description or labels.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn edit_asset(
        &self,
        asset_id: AssetId,
        user_id: &UserId,
        edit: impl Fn(&mut MediaAsset) + Send + Sync,
    ) -> Result<MediaAsset, EngineError> {
        self.change_asset(asset_id, |asset| {
            edit(asset);
            Ok(self.event(EventKind::AssetEdited, asset_id, user_id, json!({})))
        })
        .await
    }

    /// Replaces the file of a draft or approved asset; an approval is void.
    ///
    /// # Errors
    /// `Image`, `Transition`, `NotFound`, `Conflict`.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn replace_content(
        &self,
        asset_id: AssetId,
        user_id: &UserId,
        bytes: Bytes,
    ) -> Result<MediaAsset, EngineError> {
        let unusable = |source| EngineError::Image { what: format!("the new file of asset {asset_id}"), source };
        let inspected = self.inspect(bytes.clone()).await.map_err(unusable)?;
        // Asked before anything is kept; asked again with the change itself.
        self.asset(asset_id).await?;
        self.keep(inspected.content_hash, &bytes).await?;
        let asset = self
            .change_asset(asset_id, |asset| {
                let details = json!({ "from": asset.content_hash, "to": inspected.content_hash });
                asset.replace_content(NewContent {
                    dimensions: inspected.dimensions,
                    metadata: inspected.metadata.clone(),
                    content_hash: inspected.content_hash,
                    thumbnail_hash: None,
                })?;
                Ok(self.event(EventKind::ContentReplaced, asset_id, user_id, details))
            })
            .await?;
        self.draw_thumbnail_later(&asset, bytes).await;
        Ok(asset)
    }

    /// Reads, changes and writes an asset, again when somebody else was faster.
    pub(crate) async fn change_asset(
        &self,
        asset_id: AssetId,
        change: impl Fn(&mut MediaAsset) -> Result<Event, EngineError> + Send + Sync,
    ) -> Result<MediaAsset, EngineError> {
        for _ in 0..CONFLICT_TRIES {
            let mut asset = self.asset(asset_id).await?;
            let expected_version = asset.version;
            let event = change(&mut asset)?;
            let update = Change::UpdateAsset { asset: Box::new(asset.clone()), expected_version };
            match self.parts.writer.commit(ChangeSet::from(update).with(event)).await {
                Ok(_) => {
                    asset.version = expected_version + 1;
                    return Ok(asset);
                }
                Err(error) if error.kind == StoreErrorKind::Conflict => {}
                Err(error) => return Err(refused(error, Subject::Asset, asset_id)),
            }
        }
        Err(EngineError::Conflict { subject: Subject::Asset, name: asset_id.to_string() })
    }
}
