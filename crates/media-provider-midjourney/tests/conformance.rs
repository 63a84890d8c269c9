//! The adapter against the shared conformance suites: both proxies, the grid by itself, health.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod vendor;

use std::process::ExitCode;
use std::sync::Arc;

use media_domain::{JobHandle, Phase, RetryClass};
use media_http::Transport;
use media_ports::{HealthCheck, ImageGenerator};
use media_testkit::generator::{GeneratorUnderTest, generator_suite};
use media_testkit::health_suite::{HealthScenario, HealthScript, health_suite};
use media_testkit::transport::Exchange;
use media_testkit::vendor_jobs::{Cancel, JobScript, Jobs};
use media_testkit::vendor_script::{Scenario, VendorAnswer, VendorScript};
use serde_json::{Value, json};

fn main() -> ExitCode {
    generator_suite("midjourney", GeneratorUnderTest::vendor(Proxy::Novicezk))
        .and(generator_suite("midjourney_trueai", GeneratorUnderTest::vendor(Proxy::Trueai)))
        .and(generator_suite("midjourney_grid", GeneratorUnderTest::vendor(Proxy::Grid)))
        .and(health_suite("midjourney_health", Health))
        .run()
}

/// The proxy's part in generating.
#[derive(Debug, Clone, Copy)]
enum Proxy {
    Novicezk,
    Trueai,
    /// novicezk's, with the grid taken as it is.
    Grid,
}

impl Proxy {
    fn settings(self) -> Value {
        match self {
            Self::Novicezk => Value::Null,
            Self::Trueai => vendor::trueai(),
            Self::Grid => vendor::grid_only(),
        }
    }

    fn handle(self) -> JobHandle {
        match self {
            Self::Novicezk => vendor::grid_handle(Some(1), 1_000),
            Self::Trueai => vendor::grid_handle(Some(2), 1_000),
            Self::Grid => vendor::grid_handle(None, 2_000),
        }
    }

    fn accepted() -> Vec<Exchange> {
        vec![vendor::imagine().answers_json(200, &vendor::taken(vendor::GRID))]
    }

    /// The looks from the finished grid on.
    fn done(self) -> Vec<Exchange> {
        let look = |id| vendor::fetch(id).answers_json(200, &vendor::done(id));
        let taken = |order: Exchange| order.answers_json(200, &vendor::taken(vendor::PICTURE));
        match self {
            Self::Novicezk => vec![look(vendor::GRID), taken(vendor::change()), look(vendor::PICTURE)],
            Self::Trueai => vec![look(vendor::GRID), taken(vendor::action()), look(vendor::PICTURE)],
            Self::Grid => vec![look(vendor::GRID)],
        }
    }

    fn cancel(self) -> Cancel {
        match self {
            Self::Novicezk | Self::Grid => Cancel::None("novicezk's proxy cancels no tasks"),
            Self::Trueai => Cancel::Call {
                exchange: vendor::cancel(vendor::GRID).answers_json(200, &vendor::taken(vendor::GRID)),
                leaves: RetryClass::Uncertain { phase: Phase::Running, handle: Some(self.handle()) },
            },
        }
    }
}

