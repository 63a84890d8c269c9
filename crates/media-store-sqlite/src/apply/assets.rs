//! Assets with their labels and searchable words.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use media_domain::{AssetId, Category, MediaAsset, MediaStatus, Tag};
use media_ports::StoreErrorKind;
use media_ports::change::InsertAsset;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::labels::{CATEGORIES, Place, TAGS};
use super::libraries::place_in;
use super::{execute, library_key, usage};
use crate::columns::{Columns, integer, micros, to_json};
use crate::failure::Failure;
use crate::figures::{Figures, libraries_of};
use crate::ledger::{Ledger, Sign, Words};

const INSERT: &str = "INSERT INTO assets (asset_id, name, description, media_type, width, height, size_bytes, format,
        metadata, content_hash, thumbnail_hash, uploaded_at, status, deleted_from, approval, tags, categories, provider,
        placeholder, processing_errors, usage_count, last_used_at, version)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)";

// The preview belongs to the bytes: while they stay, one that came meanwhile stays with them.
const UPDATE: &str = "UPDATE assets SET name = ?2, description = ?3, media_type = ?4, width = ?5, height = ?6,
        size_bytes = ?7, format = ?8, metadata = ?9, content_hash = ?10,
        thumbnail_hash = CASE WHEN content_hash = ?10 THEN thumbnail_hash ELSE ?11 END, uploaded_at = ?12,
        status = ?13, deleted_from = ?14, approval = ?15, tags = ?16, categories = ?17, provider = ?18,
        placeholder = ?19, version = version + 1
    WHERE asset_id = ?1";

/// Writes a new asset with everything that comes along with it.
pub(super) fn insert(connection: &Connection, ledger: &mut Ledger, insert: &InsertAsset) -> Result<(), Failure> {
    let asset = &insert.asset;
    let asset_key = insert_row(connection, asset)?;
    let place =
        Place { recency: -micros(asset.uploaded_at), asset_id: asset.asset_id.as_uuid().into_bytes(), asset_key };
    let tags = asset.tags.iter().map(|tag| TAGS.add(connection, ledger, place, tag.as_str()));
    let tags = tags.collect::<Result<_, _>>()?;
    let categories = asset.categories.iter();
    let categories = categories.map(|category| CATEGORIES.add(connection, ledger, place, category.as_str()));
    let categories = categories.collect::<Result<_, _>>()?;
    let figures = Figures {
        assets: 1,
        size_bytes: integer("file size", asset.metadata.file_size.bytes())?,
        usage: integer("usage count", asset.usage_count)?,
        tags,
        categories,
        campaigns: usage::insert_history(connection, asset_key, asset)?,
        ..Figures::default()
    };
    if let Some(record) = &insert.generation {
        const SQL: &str = "INSERT INTO generation_records (asset_key, record) VALUES (?1, ?2)";
        execute(connection, SQL, &[&asset_key, &to_json(record)?])?;
    }
    let prompt = insert.generation.as_ref().map(|record| record.request.prompt.as_str().to_owned());
    ledger.index(asset_key, words_of(asset, prompt, false));
    for library_id in &insert.library_ids {
        let library_key = library_key(connection, *library_id)?;
        if place_in(connection, library_key, place)? && !asset.is_deleted() {
            ledger.count(library_key, &figures, Sign::Add);
        }
    }
    Ok(())
}

/// Writes an asset's own facts and labels over those of the version that was read.
pub(super) fn update(
    connection: &Connection,
    ledger: &mut Ledger,
    asset: &MediaAsset,
    expected_version: u64,
) -> Result<(), Failure> {
    let stored = Stored::load(connection, asset.asset_id)?;
    if stored.version != expected_version {
        let message = format!(
            "change asset {}: somebody else has changed it (version {expected_version} was read, {} is stored)",
            asset.asset_id, stored.version
        );
        return Err(Failure::new(StoreErrorKind::Conflict, message));
    }
    let recount = stored.counts_differently(asset);
    let libraries = if recount || stored.uploaded_at != asset.uploaded_at {
        libraries_of(connection, stored.asset_key)?
    } else {
        Vec::new()
    };
    let before = if recount { Figures::of_asset(connection, stored.asset_key)? } else { Figures::default() };
    connection.prepare_cached(UPDATE)?.execute(params_from_iter(facts(asset)?))?;
    move_labels(connection, ledger, &stored, asset)?;
    for library_key in libraries {
        replace_place(connection, library_key, &stored, asset)?;
        if recount {
            ledger.count(library_key, &before, Sign::Take);
            ledger.count(library_key, &Figures::of_asset(connection, stored.asset_key)?, Sign::Add);
        }
    }
    if stored.words_differ(asset) {
        let prompt = stored_prompt(connection, stored.asset_key)?;
        ledger.index(stored.asset_key, words_of(asset, prompt, true));
    }
    Ok(())
}

/// What an update must know of the asset as it is.
struct Stored {
    asset_key: i64,
    asset_id: AssetId,
    version: u64,
    name: String,
    description: String,
    size_bytes: u64,
    uploaded_at: DateTime<Utc>,
    status: MediaStatus,
    tags: BTreeSet<Tag>,
    categories: BTreeSet<Category>,
}

