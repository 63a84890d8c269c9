//! Carries out changes; everything here runs in the writing thread's transaction.

mod additions;
mod assets;
mod attempts;
mod books;
mod breakers;
mod jobs;
pub(crate) mod keys;
mod labels;
mod libraries;
mod performance;
mod records;
mod suggestions;
mod usage;
mod variants;

use media_domain::{AssetId, LibraryId};
use media_ports::{Change, ChangeSet, CommitReceipt};
use rusqlite::{Connection, OptionalExtension, ToSql};

use crate::failure::Failure;
use crate::ledger::Ledger;

/// Carries out every change in order.
pub(crate) fn apply(connection: &Connection, changes: ChangeSet) -> Result<CommitReceipt, Failure> {
    let mut receipt = CommitReceipt::default();
    let mut ledger = Ledger::default();
    for change in changes.changes {
        apply_change(connection, &mut ledger, change, &mut receipt)?;
    }
    ledger.write(connection)?;
    Ok(receipt)
}

fn apply_change(
    connection: &Connection,
    ledger: &mut Ledger,
    change: Change,
    receipt: &mut CommitReceipt,
) -> Result<(), Failure> {
    match change {
        Change::CreateLibrary(library) => libraries::create(connection, &library),
        Change::InsertAsset(insert) => assets::insert(connection, ledger, &insert),
        Change::UpdateAsset { asset, expected_version } => assets::update(connection, ledger, &asset, expected_version),
        Change::SetThumbnail { asset_id, content_hash, thumbnail_hash } => {
            additions::set_thumbnail(connection, asset_id, content_hash, thumbnail_hash)
        }
        Change::RecordProcessingError { asset_id, error } => additions::add_error(connection, asset_id, &error),
        Change::LinkAsset { library_id, asset_id } => libraries::link(connection, ledger, library_id, asset_id),
        Change::UnlinkAsset { library_id, asset_id } => libraries::unlink(connection, ledger, library_id, asset_id),
        Change::RecordUsage { asset_id, usage } => usage::record(connection, ledger, asset_id, &usage),
        Change::InsertVariant(variant) => variants::insert(connection, &variant),
        Change::ReplaceVariant(variant) => variants::replace(connection, &variant),
        Change::RemoveVariant(variant_id) => variants::remove(connection, variant_id),
        Change::RecordPerformance(performance) => performance::record(connection, ledger, &performance),
        Change::OpenSuggestion(suggestion) => {
            if suggestions::open(connection, &suggestion)? {
                receipt.suggestions_opened.push(suggestion.suggestion_id);
            }
            Ok(())
        }
        Change::ApplySuggestion { suggestion_id, applied_at, new_asset_id } => {
            suggestions::apply(connection, suggestion_id, applied_at, new_asset_id)
        }
        Change::RecordExport(export) => records::insert_export(connection, &export),
        Change::AppendEvent(event) => records::append_event(connection, &event),
        Change::PlanJob(job) => jobs::plan(connection, &job),
        Change::DispatchAttempt { job_id, attempt } => attempts::dispatch(connection, job_id, &attempt),
        Change::AcceptAttempt { job_id, number, handle, at } => {
            attempts::accept(connection, job_id, number, &handle, at)
        }
        Change::AnswerJob { job_id, content_hashes, at } => attempts::answer(connection, job_id, &content_hashes, at),
        Change::EndAttempt { job_id, attempt } => attempts::end(connection, job_id, &attempt),
        Change::EndJob { job_id, state, asset_ids, failure, at } => {
            jobs::end(connection, job_id, jobs::JobEnd { state, asset_ids, failure, at })
        }
        Change::AddJobAssets { job_id, asset_ids, at } => jobs::add_assets(connection, job_id, asset_ids, at),
        Change::ResolveJob { job_id, resolution, asset_ids, at } => {
            jobs::resolve(connection, job_id, jobs::JobResolution { resolution, asset_ids, at })
        }
        Change::SetQuotaLimit { user_id, provider, credits } => {
            books::set_quota_limit(connection, &user_id, &provider, credits)
        }
        Change::SaveBreaker { key, state, expected_version } => {
            breakers::save(connection, &key, &state, expected_version)
        }
    }
}

/// Runs a statement that is kept prepared; returns how many rows it changed.
fn execute(connection: &Connection, sql: &str, parameters: &[&dyn ToSql]) -> Result<usize, Failure> {
    Ok(connection.prepare_cached(sql)?.execute(parameters)?)
}

/// The first column of the first row, if there is one.
fn first_integer(connection: &Connection, sql: &str, parameters: &[&dyn ToSql]) -> Result<Option<i64>, Failure> {
    Ok(connection.prepare_cached(sql)?.query_row(parameters, |row| row.get(0)).optional()?)
}

/// The key of an asset, deleted or not.
fn asset_key(connection: &Connection, asset_id: AssetId) -> Result<i64, Failure> {
    let id = asset_id.as_uuid().into_bytes();
    first_integer(connection, "SELECT asset_key FROM assets WHERE asset_id = ?1", &[&id])?
        .ok_or_else(|| Failure::not_found("asset", asset_id))
}

/// The key of a library.
fn library_key(connection: &Connection, library_id: LibraryId) -> Result<i64, Failure> {
    let id = library_id.as_uuid().into_bytes();
    first_integer(connection, "SELECT library_key FROM libraries WHERE library_id = ?1", &[&id])?
        .ok_or_else(|| Failure::not_found("library", library_id))
}
