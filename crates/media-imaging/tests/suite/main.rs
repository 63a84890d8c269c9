//! The crate through its public seams.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod covers;
mod damage;
mod facts;
mod masks;
mod placeholders;
mod previews;
mod samples;
mod service;
mod vectors;
