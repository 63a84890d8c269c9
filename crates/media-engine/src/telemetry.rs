//! Every name under which this crate tells the outside what it does: spans, metrics and their labels.
//!
//! Spans bear the names of the engine's methods. `generate_asset_from_prompt` has the fields `request_id`, `job_id` (of a
//! job that is written down), `chain`, `user_id` and, once they are there, `asset_ids`; the others name what they are about
//! (`asset_id`, `library_id`, `job_id`, `suggestion_id`, `variant_id`). No prompt, no name that a person gave and no
//! vendor's word is told at level `info` or above.
//!
//! Metrics go through the `metrics` facade: whoever wants them installs a recorder.

use media_domain::Retain;
use metrics::{Unit, describe_counter, describe_histogram};

use crate::error::EngineError;
use crate::generate::GenerateOutcome;

/// Counter: generations by [`CHAIN`] and [`OUTCOME`].
pub const JOBS: &str = "media_jobs_total";
/// Histogram, in seconds: from the request to the answer, stored and settled, by [`CHAIN`] and [`OUTCOME`].
pub const JOB_DURATION: &str = "media_job_duration_seconds";
/// Counter: images that came of generations, by [`CHAIN`] and [`RETAIN`].
pub const IMAGES: &str = "media_images_total";

/// Label: the chain's name; only of chains that there are.
pub const CHAIN: &str = "chain";
/// Label: how a generation ended: `completed`, `partial` (images came, and an attempt is unknown), `failed`, `unknown`,
/// `replayed` (the first answer of an idempotency key), `coalesced` (the answer of the same request under way).
pub const OUTCOME: &str = "outcome";
/// Label: what is kept of the images: `all` or `none`.
pub const RETAIN: &str = "retain";

/// Tells the recorder what each metric means and in which unit it is.
pub fn describe() {
    describe_counter!(JOBS, Unit::Count, "Generations by how they ended.");
    describe_histogram!(JOB_DURATION, Unit::Seconds, "How long a generation took, stored and settled.");
    describe_counter!(IMAGES, Unit::Count, "Images that came of generations.");
}

/// Where the answer of a generation came from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was made for this call.
    Own,
    /// It is the first answer of the call's key.
    Key,
    /// It is the answer of the same request under way.
    Shared,
}

/// Counts a generation that has ended.
pub(crate) fn count_job(
    chain: &str,
    origin: Origin,
    retain: Retain,
    seconds: f64,
    result: &Result<GenerateOutcome, EngineError>,
) {
    let outcome = outcome_of(origin, result);
    metrics::counter!(JOBS, CHAIN => chain.to_owned(), OUTCOME => outcome).increment(1);
    metrics::histogram!(JOB_DURATION, CHAIN => chain.to_owned(), OUTCOME => outcome).record(seconds);
    if let (Origin::Own, Ok(made)) = (origin, result) {
        let images = made.assets.len() + made.images.len();
        metrics::counter!(IMAGES, CHAIN => chain.to_owned(), RETAIN => retain.as_str()).increment(images as u64);
    }
}

/// The word for how a generation ended.
pub(crate) fn outcome_of(origin: Origin, result: &Result<GenerateOutcome, EngineError>) -> &'static str {
    match (origin, result) {
        (Origin::Key, _) => "replayed",
        (Origin::Shared, _) => "coalesced",
        (Origin::Own, Ok(made)) if made.outcome_unknown => "partial",
        (Origin::Own, Ok(_)) => "completed",
        (Origin::Own, Err(error)) if error.is_unknown_outcome() => "unknown",
        (Origin::Own, Err(_)) => "failed",
    }
}
