//! Scripted answers that come in pieces.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use media_http::{HttpResponse, PieceSource, SendPhase, TransportError, TransportErrorKind};

/// How an answer of events comes, and how it ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    /// Most bytes of a piece.
    pub(super) piece: usize,
    pub(super) ending: Ending,
}

impl Default for Course {
    /// In one piece, and to its end.
    fn default() -> Self {
        Self { piece: usize::MAX, ending: Ending::Ends }
    }
}

/// What comes after the last piece.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ending {
    /// The end.
    Ends,
    /// The line is lost.
    Fails(TransportErrorKind),
    /// Nothing more.
    Silence,
}

/// The pieces of a scripted answer.
pub(super) struct ScriptedPieces {
    status: StatusCode,
    rest: Bytes,
    course: Course,
    delay: Duration,
}

impl ScriptedPieces {
    pub(super) fn new(response: &HttpResponse, course: Course, delay: Duration) -> Self {
        Self { status: response.status, rest: response.body.share(), course, delay }
    }
}

#[async_trait]
impl PieceSource for ScriptedPieces {
    async fn piece(&mut self) -> Result<Option<Bytes>, TransportError> {
        if !self.rest.is_empty() {
            tokio::time::sleep(self.delay).await;
            return Ok(Some(self.rest.split_to(self.course.piece.min(self.rest.len()))));
        }
        match self.course.ending {
            Ending::Ends => Ok(None),
            Ending::Silence => std::future::pending().await,
            Ending::Fails(kind) => {
                let phase = SendPhase::Answered(self.status);
                Err(TransportError::new(phase, kind, format!("scripted {kind:?} while events came")))
            }
        }
    }
}
