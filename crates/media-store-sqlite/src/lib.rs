#![doc = include_str!("../README.md")]

mod apply;
mod asset_query;
mod asset_rows;
mod audit;
mod backup;
mod columns;
mod connection;
mod cursor;
mod failure;
mod figures;
mod integrity;
mod lease;
mod ledger;
mod maintenance;
mod migrate;
mod read;
mod readers;
mod recovery;
mod store;
mod writer;

pub use store::{Durability, SqliteStore, SqliteStoreOptions};
