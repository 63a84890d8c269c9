//! `asset`: adding, labelling, moving along the lifecycle.

use std::io;
use std::path::Path;

use bytes::Bytes;
use media_domain::{AssetId, MediaAsset, Name};
use media_engine::{AddAsset, AddOutcome, Move};
use serde::Serialize;

use super::{Desk, asset_find};
use crate::cli::{AddArgs, AssetCommand, CategorizeArgs, LinkArgs, TagArgs};
use crate::report::{ExitCode, Failure, Progress, list_of};

/// An asset with the place of its file.
#[derive(Debug, Serialize)]
pub(super) struct Filed<'a> {
    #[serde(flatten)]
    pub(super) asset: &'a MediaAsset,
    pub(super) file: String,
}

/// What came of adding one file.
#[derive(Debug, Serialize)]
struct Added<'a> {
    /// `added` or `already_there`.
    outcome: &'static str,
    source: String,
    #[serde(flatten)]
    filed: Filed<'a>,
}

/// Carries out the command.
pub(super) async fn run(desk: &Desk<'_>, command: AssetCommand) -> Result<ExitCode, Failure> {
    match command {
        AssetCommand::Add(args) => return add(desk, args).await,
        AssetCommand::List(args) => asset_find::list(desk, args).await?,
        AssetCommand::Show { asset } => asset_find::show(desk, asset).await?,
        AssetCommand::Get(args) => asset_find::get(desk, args).await?,
        AssetCommand::Variants { asset } => asset_find::variants(desk, asset).await?,
        AssetCommand::Duplicates { file, hash, limit } => asset_find::duplicates(desk, file, hash, limit).await?,
        AssetCommand::Tag(args) => tag(desk, args).await?,
        AssetCommand::Categorize(args) => categorize(desk, args).await?,
        AssetCommand::Approve { asset, by, notes, force } => {
            let user = by.unwrap_or_else(|| desk.engine.default_user().clone());
            let moved = desk.engine.move_asset(asset, &user, &Move::Approve { notes, force }).await?;
            tell(desk, &moved)?;
        }
        AssetCommand::Publish(args) => step(desk, args.asset, Move::Publish).await?,
        AssetCommand::Archive(args) => step(desk, args.asset, Move::Archive).await?,
        AssetCommand::Withdraw(args) => step(desk, args.asset, Move::Withdraw).await?,
        AssetCommand::Delete(args) => step(desk, args.asset, Move::Delete).await?,
        AssetCommand::Restore(args) => step(desk, args.asset, Move::Restore).await?,
        AssetCommand::Link(args) => link(desk, args, true).await?,
        AssetCommand::Unlink(args) => link(desk, args, false).await?,
    }
    Ok(ExitCode::Success)
}

/// An asset with the place of its file.
pub(super) fn filed<'a>(desk: &Desk<'_>, asset: &'a MediaAsset) -> Filed<'a> {
    Filed { asset, file: desk.session.blob_file(&asset.content_hash).display().to_string() }
}

async fn add(desk: &Desk<'_>, args: AddArgs) -> Result<ExitCode, Failure> {
    if args.name.is_some() && args.files.len() > 1 {
        return Err(Failure::new(ExitCode::Usage, "--name names a single asset, and there are several files"));
    }
    let progress = Progress::start(desk.output, args.files.len() as u64);
    let (mut added, mut last) = (0, None);
    for file in &args.files {
        let outcome = add_file(desk, &args, file).await;
        progress.step(&file.display().to_string());
        match outcome {
            Ok(()) => added += 1,
            Err(failure) => {
                desk.output.failure(&failure);
                last = Some(failure.exit_code);
            }
        }
    }
    progress.finish();
    Ok(match last {
        None => ExitCode::Success,
        Some(exit_code) if added == 0 => exit_code,
        Some(_) => ExitCode::Partial,
    })
}

async fn add_file(desk: &Desk<'_>, args: &AddArgs, file: &Path) -> Result<(), Failure> {
    let source = file.display().to_string();
    let bytes = read_file(file, desk.session.settings.image_limits.max_file_bytes).await?;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => name_of(file)?,
    };
    let add = AddAsset {
        bytes,
        name,
        description: args.description.clone(),
        media_type: args.media_type,
        tags: args.tags.clone(),
        categories: args.categories.clone(),
        library: args.library.clone(),
        allow_duplicate: args.allow_duplicate,
        user_id: args.user.clone().unwrap_or_else(|| desk.engine.default_user().clone()),
    };
    match desk.engine.add_asset(add).await? {
        AddOutcome::Added(asset) => tell_added(desk, "added", &source, &asset),
        AddOutcome::AlreadyThere(assets) => {
            desk.output.note(&format!("{source} is there already; --allow-duplicate makes another asset of it"));
            assets.iter().try_for_each(|asset| tell_added(desk, "already_there", &source, asset))
        }
    }
}

