//! Tags and categories of an asset, as listings find them.

use rusqlite::Connection;

use super::{execute, first_integer};
use crate::failure::Failure;
use crate::ledger::{Ledger, Sign};

/// Where an asset stands in the listing of a label or library.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The negated upload time.
    pub(super) recency: i64,
    /// The asset's UUID.
    pub(super) asset_id: [u8; 16],
    /// The asset's key.
    pub(super) asset_key: i64,
}

/// The statements of one sort of label.
pub(super) struct LabelTable {
    find: &'static str,
    make: &'static str,
    list: &'static str,
    unlist: &'static str,
    count: fn(&mut Ledger, i64, Sign),
}

macro_rules! label_table {
    ($labels:literal, $key:literal, $listing:literal, $count:path) => {
        LabelTable {
            find: concat!("SELECT ", $key, " FROM ", $labels, " WHERE name = ?1"),
            make: concat!("INSERT INTO ", $labels, " (name, asset_count) VALUES (?1, 0) RETURNING ", $key),
            list: concat!(
                "INSERT INTO ",
                $listing,
                " (",
                $key,
                ", recency, asset_id, asset_key) VALUES (?1, ?2, ?3, ?4)"
            ),
            unlist: concat!("DELETE FROM ", $listing, " WHERE ", $key, " = ?1 AND recency = ?2 AND asset_id = ?3"),
            count: $count,
        }
    };
}

pub(super) const TAGS: LabelTable = label_table!("tags", "tag_key", "asset_tags", Ledger::count_tag);
pub(super) const CATEGORIES: LabelTable =
    label_table!("categories", "category_key", "asset_categories", Ledger::count_category);

impl LabelTable {
    /// Lists an asset under a label; returns the label's key.
    pub(super) fn add(
        &self,
        connection: &Connection,
        ledger: &mut Ledger,
        place: Place,
        label: &str,
    ) -> Result<i64, Failure> {
        let key = match first_integer(connection, self.find, &[&label])? {
            Some(key) => key,
            None => connection.prepare_cached(self.make)?.query_row([label], |row| row.get(0))?,
        };
        execute(connection, self.list, &[&key, &place.recency, &place.asset_id, &place.asset_key])?;
        (self.count)(ledger, key, Sign::Add);
        Ok(key)
    }

    /// Takes an asset from under a label.
    pub(super) fn remove(
        &self,
        connection: &Connection,
        ledger: &mut Ledger,
        place: Place,
        label: &str,
    ) -> Result<(), Failure> {
        let key: i64 = connection.prepare_cached(self.find)?.query_row([label], |row| row.get(0))?;
        execute(connection, self.unlist, &[&key, &place.recency, &place.asset_id])?;
        (self.count)(ledger, key, Sign::Take);
        Ok(())
    }
}
