//! What a failed call says of the provider's health.

use std::time::Duration;

use crate::{ProviderErrorKind, RetryClass};

/// What a failed call says of the provider's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureWeight {
    /// It speaks against the provider: an outage, a time-out, an answer that nobody understands.
    Failure,
    /// Nobody is served with this configuration: the provider is taken out until it changes or a probe succeeds.
    TakeOut,
    /// The provider works and asks for a pause of this length; `None` when it did not say.
    CoolDown(Option<Duration>),
    /// It says nothing: a refusal of content, a bad request, a limit of our own, a caller who gave up.
    Nothing,
    /// The provider did its work, though the caller has nothing of it.
    Success,
}

/// Weighs a failure by what went wrong and what may be done about it.
///
/// Class `never` says nothing of a provider, since it is our own check. An exhausted quota takes the provider out
/// unless the server says when it will be filled again; then the provider cools until then.
///
/// ```
/// use media_domain::{FailureWeight, ProviderErrorKind, RetryClass, counts_as_failure};
///
/// let weigh = |kind| counts_as_failure(kind, &RetryClass::Elsewhere);
/// assert_eq!(weigh(ProviderErrorKind::Unavailable), FailureWeight::Failure);
/// assert_eq!(weigh(ProviderErrorKind::Unauthenticated), FailureWeight::TakeOut);
/// assert_eq!(weigh(ProviderErrorKind::ContentRejected), FailureWeight::Nothing);
/// ```
pub const fn counts_as_failure(kind: ProviderErrorKind, class: &RetryClass) -> FailureWeight {
    use ProviderErrorKind as Kind;
    match (kind, class) {
        (_, RetryClass::Never) => FailureWeight::Nothing,
        (Kind::RateLimited, RetryClass::Again { after }) => FailureWeight::CoolDown(*after),
        (Kind::RateLimited, _) => FailureWeight::CoolDown(None),
        (Kind::QuotaExhausted, RetryClass::Again { after: Some(after) }) => FailureWeight::CoolDown(Some(*after)),
        (Kind::ContentRejected, RetryClass::Billed) => FailureWeight::Success,
        (Kind::Timeout | Kind::Unavailable | Kind::MalformedResponse | Kind::Unexpected, _) => FailureWeight::Failure,
        (Kind::Unauthenticated | Kind::PermissionDenied | Kind::QuotaExhausted | Kind::ConfigInvalid, _) => {
            FailureWeight::TakeOut
        }
        (Kind::Unsupported | Kind::InvalidRequest | Kind::NotFound | Kind::ContentRejected | Kind::Cancelled, _) => {
            FailureWeight::Nothing
        }
    }
}
