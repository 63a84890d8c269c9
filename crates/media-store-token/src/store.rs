//! Tokens in a folder.

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use media_domain::ProviderId;
use media_ports::{StoreError, StoreErrorKind, TokenLock, TokenSet, TokenStore};
use tokio::sync::OwnedMutexGuard;

use crate::{document, folder};

/// Keeps tokens in a folder, one file for each provider.
///
/// Disk work runs on tokio's blocking threads, so a tokio runtime is needed.
#[derive(Debug)]
pub struct FileTokenStore {
    folder: Arc<Path>,
    /// Who waits within this process stands in line here, so that one of them at a time asks for the file's lock.
    lines: Mutex<HashMap<ProviderId, Arc<tokio::sync::Mutex<()>>>>,
}

/// The pause after the first vain attempt to get a lock; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// The longest of these pauses: an exchange of tokens takes about a second.
const LONGEST_PAUSE: Duration = Duration::from_millis(160);

/// The file's lock goes first, then the place at the head of the line.
#[derive(Debug)]
#[expect(dead_code, reason = "they are held, not read")]
struct Held {
    file: File,
    place: OwnedMutexGuard<()>,
}

impl FileTokenStore {
    /// Names the folder; nothing is read or made yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into().into(), lines: Mutex::default() }
    }

    fn line(&self, provider: &ProviderId) -> Arc<tokio::sync::Mutex<()>> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lines.entry(provider.clone()).or_default())
    }

    /// Runs a step on the folder, on a blocking thread.
    async fn on_disk<T: Send + 'static>(
        &self,
        doing: String,
        step: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let folder = Arc::clone(&self.folder);
        match tokio::task::spawn_blocking(move || step(&folder)).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(unavailable(self.told(&doing), error)),
            Err(error) => Err(unavailable(self.told(&doing), error)),
        }
    }

    fn told(&self, doing: &str) -> String {
        format!("{doing} in {}", self.folder.display())
    }
}

#[async_trait]
impl TokenStore for FileTokenStore {
    async fn load(&self, provider: &ProviderId) -> Result<Option<TokenSet>, StoreError> {
        let (doing, name) = (format!("read the tokens of `{provider}`"), file_name(provider));
        let text = self.on_disk(doing.clone(), move |folder| folder::read(folder, &name)).await?;
        text.map(|text| document::read(&text)).transpose().map_err(|reason| {
            let file = self.folder.join(file_name(provider));
            let message = format!("{doing}: {reason}; remove {} and give consent again", file.display());
            StoreError::new(StoreErrorKind::Corrupt, message)
        })
    }

    async fn save(&self, provider: &ProviderId, tokens: &TokenSet) -> Result<(), StoreError> {
        let (doing, name) = (format!("keep the tokens of `{provider}`"), file_name(provider));
        let text = document::write(tokens).map_err(|error| unavailable(self.told(&doing), error))?;
        self.on_disk(doing, move |folder| folder::replace(folder, &name, &text)).await
    }

    async fn lock(&self, provider: &ProviderId) -> Result<TokenLock, StoreError> {
        let place = self.line(provider).lock_owned().await;
        let doing = format!("wait for the lock on the tokens of `{provider}`");
        let mut pause = FIRST_PAUSE;
        loop {
            let name = format!("{provider}.lock");
            // Nobody waits for another process on a thread: a thread cannot be given up, and holds up the program's end.
            if let Some(file) = self.on_disk(doing.clone(), move |folder| folder::try_lock(folder, &name)).await? {
                return Ok(TokenLock::new(Held { file, place }));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn file_name(provider: &ProviderId) -> String {
    format!("{provider}.json")
}

fn unavailable(message: String, source: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, message).with_source(source)
}
