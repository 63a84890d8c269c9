//! What accompanies every call to a provider.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use media_domain::{Compatibility, ImageFormat, ProviderId, RequestId, UserId};
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
    /// Where dispatch and the vendor's job handle are recorded.
    pub journal: Arc<dyn CallJournal>,
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
            journal: Arc::new(NoJournal),
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
