//! `export`.

use media_domain::export::DesignExportResult;
use media_domain::{AssetId, UserId};
use media_engine::ExportAsset;
use media_ports::ExportDestination;

use super::interruption::Stopping;
use super::{Desk, export_place};
use crate::cli::{ExportArgs, ExportCommand};
use crate::report::{ExitCode, Failure};

/// Carries out the command; what can be checked is checked before anybody is called.
pub(super) async fn run(desk: &Desk<'_>, command: ExportCommand) -> Result<ExitCode, Failure> {
    let destination = export_place::destination(&command)?;
    let (ExportCommand::Figma { export: args, .. } | ExportCommand::Canva { export: args, .. }) = command;
    let order = order(desk, args, destination)?;
    if order.link.is_none() && matches!(order.destination, ExportDestination::Figma { .. }) {
        desk.output.warn("without a link only the asset's name is attached; set `public_url`, or name one with --link");
    }
    // A renewal of tokens that is cut off would lose the consent.
    let Some(exported) = Stopping::default().unless_insisted(desk.output, desk.engine.export_asset(order)).await else {
        return Ok(ExitCode::Interrupted);
    };
    let record = exported?;
    if record.dry_run {
        desk.output.note("dry run: no design tool was called");
    }
    desk.output.result(&record, || {
        let mut rows = vec![("asset", record.asset_id.to_string()), ("provider", record.provider_name.to_string())];
        rows.extend(place(&record.result));
        super::facts(&rows)
    })?;
    Ok(ExitCode::Success)
}

fn order(desk: &Desk<'_>, args: ExportArgs, destination: ExportDestination) -> Result<ExportAsset, Failure> {
    let mut options = args.options.into_iter().map(|option| (option.key, option.value)).collect();
    let link = export_place::link(args.link.as_ref(), &mut options)?;
    Ok(ExportAsset {
        asset_id: args.asset,
        destination,
        link: link.or_else(|| public_link(desk, args.asset)),
        options,
        user_id: args.user.unwrap_or_else(|| UserId::clone(desk.engine.default_user())),
    })
}

/// Where people find the asset, if the installation has an address.
fn public_link(desk: &Desk<'_>, asset_id: AssetId) -> Option<String> {
    let public_url = desk.session.settings.public_url.as_ref()?;
    Some(format!("{public_url}/assets/{asset_id}"))
}

/// The node that something is attached to; a comment may hang on none.
fn node_of(node_id: &str) -> String {
    if node_id.is_empty() { "on the canvas of the file".to_owned() } else { node_id.to_owned() }
}

/// Where the asset stands now.
fn place(result: &DesignExportResult) -> Vec<(&'static str, String)> {
    let dash = || "-".to_owned();
    match result {
        DesignExportResult::Figma(figma) => vec![
            ("node", node_of(&figma.figma_node_id)),
            ("address", figma.figma_url.clone()),
            ("file key", figma.figma_file_key.clone()),
            ("page", figma.page_id.clone().unwrap_or_else(dash)),
            ("attached as", figma.attached_as.to_string()),
        ],
        DesignExportResult::Canva(canva) => vec![
            ("canva asset", canva.canva_asset_id.clone()),
            ("design", canva.canva_design_id.clone().unwrap_or_else(dash)),
            ("address", canva.canva_url.clone().unwrap_or_else(dash)),
        ],
    }
}
