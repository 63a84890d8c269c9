//! `asset`: finding, showing, fetching.

use std::path::{Path, PathBuf};

use media_domain::{
    AssetId, ContentHash, DesignExportRecord, Event, FileSize, GenerationRecord, MediaAsset, MediaLibrary, MediaVariant,
};
use media_ports::{AssetOrder, AssetQuery, DuplicateGroup};
use serde::Serialize;
use serde_json::json;

use super::Desk;
use super::asset::{Filed, filed, read_file, told};
use crate::cli::{AssetListArgs, GetArgs};
use crate::report::{Column, ExitCode, Failure, list_of, table};

/// Everything known of an asset.
#[derive(Debug, Serialize)]
struct Known<'a> {
    #[serde(flatten)]
    filed: Filed<'a>,
    libraries: &'a [MediaLibrary],
    generation: Option<&'a GenerationRecord>,
    variants: &'a [MediaVariant],
    exports: &'a [DesignExportRecord],
    events: &'a [Event],
}

pub(super) async fn list(desk: &Desk<'_>, args: AssetListArgs) -> Result<(), Failure> {
    let library_id = match &args.library {
        Some(reference) => Some(desk.engine.library(reference).await?.library_id),
        None => None,
    };
    let query = AssetQuery {
        library_id,
        tags: args.tags,
        categories: args.categories,
        text: args.text,
        media_type: args.media_type,
        status: args.status,
        format: args.format,
        provider: args.provider,
        order: if args.most_used { AssetOrder::MostUsedFirst } else { AssetOrder::NewestFirst },
        limit: usize::try_from(args.limit).unwrap_or(AssetQuery::MAX_LIMIT),
        after: args.after,
    };
    let page = desk.engine.assets(&query).await?;
    let found: Vec<_> = page.items.iter().map(|asset| filed(desk, asset)).collect();
    desk.output.results(&found, || asset_table(&page.items, "no asset is like that"))?;
    match page.next {
        Some(next) if desk.output.is_json() => desk.output.result(&json!({ "next": next }), String::new),
        Some(next) => {
            desk.output.note(&format!("there are more: --after {next}"));
            Ok(())
        }
        None => Ok(()),
    }
}

fn asset_table(assets: &[MediaAsset], when_empty: &str) -> String {
    let rows = assets.iter().map(|asset| {
        vec![
            asset.asset_id.to_string(),
            asset.name.to_string(),
            asset.media_type.to_string(),
            asset.status.to_string(),
            asset.dimensions.to_string(),
            asset.metadata.file_size.to_string(),
            asset.metadata.format.to_string(),
            asset.usage_count.to_string(),
            list_of(&asset.tags),
        ]
    });
    let columns = [
        Column::Text("id"),
        Column::Text("name"),
        Column::Text("type"),
        Column::Text("status"),
        Column::Number("dimensions"),
        Column::Number("size"),
        Column::Text("format"),
        Column::Number("uses"),
        Column::Text("tags"),
    ];
    table(&columns, rows.collect(), when_empty)
}

pub(super) async fn show(desk: &Desk<'_>, asset_id: AssetId) -> Result<(), Failure> {
    let asset = desk.engine.asset(asset_id).await?;
    let libraries = desk.engine.libraries_of(asset_id).await?;
    let generation = desk.engine.generation_record(asset_id).await?;
    let variants = desk.engine.asset_variants(asset_id).await?;
    let exports = desk.engine.exports(asset_id).await?;
    let events = desk.engine.events(asset_id).await?;
    let known = Known {
        filed: filed(desk, &asset),
        libraries: &libraries,
        generation: generation.as_ref(),
        variants: &variants,
        exports: &exports,
        events: &events,
    };
    desk.output.result(&known, || {
        let mut rows = told(desk, &asset);
        rows.extend(more_told(&known));
        super::facts(&rows)
    })
}

