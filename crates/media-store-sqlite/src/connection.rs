//! Connections to the catalogue's file.

use std::path::Path;
use std::time::Duration;

use media_ports::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::failure::Failure;
use crate::store::Durability;

/// How long a process waits before it looks again whether another one's write has ended: short, because the other may
/// leave but a moment between its writes.
const BUSY_INTERVAL: Duration = Duration::from_millis(1);
/// How often it looks before it gives up, after some 30 seconds.
const BUSY_LOOKS: i32 = 30_000;
/// Bytes of the log's file that are kept once its contents have been written back.
const LOG_KEPT: i64 = 67_108_864;
/// Prepared statements that a connection keeps.
const STATEMENTS_KEPT: usize = 128;

/// Opens the file for reading and writing, making it when it is missing.
pub(crate) fn open_for_writing(file: &Path, durability: Durability) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    open(file, flags)
        .and_then(|connection| {
            let synchronous = match durability {
                Durability::Power => "FULL",
                Durability::Process => "NORMAL",
            };
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", synchronous)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "cache_size", -16_384)?;
            connection.pragma_update(None, "journal_size_limit", LOG_KEPT)?;
            // Each command's savepoint keeps a journal of its own, which would be a file made and removed every time.
            connection.pragma_update(None, "temp_store", "MEMORY")?;
            Ok(connection)
        })
        .map_err(|error| Failure::Sql(error).during(&format!("open {}", file.display())))
}

/// Opens an existing file for reading.
pub(crate) fn open_for_reading(file: &Path) -> Result<Connection, StoreError> {
    open(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .and_then(|connection| {
            connection.pragma_update(None, "cache_size", -8_192)?;
            Ok(connection)
        })
        .map_err(|error| Failure::Sql(error).during(&format!("open {} for reading", file.display())))
}

fn open(file: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_handler(Some(wait_for_others))?;
    // Closing would otherwise write the log back and lock out whoever opens the file at that moment.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

fn wait_for_others(looks: i32) -> bool {
    std::thread::sleep(BUSY_INTERVAL);
    looks < BUSY_LOOKS
}
