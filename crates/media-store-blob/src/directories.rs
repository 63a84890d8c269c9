//! The folders of a blob store, and what it takes until they survive a power cut.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What a blob survives once it has been put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A power cut: the file and every folder entry that leads to it are synced before the call returns. On systems
    /// whose folders cannot be synced (Windows) only the file is.
    Power,
    /// The end of the process, however it comes; not a power cut. Nothing is synced.
    Process,
}

/// Makes folders, and remembers which of them are known to survive a power cut.
#[derive(Debug)]
pub(crate) struct Directories {
    root: PathBuf,
    above: Vec<PathBuf>,
    durability: Durability,
    durable: Mutex<HashSet<PathBuf>>,
}

impl Directories {
    /// Makes the folder below which everything stands; it is synced along with the first blob. Blocks.
    pub(crate) fn open(root: &Path, durability: Durability) -> io::Result<Self> {
        let root = std::path::absolute(root)?;
        let missing = root.ancestors().take_while(|folder| !folder.exists()).count();
        fs::create_dir_all(&root)?;
        let root = root.canonicalize()?;
        // The folder of the data folder too: the program is likely to have made the data folder just before.
        let above = root.ancestors().skip(1).take(missing.max(2)).map(Path::to_owned).collect();
        Ok(Self { root, above, durability, durable: Mutex::default() })
    }

    /// The folder below which everything stands, absolute and without links.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Sees to it that a folder at or below the root exists, as durably as promised. Blocks.
    ///
    /// Another process may have made a folder and not synced it yet, so that a folder found counts as durable only
    /// once this process has synced its entry itself.
    pub(crate) fn ensure(&self, folder: &Path) -> io::Result<()> {
        if self.durability == Durability::Process {
            return fs::create_dir_all(folder);
        }
        if self.known_durable(folder) {
            return Ok(());
        }
        match folder.parent() {
            Some(parent) if folder != self.root => {
                self.ensure(parent)?;
                create_directory(folder)?;
                sync_directory(parent)?;
            }
            _ => {
                fs::create_dir_all(folder)?;
                self.above.iter().try_for_each(|folder| sync_if_readable(folder))?;
            }
        }
        self.durable.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
        Ok(())
    }

    /// Makes a file found in its place, and its entry there, as durable as promised. Blocks.
    ///
    /// Whoever put it there may not have finished, or may have promised less.
    pub(crate) fn settle(&self, file: &Path) -> io::Result<()> {
        if self.durability == Durability::Process {
            return Ok(());
        }
        let Some(folder) = file.parent() else { return Ok(()) };
        self.ensure(folder)?;
        File::open(file)?.sync_all()?;
        sync_directory(folder)
    }

    fn known_durable(&self, folder: &Path) -> bool {
        // A folder may have been removed by hand since; then it is made again.
        self.durable.lock().unwrap_or_else(PoisonError::into_inner).contains(folder) && folder.is_dir()
    }
}

fn create_directory(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(_) if folder.is_dir() => Ok(()),
        made => made,
    }
}

/// Syncs a folder of somebody else's; one that may not be read has not been changed by us either.
fn sync_if_readable(folder: &Path) -> io::Result<()> {
    match sync_directory(folder) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

#[cfg(unix)]
fn sync_directory(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_under_both_promises_and_made_again_after_removal() {
        for durability in [Durability::Power, Durability::Process] {
            let place = tempfile::tempdir().unwrap();
            let root = place.path().join("data/blobs");
            let directories = Directories::open(&root, durability).unwrap();
            let leaf = directories.root().join("sha256/ab/cd");
            directories.ensure(&leaf).unwrap();
            assert!(leaf.is_dir());
            fs::remove_dir_all(&root).unwrap();
            directories.ensure(&leaf).unwrap();
            assert!(leaf.is_dir());
        }
    }

    #[test]
    fn a_file_in_the_way_of_a_folder_is_an_error() {
        for durability in [Durability::Power, Durability::Process] {
            let place = tempfile::tempdir().unwrap();
            fs::write(place.path().join("sha256"), "in the way").unwrap();
            let directories = Directories::open(place.path(), durability).unwrap();
            assert!(directories.ensure(&directories.root().join("sha256/ab/cd")).is_err());
        }
    }
}
