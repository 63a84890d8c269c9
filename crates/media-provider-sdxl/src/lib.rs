#![doc = include_str!("../README.md")]

mod answer;
mod automatic1111;
pub mod capability;
pub mod edit;
pub mod error;
pub mod factory;
mod fitting;
mod flat;
mod form;
pub mod generate;
pub mod health;
mod mapping;
mod seed;
pub mod settings;
mod v1;
mod v2beta;
mod wire;

pub use factory::SdxlFactory;
pub use generate::SdxlAdapter;
pub use settings::SdxlSettings;
