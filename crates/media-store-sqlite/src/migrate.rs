//! The schema's versions.

use std::fs;
use std::path::{Path, PathBuf};

use media_ports::{StoreError, StoreErrorKind};
use rusqlite::{Connection, TransactionBehavior};

use crate::failure::{Failure, io_failure};

/// The schema's history: the SQL at index `n` makes version `n + 1` of version `n`.
pub(crate) const MIGRATIONS: &[&str] =
    &[include_str!("migrations/0001_catalogue.sql"), include_str!("migrations/0002_ledger.sql")];

/// Marks the file as a catalogue of this program ("MEDC").
const APPLICATION_ID: i64 = 0x4d45_4443;

/// Brings the schema up to date, each version in a transaction of its own; an existing catalogue is copied first. The
/// caller holds the store's lock.
pub(crate) fn migrate(connection: &mut Connection, file: &Path, migrations: &[&str]) -> Result<(), StoreError> {
    let action = format!("prepare {}", file.display());
    let found = schema_version(connection).map_err(|failure| failure.during(&action))?;
    let latest = migrations.len();
    if found > latest {
        let message = format!(
            "{action}: it has schema version {found} and this program knows versions up to {latest}; use a newer program"
        );
        return Err(StoreError::new(StoreErrorKind::TooNew, message));
    }
    if found > 0 && found < latest {
        copy_aside(connection, file, latest)?;
    }
    for (index, sql) in migrations.iter().enumerate().skip(found) {
        step(connection, sql, index + 1)
            .map_err(|failure| failure.during(&format!("{action}: migrate to version {}", index + 1)))?;
    }
    Ok(())
}

fn step(connection: &mut Connection, sql: &str, version: usize) -> Result<(), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(sql)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", crate::columns::limit(version))?;
    Ok(transaction.commit()?)
}

/// The version of the schema; zero for an empty file.
fn schema_version(connection: &Connection) -> Result<usize, Failure> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let version = number("user_version")?;
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let empty = version == 0 && objects == 0;
    if !empty && number("application_id")? != APPLICATION_ID {
        return Err(Failure::new(StoreErrorKind::Corrupt, "the file is a database, but no catalogue of this program"));
    }
    usize::try_from(version).map_err(|error| Failure::corrupt(format!("the schema has version {version}"), error))
}

/// Copies the catalogue to `catalogue.before-vN.db`; a copy that an interrupted attempt left is replaced.
fn copy_aside(connection: &Connection, file: &Path, version: usize) -> Result<PathBuf, StoreError> {
    let copy = file.with_extension(format!("before-v{version}.db"));
    let partial = file.with_extension(format!("before-v{version}.partial"));
    let _ = fs::remove_file(&partial);
    crate::backup::vacuum_into(connection, &partial)?;
    fs::rename(&partial, &copy).map_err(|error| io_failure(format!("put a copy at {}", copy.display()), error))?;
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = MIGRATIONS[0];
    const SECOND: &str = "ALTER TABLE libraries ADD COLUMN colour TEXT";

    fn prepared(folder: &Path) -> (Connection, PathBuf) {
        let file = folder.join("catalogue.db");
        let mut connection = Connection::open(&file).unwrap();
        migrate(&mut connection, &file, &[FIRST]).unwrap();
        (connection, file)
    }

    #[test]
    fn an_existing_catalogue_is_copied_before_it_is_migrated() {
        let folder = tempfile::tempdir().unwrap();
        let (mut connection, file) = prepared(folder.path());
        let copy = folder.path().join("catalogue.before-v2.db");
        assert!(!copy.exists(), "a new catalogue has nothing to copy");

        migrate(&mut connection, &file, &[FIRST, SECOND]).unwrap();
        assert_eq!(schema_version(&connection).unwrap(), 2);
        assert_eq!(schema_version(&Connection::open(&copy).unwrap()).unwrap(), 1);
    }

    #[test]
    fn a_migration_that_fails_changes_nothing_and_can_be_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let (mut connection, file) = prepared(folder.path());
        let broken = format!("{SECOND}; ALTER TABLE missing ADD COLUMN colour TEXT");
        migrate(&mut connection, &file, &[FIRST, &broken]).unwrap_err();
        assert_eq!(schema_version(&connection).unwrap(), 1);
        migrate(&mut connection, &file, &[FIRST, SECOND]).unwrap();
        assert_eq!(schema_version(&connection).unwrap(), 2);
    }
}
