//! Health checks that do wrong are caught, each by the cases that are about it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use media_http::{HttpRequest, Transport};
use media_ports::{CallContext, HealthCheck, HealthReport};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{HealthScenario, HealthScript, health_suite, local_health_suite};
use crate::fakes::FakeHealth;
use crate::transport::Exchange;
use crate::vendor_script::VendorAnswer;

/// What a check does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sin {
    None,
    Buys,
    AlwaysWell,
    AlwaysIll,
    TellsNoLatency,
    WaitsTooLong,
    NamesNoKey,
    TellsTheKey,
    KeepsTheNotice,
    ReadsWithoutEnd,
}

const KEY: &str = "do-not-tell";

#[derive(Debug)]
struct Check(Sin, Arc<dyn Transport>);

impl Check {
    async fn ask(&self, context: &CallContext) -> HealthReport {
        let method = if self.0 == Sin::Buys { Method::POST } else { Method::GET };
        let mut request = HttpRequest::new(method, "https://vendor.example/credits".parse().unwrap(), context);
        if self.0 == Sin::WaitsTooLong {
            request.deadline += Duration::from_secs(60);
        }
        if self.0 == Sin::ReadsWithoutEnd {
            request.body_limit = u64::MAX;
        }
        let response = match self.1.send(request).await {
            Ok(response) => response,
            Err(error) => return HealthReport::unhealthy(format!("ask for the credits: {error}")),
        };
        if response.status == 401 {
            let named = if self.0 == Sin::NamesNoKey { "the key" } else { "VENDOR_API_KEY" };
            let told = if self.0 == Sin::TellsTheKey { KEY } else { "" };
            return HealthReport::unhealthy(format!("{named} is wrong {told}"));
        }
        let json = response.status.is_success() && response.headers["content-type"] == "application/json";
        match serde_json::from_slice::<Value>(&response.body) {
            Ok(document) if json => HealthReport {
                detail: (document["credits"] == 0 && self.0 != Sin::KeepsTheNotice).then(|| "no credits".to_owned()),
                ..HealthReport::healthy()
            },
            _ => HealthReport::unhealthy("the answer cannot be read"),
        }
    }
}

#[async_trait]
impl HealthCheck for Check {
    async fn check_health(&self, context: &CallContext) -> HealthReport {
        let started = Instant::now();
        let mut report = self.ask(context).await;
        match self.0 {
            Sin::AlwaysWell => report = HealthReport::healthy(),
            Sin::AlwaysIll => report = HealthReport::unhealthy("it is never well"),
            _ => {}
        }
        report.latency = (self.0 != Sin::TellsNoLatency).then(|| started.elapsed());
        report
    }
}

#[derive(Debug)]
struct Script(Sin);

impl HealthScript for Script {
    fn health(&self, transport: Arc<dyn Transport>) -> Arc<dyn HealthCheck> {
        Arc::new(Check(self.0, transport))
    }

    fn question(&self) -> Exchange {
        let method = if self.0 == Sin::Buys { Method::POST } else { Method::GET };
        Exchange::new(method, "/credits")
    }

    fn says(&self, scenario: HealthScenario) -> VendorAnswer {
        let answers = |status, document: Value| self.question().answers_json(status, &document);
        match scenario {
            HealthScenario::Healthy => VendorAnswer::Exchanges(vec![answers(200, json!({ "credits": 7 }))]),
            HealthScenario::HealthyWithNotice => {
                VendorAnswer::Ways(vec![("no_credits", vec![answers(200, json!({ "credits": 0 }))])])
            }
            HealthScenario::BadKey => VendorAnswer::Exchanges(vec![answers(401, json!({ "detail": KEY }))]),
            _ => VendorAnswer::Usual,
        }
    }

    fn credential_variable(&self) -> &'static str {
        "VENDOR_API_KEY"
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned()]
    }
}

#[test]
fn who_does_right_passes() {
    assert_eq!(health_suite("right", Script(Sin::None)).failures(), Vec::<String>::new());
    let local = |report: HealthReport| local_health_suite("local", move || FakeHealth(report.clone())).failures();
    assert_eq!(local(HealthReport::healthy()), Vec::<String>::new());
    assert_eq!(local(HealthReport::unhealthy("ill")), ["healthy"]);
}

#[test]
fn who_does_wrong_is_caught_by_what_is_about_it() {
    let cases = [
        (Sin::Buys, "healthy"),
        (Sin::AlwaysWell, "bad_key"),
        (Sin::AlwaysWell, "truncated_body"),
        (Sin::AlwaysWell, "wrong_content_type"),
        (Sin::AlwaysWell, "unreachable"),
        (Sin::AlwaysIll, "healthy"),
        (Sin::TellsNoLatency, "healthy"),
        (Sin::TellsNoLatency, "slow"),
        (Sin::WaitsTooLong, "slow"),
        (Sin::NamesNoKey, "bad_key"),
        (Sin::TellsTheKey, "bad_key"),
        (Sin::ReadsWithoutEnd, "oversize"),
        (Sin::KeepsTheNotice, "healthy_with_notice::no_credits"),
    ];
    for (sin, case) in cases {
        let failed = health_suite("wrong", Script(sin)).failures();
        assert!(failed.iter().any(|name| name == case), "{sin:?} passes {case}; it fails {failed:?}");
    }
}

/// Says one thing otherwise.
#[derive(Debug)]
struct Silent(HealthScenario, VendorAnswer);

impl HealthScript for Silent {
    fn health(&self, transport: Arc<dyn Transport>) -> Arc<dyn HealthCheck> {
        Script(Sin::None).health(transport)
    }

    fn question(&self) -> Exchange {
        Script(Sin::None).question()
    }

    fn says(&self, scenario: HealthScenario) -> VendorAnswer {
        if scenario == self.0 { self.1.clone() } else { Script(Sin::None).says(scenario) }
    }

    fn credential_variable(&self) -> &'static str {
        "VENDOR_API_KEY"
    }

    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

#[test]
fn no_case_vanishes_from_a_script() {
    let builds =
        |scenario, answer| catch_unwind(AssertUnwindSafe(|| health_suite("silent", Silent(scenario, answer)))).is_ok();
    assert!(builds(HealthScenario::BadKey, VendorAnswer::NotApplicable("there is no key")));
    assert!(!builds(HealthScenario::BadKey, VendorAnswer::Ways(Vec::new())));
    assert!(!builds(HealthScenario::Healthy, VendorAnswer::NotApplicable("it is never well")));
}
