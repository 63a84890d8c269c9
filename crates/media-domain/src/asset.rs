//! A media asset and what can be done to it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lifecycle::TransitionError;
use crate::text::Campaign;
use crate::{
    AssetId, Category, ContentHash, MediaDimensions, MediaMetadata, MediaStatus, MediaType, Name, ProviderId, Tag,
    UserId,
};

/// One media asset: what it is, where it stands and how it has been used.
///
/// ```
/// # use media_domain::{asset::NewAsset, *};
/// # use chrono::{TimeZone, Utc};
/// # let now = Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap();
/// let mut asset = MediaAsset::new(NewAsset {
///     asset_id: AssetId::from_uuid(uuid::Uuid::from_u128(1)),
///     name: Name::parse("Summer hero")?,
///     media_type: MediaType::Banner,
///     dimensions: MediaDimensions::new(1920, 400),
///     metadata: MediaMetadata::new(FileSize::from_bytes(500_000), ImageFormat::Png),
///     content_hash: ContentHash::of(b"the bytes"),
///     uploaded_at: now,
/// });
/// asset.add_tag(Tag::parse("Hero")?);
/// asset.approve(UserId::parse("anna")?, "", now)?;
/// assert_eq!(asset.status, MediaStatus::Approved);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaAsset {
    /// Identifies the asset.
    pub asset_id: AssetId,
    /// Name shown to people.
    pub name: Name,
    /// Free description; may be empty.
    #[serde(default)]
    pub description: String,
    /// What the asset is used as.
    pub media_type: MediaType,
    /// Width and height of the file.
    pub dimensions: MediaDimensions,
    /// Technical facts of the file.
    pub metadata: MediaMetadata,
    /// SHA-256 of the file's bytes as received.
    pub content_hash: ContentHash,
    /// SHA-256 of a small preview, once there is one.
    pub thumbnail_hash: Option<ContentHash>,
    /// When the asset came in.
    pub uploaded_at: DateTime<Utc>,
    /// Where it stands in the lifecycle.
    pub status: MediaStatus,
    /// Where a deleted asset was, and goes back to when restored.
    pub deleted_from: Option<MediaStatus>,
    /// Who approved it; void once the bytes change.
    pub approval: Option<Approval>,
    /// Free labels.
    #[serde(default)]
    pub tags: BTreeSet<Tag>,
    /// Groups.
    #[serde(default)]
    pub categories: BTreeSet<Category>,
    /// How often it has been used.
    #[serde(default)]
    pub usage_count: u64,
    /// Uses, newest first; stores load at most [`MediaAsset::RECENT_USES`] of them.
    #[serde(default)]
    pub usage_history: Vec<UsageEvent>,
    /// Campaigns that have used it.
    #[serde(default)]
    pub campaigns_used_in: BTreeSet<Campaign>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The provider that made it, if one did.
    pub provider_name: Option<ProviderId>,
    /// Whether it only stands in for a picture (dry run, no-op provider); approval then wants force.
    #[serde(default)]
    pub placeholder: bool,
    /// Steps that failed after the bytes had arrived; the asset is kept all the same.
    #[serde(default)]
    pub processing_errors: Vec<ProcessingError>,
    /// Counts changes; a writer that names an older one is refused.
    pub version: u64,
}

/// What must be known to make an asset; everything else starts empty.
#[derive(Debug, Clone)]
pub struct NewAsset {
    /// Identifies the asset.
    pub asset_id: AssetId,
    /// Name shown to people.
    pub name: Name,
    /// What the asset is used as.
    pub media_type: MediaType,
    /// Width and height of the file.
    pub dimensions: MediaDimensions,
    /// Technical facts of the file.
    pub metadata: MediaMetadata,
    /// SHA-256 of the file's bytes.
    pub content_hash: ContentHash,
    /// When the asset came in.
    pub uploaded_at: DateTime<Utc>,
}

/// Who approved an asset, when, and for which bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who approved.
    pub approved_by: UserId,
    /// When.
    pub approved_at: DateTime<Utc>,
    /// Remarks; may be empty.
    pub notes: String,
    /// The bytes that were approved.
    pub content_hash: ContentHash,
}

/// One use of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageEvent {
    /// The campaign that used it.
    pub campaign: Campaign,
    /// The contact it was shown to, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// When.
    pub used_at: DateTime<Utc>,
}

