#![doc = include_str!("../README.md")]

pub mod blob_suite;
mod cases;
pub mod catalog_suite;
pub mod clock;
pub mod contract;
pub mod editor_suite;
pub mod exporter_suite;
pub mod factory;
pub mod fakes;
pub mod generator;
pub mod harness;
pub mod health_suite;
pub mod loopback;
pub mod memory_blob;
pub mod memory_catalog;
pub mod memory_tokens;
pub mod pictures;
pub mod recorded;
pub mod sample;
pub mod token_store_suite;
pub mod transport;
mod vendor_call;
pub mod vendor_jobs;
pub mod vendor_script;
