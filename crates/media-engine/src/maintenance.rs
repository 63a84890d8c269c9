//! Looking after the data as a whole: check, copy.

use std::path::PathBuf;
use std::sync::Arc;

use media_domain::ContentHash;
use media_ports::{BlobStore, StoreErrorKind, VerifyFinding};
use serde::Serialize;

use crate::engine::MediaEngine;
use crate::error::EngineError;

/// What a check of the data found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Files that the catalogue names and that were read and hashed.
    pub blobs_checked: u64,
    /// Files that nothing names; no fault, they are left of what was cut short.
    pub blobs_unreferenced: u64,
    /// What is wrong.
    pub findings: Vec<VerifyFinding>,
}

/// What a backup copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct BackupReport {
    /// Files copied or already there.
    pub blobs: u64,
    /// Bytes of them.
    pub bytes: u64,
}

/// Hashes fetched at a time.
const PAGE: usize = 1_000;

impl MediaEngine {
    /// Checks the catalogue's structure, and every file it names against its hash.
    ///
    /// # Errors
    /// `Store` when the check itself cannot be made.
    #[tracing::instrument(skip_all)]
    pub async fn verify(&self) -> Result<VerifyReport, EngineError> {
        let mut report =
            VerifyReport { findings: self.parts.maintenance.check_integrity().await?, ..VerifyReport::default() };
        let mut referenced = 0;
        let mut after = None;
        loop {
            let page = self.parts.maintenance.referenced_blobs(after, PAGE).await?;
            for hash in &page {
                self.verify_blob(*hash, &mut report).await?;
            }
            referenced += page.len() as u64;
            after = page.last().copied();
            if page.len() < PAGE {
                break;
            }
        }
        let missing = referenced - report.blobs_checked;
        report.blobs_unreferenced = self.count_blobs().await?.saturating_sub(referenced - missing);
        Ok(report)
    }

    async fn verify_blob(&self, hash: ContentHash, report: &mut VerifyReport) -> Result<(), EngineError> {
        match self.parts.blobs.get_blob(hash).await {
            Ok(_) => report.blobs_checked += 1,
            Err(error) if matches!(error.kind, StoreErrorKind::NotFound | StoreErrorKind::Corrupt) => {
                if error.kind == StoreErrorKind::Corrupt {
                    report.blobs_checked += 1;
                }
                report.findings.push(VerifyFinding { subject: format!("blob {hash}"), problem: error.to_string() });
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn count_blobs(&self) -> Result<u64, EngineError> {
        let (mut count, mut after) = (0, None);
        loop {
            let page = self.parts.blobs.list_blobs(after, PAGE).await?;
            count += page.len() as u64;
            after = page.last().map(|blob| blob.hash);
            if page.len() < PAGE {
                return Ok(count);
            }
        }
    }

    /// Copies the catalogue to a new file and every file it names to another store, while others go on working.
    ///
    /// The catalogue is copied first, so that every file named in the copy is there to be copied after it.
    ///
    /// # Errors
    /// `Store`; a file that is missing or damaged ends the backup, see [`MediaEngine::verify`].
    #[tracing::instrument(skip_all)]
    pub async fn backup(&self, catalogue: PathBuf, blobs: Arc<dyn BlobStore>) -> Result<BackupReport, EngineError> {
        self.parts.maintenance.backup_to(catalogue).await?;
        let mut report = BackupReport::default();
        let mut after = None;
        loop {
            let page = self.parts.maintenance.referenced_blobs(after, PAGE).await?;
            for hash in &page {
                let bytes = self.parts.blobs.get_blob(*hash).await?;
                report.blobs += 1;
                report.bytes += bytes.len() as u64;
                blobs.put_blob(*hash, bytes).await?;
            }
            after = page.last().copied();
            if page.len() < PAGE {
                return Ok(report);
            }
        }
    }
}
