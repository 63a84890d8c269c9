//! Reading assets and what hangs on them.

use async_trait::async_trait;
use media_domain::{
    AssetId, ContentHash, DesignExportRecord, Event, EventId, ExportId, GenerationRecord, MediaAsset, MediaDimensions,
    MediaVariant, PerformanceScore, UsageEvent, VariantId,
};
use media_ports::{AssetQuery, AssetReader, DuplicateGroup, Page, StoreError};

use super::{first, rows};
use crate::asset_query::page;
use crate::asset_rows::{asset_columns, assets_of, usage_of};
use crate::columns::{Columns, limit as limit_of};
use crate::failure::Failure;
use crate::store::SqliteStore;

const BY_ID: &str = concat!("SELECT ", asset_columns!(), " FROM assets a WHERE a.asset_id = ?1");
const BY_HASH: &str = concat!(
    "SELECT ",
    asset_columns!(),
    " FROM assets a WHERE a.content_hash = ?1 AND a.status <> 'deleted' ORDER BY a.uploaded_at, a.asset_id"
);
const DUPLICATES: &str = concat!(
    "SELECT ",
    asset_columns!(),
    " FROM (SELECT content_hash FROM assets WHERE content_hash > ?1 AND status <> 'deleted'
            GROUP BY content_hash HAVING count(*) > 1 ORDER BY content_hash LIMIT ?2) d
        CROSS JOIN assets a ON a.content_hash = d.content_hash AND a.status <> 'deleted'
        ORDER BY a.content_hash, a.uploaded_at, a.asset_id"
);
const GENERATION: &str = "SELECT g.record FROM generation_records g JOIN assets a ON a.asset_key = g.asset_key
    WHERE a.asset_id = ?1";
const USES: &str = "SELECT c.name, u.contact_id, u.used_at FROM assets a
    JOIN usage_events u ON u.asset_key = a.asset_key JOIN campaigns c ON c.campaign_key = u.campaign_key
    WHERE a.asset_id = ?1 ORDER BY u.used_at DESC, u.usage_key DESC LIMIT ?2";
const VARIANTS: &str = "SELECT v.variant_id, a.asset_id, v.name, v.width, v.height, v.format, v.content_hash,
        v.performance_score
    FROM variants v JOIN assets a ON a.asset_key = v.asset_key WHERE a.asset_id = ?1 ORDER BY v.name";
const VARIANT: &str = "SELECT v.variant_id, a.asset_id, v.name, v.width, v.height, v.format, v.content_hash,
        v.performance_score
    FROM variants v JOIN assets a ON a.asset_key = v.asset_key WHERE v.variant_id = ?1";
const EXPORTS: &str = "SELECT e.export_id, a.asset_id, e.provider, e.result, e.dry_run, e.exported_at
    FROM design_exports e JOIN assets a ON a.asset_key = e.asset_key
    WHERE a.asset_id = ?1 ORDER BY e.exported_at, e.export_key";
const EVENTS: &str = "SELECT e.event_id, e.kind, a.asset_id, e.user_id, e.happened_at, e.details
    FROM events e JOIN assets a ON a.asset_key = e.asset_key
    WHERE a.asset_id = ?1 ORDER BY e.happened_at, e.event_key";

#[async_trait]
impl AssetReader for SqliteStore {
    async fn asset(&self, asset_id: AssetId) -> Result<Option<MediaAsset>, StoreError> {
        let id = asset_id.as_uuid().into_bytes();
        self.readers.read("read an asset", move |connection| Ok(assets_of(connection, BY_ID, &[&id])?.pop())).await
    }

    async fn assets(&self, query: &AssetQuery) -> Result<Page<MediaAsset>, StoreError> {
        let query = query.clone();
        self.readers.read("list assets", move |connection| page(connection, &query)).await
    }

    async fn assets_by_hash(&self, content_hash: ContentHash) -> Result<Vec<MediaAsset>, StoreError> {
        let query = move |connection: &_| assets_of(connection, BY_HASH, &[content_hash.as_bytes()]);
        self.readers.read("look for assets with the same bytes", query).await
    }

