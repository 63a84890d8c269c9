//! Reading libraries.

use async_trait::async_trait;
use media_domain::library::LibraryTotals;
use media_domain::{AssetId, FileSize, LabelCount, LibraryId, LibraryStatistics, MediaLibrary, Name};
use media_ports::{LibraryReader, StoreError};
use rusqlite::Connection;

use super::{first, rows};
use crate::columns::Columns;
use crate::failure::Failure;
use crate::store::SqliteStore;

macro_rules! libraries_where {
    ($rest:literal) => {
        concat!("SELECT l.library_id, l.name, l.description, l.owner, l.project, l.created_at FROM libraries l ", $rest)
    };
}

const BY_ID: &str = libraries_where!("WHERE l.library_id = ?1");
const BY_NAME: &str = libraries_where!("WHERE l.name = ?1");
const ALL: &str = libraries_where!("ORDER BY l.name");
const OF_ASSET: &str = libraries_where!(
    "JOIN library_assets la ON la.library_key = l.library_key JOIN assets a ON a.asset_key = la.asset_key
    WHERE a.asset_id = ?1 ORDER BY l.name"
);
const TOTALS: &str = "SELECT library_key, asset_count, size_bytes, usage_count, campaign_count, impressions, clicks
    FROM libraries WHERE library_id = ?1";
const TAGS: &str = "SELECT t.name, lt.asset_count FROM library_tags lt JOIN tags t ON t.tag_key = lt.tag_key
    WHERE lt.library_key = ?1 ORDER BY lt.asset_count DESC, t.name";
const CATEGORIES: &str = "SELECT c.name, lc.asset_count
    FROM library_categories lc JOIN categories c ON c.category_key = lc.category_key
    WHERE lc.library_key = ?1 ORDER BY lc.asset_count DESC, c.name";

#[async_trait]
impl LibraryReader for SqliteStore {
    async fn library(&self, library_id: LibraryId) -> Result<Option<MediaLibrary>, StoreError> {
        let id = library_id.as_uuid().into_bytes();
        self.readers.read("read a library", move |connection| first(connection, BY_ID, &[&id], library_of)).await
    }

    async fn library_by_name(&self, name: &Name) -> Result<Option<MediaLibrary>, StoreError> {
        let name = name.as_str().to_owned();
        self.readers.read("read a library", move |connection| first(connection, BY_NAME, &[&name], library_of)).await
    }

    async fn libraries(&self) -> Result<Vec<MediaLibrary>, StoreError> {
        self.readers.read("list libraries", |connection| rows(connection, ALL, &[], library_of)).await
    }

    async fn libraries_of(&self, asset_id: AssetId) -> Result<Vec<MediaLibrary>, StoreError> {
        let id = asset_id.as_uuid().into_bytes();
        self.readers
            .read("list the libraries of an asset", move |connection| rows(connection, OF_ASSET, &[&id], library_of))
            .await
    }

    async fn library_statistics(&self, library_id: LibraryId) -> Result<LibraryStatistics, StoreError> {
        self.readers
            .read("read the statistics of a library", move |connection| statistics(connection, library_id))
            .await
    }
}

fn statistics(connection: &Connection, library_id: LibraryId) -> Result<LibraryStatistics, Failure> {
    let id = library_id.as_uuid().into_bytes();
    let (key, totals) =
        first(connection, TOTALS, &[&id], totals_of)?.ok_or_else(|| Failure::not_found("library", library_id))?;
    let tags = rows(connection, TAGS, &[&key], label_count_of)?;
    let categories = rows(connection, CATEGORIES, &[&key], label_count_of)?;
    Ok(LibraryStatistics::from_totals(totals, tags, categories))
}

fn totals_of(columns: &mut Columns<'_, '_>) -> Result<(i64, LibraryTotals), Failure> {
    let key = columns.value()?;
    let totals = LibraryTotals {
        asset_count: columns.count()?,
        size: FileSize::from_bytes(columns.count()?),
        usage: columns.count()?,
        campaigns: columns.count()?,
        impressions: columns.count()?,
        clicks: columns.count()?,
    };
    Ok((key, totals))
}

fn label_count_of(columns: &mut Columns<'_, '_>) -> Result<LabelCount, Failure> {
    Ok(LabelCount { label: columns.value()?, count: columns.count()? })
}

fn library_of(columns: &mut Columns<'_, '_>) -> Result<MediaLibrary, Failure> {
    Ok(MediaLibrary {
        library_id: LibraryId::from_uuid(columns.uuid()?),
        name: columns.parsed()?,
        description: columns.value()?,
        owner: columns.value()?,
        project: columns.value()?,
        created_at: columns.time()?,
    })
}