fn more_told(known: &Known<'_>) -> Vec<(&'static str, String)> {
    let asset = known.filed.asset;
    let approval = asset.approval.as_ref().map(|approval| {
        let when = approval.approved_at.format("%Y-%m-%d %H:%M");
        format!("by {} on {when} {}", approval.approved_by, approval.notes)
    });
    let mut rows = vec![
        ("description", asset.description.clone()),
        ("uploaded", asset.uploaded_at.to_rfc3339()),
        ("sha256", asset.content_hash.to_string()),
        ("libraries", list_of(known.libraries.iter().map(|library| &library.name))),
        ("approval", approval.unwrap_or_else(|| "-".to_owned())),
        ("uses", asset.usage_count.to_string()),
        ("campaigns", list_of(&asset.campaigns_used_in)),
        ("placeholder", if asset.placeholder { "yes" } else { "no" }.to_owned()),
        ("variants", list_of(known.variants.iter().map(|variant| &variant.name))),
        ("exports", list_of(known.exports.iter().filter_map(exported_to))),
        ("problems", list_of(asset.processing_errors.iter().map(|error| format!("{}: {}", error.step, error.message)))),
    ];
    if let Some(generation) = known.generation {
        let attempts = generation.attempts.iter().map(|attempt| format!("{} {}", attempt.provider, attempt.outcome));
        rows.extend([
            ("prompt", generation.request.prompt.to_string()),
            ("provider", generation.provider_name.to_string()),
            ("model", generation.model.clone().unwrap_or_else(|| "-".to_owned())),
            ("attempts", list_of(attempts)),
        ]);
    }
    rows
}

/// Where an export leads; one of a dry run leads nowhere, which is said.
fn exported_to(export: &DesignExportRecord) -> Option<String> {
    let url = export.result.url()?;
    Some(if export.dry_run { format!("{url} (dry run)") } else { url.to_owned() })
}

pub(super) async fn get(desk: &Desk<'_>, args: GetArgs) -> Result<(), Failure> {
    let (asset, bytes) = match args.original {
        true => desk.engine.asset_content(args.asset).await?,
        false => desk.engine.servable_content(args.asset).await?,
    };
    if args.out == Path::new("-") {
        return desk.output.bytes(&bytes);
    }
    write_file(&args.out, &bytes).await?;
    let shown = args.out.display().to_string();
    let written = json!({ "asset_id": asset.asset_id, "file": shown, "file_size_bytes": bytes.len() });
    desk.output.result(&written, || format!("{} was written to {shown}", FileSize::from_bytes(bytes.len() as u64)))
}

/// Where a file is written before it is put in its place.
pub(super) fn unfinished(file: &Path) -> PathBuf {
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(format!(".{}.part", std::process::id()));
    unfinished.into()
}

/// Writes a file whole: it appears under its name once everything is in it.
pub(super) async fn write_file(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let shown = file.display();
    let unwritable = |error| Failure::doing(ExitCode::Internal, format!("the file `{shown}` cannot be written"), error);
    let unfinished = unfinished(file);
    tokio::fs::write(&unfinished, bytes).await.map_err(unwritable)?;
    if let Err(error) = tokio::fs::rename(&unfinished, file).await {
        // What cannot be put in its place is not left beside it; that it stays is the lesser trouble.
        let _ = tokio::fs::remove_file(&unfinished).await;
        return Err(unwritable(error));
    }
    Ok(())
}

pub(super) async fn variants(desk: &Desk<'_>, asset_id: AssetId) -> Result<(), Failure> {
    let variants = desk.engine.asset_variants(asset_id).await?;
    desk.output.results(&variants, || {
        let rows = variants.iter().map(|variant| {
            vec![
                variant.variant_id.to_string(),
                variant.name.to_string(),
                variant.dimensions.to_string(),
                variant.format.to_string(),
                variant.performance_score.map_or_else(|| "-".to_owned(), |score| format!("{:.1}", score.value())),
            ]
        });
        let columns = [
            Column::Text("id"),
            Column::Text("name"),
            Column::Number("dimensions"),
            Column::Text("format"),
            Column::Number("score"),
        ];
        table(&columns, rows.collect(), "the asset has no variant")
    })
}

pub(super) async fn duplicates(
    desk: &Desk<'_>,
    file: Option<PathBuf>,
    hash: Option<ContentHash>,
    limit: usize,
) -> Result<(), Failure> {
    let hash = match file {
        Some(file) => {
            Some(ContentHash::of(&read_file(&file, desk.session.settings.image_limits.max_file_bytes).await?))
        }
        None => hash,
    };
    let groups = match hash {
        Some(content_hash) => {
            let assets = desk.engine.find_duplicate_assets(content_hash).await?;
            Vec::from_iter((!assets.is_empty()).then_some(DuplicateGroup { content_hash, assets }))
        }
        None => desk.engine.duplicate_groups(None, limit).await?,
    };
    desk.output.results(&groups, || {
        if groups.is_empty() {
            return "no duplicates".to_owned();
        }
        let tables = groups.iter().map(|group| format!("{}\n{}", group.content_hash, asset_table(&group.assets, "")));
        tables.collect::<Vec<_>>().join("\n\n")
    })
}
