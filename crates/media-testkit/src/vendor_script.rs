//! Vendors as scripts: what an adapter is put through, and what must come of it.

mod flood;
mod scenario;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use media_domain::RetryClass;
use media_http::{SendPhase, Transport, TransportErrorKind};
use media_ports::{ImageGenerator, ProviderError};

pub(crate) use self::flood::Flood;
pub use self::scenario::Scenario;
use crate::generator::{context, unexpected};
use crate::harness::Suite;
use crate::transport::{Exchange, ScriptedTransport};
use crate::vendor_call::VendorCall;
use crate::vendor_jobs::Jobs;

/// A vendor's part in the conformance suite: the adapter supplies what the vendor would say, the suite knows what must
/// come of it.
pub trait VendorScript: Debug + Send + Sync + 'static {
    /// Makes the adapter on a transport.
    fn generator(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator>;

    /// The order for images: its method and path, without an outcome.
    fn order(&self) -> Exchange;

    /// What goes over the wire before each order (an upload, say, or a token that is bought); nothing by default.
    fn before_order(&self) -> Vec<Exchange> {
        Vec::new()
    }

    /// What the vendor says in a scenario. [`VendorAnswer::Exchanges`] are all that go over the wire in it, from what
    /// comes before the order to the last answer.
    fn says(&self, scenario: Scenario) -> VendorAnswer;

    /// Whether an order becomes a job that is asked after. Then an answer to the order that cannot be read leaves the job
    /// `uncertain`: it may be at work under a handle that nobody knows.
    fn jobs(&self) -> Jobs;

    /// Whether the order is only a question that costs nothing, as a free `GET` is; by default it is not. Then what is
    /// `uncertain` for others may be asked again, what is `billed` goes elsewhere, and who gives up leaves nothing behind.
    fn is_free_read(&self) -> bool {
        false
    }

    /// Texts that may appear in no error and no debug output (keys).
    fn secrets(&self) -> Vec<String>;
}

