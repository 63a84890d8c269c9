//! Blobs in a folder of the local disk.

use std::error::Error as _;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::ContentHash;
use media_ports::{BlobInfo, BlobStore, StoreError, StoreErrorKind};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode};

use crate::directories::{Directories, Durability};
use crate::known::{KnownBlobs, Stamp};
use crate::layout::location;
use crate::listing;
use crate::turns::Turns;

/// Bytes read at a time from a file that is compared.
const COMPARED_AT_ONCE: usize = 64 * 1024;

/// Keeps blobs in a folder of the local disk.
///
/// Disk work runs on tokio's blocking threads, so a tokio runtime is needed.
#[derive(Debug)]
pub struct LocalBlobStore {
    files: LocalFileSystem,
    directories: Arc<Directories>,
    known: Arc<KnownBlobs>,
    turns: Turns,
}

impl LocalBlobStore {
    /// Opens the store in a folder, which is made when it is not there. Blocks for as long as that takes.
    ///
    /// # Errors
    /// [`StoreError`] of kind `unavailable` when the folder cannot be made or reached.
    pub fn open(folder: impl Into<PathBuf>, durability: Durability) -> Result<Self, StoreError> {
        let folder = folder.into();
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
            unavailable(format!("open the blob folder {}", folder.display()), error)
        };
        let directories = Directories::open(&folder, durability).map_err(|error| failed(error.into()))?;
        let files = LocalFileSystem::new_with_prefix(directories.root()).map_err(|error| failed(error.into()))?;
        let files = files.with_fsync(durability == Durability::Power);
        Ok(Self { files, directories: Arc::new(directories), known: Arc::default(), turns: Turns::default() })
    }

    /// Sees to it that the bytes are in their place; tells whether they had to be written.
    async fn keep(&self, hash: ContentHash, bytes: Bytes) -> Result<bool, Error> {
        let place = location(hash);
        if self.known.has(hash) && self.is_kept(hash, &place, &bytes).await? {
            return Ok(false);
        }
        let _turn = self.turns.take(hash).await;
        if self.is_kept(hash, &place, &bytes).await? {
            return Ok(false);
        }
        self.on_disk(&place, |directories, file| file.parent().map_or(Ok(()), |folder| directories.ensure(folder)))
            .await?;
        match self.files.put_opts(&place, bytes.clone().into(), PutMode::Create.into()).await {
            Ok(_) => Ok(true),
            // Another process was faster, or what lies there is not the blob.
            Err(Error::AlreadyExists { .. }) if self.is_kept(hash, &place, &bytes).await? => Ok(false),
            Err(Error::AlreadyExists { .. }) => self.overwrite(&place, bytes).await,
            Err(error) if lacks_hard_links(&error) => self.overwrite(&place, bytes).await,
            Err(error) => Err(error),
        }
    }

    async fn overwrite(&self, place: &Path, bytes: Bytes) -> Result<bool, Error> {
        self.files.put(place, bytes.into()).await.map(|_| true)
    }

    /// Whether just these bytes are in the place; if so, they are as durable as promised from now on.
    ///
    /// The bytes are compared, not only their number: a power cut can leave a file of the right length and other
    /// content, where less durability was promised to whoever wrote it.
    async fn is_kept(&self, hash: ContentHash, place: &Path, bytes: &Bytes) -> Result<bool, Error> {
        let (bytes, known) = (bytes.clone(), Arc::clone(&self.known));
        let step = move |directories: &Directories, file: PathBuf| -> io::Result<bool> {
            let Some(stamp) = Stamp::of(&file)?.filter(|stamp| stamp.length == bytes.len() as u64) else {
                return Ok(false);
            };
            if known.is_unchanged(hash, stamp) {
                return Ok(true);
            }
            if !holds(&file, &bytes)? {
                return Ok(false);
            }
            directories.settle(&file)?;
            known.remember(hash, stamp);
            Ok(true)
        };
        self.on_disk(place, step).await
    }

    /// Runs a step on the file of a place, on a blocking thread.
    async fn on_disk<T: Send + 'static>(
        &self,
        place: &Path,
        step: impl FnOnce(&Directories, PathBuf) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let file = self.files.path_to_filesystem(place)?;
        let directories = Arc::clone(&self.directories);
        let done = tokio::task::spawn_blocking(move || step(&directories, file)).await?;
        done.map_err(|source| Error::Generic { store: "LocalBlobStore", source: source.into() })
    }
}

#[async_trait]
impl BlobStore for LocalBlobStore {
    async fn put_blob(&self, hash: ContentHash, bytes: Bytes) -> Result<bool, StoreError> {
        self.keep(hash, bytes).await.map_err(|error| unavailable(format!("keep blob {hash}"), error))
    }

    async fn get_blob(&self, hash: ContentHash) -> Result<Bytes, StoreError> {
        let failed = |error| match error {
            Error::NotFound { .. } => StoreError::new(StoreErrorKind::NotFound, format!("find blob {hash}")),
            error => unavailable(format!("read blob {hash}"), error),
        };
        let bytes = self.files.get(&location(hash)).await.map_err(failed)?.bytes().await.map_err(failed)?;
        let read = bytes.clone();
        let found = tokio::task::spawn_blocking(move || ContentHash::of(&read))
            .await
            .map_err(|error| unavailable(format!("check blob {hash}"), error))?;
        if found == hash {
            return Ok(bytes);
        }
        let message =
            format!("read blob {hash}: its {} bytes have the hash {found}; restore it from a backup", bytes.len());
        Err(StoreError::new(StoreErrorKind::Corrupt, message))
    }

    async fn has_blob(&self, hash: ContentHash) -> Result<bool, StoreError> {
        match self.files.head(&location(hash)).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(unavailable(format!("look for blob {hash}"), error)),
        }
    }

    async fn delete_blob(&self, hash: ContentHash) -> Result<(), StoreError> {
        self.known.forget(hash);
        match self.files.delete(&location(hash)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(format!("remove blob {hash}"), error)),
        }
    }

    async fn list_blobs(&self, after: Option<ContentHash>, limit: usize) -> Result<Vec<BlobInfo>, StoreError> {
        let page = listing::page(&self.files, after, limit).await;
        page.map_err(|error| unavailable("list the blobs".to_owned(), error))
    }
}

/// Whether a file holds just these bytes; a missing one does not.
fn holds(file: &std::path::Path, bytes: &[u8]) -> io::Result<bool> {
    let opened = match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    let mut reader = BufReader::with_capacity(COMPARED_AT_ONCE, opened);
    let mut rest = bytes;
    loop {
        let read = reader.fill_buf()?;
        if read.is_empty() {
            return Ok(rest.is_empty());
        }
        let Some(behind) = rest.strip_prefix(read) else { return Ok(false) };
        let length = read.len();
        rest = behind;
        reader.consume(length);
    }
}

/// Whether a file could not be put in its place because the file system has no hard links (exFAT, some network
/// shares): they are what tells without a race whether the place was free.
fn lacks_hard_links(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied);
        }
        cause = error.source();
    }
    false
}

fn unavailable(message: impl Display, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, message.to_string()).with_source(source)
}
