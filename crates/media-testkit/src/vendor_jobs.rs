//! Vendors whose orders become jobs: how a job is asked after, and what must come of it.

mod line;
mod polling;
mod resolving;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use media_domain::{JobHandle, RetryClass};

pub(crate) use self::resolving::resolve_cases;
use crate::harness::Suite;
use crate::transport::Exchange;
use crate::vendor_call::VendorCall;

/// Whether an order becomes a job that is asked after.
#[derive(Debug, Clone)]
pub enum Jobs {
    /// The answer to the order holds the result; here is why there is nothing to ask after.
    None(&'static str),
    /// The answer to the order names a job.
    Polled(Box<JobScript>),
}

/// A vendor's job in pieces, from which the suites put their cases together.
///
/// ```
/// use media_domain::{JobHandle, RetryClass};
/// use media_testkit::transport::Exchange;
/// use media_testkit::vendor_jobs::{Cancel, JobScript, Jobs};
/// use serde_json::json;
///
/// let poll = || Exchange::get("/jobs/7");
/// let jobs = Jobs::Polled(Box::new(JobScript {
///     handle: JobHandle::new("7"),
///     accepted: vec![Exchange::post("/orders").answers_json(202, &json!({"job": "7"}))],
///     poll: poll(),
///     running: vec![("queued", poll().answers_json(200, &json!({"state": "queued"})))],
///     done: vec![poll().answers_json(200, &json!({"state": "done", "url": "https://example.org/7.png"}))],
///     failed: vec![("error", vec![poll().answers_json(200, &json!({"state": "error"}))])],
///     gone: vec![("not_found", vec![poll().answers_json(404, &json!({"detail": "unknown job"}))])],
///     cancel: Cancel::Call { exchange: Exchange::post("/jobs/7/cancel").answers_json(200, &json!({})), leaves: RetryClass::Never },
/// }));
/// assert!(matches!(jobs, Jobs::Polled(_)));
/// ```
#[derive(Debug, Clone)]
pub struct JobScript {
    /// The handle that the adapter makes of the job: what it reports to the journal and takes in `resolve`.
    pub handle: JobHandle,
    /// Everything that goes over the wire up to the answer that names the job; this list and each of the others has at
    /// least one member, or the suite is not built.
    pub accepted: Vec<Exchange>,
    /// One look at the job: its method and path, without an outcome.
    pub poll: Exchange,
    /// The answers to a look while the job is at work, by name.
    pub running: Vec<(&'static str, Exchange)>,
    /// The look at which the job is done, with one image, and whatever else is asked before the result is here.
    pub done: Vec<Exchange>,
    /// Each way in which the vendor says that the job has ended without a result, for a reason that has nothing to do
    /// with the content; the look comes first.
    pub failed: Vec<(&'static str, Vec<Exchange>)>,
    /// Each way in which the vendor says that it does not know the job (any more).
    pub gone: Vec<(&'static str, Vec<Exchange>)>,
    /// How a job is given up.
    pub cancel: Cancel,
}

/// How a job is given up.
#[derive(Debug, Clone)]
pub enum Cancel {
    /// It cannot be, for this reason.
    None(&'static str),
    /// The vendor is told.
    Call {
        /// The call and the answer that confirms it.
        exchange: Exchange,
        /// What is left once the vendor has confirmed: `never` when nothing is billed, `billed` when what was done is,
        /// `uncertain` (running, with the handle) when the vendor does not say.
        leaves: RetryClass,
    },
}

impl JobScript {
    /// Panics where a list is empty: its cases would not be there, and nobody would miss them.
    #[track_caller]
    fn assert_whole(&self) {
        let ways = |list: &[(&'static str, Vec<Exchange>)]| list.iter().all(|(_, exchanges)| !exchanges.is_empty());
        for (list, is_there) in [
            ("accepted", !self.accepted.is_empty()),
            ("running", !self.running.is_empty()),
            ("done", !self.done.is_empty()),
            ("failed", !self.failed.is_empty() && ways(&self.failed)),
            ("gone", !self.gone.is_empty() && ways(&self.gone)),
        ] {
            assert!(is_there, "the script of the job {:?} says nothing in `{list}`", self.handle);
        }
    }
}

/// Adds what every adapter must do while it asks after a job.
pub(crate) fn polling_cases(suite: Suite, vendor: &Arc<dyn VendorCall>) -> Suite {
    match vendor.jobs() {
        Jobs::None(reason) => suite.ignored("polling", reason),
        Jobs::Polled(job) => {
            job.assert_whole();
            polling::cases(suite, vendor, &job)
        }
    }
}
