//! What every health check must do.

#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use media_http::{HttpRequest, SendPhase, Transport, TransportErrorKind};
use media_ports::{HealthCheck, HealthReport, HealthStatus};
use tokio::time::Instant;

use crate::generator::{context, unexpected};
use crate::harness::Suite;
use crate::transport::{Exchange, ScriptedTransport};
use crate::vendor_script::{Flood, VendorAnswer, at_least_one, cut_in_half};

/// A vendor's part in the suite of a health check.
pub trait HealthScript: Debug + Send + Sync + 'static {
    /// Makes the check on a transport.
    fn health(&self, transport: Arc<dyn Transport>) -> Arc<dyn HealthCheck>;

    /// The first question of the check: its method and path, without an outcome.
    fn question(&self) -> Exchange;

    /// What the vendor says in a scenario.
    fn says(&self, scenario: HealthScenario) -> VendorAnswer;

    /// What the report of a wrong key names: the environment variable that people set.
    fn credential_variable(&self) -> &'static str;

    /// The methods that the check may use. Asking is a `GET`, which buys nothing; only a vendor who has no such question
    /// is given others.
    fn methods(&self) -> Vec<Method> {
        vec![Method::GET]
    }

    /// Texts that may appear in no report and no debug output (keys).
    fn secrets(&self) -> Vec<String>;
}

macro_rules! health_scenarios {
    ($($(#[$doc:meta])* $scenario:ident = $name:literal,)+) => {
        /// What a health check is put through.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum HealthScenario { $($(#[$doc])* $scenario,)+ }

        impl HealthScenario {
            /// Every scenario.
            pub const ALL: &'static [Self] = &[$(Self::$scenario,)+];

            /// Its name in the list of cases.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$scenario => $name,)+ }
            }
        }
    };
}

health_scenarios! {
    /// The vendor answers, and all is well.
    Healthy = "healthy",
    /// The vendor answers and the provider can be used, though not everything is well (balance low, model to be shut
    /// down …): the report tells it in `detail` or as the date.
    HealthyWithNotice = "healthy_with_notice",
    /// The key is wrong.
    BadKey = "bad_key",
    /// No connection.
    Unreachable = "unreachable",
    /// The line is lost after the question was sent.
    Lost = "lost",
    /// 500 from who knows where.
    ServerError = "server_error",
    /// A success that is declared JSON and is none.
    NotJson = "not_json",
    /// A success that is declared as something else.
    WrongContentType = "wrong_content_type",
    /// A success whose document ends in the middle.
    Truncated = "truncated_body",
    /// An answer larger than the question allows. Unless the script says otherwise, it has one byte more than that limit.
    Oversize = "oversize",
    /// No answer before the deadline.
    Slow = "slow",
    /// The caller gives up while the check is under way.
    Cancelled = "cancelled",
}

impl HealthScenario {
    fn is_healthy(self) -> bool {
        matches!(self, Self::Healthy | Self::HealthyWithNotice)
    }

    fn usual(self, script: &dyn HealthScript) -> Vec<Exchange> {
        let question = script.question();
        let exchange = match self {
            Self::Unreachable => question.fails(SendPhase::NotSent, TransportErrorKind::Connect),
            Self::Lost => question.fails(SendPhase::Sent, TransportErrorKind::Interrupted),
            Self::ServerError => question.answers(500, "text/html", "<h1>500</h1>"),
            Self::NotJson => question.answers(200, "application/json", "not json at all"),
            Self::WrongContentType => question.answers(200, "text/html", "<h1>hello</h1>"),
            Self::Slow | Self::Cancelled => question.never_answers(),
            Self::Truncated => return truncated(healthy(script)),
            other => unexpected(&format!("the script has to say what the vendor does in {other:?}")),
        };
        vec![exchange]
    }
}

/// Only the first answer, and half of that.
fn truncated(exchanges: Vec<Exchange>) -> Vec<Exchange> {
    exchanges.into_iter().take(1).map(cut_in_half).collect()
}

fn healthy(script: &dyn HealthScript) -> Vec<Exchange> {
    match script.says(HealthScenario::Healthy) {
        VendorAnswer::Exchanges(exchanges) => exchanges,
        other => unexpected(&format!("the script has to say how a healthy vendor answers, not {other:?}")),
    }
}

/// Every case of a health check: it costs nothing, tells how long it took, and what goes wrong is the report.
///
/// ```no_run
/// # use media_testkit::health_suite::{HealthScript, health_suite};
/// # fn run(script: impl HealthScript) -> std::process::ExitCode {
/// health_suite("flux_health", script).run()
/// # }
/// ```
pub fn health_suite(name: &'static str, script: impl HealthScript) -> Suite {
    let script: Arc<dyn HealthScript> = Arc::new(script);
    let never_well = matches!(script.says(HealthScenario::Healthy), VendorAnswer::NotApplicable(_));
    assert!(!never_well, "{name}: the script has to say how a healthy vendor answers");
    HealthScenario::ALL.iter().fold(Suite::new(name), |suite, scenario| add_scenario(suite, &script, *scenario))
}

/// The one case of a check that asks nobody: it is healthy.
pub fn local_health_suite<H: HealthCheck>(name: &'static str, make: impl Fn() -> H + Send + 'static) -> Suite {
    Suite::new(name).case("healthy", move || async move {
        let report = make().check_health(&context()).await;
        assert!(report.is_healthy(), "{report:?}");
    })
}

fn add_scenario(suite: Suite, script: &Arc<dyn HealthScript>, scenario: HealthScenario) -> Suite {
    let name = scenario.name();
    let ways = match script.says(scenario) {
        VendorAnswer::NotApplicable(reason) => return suite.ignored(name, reason),
        VendorAnswer::Exchanges(exchanges) => vec![(name.to_owned(), exchanges)],
        VendorAnswer::Usual if scenario == HealthScenario::Oversize => {
            let script = Arc::clone(script);
            return suite.case(name, move || floods(script));
        }
        VendorAnswer::Usual => vec![(name.to_owned(), scenario.usual(script.as_ref()))],
        VendorAnswer::Ways(ways) => {
            let ways = at_least_one(name, ways);
            ways.into_iter().map(|(way, exchanges)| (format!("{name}::{way}"), exchanges)).collect()
        }
    };
    ways.into_iter().fold(suite, |suite, (name, exchanges)| {
        let script = Arc::clone(script);
        suite.case(&name, move || reports(script, scenario, exchanges))
    })
}

async fn reports(script: Arc<dyn HealthScript>, scenario: HealthScenario, exchanges: Vec<Exchange>) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let told = reports_on(script.as_ref(), scenario, Arc::clone(&transport) as _).await;
    assert_harmless(script.as_ref(), &told, &transport.requests());
    transport.assert_exhausted();
}

