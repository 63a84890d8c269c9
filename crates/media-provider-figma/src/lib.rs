#![doc = include_str!("../README.md")]

mod attachment;
pub mod capability;
pub mod error;
pub mod export;
pub mod factory;
pub mod generate;
pub mod health;
mod mapping;
mod memory;
mod node;
pub mod render_memory;
pub mod settings;
mod template;
mod wire;

pub use factory::FigmaFactory;
pub use generate::FigmaApiAdapter;
pub use render_memory::{ProcessMemory, Remembered, RememberedAnswer, RenderMemory};
pub use settings::FigmaSettings;
