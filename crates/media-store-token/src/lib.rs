#![doc = include_str!("../README.md")]

mod document;
mod folder;
mod store;

pub use store::FileTokenStore;
