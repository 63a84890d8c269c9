//! A vendor at the other end of the line, for as long as an adapter keeps asking.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use media_http::{HttpRequest, HttpResponse, Transport, TransportError};
use tokio::time::Instant;

use crate::fakes::RecordingJournal;
use crate::transport::{Exchange, ScriptedTransport};

/// Who asks more often in one call asks without a pause.
const MOST_REQUESTS: usize = 1_000;

/// Plays its exchanges in order, then answers by method and path for as long as it is asked; it keeps the times.
#[derive(Debug)]
pub(crate) struct Line {
    scripted: ScriptedTransport,
    planned: usize,
    then: Vec<Exchange>,
    journal: Arc<RecordingJournal>,
    sent: Mutex<Vec<Sent>>,
}

/// What was so when a request was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) at: Instant,
    /// How many job handles the journal had been given.
    pub(crate) handles: usize,
}

impl Line {
    pub(crate) fn new(exchanges: Vec<Exchange>, journal: Arc<RecordingJournal>) -> Self {
        let planned = exchanges.len();
        let scripted = ScriptedTransport::new(exchanges);
        Self { scripted, planned, then: Vec::new(), journal, sent: Mutex::default() }
    }

    /// What answers once the exchanges have been played.
    pub(crate) fn then(mut self, exchanges: Vec<Exchange>) -> Self {
        self.then = exchanges;
        self
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        locked(&self.sent).clone()
    }

    pub(crate) fn requests(&self) -> Vec<HttpRequest> {
        self.scripted.requests()
    }

    #[track_caller]
    pub(crate) fn assert_exhausted(&self) {
        self.scripted.assert_exhausted();
    }
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        // What the transport refuses to send takes no exchange.
        let too_late = request.cancellation.is_cancelled() || Instant::now().into_std() >= request.deadline;
        if !too_late {
            if self.scripted.requests().len() >= self.planned
                && let Some(exchange) = self.then.iter().find(|exchange| exchange.matches(&request))
            {
                self.scripted.push(exchange.clone());
            }
            let asked = locked(&self.sent).len();
            assert!(asked < MOST_REQUESTS, "asks without end");
            locked(&self.sent).push(Sent { at: Instant::now(), handles: self.journal.handles().len() });
        }
        self.scripted.send(request).await
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
