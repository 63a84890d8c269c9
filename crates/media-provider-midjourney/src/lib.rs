#![doc = include_str!("../README.md")]

pub mod capability;
pub mod error;
pub mod factory;
pub mod generate;
mod handle;
pub mod health;
mod mapping;
mod prompt;
pub mod settings;
mod task;
mod wire;

pub use factory::MidjourneyFactory;
pub use generate::MidjourneyAdapter;
pub use settings::MidjourneySettings;
