//! What the checks of providers have told last, kept in the data folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use media_domain::ProviderId;
use serde::{Deserialize, Serialize};

use crate::config::Settings;

/// What the check of a provider has told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastHealth {
    /// When it was checked.
    pub checked_at: DateTime<Utc>,
    /// Whether it answered.
    pub healthy: bool,
    /// Why it did not.
    pub reason: Option<String>,
    /// How long the check took, in milliseconds.
    pub latency_ms: Option<u64>,
    /// What the vendor told besides (balance, account).
    pub detail: Option<String>,
    /// The day after which the configured model is gone, where the vendor told.
    pub model_shutdown_date: Option<NaiveDate>,
}

/// Remembers, in a file of the data folder, what the checks of providers have told last.
#[derive(Debug)]
pub struct HealthMemory {
    file: PathBuf,
}

/// One provider as the file has it: under other settings or another key it would be another provider.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    fingerprint: String,
    #[serde(flatten)]
    health: LastHealth,
}

type Document = BTreeMap<ProviderId, Remembered>;

impl HealthMemory {
    /// Name of the file.
    const FILE_NAME: &'static str = "health.json";

    /// The memory of a data folder; nothing is read yet.
    pub fn of(settings: &Settings) -> Self {
        Self { file: settings.data_dir.join(Self::FILE_NAME) }
    }

    /// What is remembered of providers, by id and by the fingerprint of how they were configured. What cannot be read is
    /// forgotten: the next check tells it again.
    pub fn recall(&self) -> BTreeMap<(ProviderId, String), LastHealth> {
        let known = self.document().into_iter();
        known.map(|(provider, remembered)| ((provider, remembered.fingerprint), remembered.health)).collect()
    }

    /// Remembers what was told, in place of what was told before; without a data folder nothing is made.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn remember(&self, told: impl IntoIterator<Item = (ProviderId, String, LastHealth)>) -> io::Result<()> {
        if !self.file.parent().is_some_and(|folder| folder.is_dir()) {
            return Ok(());
        }
        let mut document = self.document();
        let told = told.into_iter();
        document.extend(told.map(|(provider, fingerprint, health)| (provider, Remembered { fingerprint, health })));
        let unfinished = self.file.with_extension(format!("{}.part", std::process::id()));
        fs::write(&unfinished, serde_json::to_vec(&document)?)?;
        fs::rename(&unfinished, &self.file)
    }

    fn document(&self) -> Document {
        fs::read(&self.file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }
}
