#![doc = include_str!("../README.md")]

pub mod chain;
pub mod deadline;
pub mod dry_run;
pub mod error;
pub mod fallback;
pub mod gate;
pub mod health_board;
pub mod journaled;
pub mod member;
pub mod observe;
pub mod policy;
mod stack;
pub mod timeout;

pub use chain::{ChainParts, MediaGeneratorChain, media_generator_chain};
pub use error::{ChainError, ChainErrorKind};
pub use health_board::HealthBoard;
pub use member::{ChainMember, Standing};
pub use policy::{ChainPolicy, Onward};
