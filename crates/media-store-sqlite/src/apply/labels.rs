//! Tags and categories of an asset, as listings find them.

use rusqlite::Connection;

use super::{execute, first_integer};
use crate::failure::Failure;

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
    count_up: &'static str,
    count_down: &'static str,
    list: &'static str,
    unlist: &'static str,
}

macro_rules! label_table {
    ($labels:literal, $key:literal, $listing:literal) => {
        LabelTable {
            count_up: concat!(
                "INSERT INTO ", $labels, " (name, asset_count) VALUES (?1, 1) ",
                "ON CONFLICT (name) DO UPDATE SET asset_count = asset_count + 1 RETURNING ", $key
            ),
            count_down: concat!(
                "UPDATE ", $labels, " SET asset_count = asset_count - 1 WHERE name = ?1 RETURNING ", $key
            ),
            list: concat!(
                "INSERT INTO ", $listing, " (", $key, ", recency, asset_id, asset_key) VALUES (?1, ?2, ?3, ?4)"
            ),
            unlist: concat!("DELETE FROM ", $listing, " WHERE ", $key, " = ?1 AND recency = ?2 AND asset_id = ?3"),
        }
    };
}

pub(super) const TAGS: LabelTable = label_table!("tags", "tag_key", "asset_tags");
pub(super) const CATEGORIES: LabelTable = label_table!("categories", "category_key", "asset_categories");

impl LabelTable {
    /// Lists an asset under a label.
    pub(super) fn add(&self, connection: &Connection, place: Place, label: &str) -> Result<(), Failure> {
        let key = first_integer(connection, self.count_up, &[&label])?;
        execute(connection, self.list, &[&key, &place.recency, &place.asset_id, &place.asset_key])?;
        Ok(())
    }

    /// Takes an asset from under a label.
    pub(super) fn remove(&self, connection: &Connection, place: Place, label: &str) -> Result<(), Failure> {
        let key = first_integer(connection, self.count_down, &[&label])?;
        execute(connection, self.unlist, &[&key, &place.recency, &place.asset_id])?;
        Ok(())
    }
}
