//! What an adapter is put through.

use std::time::Duration;

use http::StatusCode;
use media_domain::{Phase, ProviderErrorKind, RetryClass};
use media_http::{SendPhase, TransportErrorKind};

use super::{accepted, truncated};
use crate::generator::unexpected;
use crate::transport::Exchange;
use crate::vendor_call::VendorCall;

macro_rules! scenarios {
    ($($(#[$doc:meta])* $scenario:ident = $name:literal,)+) => {
        /// What an adapter is put through.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Scenario { $($(#[$doc])* $scenario,)+ }

        impl Scenario {
            /// Every scenario.
            pub const ALL: &'static [Self] = &[$(Self::$scenario,)+];

            /// Its name in the list of cases.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$scenario => $name,)+ }
            }
        }
    };
}

scenarios! {
    /// One image.
    Ok = "ok",
    /// Two images.
    SeveralImages = "several_images",
    /// A success without any image.
    NoImages = "no_images",
    /// Too many requests; the vendor asks for [`Scenario::DELAY`].
    RateLimited = "rate_limited_with_delay",
    /// Too many requests; the vendor asks for [`Scenario::DAYS`]. Unless the script says otherwise, it is what the
    /// vendor says in [`Scenario::RateLimited`] with another `Retry-After`.
    RateLimitedForDays = "rate_limited_for_days",
    /// Too many requests; the vendor names no delay.
    RateLimitedWithoutDelay = "rate_limited_without_delay",
    /// The vendor refuses work for now, with its usual status (503).
    Overloaded = "overloaded",
    /// The key is wrong.
    BadKey = "bad_key",
    /// The key does not allow it.
    Forbidden = "forbidden",
    /// No credit is left.
    NoCredit = "no_credit",
    /// The request is not valid.
    BadRequest = "bad_request",
    /// The model does not exist (any more).
    ModelGone = "model_gone",
    /// The content is refused.
    ContentRejected = "content_rejected",
    /// 500 with the vendor's own error document.
    ServerError = "server_error_with_body",
    /// 500 from who knows where.
    BareServerError = "server_error_without_body",
    /// 502 from something on the way.
    BadGateway = "bad_gateway",
    /// 504 from something on the way.
    GatewayTimeout = "gateway_timeout",
    /// 524, as Cloudflare says it.
    EdgeTimeout = "edge_timeout",
    /// A success whose document ends in the middle.
    Truncated = "truncated_body",
    /// A success whose connection ends in the middle.
    TruncatedOnTheLine = "truncated_on_the_line",
    /// A success that is declared JSON and is none.
    NotJson = "not_json",
    /// A success that is declared as something else.
    WrongContentType = "wrong_content_type",
    /// A success larger than the request allows. Unless the script says otherwise, the order is answered with one byte
    /// more than its limit.
    Oversize = "oversize",
    /// No answer before the deadline.
    Slow = "slow",
    /// No connection.
    LostBeforeSend = "lost_before_send",
    /// The line is lost after the order was sent.
    LostAfterSend = "lost_after_send",
    /// The caller gives up while the vendor is at work.
    CancelledWhileRunning = "cancelled_while_running",
}

impl Scenario {
    /// The delay that the vendor asks for in [`Scenario::RateLimited`].
    pub const DELAY: Duration = Duration::from_secs(7);
    /// The delay that the vendor asks for in [`Scenario::RateLimitedForDays`]: it is told, not waited for.
    pub const DAYS: Duration = Duration::from_secs(4 * 86_400);

    /// The error kind and the retry class that must come of it; `None` for a success.
    pub(crate) fn expected(self) -> Option<(ProviderErrorKind, RetryClass)> {
        use ProviderErrorKind as Kind;
        let again = |after| RetryClass::Again { after };
        let uncertain = RetryClass::Uncertain { phase: Phase::Submit, handle: None };
        let verdict = match self {
            Self::Ok | Self::SeveralImages => return None,
            Self::RateLimited => (Kind::RateLimited, again(Some(Self::DELAY))),
            Self::RateLimitedForDays => (Kind::RateLimited, again(Some(Self::DAYS))),
            Self::RateLimitedWithoutDelay => (Kind::RateLimited, again(None)),
            Self::Overloaded | Self::LostBeforeSend => (Kind::Unavailable, again(None)),
            Self::BadKey => (Kind::Unauthenticated, RetryClass::Elsewhere),
            Self::Forbidden => (Kind::PermissionDenied, RetryClass::Elsewhere),
            Self::NoCredit => (Kind::QuotaExhausted, RetryClass::Elsewhere),
            Self::BadRequest => (Kind::InvalidRequest, RetryClass::Elsewhere),
            Self::ModelGone => (Kind::NotFound, RetryClass::Elsewhere),
            Self::ContentRejected => (Kind::ContentRejected, RetryClass::Elsewhere),
            Self::ServerError => (Kind::Unavailable, RetryClass::Elsewhere),
            Self::BareServerError | Self::BadGateway | Self::LostAfterSend => (Kind::Unavailable, uncertain),
            Self::GatewayTimeout | Self::EdgeTimeout | Self::Slow => (Kind::Timeout, uncertain),
            Self::CancelledWhileRunning => (Kind::Cancelled, uncertain),
            Self::NoImages
            | Self::Truncated
            | Self::TruncatedOnTheLine
            | Self::NotJson
            | Self::WrongContentType
            | Self::Oversize => (Kind::MalformedResponse, RetryClass::Billed),
        };
        Some(verdict)
    }

    /// The retry class that must come of it where the order only reads what is free, given that of a paid order.
    pub(super) fn when_only_read(self, retry: RetryClass) -> RetryClass {
        match retry {
            _ if self == Self::CancelledWhileRunning => RetryClass::Never,
            RetryClass::Uncertain { .. } => RetryClass::Again { after: None },
            RetryClass::Billed => RetryClass::Elsewhere,
            other => other,
        }
    }

    /// Whether the answer to the order came and cannot be read.
    pub(super) fn is_unreadable(self) -> bool {
        matches!(
            self,
            Self::Truncated | Self::TruncatedOnTheLine | Self::NotJson | Self::WrongContentType | Self::Oversize
        )
    }

    /// Whether what came and cannot be used must be kept aside.
    pub(super) fn salvages(self) -> bool {
        matches!(self, Self::NoImages | Self::Truncated | Self::NotJson | Self::WrongContentType)
    }

    /// What any HTTP server says in this scenario to an order, given what the vendor says in a success.
    pub(super) fn usual(self, vendor: &dyn VendorCall) -> Vec<Exchange> {
        let order = vendor.order();
        let answered = SendPhase::Answered(StatusCode::OK);
        let last = match self {
            Self::BareServerError => order.answers(500, "text/html", "<h1>500</h1>"),
            Self::BadGateway => order.answers(502, "text/html", "<h1>502</h1>"),
            Self::Overloaded => order.answers(503, "text/html", "<h1>503</h1>"),
            Self::GatewayTimeout => order.answers(504, "text/html", "<h1>504</h1>"),
            Self::EdgeTimeout => order.answers(524, "text/html", "<h1>524</h1>"),
            Self::NotJson => order.answers(200, "application/json", "not json at all"),
            Self::WrongContentType => order.answers(200, "text/html", "<h1>hello</h1>"),
            Self::TruncatedOnTheLine => order.fails(answered, TransportErrorKind::Interrupted),
            Self::LostBeforeSend => order.fails(SendPhase::NotSent, TransportErrorKind::Connect),
            Self::LostAfterSend => order.fails(SendPhase::Sent, TransportErrorKind::Interrupted),
            Self::Slow | Self::CancelledWhileRunning => order.never_answers(),
            Self::Truncated => return truncated(accepted(vendor)),
            other => unexpected(&format!("the script has to say what the vendor does in {other:?}")),
        };
        vendor.before_order().into_iter().chain([last]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_open_where_it_is_only_read() {
        for scenario in Scenario::ALL {
            let Some((_, retry)) = scenario.expected() else { continue };
            let read = scenario.when_only_read(retry.clone());
            let open = matches!(read, RetryClass::Uncertain { .. } | RetryClass::Billed);
            assert!(!open, "{scenario:?}");
            let was_open = matches!(retry, RetryClass::Uncertain { .. } | RetryClass::Billed);
            assert_eq!(read == retry, !was_open, "{scenario:?}: only what was open changes");
        }
    }
}
