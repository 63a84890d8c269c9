//! What people and programs get to see: results, progress, errors, exit codes.

mod exit_code;
mod failure;
mod output;
mod progress;
mod render;
mod table;

pub use exit_code::{EXIT_CODES_HELP, ExitCode};
pub use failure::Failure;
pub use output::Output;
pub use progress::Progress;
pub use render::{render_json, render_text};
pub use table::{Column, bytes_of, clean, list_of, percent, table};
