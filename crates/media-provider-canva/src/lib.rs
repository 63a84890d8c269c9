#![doc = include_str!("../README.md")]

mod access;
mod autofill;
pub mod capability;
mod entitlement;
pub mod error;
mod expiry;
pub mod export;
pub mod factory;
pub mod generate;
mod handle;
pub mod health;
mod mapping;
pub mod oauth;
mod renewal;
pub mod settings;
pub mod wire;

pub use expiry::of_token as end_of_access_token;
pub use factory::CanvaFactory;
pub use generate::CanvaApiAdapter;
pub use oauth::{CanvaOAuth, Consent};
pub use settings::CanvaSettings;