fn tell_added(desk: &Desk<'_>, outcome: &'static str, source: &str, asset: &MediaAsset) -> Result<(), Failure> {
    let added = Added { outcome, source: source.to_owned(), filed: filed(desk, asset) };
    desk.output.result(&added, || in_words(desk, asset))
}

/// What is told of an asset.
pub(super) fn in_words(desk: &Desk<'_>, asset: &MediaAsset) -> String {
    super::facts(&told(desk, asset))
}

/// What is told of an asset: where it is, what it is, what it is called.
pub(super) fn told(desk: &Desk<'_>, asset: &MediaAsset) -> Vec<(&'static str, String)> {
    vec![
        ("id", asset.asset_id.to_string()),
        ("name", asset.name.to_string()),
        ("file", desk.session.blob_file(&asset.content_hash).display().to_string()),
        ("size", format!("{}, {}, {}", asset.dimensions, asset.metadata.file_size, asset.metadata.format)),
        ("type", asset.media_type.to_string()),
        ("status", asset.status.to_string()),
        ("tags", list_of(&asset.tags)),
        ("categories", list_of(&asset.categories)),
    ]
}

/// Reads a file whose length is within the limit.
pub(super) async fn read_file(file: &Path, limit: u64) -> Result<Bytes, Failure> {
    let shown = file.display();
    let unreadable = |error: io::Error| {
        let exit_code = if error.kind() == io::ErrorKind::NotFound { ExitCode::NotFound } else { ExitCode::Refused };
        Failure::doing(exit_code, format!("the file `{shown}` cannot be read"), error)
    };
    let metadata = tokio::fs::metadata(file).await.map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Failure::new(ExitCode::Refused, format!("`{shown}` is not a file")));
    }
    if metadata.len() > limit {
        let reason = format!("the file `{shown}` has {} bytes, more than the {limit} allowed", metadata.len());
        return Err(Failure::new(ExitCode::Refused, reason)
            .with_hint("`image_limits.max_file_bytes` in the configuration sets the limit"));
    }
    Ok(tokio::fs::read(file).await.map_err(unreadable)?.into())
}

/// A name made of a file's: without folder and extension.
fn name_of(file: &Path) -> Result<Name, Failure> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let shown = file.display().to_string();
    Name::parse(stem)
        .map_err(|error| Failure::doing(ExitCode::Refused, format!("no asset can be named after `{shown}`"), error))
        .map_err(|failure| failure.with_hint("--name gives it another name"))
}

async fn tag(desk: &Desk<'_>, args: TagArgs) -> Result<(), Failure> {
    let user = desk.engine.default_user();
    let edit = |asset: &mut MediaAsset| match args.remove {
        true => asset.tags.retain(|tag| !args.tags.contains(tag)),
        false => asset.tags.extend(args.tags.iter().cloned()),
    };
    let asset = desk.engine.edit_asset(args.asset, user, edit).await?;
    desk.output.result(&filed(desk, &asset), || in_words(desk, &asset))
}

async fn categorize(desk: &Desk<'_>, args: CategorizeArgs) -> Result<(), Failure> {
    let user = desk.engine.default_user();
    let edit = |asset: &mut MediaAsset| match args.remove {
        true => asset.categories.retain(|category| !args.categories.contains(category)),
        false => asset.categories.extend(args.categories.iter().cloned()),
    };
    let asset = desk.engine.edit_asset(args.asset, user, edit).await?;
    desk.output.result(&filed(desk, &asset), || in_words(desk, &asset))
}

async fn step(desk: &Desk<'_>, asset_id: AssetId, step: Move) -> Result<(), Failure> {
    let asset = desk.engine.move_asset(asset_id, desk.engine.default_user(), &step).await?;
    tell(desk, &asset)
}

fn tell(desk: &Desk<'_>, asset: &MediaAsset) -> Result<(), Failure> {
    desk.output.result(&filed(desk, asset), || format!("asset {} is {}", asset.asset_id, asset.status))
}

async fn link(desk: &Desk<'_>, args: LinkArgs, into: bool) -> Result<(), Failure> {
    let library = desk.engine.library(&args.library).await?;
    if into {
        desk.engine.add_asset_to_library(library.library_id, args.asset).await?;
    } else {
        desk.engine.remove_asset_from_library(library.library_id, args.asset).await?;
    }
    let libraries = desk.engine.libraries_of(args.asset).await?;
    let names = list_of(libraries.iter().map(|library| &library.name));
    let told = serde_json::json!({ "asset_id": args.asset, "libraries": libraries });
    desk.output.result(&told, || format!("asset {} is in: {names}", args.asset))
}
