#![doc = include_str!("../README.md")]

pub mod assets;
mod backlog;
pub mod engine;
pub mod error;
pub mod exports;
pub mod generate;
pub mod ingest;
mod job_journal;
pub mod jobs;
pub mod libraries;
pub mod maintenance;
mod order;
pub mod performance;
pub mod process;
pub mod suggestions;
pub mod variants;

pub use assets::{AddAsset, AddOutcome, Move};
pub use engine::{EngineParts, EngineSettings, MediaEngine};
pub use error::{EngineError, Subject};
pub use exports::ExportAsset;
pub use generate::{GenerateAsset, GenerateOutcome};
pub use libraries::{LibraryRef, NewLibrary};
pub use performance::{PerformanceReport, TrackPerformance};
pub use process::{
    add_asset, create_library, install_media_engine, media_engine, performance, reset_media_engine,
    suggest_optimization, track_performance,
};
pub use suggestions::NewSuggestion;
