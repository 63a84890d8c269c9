#![doc = include_str!("../README.md")]

mod directories;
mod known;
mod layout;
mod listing;
mod local;
mod turns;

pub use directories::Durability;
pub use local::LocalBlobStore;
