//! What an asset adds to the figures of the libraries it is in.

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use crate::failure::Failure;
use crate::ledger::{Ledger, Sign};

/// The campaign key under which an asset's sums over every campaign stand.
pub(crate) const EVERY_CAMPAIGN: i64 = 0;

/// Figures to add to a library's, or to take from them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) assets: i64,
    pub(crate) size_bytes: i64,
    pub(crate) usage: i64,
    pub(crate) impressions: i64,
    pub(crate) clicks: i64,
    /// Keys of tags.
    pub(crate) tags: Vec<i64>,
    /// Keys of categories.
    pub(crate) categories: Vec<i64>,
    /// Keys of campaigns.
    pub(crate) campaigns: Vec<i64>,
}

const OF_ASSET: &str = "SELECT a.size_bytes, a.usage_count, coalesce(t.impressions, 0), coalesce(t.clicks, 0)
    FROM assets a LEFT JOIN performance_totals t ON t.campaign_key = 0 AND t.asset_key = a.asset_key
    WHERE a.asset_key = ?1 AND a.status <> 'deleted'";
const TAGS_OF_ASSET: &str =
    "SELECT t.tag_key FROM assets a, json_each(a.tags) label JOIN tags t ON t.name = label.value
    WHERE a.asset_key = ?1";
const CATEGORIES_OF_ASSET: &str = "SELECT c.category_key FROM assets a, json_each(a.categories) label
    JOIN categories c ON c.name = label.value WHERE a.asset_key = ?1";
const CAMPAIGNS_OF_ASSET: &str = "SELECT campaign_key FROM asset_campaigns WHERE asset_key = ?1";

impl Figures {
    /// All that an asset adds; nothing when it is deleted.
    pub(crate) fn of_asset(connection: &Connection, asset_key: i64) -> Result<Self, Failure> {
        let sums = connection
            .prepare_cached(OF_ASSET)?
            .query_row([asset_key], |row| {
                Ok(Self {
                    assets: 1,
                    size_bytes: row.get(0)?,
                    usage: row.get(1)?,
                    impressions: row.get(2)?,
                    clicks: row.get(3)?,
                    ..Self::default()
                })
            })
            .optional()?;
        let Some(mut figures) = sums else { return Ok(Self::default()) };
        figures.tags = keys(connection.prepare_cached(TAGS_OF_ASSET)?, asset_key)?;
        figures.categories = keys(connection.prepare_cached(CATEGORIES_OF_ASSET)?, asset_key)?;
        figures.campaigns = keys(connection.prepare_cached(CAMPAIGNS_OF_ASSET)?, asset_key)?;
        Ok(figures)
    }

    /// Adds them to the figures of every library that holds the asset.
    pub(crate) fn add_to_libraries_of(
        &self,
        connection: &Connection,
        ledger: &mut Ledger,
        asset_key: i64,
    ) -> Result<(), Failure> {
        for library_key in libraries_of(connection, asset_key)? {
            ledger.count(library_key, self, Sign::Add);
        }
        Ok(())
    }
}

/// The keys of the libraries that hold an asset.
pub(crate) fn libraries_of(connection: &Connection, asset_key: i64) -> Result<Vec<i64>, Failure> {
    keys(connection.prepare_cached("SELECT library_key FROM library_assets WHERE asset_key = ?1")?, asset_key)
}

fn keys(mut statement: CachedStatement<'_>, of: i64) -> Result<Vec<i64>, Failure> {
    let keys = statement.query_map([of], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(keys)
}
