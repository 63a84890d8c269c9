//! `library`.

use media_domain::{LabelCount, LibraryStatistics, MediaLibrary};
use media_engine::{LibraryRef, NewLibrary};

use super::Desk;
use crate::cli::LibraryCommand;
use crate::report::{Column, ExitCode, Failure, list_of, percent, table};

/// Carries out the command.
pub(super) async fn run(desk: &Desk<'_>, command: LibraryCommand) -> Result<ExitCode, Failure> {
    match command {
        LibraryCommand::Create { name, description, owner, project } => {
            let library = desk.engine.create_library(NewLibrary { name, description, owner, project }).await?;
            desk.output.result(&library, || details(&library))?;
        }
        LibraryCommand::List => list(desk).await?,
        LibraryCommand::Show { library } => {
            let library = desk.engine.library(&library).await?;
            desk.output.result(&library, || details(&library))?;
        }
        LibraryCommand::Stats { library } => statistics(desk, &library).await?,
    }
    Ok(ExitCode::Success)
}

async fn list(desk: &Desk<'_>) -> Result<(), Failure> {
    let libraries = desk.engine.libraries().await?;
    desk.output.results(&libraries, || {
        let rows = libraries.iter().map(|library| {
            let made = library.created_at.format("%Y-%m-%d").to_string();
            vec![library.library_id.to_string(), library.name.to_string(), library.owner.clone(), made]
        });
        let columns = [Column::Text("id"), Column::Text("name"), Column::Text("owner"), Column::Text("made")];
        table(&columns, rows.collect(), "there is no library yet: `media-app library create NAME` makes one")
    })
}

fn details(library: &MediaLibrary) -> String {
    let rows = [
        ("id", library.library_id.to_string()),
        ("name", library.name.to_string()),
        ("description", library.description.clone()),
        ("owner", library.owner.clone()),
        ("project", library.project.clone().unwrap_or_default()),
        ("made", library.created_at.to_rfc3339()),
    ];
    super::facts(&rows)
}

async fn statistics(desk: &Desk<'_>, reference: &LibraryRef) -> Result<(), Failure> {
    let library = desk.engine.library(reference).await?;
    let statistics = desk.engine.library_statistics(library.library_id).await?;
    desk.output.result(&statistics, || figures(&statistics))
}

fn figures(statistics: &LibraryStatistics) -> String {
    let labels =
        |labels: &[LabelCount]| list_of(labels.iter().map(|label| format!("{} ({})", label.label, label.count)));
    super::facts(&[
        ("assets", statistics.asset_count.to_string()),
        ("size", statistics.total_size.to_string()),
        ("uses", statistics.total_usage.to_string()),
        ("uses per asset", format!("{:.2}", statistics.average_usage)),
        ("campaigns", statistics.campaign_count.to_string()),
        ("click-through rate", percent(statistics.average_click_through_rate)),
        ("tags", labels(&statistics.tags)),
        ("categories", labels(&statistics.categories)),
    ])
}