/// The question is answered with more than its limit, whatever that is.
async fn floods(script: Arc<dyn HealthScript>) {
    let flood = Arc::new(Flood::new(Vec::new(), script.question()));
    let told = reports_on(script.as_ref(), HealthScenario::Oversize, Arc::clone(&flood) as _).await;
    assert_harmless(script.as_ref(), &told, &flood.requests());
    flood.assert_exhausted();
}

/// Makes the check and looks at its report; answers all that both show of themselves.
async fn reports_on(script: &dyn HealthScript, scenario: HealthScenario, transport: Arc<dyn Transport>) -> String {
    let health = script.health(transport);
    let context = context();
    let deadline = Instant::from_std(context.deadline);
    if scenario == HealthScenario::Cancelled {
        let cancellation = context.cancellation.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            cancellation.cancel();
        });
    }
    let started = Instant::now();
    let report = health.check_health(&context).await;
    assert_eq!(report.is_healthy(), scenario.is_healthy(), "{report:?}");
    assert!(Instant::now() <= deadline, "nobody waits past the deadline");
    assert!(scenario != HealthScenario::Cancelled || started.elapsed() < Duration::from_secs(2), "it was given up");
    assert_eq!(report.latency, Some(started.elapsed()), "how long it took");
    assert_tells(script, scenario, &report);
    format!("{report:?} {health:?}")
}

#[track_caller]
fn assert_harmless(script: &dyn HealthScript, told: &str, sent: &[HttpRequest]) {
    let methods = script.methods();
    let bought: Vec<_> = sent.iter().filter(|request| !methods.contains(&request.method)).collect();
    assert!(bought.is_empty(), "a health check buys nothing: {bought:?}");
    for secret in script.secrets() {
        assert!(!format!("{told} {sent:?}").contains(&secret), "a secret is told");
    }
}

#[track_caller]
fn assert_tells(script: &dyn HealthScript, scenario: HealthScenario, report: &HealthReport) {
    match &report.status {
        HealthStatus::Healthy => {
            let noticed = report.detail.is_some() || report.model_shutdown_date.is_some();
            assert!(noticed || scenario == HealthScenario::Healthy, "the notice is told");
        }
        HealthStatus::Unhealthy(reason) => {
            assert!(!reason.trim().is_empty(), "the reason is told");
            let named = scenario != HealthScenario::BadKey || reason.contains(script.credential_variable());
            assert!(named, "who has a wrong key is told which: {reason}");
        }
    }
}
