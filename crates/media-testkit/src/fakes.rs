//! Generators, editors and providers whose outcomes are scripted.

mod call;
mod editor;
mod generator;
mod health;
mod journal;
mod outcome;
mod provider;

pub use self::editor::FakeEditor;
pub use self::generator::FakeGenerator;
pub use self::health::FakeHealth;
pub use self::journal::RecordingJournal;
pub use self::outcome::{FakeFailure, FakeOutcome};
pub use self::provider::FakeProvider;
