//! `export`.

use media_engine::ExportAsset;
use serde_json::Map;

use super::Desk;
use crate::cli::{ExportCommand, FigmaArgs};
use crate::report::{ExitCode, Failure};

/// Carries out the command.
pub(super) async fn run(desk: &Desk<'_>, command: ExportCommand) -> Result<ExitCode, Failure> {
    match command {
        ExportCommand::Figma(args) => figma(desk, args).await?,
    }
    Ok(ExitCode::Success)
}

async fn figma(desk: &Desk<'_>, args: FigmaArgs) -> Result<(), Failure> {
    let export = ExportAsset {
        asset_id: args.asset,
        file_key: args.file_key,
        page_id: args.page_id,
        options: Map::new(),
        user_id: args.user.unwrap_or_else(|| desk.engine.default_user().clone()),
    };
    let record = desk.engine.export_asset_to_figma(export).await?;
    if record.dry_run {
        desk.output.note("dry run: no design tool was called");
    }
    desk.output.result(&record, || {
        super::facts(&[
            ("asset", record.asset_id.to_string()),
            ("provider", record.provider_name.to_string()),
            ("node", record.result.figma_node_id.clone()),
            ("address", record.result.figma_url.clone()),
            ("file key", record.result.figma_file_key.clone()),
            ("page", record.result.page_id.clone().unwrap_or_else(|| "-".to_owned())),
        ])
    })
}
