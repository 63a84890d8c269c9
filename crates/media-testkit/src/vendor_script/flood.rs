//! An answer longer than the adapter is willing to read.

use async_trait::async_trait;
use media_http::{HttpRequest, HttpResponse, OpenAnswer, Transport, TransportError};

use crate::transport::{Exchange, ScriptedTransport};

/// Plays its exchanges, and answers the request behind them with one byte more than that request allows.
#[derive(Debug)]
pub(crate) struct Flood {
    scripted: ScriptedTransport,
    planned: usize,
    order: Exchange,
}

/// Most bytes that any answer may have: a limit beyond it is none.
const MOST: u64 = 1 << 30;

impl Flood {
    pub(crate) fn new(before: Vec<Exchange>, order: Exchange) -> Self {
        let planned = before.len();
        Self { scripted: ScriptedTransport::new(before), planned, order }
    }

    pub(crate) fn requests(&self) -> Vec<HttpRequest> {
        self.scripted.requests()
    }

    /// Panics unless the order was sent, once, and nothing after it.
    #[track_caller]
    pub(crate) fn assert_exhausted(&self) {
        self.scripted.assert_exhausted();
        assert_eq!(self.requests().len(), self.planned + 1, "the order is sent once");
    }

    fn prepare(&self, request: &HttpRequest) {
        if self.requests().len() != self.planned {
            return;
        }
        let limit = request.body_limit;
        assert!(limit < MOST, "{limit} bytes are no limit");
        // Memory that is zero and never looked at is not taken from anybody.
        let body = vec![0_u8; usize::try_from(limit).map_or(usize::MAX, |bytes| bytes + 1)];
        self.scripted.push(self.order.clone().answers(200, "application/json", body));
    }
}

#[async_trait]
impl Transport for Flood {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.prepare(&request);
        self.scripted.send(request).await
    }

    async fn open(&self, request: HttpRequest) -> Result<OpenAnswer, TransportError> {
        self.prepare(&request);
        self.scripted.open(request).await
    }
}
