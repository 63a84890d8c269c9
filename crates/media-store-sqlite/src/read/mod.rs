//! The reader ports.

mod assets;
mod breakers;
mod jobs;
mod ledger;
mod libraries;
mod performance;
mod suggestions;

use rusqlite::{Connection, ToSql};

use crate::columns::Columns;
use crate::failure::Failure;

/// Reads every row of a statement that is kept prepared.
fn rows<T>(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
    read: impl Fn(&mut Columns<'_, '_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_and_then(parameters, |row| read(&mut Columns::of(row)))?.collect()
}

/// Reads the first row of a statement that is kept prepared.
fn first<T>(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
    read: impl Fn(&mut Columns<'_, '_>) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    rows.next()?.map(|row| read(&mut Columns::of(row))).transpose()
}
