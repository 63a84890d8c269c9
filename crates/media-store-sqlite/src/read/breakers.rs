//! Reading the breakers that processes share.

use async_trait::async_trait;
use media_ports::{BreakerKey, BreakerReader, KeptBreaker, StoreError};

use super::rows;
use crate::columns::{Columns, capped};
use crate::failure::Failure;
use crate::store::SqliteStore;

const KEPT_AFTER: &str = "SELECT provider, model, fingerprint, state, revision FROM breakers
    WHERE revision > ?1 ORDER BY revision";

#[async_trait]
impl BreakerReader for SqliteStore {
    async fn breaker_states(&self, after_revision: u64) -> Result<Vec<KeptBreaker>, StoreError> {
        let after = capped(after_revision);
        self.readers.read("read breakers", move |connection| rows(connection, KEPT_AFTER, &[&after], breaker_of)).await
    }
}

fn breaker_of(columns: &mut Columns<'_, '_>) -> Result<KeptBreaker, Failure> {
    let key = BreakerKey { provider: columns.parsed()?, model: columns.value()?, fingerprint: columns.value()? };
    Ok(KeptBreaker { key, state: columns.json()?, revision: columns.count()? })
}
