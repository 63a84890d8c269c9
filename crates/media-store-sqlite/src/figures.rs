//! What an asset adds to the figures of the libraries it is in.

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use crate::failure::Failure;

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

/// The statements that count assets of a library by something they have.
struct Counter {
    up: &'static str,
    down: &'static str,
    remove: &'static str,
}

macro_rules! counter {
    ($table:literal, $key:literal) => {
        Counter {
            up: concat!(
                "INSERT INTO ", $table, " (library_key, ", $key, ", asset_count) VALUES (?1, ?2, 1) ",
                "ON CONFLICT (library_key, ", $key, ") DO UPDATE SET asset_count = asset_count + 1 RETURNING asset_count"
            ),
            down: concat!(
                "UPDATE ", $table, " SET asset_count = asset_count - 1 WHERE library_key = ?1 AND ", $key,
                " = ?2 RETURNING asset_count"
            ),
            remove: concat!("DELETE FROM ", $table, " WHERE library_key = ?1 AND ", $key, " = ?2"),
        }
    };
}

const TAGS: Counter = counter!("library_tags", "tag_key");
const CATEGORIES: Counter = counter!("library_categories", "category_key");
const CAMPAIGNS: Counter = counter!("library_campaigns", "campaign_key");

const OF_ASSET: &str = "SELECT a.size_bytes, a.usage_count, coalesce(t.impressions, 0), coalesce(t.clicks, 0)
    FROM assets a LEFT JOIN performance_totals t ON t.campaign_key = 0 AND t.asset_key = a.asset_key
    WHERE a.asset_key = ?1 AND a.status <> 'deleted'";
const TAGS_OF_ASSET: &str = "SELECT t.tag_key FROM assets a, json_each(a.tags) label JOIN tags t ON t.name = label.value
    WHERE a.asset_key = ?1";
const CATEGORIES_OF_ASSET: &str = "SELECT c.category_key FROM assets a, json_each(a.categories) label
    JOIN categories c ON c.name = label.value WHERE a.asset_key = ?1";
const CAMPAIGNS_OF_ASSET: &str = "SELECT campaign_key FROM asset_campaigns WHERE asset_key = ?1";
const ADD_SUMS: &str = "UPDATE libraries SET asset_count = asset_count + ?2, size_bytes = size_bytes + ?3,
    usage_count = usage_count + ?4, impressions = impressions + ?5, clicks = clicks + ?6,
    campaign_count = campaign_count + ?7 WHERE library_key = ?1";

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

    /// Adds them to a library's figures.
    pub(crate) fn add_to(&self, connection: &Connection, library_key: i64) -> Result<(), Failure> {
        TAGS.count_up(connection, library_key, &self.tags)?;
        CATEGORIES.count_up(connection, library_key, &self.categories)?;
        let campaigns = CAMPAIGNS.count_up(connection, library_key, &self.campaigns)?;
        self.add_sums(connection, library_key, 1, campaigns)
    }

    /// Takes them from a library's figures.
    pub(crate) fn take_from(&self, connection: &Connection, library_key: i64) -> Result<(), Failure> {
        TAGS.count_down(connection, library_key, &self.tags)?;
        CATEGORIES.count_down(connection, library_key, &self.categories)?;
        let campaigns = CAMPAIGNS.count_down(connection, library_key, &self.campaigns)?;
        self.add_sums(connection, library_key, -1, -campaigns)
    }

    /// Adds them to the figures of every library that holds the asset.
    pub(crate) fn add_to_libraries_of(&self, connection: &Connection, asset_key: i64) -> Result<(), Failure> {
        for library_key in libraries_of(connection, asset_key)? {
            self.add_to(connection, library_key)?;
        }
        Ok(())
    }

    fn add_sums(&self, connection: &Connection, library_key: i64, sign: i64, campaigns: i64) -> Result<(), Failure> {
        connection.prepare_cached(ADD_SUMS)?.execute([
            library_key,
            sign * self.assets,
            sign * self.size_bytes,
            sign * self.usage,
            sign * self.impressions,
            sign * self.clicks,
            campaigns,
        ])?;
        Ok(())
    }
}

impl Counter {
    /// Counts one more asset for each key; returns how many keys are new to the library.
    fn count_up(&self, connection: &Connection, library_key: i64, keys: &[i64]) -> Result<i64, Failure> {
        let mut new = 0;
        for key in keys {
            let count: i64 =
                connection.prepare_cached(self.up)?.query_row([library_key, *key], |row| row.get(0))?;
            new += i64::from(count == 1);
        }
        Ok(new)
    }

    /// Counts one asset less for each key; returns how many keys the library has lost.
    fn count_down(&self, connection: &Connection, library_key: i64, keys: &[i64]) -> Result<i64, Failure> {
        let mut lost = 0;
        for key in keys {
            let count: i64 =
                connection.prepare_cached(self.down)?.query_row([library_key, *key], |row| row.get(0))?;
            if count == 0 {
                connection.prepare_cached(self.remove)?.execute([library_key, *key])?;
                lost += 1;
            }
        }
        Ok(lost)
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
