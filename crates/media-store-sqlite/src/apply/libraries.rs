//! Libraries and what stands in them.

use media_domain::{AssetId, LibraryId, MediaLibrary};
use rusqlite::Connection;

use super::labels::Place;
use super::{asset_key, execute, first_integer, library_key};
use crate::columns::micros;
use crate::failure::Failure;
use crate::figures::Figures;
use crate::ledger::{Ledger, Sign};

/// Makes a library.
pub(super) fn create(connection: &Connection, library: &MediaLibrary) -> Result<(), Failure> {
    const SQL: &str = "INSERT INTO libraries (library_id, name, description, owner, project, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let id = library.library_id.as_uuid().into_bytes();
    let (name, created_at) = (library.name.as_str(), micros(library.created_at));
    execute(connection, SQL, &[&id, &name, &library.description, &library.owner, &library.project, &created_at])
        .map(drop)
        .map_err(|failure| failure.or_taken(|| format!("make the library {name:?}: its name or id is taken")))
}

/// Puts an asset into a library, where it may be already.
pub(super) fn link(
    connection: &Connection,
    ledger: &mut Ledger,
    library_id: LibraryId,
    asset_id: AssetId,
) -> Result<(), Failure> {
    let library_key = library_key(connection, library_id)?;
    let asset_key = asset_key(connection, asset_id)?;
    let recency = first_integer(connection, "SELECT recency FROM assets WHERE asset_key = ?1", &[&asset_key])?;
    let place = Place { recency: recency.unwrap_or_default(), asset_id: asset_id.as_uuid().into_bytes(), asset_key };
    if place_in(connection, library_key, place)? {
        ledger.count(library_key, &Figures::of_asset(connection, asset_key)?, Sign::Add);
    }
    Ok(())
}

/// Lists an asset in a library, without its figures; tells whether it was not there before.
pub(super) fn place_in(connection: &Connection, library_key: i64, place: Place) -> Result<bool, Failure> {
    const SQL: &str = "INSERT INTO library_assets (library_key, recency, asset_id, asset_key) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (library_key, recency, asset_id) DO NOTHING";
    let added = execute(connection, SQL, &[&library_key, &place.recency, &place.asset_id, &place.asset_key])?;
    Ok(added > 0)
}

/// Takes an asset out of a library.
pub(super) fn unlink(
    connection: &Connection,
    ledger: &mut Ledger,
    library_id: LibraryId,
    asset_id: AssetId,
) -> Result<(), Failure> {
    const SQL: &str = "DELETE FROM library_assets WHERE library_key = ?1 AND asset_id = ?2
        AND recency = (SELECT recency FROM assets WHERE asset_key = ?3)";
    let library_key = library_key(connection, library_id)?;
    let asset_key = asset_key(connection, asset_id)?;
    if execute(connection, SQL, &[&library_key, &asset_id.as_uuid().into_bytes(), &asset_key])? == 0 {
        return Err(Failure::not_found(&format!("asset {asset_id} in library"), library_id));
    }
    ledger.count(library_key, &Figures::of_asset(connection, asset_key)?, Sign::Take);
    Ok(())
}
