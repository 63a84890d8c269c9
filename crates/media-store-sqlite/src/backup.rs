//! Copies of the catalogue.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use media_ports::{StoreError, StoreErrorKind};
use rusqlite::Connection;

use crate::connection::open_for_reading;
use crate::failure::{Failure, io_failure};

/// Writes a consistent copy of the catalogue to a new file; on failure nothing is left behind.
pub(crate) fn back_up(catalogue: &Path, destination: &Path) -> Result<(), StoreError> {
    let action = format!("write a backup to {}", destination.display());
    // Takes the name, so that no file of somebody else's is overwritten at the end.
    let reserved = File::options().write(true).create_new(true).open(destination);
    reserved.map_err(|error| io_failure(action.clone(), error))?;
    let partial = partial_path(destination);
    let written = copy(catalogue, &partial).and_then(|()| {
        fs::rename(&partial, destination).map_err(|error| io_failure(action.clone(), error))?;
        sync_folder(destination).map_err(|error| io_failure(action, error))
    });
    if written.is_err() {
        let _ = fs::remove_file(&partial);
        let _ = fs::remove_file(destination);
    }
    written
}

/// Copies the connection's database to a file that does not exist, and syncs it.
pub(crate) fn vacuum_into(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    let action = format!("copy the catalogue to {}", file.display());
    let Some(path) = file.to_str() else {
        return Err(StoreError::new(StoreErrorKind::Invalid, format!("{action}: the path is not UTF-8")));
    };
    connection.execute("VACUUM INTO ?1", [path]).map_err(|error| Failure::Sql(error).during(&action))?;
    File::options().write(true).open(file).and_then(|file| file.sync_all()).map_err(|error| io_failure(action, error))
}

fn copy(catalogue: &Path, partial: &Path) -> Result<(), StoreError> {
    vacuum_into(&open_for_reading(catalogue)?, partial)
}

fn partial_path(destination: &Path) -> PathBuf {
    let mut name = destination.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    destination.with_file_name(name)
}

/// Makes the new name survive a power cut; where folders cannot be opened there is nothing to do.
fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match File::open(folder) {
        Ok(folder) if cfg!(unix) => folder.sync_all(),
        _ => Ok(()),
    }
}