/// What a vendor says in a scenario.
#[derive(Debug, Clone)]
pub enum VendorAnswer {
    /// These exchanges.
    Exchanges(Vec<Exchange>),
    /// The vendor has several ways of saying it, at least one: each is a case, by name.
    Ways(Vec<(&'static str, Vec<Exchange>)>),
    /// What any HTTP server says in it; the suite knows.
    Usual,
    /// The vendor has nothing of the kind, for this reason.
    NotApplicable(&'static str),
}

/// Everything up to the vendor's answer to the order: for a synchronous vendor, a success.
fn accepted(vendor: &dyn VendorCall) -> Vec<Exchange> {
    match vendor.jobs() {
        Jobs::None(_) => success(vendor, Scenario::Ok),
        Jobs::Polled(job) => job.accepted,
    }
}

fn truncated(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    if let Some(last) = exchanges.pop() {
        exchanges.push(cut_in_half(last));
    }
    exchanges
}

pub(crate) fn cut_in_half(exchange: Exchange) -> Exchange {
    let half = exchange.response().map_or(0, |response| response.body.len() / 2);
    exchange.cut_to(half)
}

fn for_days(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    if let Some(last) = exchanges.pop() {
        exchanges.push(last.with_header("retry-after", &Scenario::DAYS.as_secs().to_string()));
    }
    exchanges
}

/// What the vendor says in a scenario that the script has to know.
pub(crate) fn success(vendor: &dyn VendorCall, scenario: Scenario) -> Vec<Exchange> {
    match vendor.says(scenario) {
        VendorAnswer::Exchanges(exchanges) => exchanges,
        other => unexpected(&format!("the script has to say what the vendor does in {scenario:?}, not {other:?}")),
    }
}

/// Adds the cases of every scenario that ends badly; those that end well are cases of the base suites.
pub(crate) fn scenario_cases(suite: Suite, vendor: &Arc<dyn VendorCall>, scenarios: &[Scenario]) -> Suite {
    let bad = scenarios.iter().filter(|scenario| scenario.expected().is_some());
    let suite = bad.fold(suite, |suite, scenario| add_scenario(suite, vendor, *scenario));
    let suite = before_order_cases(suite, vendor);
    let vendor = Arc::clone(vendor);
    suite.case("scenario::ok_tells_no_secret", move || tells_no_secret(vendor))
}

/// What goes wrong before the order leaves nothing open.
fn before_order_cases(suite: Suite, vendor: &Arc<dyn VendorCall>) -> Suite {
    let mut before = vendor.before_order();
    let Some(last) = before.pop() else { return suite };
    let troubles = [
        ("lost_after_send", last.clone().fails(SendPhase::Sent, TransportErrorKind::Interrupted)),
        ("bad_gateway", last.clone().answers(502, "text/html", "<h1>502</h1>")),
        ("not_json", last.clone().answers(200, "application/json", "not json at all")),
        ("slow", last.never_answers()),
    ];
    troubles.into_iter().fold(suite, |suite, (name, trouble)| {
        let (vendor, exchanges) = (Arc::clone(vendor), before.iter().cloned().chain([trouble]).collect());
        suite.case(&format!("before_the_order::{name}"), move || leaves_nothing_open(vendor, exchanges))
    })
}

async fn leaves_nothing_open(vendor: Arc<dyn VendorCall>, exchanges: Vec<Exchange>) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let error = match vendor.call(Arc::clone(&transport) as _, &context()).await {
        Ok(answer) => unexpected(&answer),
        Err(error) => error,
    };
    let open = matches!(error.retry, RetryClass::Uncertain { .. } | RetryClass::Billed);
    assert!(!open, "nothing was ordered, so nothing is open: {error:?}");
    assert_no_secret(vendor.as_ref(), &told(&error));
    transport.assert_exhausted();
}

fn add_scenario(suite: Suite, vendor: &Arc<dyn VendorCall>, scenario: Scenario) -> Suite {
    let name = format!("scenario::{}", vendor.scenario_name(scenario));
    let ways = match answer_in(vendor.as_ref(), scenario) {
        VendorAnswer::NotApplicable(reason) => return suite.ignored(&name, reason),
        VendorAnswer::Exchanges(exchanges) => vec![(name, exchanges)],
        VendorAnswer::Usual if scenario == Scenario::Oversize => {
            let vendor = Arc::clone(vendor);
            return suite.case(&name, move || floods(vendor));
        }
        VendorAnswer::Usual => vec![(name, scenario.usual(vendor.as_ref()))],
        VendorAnswer::Ways(ways) => {
            let ways = at_least_one(&name, ways);
            ways.into_iter().map(|(way, exchanges)| (format!("{name}::{way}"), exchanges)).collect()
        }
    };
    ways.into_iter().fold(suite, |suite, (name, exchanges)| {
        let vendor = Arc::clone(vendor);
        suite.case(&name, move || fails_as_expected(vendor, scenario, exchanges))
    })
}

/// The list, which a script must not leave empty: a case that is not there would be missed by nobody.
#[track_caller]
pub(crate) fn at_least_one<T>(what: &str, list: Vec<T>) -> Vec<T> {
    assert!(!list.is_empty(), "{what}: the script has none; what does not apply is listed with its reason");
    list
}

/// What the vendor says in a scenario; a delay of days is said as a short one is.
fn answer_in(vendor: &dyn VendorCall, scenario: Scenario) -> VendorAnswer {
    match vendor.says(scenario) {
        VendorAnswer::Usual if scenario == Scenario::RateLimitedForDays => match vendor.says(Scenario::RateLimited) {
            VendorAnswer::Exchanges(exchanges) => VendorAnswer::Exchanges(for_days(exchanges)),
            VendorAnswer::Ways(ways) => {
                VendorAnswer::Ways(ways.into_iter().map(|(way, exchanges)| (way, for_days(exchanges))).collect())
            }
            other => other,
        },
        answer => answer,
    }
}

async fn fails_as_expected(vendor: Arc<dyn VendorCall>, scenario: Scenario, exchanges: Vec<Exchange>) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    fails_on(vendor, scenario, Arc::clone(&transport) as _).await;
    transport.assert_exhausted();
}

/// The order is answered with more than its limit, whatever that is.
async fn floods(vendor: Arc<dyn VendorCall>) {
    let flood = Arc::new(Flood::new(vendor.before_order(), vendor.order()));
    fails_on(vendor, Scenario::Oversize, Arc::clone(&flood) as _).await;
    flood.assert_exhausted();
}

async fn fails_on(vendor: Arc<dyn VendorCall>, scenario: Scenario, transport: Arc<dyn Transport>) {
    let Some((kind, retry)) = scenario.expected() else { unexpected(&scenario) };
    let allowed = allowed(vendor.as_ref(), scenario, retry);
    let context = context();
    if scenario == Scenario::CancelledWhileRunning {
        let cancellation = context.cancellation.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            cancellation.cancel();
        });
    }
    let started = tokio::time::Instant::now();
    let error = match vendor.call(transport, &context).await {
        Ok(answer) => unexpected(&answer),
        Err(error) => error,
    };
    assert_eq!(error.kind, kind, "{error:?}");
    assert!(allowed.contains(&error.retry), "{allowed:?} would do: {error:?}");
    if scenario.salvages() && error.retry == RetryClass::Billed && vendor.is_paid() {
        assert!(error.salvaged.is_some(), "what was paid for is kept aside");
    }
    if scenario == Scenario::RateLimitedForDays {
        assert!(started.elapsed() < Duration::from_secs(60), "a long delay is told, not waited for");
    }
    assert_no_secret(vendor.as_ref(), &told(&error));
}

/// The retry classes that would do, given the one of a paid order whose answer is the result.
fn allowed(vendor: &dyn VendorCall, scenario: Scenario, retry: RetryClass) -> Vec<RetryClass> {
    if vendor.is_free_read() {
        return vec![scenario.when_only_read(retry)];
    }
    vendor.unreadable().filter(|_| scenario.is_unreadable()).unwrap_or(vec![retry])
}

async fn tells_no_secret(vendor: Arc<dyn VendorCall>) {
    let transport = Arc::new(ScriptedTransport::new(success(vendor.as_ref(), Scenario::Ok)));
    let told = vendor.call(Arc::clone(&transport) as _, &context()).await.unwrap_or_else(|error| unexpected(&error));
    assert_no_secret(vendor.as_ref(), &told);
    assert_no_secret(vendor.as_ref(), &format!("{:?}", transport.requests()));
}

/// Everything that an error says, causes included.
pub(crate) fn told(error: &ProviderError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text.push_str(&format!(" {source} {source:?}"));
        cause = source.source();
    }
    text
}

#[track_caller]
pub(crate) fn assert_no_secret(vendor: &dyn VendorCall, text: &str) {
    for secret in vendor.secrets() {
        assert!(!text.contains(&secret), "a secret is told");
    }
}
