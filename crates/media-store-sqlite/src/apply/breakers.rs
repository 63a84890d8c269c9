//! The breakers that processes share.

use media_domain::BreakerState;
use media_ports::{BreakerKey, StoreErrorKind};
use rusqlite::Connection;

use super::{execute, first_integer};
use crate::columns::{capped, integer, to_json};
use crate::failure::Failure;

const VERSION: &str = "SELECT version FROM breakers WHERE provider = ?1 AND model = ?2 AND fingerprint = ?3";
const SAVE: &str = "INSERT INTO breakers (provider, model, fingerprint, version, state, revision)
    VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(revision), 0) + 1 FROM breakers))
    ON CONFLICT DO UPDATE SET version = excluded.version, state = excluded.state, revision = excluded.revision";

/// Keeps a breaker's state over the one of the version expected.
pub(super) fn save(
    connection: &Connection,
    key: &BreakerKey,
    state: &BreakerState,
    expected_version: u64,
) -> Result<(), Failure> {
    let BreakerKey { provider, model, fingerprint } = key;
    let kept = first_integer(connection, VERSION, &[&provider.as_str(), model, fingerprint])?.unwrap_or(0);
    if kept != capped(expected_version) {
        let message = format!(
            "keep the breaker of {provider}: another process has changed it \
             (version {expected_version} was expected, {kept} is kept)"
        );
        return Err(Failure::new(StoreErrorKind::Conflict, message));
    }
    let version = integer("version", state.version)?;
    execute(connection, SAVE, &[&provider.as_str(), model, fingerprint, &version, &to_json(state)?]).map(drop)
}
