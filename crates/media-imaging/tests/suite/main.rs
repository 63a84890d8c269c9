//! The crate through its public seams.

mod damage;
mod facts;
mod placeholders;
mod previews;
mod samples;
mod service;
mod vectors;
