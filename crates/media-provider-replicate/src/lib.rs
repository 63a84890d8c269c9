#![doc = include_str!("../README.md")]

pub mod aspect_ratio;
pub mod capability;
pub mod edit;
pub mod error;
pub mod factory;
pub mod generate;
pub mod health;
pub mod inputs;
mod mapping;
mod output;
mod prediction;
pub mod settings;
mod upload;
mod wire;

pub use factory::ReplicateSdxlFactory;
pub use generate::ReplicateSdxlAdapter;
pub use inputs::ModelInputs;
pub use settings::ReplicateSdxlSettings;