/// A step that failed after an asset's bytes had arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessingError {
    /// The step (`thumbnail`, `accounting`, `derive` …).
    pub step: String,
    /// What went wrong.
    pub message: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl MediaAsset {
    /// How many uses a store loads with an asset.
    pub const RECENT_USES: usize = 20;

    /// Makes a draft that has not been used, labelled or approved.
    pub fn new(new: NewAsset) -> Self {
        Self {
            asset_id: new.asset_id,
            name: new.name,
            description: String::new(),
            media_type: new.media_type,
            dimensions: new.dimensions,
            metadata: new.metadata,
            content_hash: new.content_hash,
            thumbnail_hash: None,
            uploaded_at: new.uploaded_at,
            status: MediaStatus::Draft,
            deleted_from: None,
            approval: None,
            tags: BTreeSet::new(),
            categories: BTreeSet::new(),
            usage_count: 0,
            usage_history: Vec::new(),
            campaigns_used_in: BTreeSet::new(),
            last_used_at: None,
            provider_name: None,
            placeholder: false,
            processing_errors: Vec::new(),
            version: 1,
        }
    }

    /// Adds a tag; tells whether it was new.
    pub fn add_tag(&mut self, tag: Tag) -> bool {
        self.tags.insert(tag)
    }

    /// Adds a category; tells whether it was new.
    pub fn add_category(&mut self, category: Category) -> bool {
        self.categories.insert(category)
    }

    /// Approves a draft, bound to the bytes it has now.
    ///
    /// # Errors
    /// [`TransitionError`] unless the asset is a draft.
    pub fn approve(&mut self, approved_by: UserId, notes: &str, at: DateTime<Utc>) -> Result<(), TransitionError> {
        self.move_to(MediaStatus::Approved)?;
        self.approval = Some(Approval {
            approved_by,
            approved_at: at,
            notes: notes.trim().to_owned(),
            content_hash: self.content_hash,
        });
        Ok(())
    }

    /// Publishes an approved or archived asset.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state.
    pub fn publish(&mut self) -> Result<(), TransitionError> {
        self.move_to(MediaStatus::Published)
    }

    /// Archives a published asset.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state.
    pub fn archive(&mut self) -> Result<(), TransitionError> {
        self.move_to(MediaStatus::Archived)
    }

    /// Takes an approval back: the asset is a draft again.
    ///
    /// # Errors
    /// [`TransitionError`] unless the asset is approved.
    pub fn withdraw(&mut self) -> Result<(), TransitionError> {
        self.move_to(MediaStatus::Draft)?;
        self.approval = None;
        Ok(())
    }

    /// Hides the asset from search, duplicates and statistics until it is restored.
    ///
    /// # Errors
    /// [`TransitionError`] when it is deleted already.
    pub fn delete(&mut self) -> Result<(), TransitionError> {
        let from = self.status;
        self.move_to(MediaStatus::Deleted)?;
        self.deleted_from = Some(from);
        Ok(())
    }

    /// Brings a deleted asset back to where it was.
    ///
    /// # Errors
    /// [`TransitionError`] unless it is deleted.
    pub fn restore(&mut self) -> Result<(), TransitionError> {
        let target = self.deleted_from.filter(|_| self.is_deleted()).unwrap_or(self.status);
        self.status.check_move(target, self.deleted_from)?;
        self.status = target;
        self.deleted_from = None;
        Ok(())
    }

    /// Moves along the lifecycle table; out of `deleted` only [`restore`](Self::restore) leads.
    fn move_to(&mut self, to: MediaStatus) -> Result<(), TransitionError> {
        if self.is_deleted() {
            return Err(TransitionError {
                from: self.status,
                to,
                allowed: self.status.allowed_moves(self.deleted_from),
            });
        }
        self.status.check_move(to, None)?;
        self.status = to;
        Ok(())
    }

    /// Records one use; one that happened earlier than others takes its place among them.
    pub fn mark_used(&mut self, usage: UsageEvent) {
        self.usage_count = self.usage_count.saturating_add(1);
        self.last_used_at = self.last_used_at.max(Some(usage.used_at));
        self.campaigns_used_in.insert(usage.campaign.clone());
        let newer = self.usage_history.partition_point(|known| known.used_at > usage.used_at);
        self.usage_history.insert(newer, usage);
    }

    /// Replaces the file: editorial facts stay, an approval is void, the asset is a draft again.
    ///
    /// # Errors
    /// [`TransitionError`] unless the asset is a draft or approved: what is or was published, or is deleted, keeps its
    /// bytes.
    pub fn replace_content(&mut self, content: NewContent) -> Result<(), TransitionError> {
        if self.status != MediaStatus::Draft {
            self.withdraw()?;
        }
        self.dimensions = content.dimensions;
        self.metadata = content.metadata;
        self.content_hash = content.content_hash;
        self.thumbnail_hash = content.thumbnail_hash;
        Ok(())
    }

    /// Whether the asset is hidden.
    pub fn is_deleted(&self) -> bool {
        self.status == MediaStatus::Deleted
    }

    /// Whether the file is a still picture of pixels, used as such.
    pub fn is_raster_still(&self) -> bool {
        let still_type = matches!(
            self.media_type,
            MediaType::Image | MediaType::Infographic | MediaType::Thumbnail | MediaType::Banner | MediaType::Icon
        );
        let raster = matches!(self.metadata.format, crate::MediaFormat::Image(format) if format.is_raster());
        still_type && raster && !self.metadata.is_animated()
    }
}

/// A new file for an existing asset.
#[derive(Debug, Clone, PartialEq)]
pub struct NewContent {
    /// Width and height of the file.
    pub dimensions: MediaDimensions,
    /// Technical facts of the file.
    pub metadata: MediaMetadata,
    /// SHA-256 of the file's bytes.
    pub content_hash: ContentHash,
    /// SHA-256 of a small preview, if there is one.
    pub thumbnail_hash: Option<ContentHash>,
}
