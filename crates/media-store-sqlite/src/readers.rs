//! Connections that read.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use media_ports::{StoreError, StoreErrorKind};
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::connection::open_for_reading;
use crate::failure::Failure;

/// A bounded set of read-only connections, opened when they are first needed.
#[derive(Debug)]
pub(crate) struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(file: PathBuf, most: usize) -> Self {
        let permits = most.clamp(1, Semaphore::MAX_PERMITS);
        Self { file, idle: Mutex::default(), permits: Arc::new(Semaphore::new(permits)) }
    }

    /// The file that is read.
    pub(crate) fn file(&self) -> &PathBuf {
        &self.file
    }

    /// Runs a query on a thread for blocking work; all it reads is of one moment. `action` completes "failed to …".
    pub(crate) async fn read<T, Q>(self: &Arc<Self>, action: &'static str, query: Q) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Q: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        let closed = |_| StoreError::new(StoreErrorKind::Unavailable, format!("{action}: the store is closed"));
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(closed)?;
        let readers = Arc::clone(self);
        let task = move || {
            let _permit = permit;
            readers.with_connection(|connection| {
                let moment = connection.unchecked_transaction()?;
                query(&moment)
            })
        };
        match tokio::task::spawn_blocking(task).await {
            Ok(answer) => answer.map_err(|failure| failure.during(action)),
            Err(error) => Err(StoreError::new(StoreErrorKind::Unavailable, format!("{action}: the query broke off"))
                .with_source(error)),
        }
    }

    fn with_connection<T>(&self, query: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, Failure> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open_for_reading(&self.file)?,
        };
        let answer = query(&connection);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        answer
    }
}
