//! What can go wrong at a provider, and what may be done about it: two axes, never inferred from each other.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::format::word_enum;
use crate::job::JobHandle;

word_enum! {
    /// What went wrong.
    ProviderErrorKind, "error kind" {
        /// The provider lacks the operation or an option of it.
        Unsupported = "unsupported",
        /// The request is not valid.
        InvalidRequest = "invalid_request",
        /// The credential is missing or wrong.
        Unauthenticated = "unauthenticated",
        /// The credential does not allow this.
        PermissionDenied = "permission_denied",
        /// The model or resource does not exist.
        NotFound = "not_found",
        /// The provider refuses the content.
        ContentRejected = "content_rejected",
        /// Too many requests.
        RateLimited = "rate_limited",
        /// No credit or quota left.
        QuotaExhausted = "quota_exhausted",
        /// No answer in time.
        Timeout = "timeout",
        /// The provider is out of order or out of reach.
        Unavailable = "unavailable",
        /// The answer cannot be understood.
        MalformedResponse = "malformed_response",
        /// The configuration is wrong.
        ConfigInvalid = "config_invalid",
        /// The caller gave up.
        Cancelled = "cancelled",
        /// Anything else.
        Unexpected = "unexpected",
    }
}

/// What may be done after a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "class")]
pub enum RetryClass {
    /// The same answer would come everywhere: stop.
    Never,
    /// Another provider may succeed; this one will not.
    Elsewhere,
    /// Nothing was made and repeating is safe, here or elsewhere, after the delay that the server named.
    Again {
        /// How long the server asked to wait; `None` when it did not say.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds")]
        after: Option<Duration>,
    },
    /// The request may have been accepted and billed: neither repeat nor move on.
    Uncertain {
        /// How far the call had come.
        phase: Phase,
        /// The vendor's job, by which the outcome can be asked for later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        handle: Option<JobHandle>,
    },
    /// Paid, but the result cannot be used: stop.
    Billed,
}

impl RetryClass {
    /// The word that stands for the class.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Elsewhere => "elsewhere",
            Self::Again { .. } => "again",
            Self::Uncertain { .. } => "uncertain",
            Self::Billed => "billed",
        }
    }
}

word_enum! {
    /// How far a call had come when its outcome was lost.
    Phase, "phase" {
        /// The order had been sent, no answer had come.
        Submit = "submit",
        /// The vendor had accepted it and was at work.
        Running = "running",
    }
}

/// A delay as seconds, in serialised form.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(delay: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        match delay {
            Some(delay) => serializer.serialize_some(&delay.as_secs_f64()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<f64>::deserialize(deserializer)?;
        seconds.map(|seconds| Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)).transpose()
    }
}
