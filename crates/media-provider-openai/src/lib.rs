#![doc = include_str!("../README.md")]

pub mod capability;
pub mod error;
pub mod factory;
pub mod generate;
pub mod health;
mod mapping;
pub mod settings;
mod wire;

pub use factory::OpenAiImagesFactory;
pub use generate::OpenAiImagesAdapter;
pub use settings::OpenAiImagesSettings;
