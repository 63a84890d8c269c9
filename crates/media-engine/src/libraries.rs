//! Libraries.

use media_domain::{AssetId, Category, LibraryId, LibraryStatistics, MediaAsset, MediaLibrary, Name, Tag};
use media_ports::{AssetOrder, AssetQuery, Change, StoreErrorKind};

use crate::engine::MediaEngine;
use crate::error::{EngineError, OrNotFound, Subject, refused};

/// A library to be made.
#[derive(Debug, Clone)]
pub struct NewLibrary {
    /// Name, unique among libraries.
    pub name: Name,
    /// Free description; may be empty.
    pub description: String,
    /// Who it belongs to; may be empty.
    pub owner: String,
    /// The project it serves, if any.
    pub project: Option<String>,
}

impl NewLibrary {
    /// A library of a name and nothing else.
    pub fn named(name: Name) -> Self {
        Self { name, description: String::new(), owner: String::new(), project: None }
    }
}

/// Names a library as people do: by id or by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LibraryRef {
    /// By id.
    Id(LibraryId),
    /// By exact name.
    Name(Name),
}

impl std::str::FromStr for LibraryRef {
    type Err = media_domain::TextError;

    /// Takes what looks like a UUID for an id, anything else for a name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(library_id) => Ok(Self::Id(library_id)),
            Err(_) => Name::parse(text).map(Self::Name),
        }
    }
}

impl std::fmt::Display for LibraryRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(library_id) => library_id.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl MediaEngine {
    /// Makes a library.
    ///
    /// # Errors
    /// `AlreadyExists` for a taken name.
    #[tracing::instrument(skip_all)]
    pub async fn create_library(&self, new: NewLibrary) -> Result<MediaLibrary, EngineError> {
        let library = MediaLibrary {
            library_id: LibraryId::from_uuid(self.new_uuid()),
            name: new.name,
            description: new.description,
            owner: new.owner,
            project: new.project,
            created_at: self.now(),
        };
        let change = Change::CreateLibrary(library.clone());
        self.parts
            .writer
            .commit(change.into())
            .await
            .map_err(|error| refused(error, Subject::Library, &library.name))?;
        Ok(library)
    }

    /// A library by id or name.
    ///
    /// # Errors
    /// `NotFound`.
    #[tracing::instrument(skip_all)]
    pub async fn library(&self, reference: &LibraryRef) -> Result<MediaLibrary, EngineError> {
        let found = match reference {
            LibraryRef::Id(library_id) => self.parts.libraries.library(*library_id).await?,
            LibraryRef::Name(name) => self.parts.libraries.library_by_name(name).await?,
        };
        found.or_not_found(Subject::Library, reference)
    }

    /// Every library, by name.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn libraries(&self) -> Result<Vec<MediaLibrary>, EngineError> {
        Ok(self.parts.libraries.libraries().await?)
    }

    /// The libraries an asset is in, by name.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn libraries_of(&self, asset_id: AssetId) -> Result<Vec<MediaLibrary>, EngineError> {
        Ok(self.parts.libraries.libraries_of(asset_id).await?)
    }

    /// The library that takes what names no other, made on first use.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn default_library(&self) -> Result<MediaLibrary, EngineError> {
        if let Some(library) = self.default_library.get() {
            return Ok(library.clone());
        }
        let library = self.find_or_make_default_library().await?;
        Ok(self.default_library.get_or_init(|| library).clone())
    }

    async fn find_or_make_default_library(&self) -> Result<MediaLibrary, EngineError> {
        let name = Name::parse(MediaLibrary::DEFAULT_NAME).map_err(|error| EngineError::Invalid(error.to_string()))?;
        let reference = LibraryRef::Name(name.clone());
        if let Some(library) = self.parts.libraries.library_by_name(&name).await? {
            return Ok(library);
        }
        match self.create_library(NewLibrary::named(name)).await {
            // Another process was faster.
            Err(EngineError::AlreadyExists { .. }) => self.library(&reference).await,
            made => made,
        }
    }

    /// The library named, or the default one.
    pub(crate) async fn target_library(&self, reference: Option<&LibraryRef>) -> Result<MediaLibrary, EngineError> {
        match reference {
            Some(reference) => self.library(reference).await,
            None => self.default_library().await,
        }
    }

    /// Puts an asset into a library; there already is fine.
    ///
    /// # Errors
    /// `NotFound` for either.
    #[tracing::instrument(skip_all, fields(%asset_id, %library_id))]
    pub async fn add_asset_to_library(&self, library_id: LibraryId, asset_id: AssetId) -> Result<(), EngineError> {
        self.library(&LibraryRef::Id(library_id)).await?;
        let change = Change::LinkAsset { library_id, asset_id };
        self.parts.writer.commit(change.into()).await.map_err(|error| refused(error, Subject::Asset, asset_id))?;
        Ok(())
    }

    /// Takes an asset out of a library; the asset stays.
    ///
    /// # Errors
    /// `NotFound` when the library does not exist or the asset is not in it.
    #[tracing::instrument(skip_all, fields(%asset_id, %library_id))]
    pub async fn remove_asset_from_library(&self, library_id: LibraryId, asset_id: AssetId) -> Result<(), EngineError> {
        self.library(&LibraryRef::Id(library_id)).await?;
        let change = Change::UnlinkAsset { library_id, asset_id };
        self.parts.writer.commit(change.into()).await.map_err(|error| refused(error, Subject::Asset, asset_id))?;
        Ok(())
    }

    /// Figures of a library; deleted assets are not counted.
    ///
    /// # Errors
    /// `NotFound`.
    #[tracing::instrument(skip_all, fields(%library_id))]
    pub async fn library_statistics(&self, library_id: LibraryId) -> Result<LibraryStatistics, EngineError> {
        let found = self.parts.libraries.library_statistics(library_id).await;
        found.map_err(|error| match error.kind {
            StoreErrorKind::NotFound => refused(error, Subject::Library, library_id),
            _ => error.into(),
        })
    }

    /// All of a library's assets that carry a tag, newest first.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all, fields(%library_id))]
    pub async fn assets_by_tag(&self, library_id: LibraryId, tag: Tag) -> Result<Vec<MediaAsset>, EngineError> {
        self.every_asset(AssetQuery { library_id: Some(library_id), tags: vec![tag], ..AssetQuery::all() }).await
    }

    /// All of a library's assets in a category, newest first.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all, fields(%library_id))]
    pub async fn assets_by_category(
        &self,
        library_id: LibraryId,
        category: Category,
    ) -> Result<Vec<MediaAsset>, EngineError> {
        self.every_asset(AssetQuery { library_id: Some(library_id), categories: vec![category], ..AssetQuery::all() })
            .await
    }

    /// Every page of a query, put together.
    async fn every_asset(&self, mut query: AssetQuery) -> Result<Vec<MediaAsset>, EngineError> {
        query.limit = AssetQuery::MAX_LIMIT;
        let mut assets = Vec::new();
        loop {
            let page = self.parts.assets.assets(&query).await?;
            assets.extend(page.items);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(assets),
            }
        }
    }

    /// A library's most used assets, 10 by default; equal ones are ordered by id.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all, fields(%library_id))]
    pub async fn most_used_assets(
        &self,
        library_id: LibraryId,
        limit: Option<usize>,
    ) -> Result<Vec<MediaAsset>, EngineError> {
        let query = AssetQuery {
            library_id: Some(library_id),
            order: AssetOrder::MostUsedFirst,
            limit: limit.unwrap_or(10),
            ..AssetQuery::all()
        };
        Ok(self.parts.assets.assets(&query).await?.items)
    }
}
