#![doc = include_str!("../README.md")]

mod arrival;
pub mod assets;
mod at_work;
mod backlog;
pub mod books;
pub mod edits;
mod ending;
pub mod engine;
pub mod error;
pub mod exact_size;
pub mod exports;
mod filing;
pub mod generate;
mod handle_journal;
mod in_flight;
pub mod ingest;
mod job_book;
mod job_journal;
pub mod jobs;
pub mod libraries;
pub mod maintenance;
pub mod moves;
mod order;
mod own_limits;
pub mod performance;
pub mod process;
pub mod reconcile;
mod replay;
pub mod suggestions;
pub mod telemetry;
mod told;
pub mod unkept;
pub mod variants;

pub use assets::{AddAsset, AddOutcome};
pub use edits::{EditAsset, EditSource};
pub use engine::{EngineParts, EngineSettings, MediaEngine};
pub use error::{EngineError, Subject};
pub use exports::ExportAsset;
pub use generate::{GenerateAsset, GenerateOutcome};
pub use libraries::{LibraryRef, NewLibrary};
pub use moves::Move;
pub use performance::{PerformanceReport, TrackPerformance};
pub use process::{
    add_asset, create_library, install_media_engine, media_engine, performance, reset_media_engine,
    suggest_optimization, track_performance,
};
pub use reconcile::Reconciled;
pub use suggestions::NewSuggestion;
pub use unkept::UnkeptImage;
