//! Vendors as scripts: what an adapter is put through, and what must come of it.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use media_domain::{Phase, ProviderErrorKind, RetryClass};
use media_http::{SendPhase, Transport, TransportErrorKind};
use media_ports::{ImageGenerator, ProviderError};

use crate::generator::{Subject, assert_sound, context, expect_error, plain_request, unexpected};
use crate::harness::Suite;
use crate::transport::Exchange;

/// A vendor's part in the conformance suite: the adapter supplies what the vendor would say, the suite knows what must
/// come of it.
pub trait VendorScript: Debug + Send + Sync + 'static {
    /// Makes the adapter on a transport.
    fn generator(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator>;

    /// The order for images: its method and path, without an outcome.
    fn order(&self) -> Exchange;

    /// What the vendor says in a scenario.
    fn says(&self, scenario: Scenario) -> VendorAnswer;

    /// Texts that may appear in no error and no debug output (keys).
    fn secrets(&self) -> Vec<String>;
}

/// What a vendor says in a scenario.
#[derive(Debug, Clone)]
pub enum VendorAnswer {
    /// These exchanges.
    Exchanges(Vec<Exchange>),
    /// The vendor has several ways of saying it: each is a case, by name.
    Ways(Vec<(&'static str, Vec<Exchange>)>),
    /// What any HTTP server says in it; the suite knows.
    Usual,
    /// The vendor has nothing of the kind, for this reason.
    NotApplicable(&'static str),
}

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
    /// A success larger than allowed.
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

    /// The error kind and the retry class that must come of it; `None` for a success.
    fn expected(self) -> Option<(ProviderErrorKind, RetryClass)> {
        use ProviderErrorKind as Kind;
        let again = |after| RetryClass::Again { after };
        let uncertain = RetryClass::Uncertain { phase: Phase::Submit, handle: None };
        let verdict = match self {
            Self::Ok | Self::SeveralImages => return None,
            Self::RateLimited => (Kind::RateLimited, again(Some(Self::DELAY))),
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

    /// Whether what came and cannot be used must be kept aside.
    fn salvages(self) -> bool {
        matches!(self, Self::NoImages | Self::Truncated | Self::NotJson | Self::WrongContentType)
    }

    /// What any HTTP server says in this scenario to an order, given what the vendor says in a success.
    fn usual(self, script: &dyn VendorScript) -> Vec<Exchange> {
        let order = script.order();
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
            Self::Oversize => order.fails(answered, TransportErrorKind::TooLarge),
            Self::LostBeforeSend => order.fails(SendPhase::NotSent, TransportErrorKind::Connect),
            Self::LostAfterSend => order.fails(SendPhase::Sent, TransportErrorKind::Interrupted),
            Self::Slow | Self::CancelledWhileRunning => order.never_answers(),
            Self::Truncated => return truncated(success(script, Self::Ok)),
            other => unexpected(&format!("the script has to say what the vendor does in {other:?}")),
        };
        vec![last]
    }
}

fn truncated(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    if let Some(last) = exchanges.pop() {
        let half = last.response().map_or(0, |response| response.body.len() / 2);
        exchanges.push(last.cut_to(half));
    }
    exchanges
}

/// What the vendor says in a scenario that ends well.
pub(crate) fn success(script: &dyn VendorScript, scenario: Scenario) -> Vec<Exchange> {
    match script.says(scenario) {
        VendorAnswer::Exchanges(exchanges) => exchanges,
        other => unexpected(&format!("the script has to say what the vendor does in {scenario:?}, not {other:?}")),
    }
}

/// Adds the cases of every scenario that ends badly; those that end well are cases of the base suite.
pub(crate) fn scenario_cases(suite: Suite, script: &Arc<dyn VendorScript>) -> Suite {
    let bad = Scenario::ALL.iter().filter(|scenario| scenario.expected().is_some());
    let suite = bad.fold(suite, |suite, scenario| add_scenario(suite, script, *scenario));
    let script = Arc::clone(script);
    suite.case("scenario::ok_tells_no_secret", move || async move {
        let subject = Subject::of_vendor(script.as_ref(), success(script.as_ref(), Scenario::Ok));
        let request = subject.fitting(plain_request());
        let answer = subject.generate(&request).await.unwrap_or_else(|error| unexpected(&error));
        assert_sound(&answer, 1);
        assert_no_secret(script.as_ref(), &format!("{answer:?} {:?}", subject.generator));
        let sent = subject.transport.as_ref().map(|transport| transport.requests()).unwrap_or_default();
        assert_no_secret(script.as_ref(), &format!("{sent:?}"));
    })
}

fn add_scenario(suite: Suite, script: &Arc<dyn VendorScript>, scenario: Scenario) -> Suite {
    let name = format!("scenario::{}", scenario.name());
    let ways = match script.says(scenario) {
        VendorAnswer::NotApplicable(reason) => return suite.ignored(&name, reason),
        VendorAnswer::Exchanges(exchanges) => vec![(name, exchanges)],
        VendorAnswer::Usual => vec![(name, scenario.usual(script.as_ref()))],
        VendorAnswer::Ways(ways) => {
            ways.into_iter().map(|(way, exchanges)| (format!("{name}::{way}"), exchanges)).collect()
        }
    };
    ways.into_iter().fold(suite, |suite, (name, exchanges)| {
        let script = Arc::clone(script);
        suite.case(&name, move || fails_as_expected(script, scenario, exchanges))
    })
}

async fn fails_as_expected(script: Arc<dyn VendorScript>, scenario: Scenario, exchanges: Vec<Exchange>) {
    let Some((kind, retry)) = scenario.expected() else { unexpected(&scenario) };
    let subject = Subject::of_vendor(script.as_ref(), exchanges);
    let context = context();
    if scenario == Scenario::CancelledWhileRunning {
        let cancellation = context.cancellation.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            cancellation.cancel();
        });
    }
    let outcome = subject.generator.generate_image(&context, &subject.fitting(plain_request())).await;
    let error = expect_error(outcome);
    assert_eq!((error.kind, &error.retry), (kind, &retry), "{error:?}");
    if scenario.salvages() {
        assert!(error.salvaged.is_some(), "what was paid for is kept aside");
    }
    assert_no_secret(script.as_ref(), &told(&error));
    subject.assert_exhausted();
}

/// Everything that an error says, causes included.
fn told(error: &ProviderError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text.push_str(&format!(" {source} {source:?}"));
        cause = source.source();
    }
    text
}

#[track_caller]
fn assert_no_secret(script: &dyn VendorScript, text: &str) {
    for secret in script.secrets() {
        assert!(!text.contains(&secret), "a secret is told");
    }
}
