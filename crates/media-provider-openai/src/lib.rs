#![doc = include_str!("../README.md")]

pub mod capability;
mod day;
pub mod edit;
pub mod error;
pub mod factory;
mod fitting;
pub mod generate;
pub mod health;
mod mapping;
mod order;
pub mod settings;
pub mod wire;

pub use factory::OpenAiImagesFactory;
pub use generate::OpenAiImagesAdapter;
pub use settings::OpenAiImagesSettings;
