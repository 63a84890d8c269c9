//! What accompanies every call to a provider.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use media_domain::{AttemptRecord, Compatibility, ImageFormat, Permit, ProviderId, RequestId, Reservation, UserId};
use tokio_util::sync::CancellationToken;

use crate::{CallJournal, NoJournal};

/// What accompanies every call to a provider: until when, for whom, and where to report.
#[derive(Clone)]
pub struct CallContext {
    /// When the caller stops waiting; the adapter obeys it itself.
    pub deadline: Instant,
    /// Identifies the request, across every provider it touches.
    pub request_id: RequestId,
    /// On whose behalf.
    pub user_id: UserId,
    /// Fires when the caller gives up.
    pub cancellation: CancellationToken,
    /// What the caller would like best.
    pub preferences: CallPreferences,
    /// What is to be set aside when a provider is called; the chain fills it in for each provider.
    pub reservation: Reservation,
    /// The leave of the provider's breaker to make this call; the chain fills it in for each provider that has one.
    pub permit: Option<Permit>,
    /// Where dispatch and the vendor's job handle are recorded.
    pub journal: Arc<dyn CallJournal>,
    /// Takes down every attempt that was made, in order.
    pub attempts: AttemptLog,
    /// Takes unfinished pictures, where somebody wants to see them.
    pub partial_images: Option<Arc<dyn PartialImageSink>>,
}

impl CallContext {
    /// Makes a context without journal, sink or cancellation.
    pub fn new(deadline: Instant, request_id: RequestId, user_id: UserId) -> Self {
        Self {
            deadline,
            request_id,
            user_id,
            cancellation: CancellationToken::new(),
            preferences: CallPreferences::default(),
            reservation: Reservation::default(),
            permit: None,
            journal: Arc::new(NoJournal),
            attempts: AttemptLog::default(),
            partial_images: None,
        }
    }

    /// The same context with an earlier deadline; a later one is not taken.
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        Self { deadline: self.deadline.min(deadline), ..self.clone() }
    }
}

/// What the caller would like best; a chain heeds it, a bare provider does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallPreferences {
    /// The provider to try first; one that the chain does not have changes nothing.
    pub provider: Option<ProviderId>,
    /// What to do with a request that does not fit as it is, instead of what the chain's policy says.
    pub compatibility: Option<Compatibility>,
}

impl fmt::Debug for CallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallContext")
            .field("deadline", &self.deadline)
            .field("request_id", &self.request_id)
            .field("user_id", &self.user_id)
            .field("cancelled", &self.cancellation.is_cancelled())
            .finish_non_exhaustive()
    }
}

/// Takes down every attempt of a call, wherever in the stack it was made. Clones share one log.
#[derive(Debug, Clone, Default)]
pub struct AttemptLog(Arc<Mutex<Vec<AttemptRecord>>>);

impl AttemptLog {
    /// Takes an attempt down.
    pub fn record(&self, attempt: AttemptRecord) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(attempt);
    }

    /// Number of attempts taken down so far.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The attempts taken down, which are then no longer here.
    pub fn take(&self) -> Vec<AttemptRecord> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Takes unfinished pictures while a call is running; must not block.
pub trait PartialImageSink: fmt::Debug + Send + Sync + 'static {
    /// Takes one unfinished picture.
    fn partial_image(&self, image: PartialImage);
}

/// An unfinished picture.
#[derive(Clone)]
pub struct PartialImage {
    /// Which image of the call, from zero.
    pub image_index: u32,
    /// Which unfinished state of it, from zero.
    pub partial_index: u32,
    /// The file format.
    pub format: ImageFormat,
    /// The file's bytes.
    pub bytes: Bytes,
}

impl fmt::Debug for PartialImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PartialImage({}/{}, {}, {} bytes)",
            self.image_index,
            self.partial_index,
            self.format,
            self.bytes.len()
        )
    }
}
