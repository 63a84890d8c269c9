//! What a set of changes adds up to, written once at its end: a sum that a hundred changes touch costs one statement, and
//! the word index one flush.

use std::collections::BTreeMap;

use media_ports::StoreErrorKind;
use rusqlite::{Connection, OptionalExtension};

use crate::failure::Failure;
use crate::figures::Figures;

/// Sums and words that are still to be written. Nothing that carries out a change reads what a ledger writes.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    libraries: BTreeMap<i64, LibraryDelta>,
    tags: Deltas,
    categories: Deltas,
    words: BTreeMap<i64, Words>,
}

/// Numbers of assets to add, by the key of what they have.
type Deltas = BTreeMap<i64, i64>;

/// What is to be added to a library's figures; wide enough for any number of columns' worth.
#[derive(Debug, Default)]
struct LibraryDelta {
    assets: i128,
    size_bytes: i128,
    usage: i128,
    impressions: i128,
    clicks: i128,
    tags: Deltas,
    categories: Deltas,
    campaigns: Deltas,
}

/// The searchable words of an asset.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) tags: String,
    pub(crate) prompt: Option<String>,
    /// Whether earlier words must be removed first.
    pub(crate) replace: bool,
}

/// Whether figures come or go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// They are added.
    Add,
    /// They are taken away.
    Take,
}

impl Sign {
    fn factor(self) -> i64 {
        match self {
            Self::Add => 1,
            Self::Take => -1,
        }
    }
}

/// The statements that count assets of a library by something they have.
struct Counter {
    change: &'static str,
    insert: &'static str,
    remove: &'static str,
}

macro_rules! counter {
    ($table:literal, $key:literal) => {
        Counter {
            change: concat!(
                "UPDATE ",
                $table,
                " SET asset_count = asset_count + ?3 WHERE library_key = ?1 AND ",
                $key,
                " = ?2 RETURNING asset_count"
            ),
            insert: concat!("INSERT INTO ", $table, " (library_key, ", $key, ", asset_count) VALUES (?1, ?2, ?3)"),
            remove: concat!("DELETE FROM ", $table, " WHERE library_key = ?1 AND ", $key, " = ?2"),
        }
    };
}

const TAGS: Counter = counter!("library_tags", "tag_key");
const CATEGORIES: Counter = counter!("library_categories", "category_key");
const CAMPAIGNS: Counter = counter!("library_campaigns", "campaign_key");

const ADD_SUMS: &str = "UPDATE libraries SET asset_count = asset_count + ?2, size_bytes = size_bytes + ?3,
    usage_count = usage_count + ?4, impressions = impressions + ?5, clicks = clicks + ?6,
    campaign_count = campaign_count + ?7 WHERE library_key = ?1";
const COUNT_TAG: &str = "UPDATE tags SET asset_count = asset_count + ?2 WHERE tag_key = ?1";
const COUNT_CATEGORY: &str = "UPDATE categories SET asset_count = asset_count + ?2 WHERE category_key = ?1";
const REMOVE_WORDS: &str = "DELETE FROM asset_search WHERE rowid = ?1";
const INSERT_WORDS: &str =
    "INSERT INTO asset_search (rowid, name, description, tags, prompt) VALUES (?1, ?2, ?3, ?4, ?5)";

impl Ledger {
    /// Adds figures to a library's, or takes them away.
    pub(crate) fn count(&mut self, library_key: i64, figures: &Figures, sign: Sign) {
        let factor = i128::from(sign.factor());
        let delta = self.libraries.entry(library_key).or_default();
        delta.assets += factor * i128::from(figures.assets);
        delta.size_bytes += factor * i128::from(figures.size_bytes);
        delta.usage += factor * i128::from(figures.usage);
        delta.impressions += factor * i128::from(figures.impressions);
        delta.clicks += factor * i128::from(figures.clicks);
        let labels = [
            (&mut delta.tags, &figures.tags),
            (&mut delta.categories, &figures.categories),
            (&mut delta.campaigns, &figures.campaigns),
        ];
        for (deltas, keys) in labels {
            keys.iter().for_each(|key| *deltas.entry(*key).or_default() += sign.factor());
        }
    }

    /// Counts an asset that carries a tag, or no longer does.
    pub(crate) fn count_tag(&mut self, tag_key: i64, sign: Sign) {
        *self.tags.entry(tag_key).or_default() += sign.factor();
    }

    /// Counts an asset in a category, or no longer in it.
    pub(crate) fn count_category(&mut self, category_key: i64, sign: Sign) {
        *self.categories.entry(category_key).or_default() += sign.factor();
    }

    /// Makes these the words of an asset.
    pub(crate) fn index(&mut self, asset_key: i64, words: Words) {
        let waiting = self.words.get(&asset_key).map(|earlier| earlier.replace);
        let replace = waiting.unwrap_or(words.replace);
        self.words.insert(asset_key, Words { replace, ..words });
    }

    /// Writes it all.
    pub(crate) fn write(self, connection: &Connection) -> Result<(), Failure> {
        for (sql, deltas) in [(COUNT_TAG, &self.tags), (COUNT_CATEGORY, &self.categories)] {
            for (key, delta) in deltas.iter().filter(|(_, delta)| **delta != 0) {
                connection.prepare_cached(sql)?.execute([key, delta])?;
            }
        }
        for (library_key, delta) in &self.libraries {
            delta.write(connection, *library_key)?;
        }
        self.words.iter().try_for_each(|(asset_key, words)| words.write(connection, *asset_key))
    }
}

impl LibraryDelta {
    fn write(&self, connection: &Connection, library_key: i64) -> Result<(), Failure> {
        TAGS.write(connection, library_key, &self.tags)?;
        CATEGORIES.write(connection, library_key, &self.categories)?;
        let campaigns = CAMPAIGNS.write(connection, library_key, &self.campaigns)?;
        connection.prepare_cached(ADD_SUMS)?.execute([
            library_key,
            column(self.assets)?,
            column(self.size_bytes)?,
            column(self.usage)?,
            column(self.impressions)?,
            column(self.clicks)?,
            campaigns,
        ])?;
        Ok(())
    }
}

impl Words {
    fn write(&self, connection: &Connection, asset_key: i64) -> Result<(), Failure> {
        if self.replace {
            connection.prepare_cached(REMOVE_WORDS)?.execute([asset_key])?;
        }
        let mut statement = connection.prepare_cached(INSERT_WORDS)?;
        statement.execute((asset_key, &self.name, &self.description, &self.tags, &self.prompt))?;
        Ok(())
    }
}

impl Counter {
    /// Writes what is to be added; returns by how many the library's keys have become more.
    fn write(&self, connection: &Connection, library_key: i64, deltas: &Deltas) -> Result<i64, Failure> {
        let mut more = 0;
        for (key, delta) in deltas.iter().filter(|(_, delta)| **delta != 0) {
            let count: Option<i64> = connection
                .prepare_cached(self.change)?
                .query_row([library_key, *key, *delta], |row| row.get(0))
                .optional()?;
            match count {
                Some(0) => {
                    connection.prepare_cached(self.remove)?.execute([library_key, *key])?;
                    more -= 1;
                }
                Some(_) => {}
                None => {
                    connection.prepare_cached(self.insert)?.execute([library_key, *key, *delta])?;
                    more += 1;
                }
            }
        }
        Ok(more)
    }
}

fn column(sum: i128) -> Result<i64, Failure> {
    let refused = || Failure::new(StoreErrorKind::Invalid, "a library's figures would be beyond what can be stored");
    i64::try_from(sum).map_err(|_| refused())
}
