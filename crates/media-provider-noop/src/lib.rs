#![doc = include_str!("../README.md")]

mod capability;
mod factory;
mod generate;
mod settings;

pub use factory::NoOpFactory;
pub use generate::NoOpMediaAdapter;
pub use settings::NoOpSettings;
