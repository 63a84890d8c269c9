//! Requests under way in this process, so that an identical one can share their answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use media_domain::{JobId, RequestFingerprint};
use tokio::sync::watch;

/// The requests under way, by what they ask for.
#[derive(Debug, Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashMap<RequestFingerprint, Follower>>>);

/// Waits for a request that is under way.
#[derive(Debug, Clone)]
pub(crate) struct Follower {
    pub(crate) job_id: JobId,
    ended: watch::Receiver<()>,
}

/// Keeps a request among those under way until it is dropped.
#[derive(Debug)]
pub(crate) struct Leader {
    requests: InFlight,
    fingerprint: RequestFingerprint,
    _ended: watch::Sender<()>,
}

/// Whether a request is the first of its kind.
pub(crate) enum Joined {
    /// It is.
    Leading(Leader),
    /// It is not.
    Following(Follower),
}

impl InFlight {
    /// Joins the same request if it is under way; otherwise it is from now on.
    pub(crate) fn join(&self, fingerprint: RequestFingerprint, job_id: JobId) -> Joined {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(follower) = requests.get(&fingerprint) {
            return Joined::Following(follower.clone());
        }
        let (ended, follow) = watch::channel(());
        requests.insert(fingerprint, Follower { job_id, ended: follow });
        Joined::Leading(Leader { requests: self.clone(), fingerprint, _ended: ended })
    }
}

impl Follower {
    /// Waits until the request has ended.
    pub(crate) async fn ended(&mut self) {
        // Nothing is ever sent: the channel closes when the leader is done.
        while self.ended.changed().await.is_ok() {}
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.requests.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.fingerprint);
    }
}
