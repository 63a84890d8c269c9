#![doc = include_str!("../README.md")]

pub mod blob_suite;
mod cases;
pub mod catalog_suite;
pub mod clock;
pub mod fakes;
pub mod generator;
pub mod harness;
pub mod loopback;
pub mod memory_blob;
pub mod memory_catalog;
pub mod pictures;
pub mod sample;
pub mod transport;
pub mod vendor_script;
