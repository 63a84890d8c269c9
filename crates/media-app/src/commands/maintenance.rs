//! `backup` and `verify`.

use std::path::PathBuf;
use std::sync::Arc;

use media_store_blob::{Durability, LocalBlobStore};
use media_store_sqlite::SqliteStore;
use serde::Serialize;

use super::Desk;
use crate::cli::BackupArgs;
use crate::report::{Column, ExitCode, Failure, bytes_of, table};

/// What a backup copied, and where to.
#[derive(Debug, Serialize)]
struct BackupMade {
    destination: PathBuf,
    #[serde(flatten)]
    report: media_engine::maintenance::BackupReport,
}

/// Copies everything to a folder that can be used as a data folder itself.
pub(super) async fn backup(desk: &Desk<'_>, args: BackupArgs) -> Result<ExitCode, Failure> {
    let destination = args.destination;
    let shown = destination.display().to_string();
    let catalogue = destination.join(SqliteStore::FILE_NAME);
    if catalogue.exists() {
        let reason = format!("the folder `{shown}` holds a catalogue already");
        return Err(Failure::new(ExitCode::Refused, reason).with_hint("name a new folder"));
    }
    let cannot_make = |error| Failure::doing(ExitCode::Store, format!("the folder `{shown}` cannot be made"), error);
    tokio::fs::create_dir_all(&destination).await.map_err(cannot_make)?;
    let folder = destination.join("blobs");
    let opened = tokio::task::spawn_blocking(move || LocalBlobStore::open(folder, Durability::Power)).await;
    let blobs = opened
        .map_err(|error| Failure::new(ExitCode::Internal, error))?
        .map_err(|error| Failure::doing(ExitCode::Store, format!("the folder `{shown}` cannot be opened"), error))?;
    let report = desk.engine.backup(catalogue, Arc::new(blobs)).await?;
    desk.output.result(&BackupMade { destination, report }, || {
        format!("the catalogue and {} files ({}) were copied to {shown}", report.blobs, bytes_of(report.bytes))
    })?;
    Ok(ExitCode::Success)
}

/// Checks the catalogue and every file.
pub(super) async fn verify(desk: &Desk<'_>) -> Result<ExitCode, Failure> {
    let report = desk.engine.verify().await?;
    desk.output.result(&report, || {
        let summary =
            format!("{} files checked, {} that nothing names", report.blobs_checked, report.blobs_unreferenced);
        let rows = report.findings.iter().map(|finding| vec![finding.subject.clone(), finding.problem.clone()]);
        let findings = table(&[Column::Text("what"), Column::Text("problem")], rows.collect(), "nothing is wrong");
        format!("{findings}\n{summary}")
    })?;
    Ok(if report.findings.is_empty() { ExitCode::Success } else { ExitCode::Store })
}