    async fn duplicate_groups(
        &self,
        after: Option<ContentHash>,
        limit: usize,
    ) -> Result<Vec<DuplicateGroup>, StoreError> {
        let query = move |connection: &_| {
            let after = after.map(|hash| hash.as_bytes().to_vec()).unwrap_or_default();
            Ok(grouped(assets_of(connection, DUPLICATES, &[&after, &limit_of(limit)])?))
        };
        self.readers.read("look for duplicates", query).await
    }

    async fn generation_record(&self, asset_id: AssetId) -> Result<Option<GenerationRecord>, StoreError> {
        let id = asset_id.as_uuid().into_bytes();
        self.readers
            .read("read how an asset was generated", move |connection| {
                first(connection, GENERATION, &[&id], |columns| columns.json())
            })
            .await
    }

    async fn usage_history(&self, asset_id: AssetId, limit: usize) -> Result<Vec<UsageEvent>, StoreError> {
        let id = asset_id.as_uuid().into_bytes();
        let query = move |connection: &_| rows(connection, USES, &[&id, &limit_of(limit)], usage_of);
        self.readers.read("read the uses of an asset", query).await
    }

    async fn variants(&self, asset_id: AssetId) -> Result<Vec<MediaVariant>, StoreError> {
        let id = asset_id.as_uuid().into_bytes();
        self.readers
            .read("read the variants of an asset", move |connection| rows(connection, VARIANTS, &[&id], variant_of))
            .await
    }

    async fn variant(&self, variant_id: VariantId) -> Result<Option<MediaVariant>, StoreError> {
        let id = variant_id.as_uuid().into_bytes();
        self.readers.read("read a variant", move |connection| first(connection, VARIANT, &[&id], variant_of)).await
    }

    async fn exports(&self, asset_id: AssetId) -> Result<Vec<DesignExportRecord>, StoreError> {
        let id = asset_id.as_uuid().into_bytes();
        self.readers
            .read("read the exports of an asset", move |connection| rows(connection, EXPORTS, &[&id], export_of))
            .await
    }

    async fn events(&self, asset_id: AssetId) -> Result<Vec<Event>, StoreError> {
        let id = asset_id.as_uuid().into_bytes();
        self.readers
            .read("read the events of an asset", move |connection| rows(connection, EVENTS, &[&id], event_of))
            .await
    }
}

/// Splits assets that are sorted by hash.
fn grouped(assets: Vec<MediaAsset>) -> Vec<DuplicateGroup> {
    let mut groups: Vec<DuplicateGroup> = Vec::new();
    for asset in assets {
        match groups.last_mut() {
            Some(group) if group.content_hash == asset.content_hash => group.assets.push(asset),
            _ => groups.push(DuplicateGroup { content_hash: asset.content_hash, assets: vec![asset] }),
        }
    }
    groups
}

fn variant_of(columns: &mut Columns<'_, '_>) -> Result<MediaVariant, Failure> {
    let variant = MediaVariant {
        variant_id: VariantId::from_uuid(columns.uuid()?),
        asset_id: AssetId::from_uuid(columns.uuid()?),
        name: columns.parsed()?,
        dimensions: MediaDimensions { width: columns.value()?, height: columns.value()? },
        format: columns.parsed()?,
        content_hash: columns.hash()?,
        performance_score: None,
    };
    let score = columns.value::<Option<f64>>()?.map(PerformanceScore::new).transpose();
    let performance_score = score.map_err(|error| Failure::corrupt("a stored score cannot be", error))?;
    Ok(MediaVariant { performance_score, ..variant })
}

fn export_of(columns: &mut Columns<'_, '_>) -> Result<DesignExportRecord, Failure> {
    Ok(DesignExportRecord {
        export_id: ExportId::from_uuid(columns.uuid()?),
        asset_id: AssetId::from_uuid(columns.uuid()?),
        provider_name: columns.parsed()?,
        result: columns.json()?,
        dry_run: columns.value()?,
        exported_at: columns.time()?,
    })
}

fn event_of(columns: &mut Columns<'_, '_>) -> Result<Event, Failure> {
    Ok(Event {
        event_id: EventId::from_uuid(columns.uuid()?),
        kind: columns.parsed()?,
        asset_id: AssetId::from_uuid(columns.uuid()?),
        user_id: columns.parsed()?,
        at: columns.time()?,
        details: columns.json()?,
    })
}
