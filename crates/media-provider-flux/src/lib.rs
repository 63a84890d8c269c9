#![doc = include_str!("../README.md")]

mod aspect_ratio;
pub mod capability;
pub mod edit;
mod edit_order;
pub mod error;
pub mod factory;
pub mod generate;
mod handle;
pub mod health;
mod mapping;
mod model_order;
mod order;
pub mod settings;
mod task;
mod wire;

pub use factory::FluxFactory;
pub use generate::FluxAdapter;
pub use settings::FluxSettings;
