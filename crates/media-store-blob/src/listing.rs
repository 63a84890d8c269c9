//! Pages of blobs in the order of their hashes.

use media_domain::{ContentHash, FileSize};
use media_ports::BlobInfo;
use object_store::path::Path;
use object_store::{ObjectStore, Result};

use crate::layout::{TOP, hash_at, location};

/// Up to `limit` blobs after the one named. Only the folders that the page touches are read: hashes sort as their
/// folders do, so the folders are walked in order from the one where the page begins.
pub(crate) async fn page(store: &dyn ObjectStore, after: Option<ContentHash>, limit: usize) -> Result<Vec<BlobInfo>> {
    let mut blobs = Vec::new();
    if limit == 0 {
        return Ok(blobs);
    }
    let start = after.map(location);
    for first in folders(store, &Path::from(TOP), start.as_ref()).await? {
        for second in folders(store, &first, start.as_ref()).await? {
            blobs.extend(files(store, &second, after).await?);
            if blobs.len() >= limit {
                blobs.truncate(limit);
                return Ok(blobs);
            }
        }
    }
    Ok(blobs)
}

/// The folders in a folder, in order, from the one that holds `start` on.
async fn folders(store: &dyn ObjectStore, within: &Path, start: Option<&Path>) -> Result<Vec<Path>> {
    let mut folders = store.list_with_delimiter(Some(within)).await?.common_prefixes;
    folders.retain(|folder| start.is_none_or(|start| start.prefix_matches(folder) || folder > start));
    folders.sort_unstable();
    Ok(folders)
}

/// The blobs in a folder after the one named, in order; whatever else lies there (files half written) is passed over.
async fn files(store: &dyn ObjectStore, within: &Path, after: Option<ContentHash>) -> Result<Vec<BlobInfo>> {
    let objects = store.list_with_delimiter(Some(within)).await?.objects;
    let blob = |object: &object_store::ObjectMeta| {
        let hash = hash_at(&object.location).filter(|hash| Some(*hash) > after)?;
        Some(BlobInfo { hash, size: FileSize::from_bytes(object.size) })
    };
    let mut blobs: Vec<_> = objects.iter().filter_map(blob).collect();
    blobs.sort_unstable_by_key(|blob| blob.hash);
    Ok(blobs)
}
