//! Errors inside the store, and how they look from outside.

use media_ports::{StoreError, StoreErrorKind};
use rusqlite::ffi;

/// What stops a step inside the store.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database refused or broke.
    Sql(rusqlite::Error),
    /// The change or the query is at fault, or something else than the database.
    Store(StoreError),
}

impl Failure {
    /// A failure of our own making.
    pub(crate) fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self::Store(StoreError::new(kind, message))
    }

    /// What a change or query refers to is not there.
    pub(crate) fn not_found(what: &str, id: impl std::fmt::Display) -> Self {
        Self::new(StoreErrorKind::NotFound, format!("there is no {what} {id}"))
    }

    /// What is stored cannot be understood.
    pub(crate) fn corrupt(
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Store(StoreError::new(StoreErrorKind::Corrupt, message).with_source(source))
    }

    /// The error as the ports speak it; `action` completes "failed to …".
    pub(crate) fn during(self, action: &str) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Sql(error) => {
                let (kind, reason) = classify(&error);
                StoreError::new(kind, format!("{action}: {reason}")).with_source(error)
            }
        }
    }

    /// Says what is taken when a unique key refuses a row.
    pub(crate) fn or_taken(self, taken: impl FnOnce() -> String) -> Self {
        match self {
            Self::Sql(error) if is_unique_violation(&error) => {
                Self::Store(StoreError::new(StoreErrorKind::AlreadyExists, taken()))
            }
            other => other,
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// An error of the file system.
pub(crate) fn io_failure(action: impl Into<String>, error: std::io::Error) -> StoreError {
    let kind = match error.kind() {
        std::io::ErrorKind::AlreadyExists => StoreErrorKind::AlreadyExists,
        _ => StoreErrorKind::Unavailable,
    };
    StoreError::new(kind, action).with_source(error)
}

fn is_unique_violation(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID)
    )
}

fn classify(error: &rusqlite::Error) -> (StoreErrorKind, &'static str) {
    use rusqlite::ErrorCode as Code;
    let Some(sqlite) = error.sqlite_error() else {
        return (StoreErrorKind::Corrupt, "a stored value cannot be read back");
    };
    match (sqlite.code, sqlite.extended_code) {
        (Code::ConstraintViolation, _) if is_unique_violation(error) => {
            (StoreErrorKind::AlreadyExists, "a key is taken")
        }
        (Code::ConstraintViolation, ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => {
            (StoreErrorKind::NotFound, "something referred to is missing")
        }
        (Code::ConstraintViolation | Code::TypeMismatch | Code::TooBig, _) => {
            (StoreErrorKind::Invalid, "a value or a sum is out of range")
        }
        (Code::DatabaseBusy | Code::DatabaseLocked, _) => {
            (StoreErrorKind::Unavailable, "another process holds the catalogue; try again")
        }
        (Code::DiskFull, _) => (StoreErrorKind::Unavailable, "the disk is full"),
        (Code::DatabaseCorrupt | Code::NotADatabase, _) => {
            (StoreErrorKind::Corrupt, "the catalogue is damaged; restore a backup")
        }
        _ => (StoreErrorKind::Unavailable, "the catalogue cannot be used"),
    }
}