impl Stored {
    fn load(connection: &Connection, asset_id: AssetId) -> Result<Self, Failure> {
        const SQL: &str =
            "SELECT asset_key, version, name, description, size_bytes, uploaded_at, status, tags, categories
            FROM assets WHERE asset_id = ?1";
        let mut statement = connection.prepare_cached(SQL)?;
        let mut rows = statement.query([asset_id.as_uuid().into_bytes()])?;
        let row = rows.next()?.ok_or_else(|| Failure::not_found("asset", asset_id))?;
        let mut columns = Columns::of(row);
        Ok(Self {
            asset_key: columns.value()?,
            asset_id,
            version: columns.count()?,
            name: columns.value()?,
            description: columns.value()?,
            size_bytes: columns.count()?,
            uploaded_at: columns.time()?,
            status: columns.parsed()?,
            tags: columns.json()?,
            categories: columns.json()?,
        })
    }

    fn place_at(&self, uploaded_at: DateTime<Utc>) -> Place {
        let asset_id = self.asset_id.as_uuid().into_bytes();
        Place { recency: -micros(uploaded_at), asset_id, asset_key: self.asset_key }
    }

    fn counts_differently(&self, asset: &MediaAsset) -> bool {
        (self.status == MediaStatus::Deleted) != asset.is_deleted()
            || self.size_bytes != asset.metadata.file_size.bytes()
            || self.tags != asset.tags
            || self.categories != asset.categories
    }

    fn words_differ(&self, asset: &MediaAsset) -> bool {
        self.name != asset.name.as_str() || self.description != asset.description || self.tags != asset.tags
    }
}

fn insert_row(connection: &Connection, asset: &MediaAsset) -> Result<i64, Failure> {
    let errors = &asset.processing_errors;
    let additions = [
        if errors.is_empty() { Value::Null } else { to_json(errors)?.into() },
        integer("usage count", asset.usage_count)?.into(),
        asset.last_used_at.map(micros).into(),
        integer("version", asset.version)?.into(),
    ];
    connection
        .prepare_cached(INSERT)?
        .insert(params_from_iter(facts(asset)?.into_iter().chain(additions)))
        .map_err(|error| Failure::Sql(error).or_taken(|| format!("add asset {}: its id is taken", asset.asset_id)))
}

/// The asset's own facts, in the order of both statements above.
fn facts(asset: &MediaAsset) -> Result<[Value; 19], Failure> {
    Ok([
        asset.asset_id.as_uuid().into_bytes().to_vec().into(),
        asset.name.as_str().to_owned().into(),
        asset.description.clone().into(),
        asset.media_type.as_str().to_owned().into(),
        i64::from(asset.dimensions.width).into(),
        i64::from(asset.dimensions.height).into(),
        integer("file size", asset.metadata.file_size.bytes())?.into(),
        asset.metadata.format.as_str().to_owned().into(),
        to_json(&asset.metadata)?.into(),
        asset.content_hash.as_bytes().to_vec().into(),
        asset.thumbnail_hash.map(|hash| hash.as_bytes().to_vec()).into(),
        micros(asset.uploaded_at).into(),
        asset.status.as_str().to_owned().into(),
        asset.deleted_from.map(|status| status.as_str().to_owned()).into(),
        asset.approval.as_ref().map(to_json).transpose()?.into(),
        to_json(&asset.tags)?.into(),
        to_json(&asset.categories)?.into(),
        asset.provider_name.as_ref().map(|provider| provider.as_str().to_owned()).into(),
        i64::from(asset.placeholder).into(),
    ])
}

/// Lists the asset under the labels it has now, at the place where it stands now.
fn move_labels(
    connection: &Connection,
    ledger: &mut Ledger,
    stored: &Stored,
    asset: &MediaAsset,
) -> Result<(), Failure> {
    let (from, to) = (stored.place_at(stored.uploaded_at), stored.place_at(asset.uploaded_at));
    let moved = from.recency != to.recency;
    for tag in stored.tags.iter().filter(|tag| moved || !asset.tags.contains(*tag)) {
        TAGS.remove(connection, ledger, from, tag.as_str())?;
    }
    for tag in asset.tags.iter().filter(|tag| moved || !stored.tags.contains(*tag)) {
        TAGS.add(connection, ledger, to, tag.as_str())?;
    }
    for category in stored.categories.iter().filter(|category| moved || !asset.categories.contains(*category)) {
        CATEGORIES.remove(connection, ledger, from, category.as_str())?;
    }
    for category in asset.categories.iter().filter(|category| moved || !stored.categories.contains(*category)) {
        CATEGORIES.add(connection, ledger, to, category.as_str())?;
    }
    Ok(())
}

fn replace_place(
    connection: &Connection,
    library_key: i64,
    stored: &Stored,
    asset: &MediaAsset,
) -> Result<(), Failure> {
    const SQL: &str =
        "UPDATE library_assets SET recency = ?4 WHERE library_key = ?1 AND recency = ?2 AND asset_id = ?3";
    if stored.uploaded_at == asset.uploaded_at {
        return Ok(());
    }
    let (from, to) = (stored.place_at(stored.uploaded_at), stored.place_at(asset.uploaded_at));
    execute(connection, SQL, &[&library_key, &from.recency, &from.asset_id, &to.recency])?;
    Ok(())
}

fn words_of(asset: &MediaAsset, prompt: Option<String>, replace: bool) -> Words {
    Words {
        name: asset.name.as_str().to_owned(),
        description: asset.description.clone(),
        tags: asset.tags.iter().map(Tag::as_str).collect::<Vec<_>>().join("\n"),
        prompt,
        replace,
    }
}

fn stored_prompt(connection: &Connection, asset_key: i64) -> Result<Option<String>, Failure> {
    const SQL: &str = "SELECT json_extract(record, '$.request.prompt') FROM generation_records WHERE asset_key = ?1";
    Ok(connection.prepare_cached(SQL)?.query_row([asset_key], |row| row.get(0)).optional()?)
}