impl VendorScript for Proxy {
    fn generator(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator> {
        vendor::provider(transport, self.settings()).generator.unwrap()
    }

    fn order(&self) -> Exchange {
        vendor::imagine()
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        let one = |exchange: Exchange| VendorAnswer::Exchanges(vec![exchange]);
        let code =
            |status, code, description: &str| self.order().answers_json(status, &vendor::refused(code, description));
        let page = |status| self.order().answers(status, "text/html", "<h1>no</h1>");
        let ways = |ways: Vec<(&'static str, Exchange)>| {
            VendorAnswer::Ways(ways.into_iter().map(|(way, exchange)| (way, vec![exchange])).collect())
        };
        let fails = |reason: &str| {
            let failed = vendor::fetch(vendor::GRID).answers_json(200, &vendor::failed(vendor::GRID, reason));
            [Self::accepted(), vec![failed]].concat()
        };
        match scenario {
            Scenario::Ok => VendorAnswer::Exchanges([Self::accepted(), self.done()].concat()),
            Scenario::NoImages => {
                let mut nothing = vendor::done(vendor::GRID);
                nothing["imageUrl"] = Value::Null;
                let look = vendor::fetch(vendor::GRID).answers_json(200, &nothing);
                VendorAnswer::Exchanges([Self::accepted(), vec![look]].concat())
            }
            Scenario::RateLimited => one(page(429).with_header("retry-after", "7")),
            Scenario::RateLimitedWithoutDelay => ways(vec![
                ("status", page(429)),
                ("queue_full", code(200, 23, "队列已满，请稍后尝试")),
                ("queue_full_in_400", code(400, 23, "队列已满，请稍后尝试")),
            ]),
            Scenario::BadKey => {
                // trueai's proxy says it as text.
                let text = format!("未登录 {}", vendor::SECRET);
                ways(vec![
                    ("novicezk", self.order().answers(401, "text/plain", "")),
                    ("trueai", self.order().answers(403, "text/plain;charset=utf-8", text)),
                ])
            }
            Scenario::Forbidden => VendorAnswer::NotApplicable("the proxy's 403 means a wrong secret"),
            Scenario::NoCredit => VendorAnswer::Ways(vec![
                ("credits", fails("[Credits exhausted] You have run out of hours!")),
                ("account", fails("账号用量已经用完")),
                ("subscription", fails("Subscription required")),
            ]),
            Scenario::BadRequest => ways(vec![
                ("code", code(200, 4, "prompt不能为空")),
                ("status", code(400, 4, "参数错误")),
                ("bare", page(400)),
            ]),
            Scenario::ModelGone => ways(vec![
                ("code", code(200, 3, "关联任务不存在或已失效")),
                ("status", code(404, 3, "关联任务不存在或已失效")),
                ("path", page(404)),
            ]),
            Scenario::ContentRejected => VendorAnswer::Ways(vec![
                ("word", vec![code(200, 24, "可能包含敏感词")]),
                ("word_in_400", vec![code(400, 24, "可能包含敏感词")]),
                ("prompt", fails("[Banned prompt detected] Our AI moderators feel …")),
                ("output", fails("Request cancelled due to output filters")),
                ("image", fails("Image denied")),
            ]),
            Scenario::ServerError => one(code(500, 9, "系统异常")),
            _ => VendorAnswer::Usual,
        }
    }

    fn jobs(&self) -> Jobs {
        let look = |body: &Value| vendor::fetch(vendor::GRID).answers_json(200, body);
        let runs = |status: &str| look(&vendor::running(vendor::GRID, status));
        let fails = |reason: &str| vec![look(&vendor::failed(vendor::GRID, reason))];
        let mut silent = vendor::running(vendor::GRID, "FAILURE");
        silent["failReason"] = Value::Null;
        let mut without_status = vendor::running(vendor::GRID, "");
        without_status["status"] = Value::Null;
        Jobs::Polled(Box::new(JobScript {
            handle: self.handle(),
            accepted: Self::accepted(),
            poll: vendor::fetch(vendor::GRID),
            running: vec![
                ("submitted", runs("SUBMITTED")),
                ("not_start", runs("NOT_START")),
                ("in_progress", runs("IN_PROGRESS")),
                ("modal", runs("MODAL")),
                ("unknown", runs("DREAMING")),
                ("null", look(&without_status)),
            ],
            done: self.done(),
            failed: vec![
                ("instance", fails("实例不可用")),
                ("silent", vec![look(&silent)]),
                ("cancelled", vec![runs("CANCEL")]),
            ],
            gone: vec![
                ("empty", vec![vendor::fetch(vendor::GRID).answers(200, "application/json", "")]),
                ("no_content", vec![vendor::fetch(vendor::GRID).answers(204, "text/plain", "")]),
                ("null", vec![vendor::fetch(vendor::GRID).answers(200, "application/json", "null")]),
            ],
            cancel: self.cancel(),
        }))
    }

    fn secrets(&self) -> Vec<String> {
        vec![vendor::SECRET.to_owned()]
    }
}

/// The proxy's part in the health check.
#[derive(Debug)]
struct Health;

impl HealthScript for Health {
    fn health(&self, transport: Arc<dyn Transport>) -> Arc<dyn HealthCheck> {
        vendor::provider(transport, Value::Null).health
    }

    fn question(&self) -> Exchange {
        vendor::queue()
    }

    fn says(&self, scenario: HealthScenario) -> VendorAnswer {
        let one = |exchange: Exchange| VendorAnswer::Exchanges(vec![exchange]);
        match scenario {
            HealthScenario::Healthy => one(self.question().answers_json(200, &json!([]))),
            HealthScenario::HealthyWithNotice => {
                let waiting = json!([vendor::running(vendor::GRID, "SUBMITTED")]);
                one(self.question().answers_json(200, &waiting))
            }
            HealthScenario::BadKey => VendorAnswer::Ways(vec![
                ("novicezk", vec![self.question().answers(401, "text/plain", "")]),
                ("trueai", vec![self.question().answers(403, "text/plain", "未登录")]),
            ]),
            _ => VendorAnswer::Usual,
        }
    }

    fn credential_variable(&self) -> &'static str {
        "MJ_API_SECRET"
    }

    fn secrets(&self) -> Vec<String> {
        vec![vendor::SECRET.to_owned()]
    }
}
