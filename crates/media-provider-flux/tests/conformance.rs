//! The adapter against the shared conformance suites: generating, editing, health.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod vendor;

use std::process::ExitCode;
use std::sync::Arc;

use media_domain::{EditKind, EditRequest, JobHandle};
use media_http::{HttpRequest, Transport};
use media_ports::{HealthCheck, ImageEditor, ImageGenerator};
use media_testkit::editor_suite::{EditorScript, EditorUnderTest, editor_suite};
use media_testkit::generator::{GeneratorUnderTest, generator_suite};
use media_testkit::health_suite::{HealthScenario, HealthScript, health_suite};
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::Exchange;
use media_testkit::vendor_jobs::{Cancel, JobScript, Jobs};
use media_testkit::vendor_script::{Scenario, VendorAnswer, VendorScript};
use serde_json::{Value, json};

const MODEL: &str = "flux-2-pro";

fn main() -> ExitCode {
    generator_suite("flux", GeneratorUnderTest::vendor(Flux))
        .and(editor_suite("flux_editor", EditorUnderTest::vendor(Flux)))
        .and(health_suite("flux_health", Flux))
        .run()
}

/// The vendor's part in the conformance suites.
#[derive(Debug)]
struct Flux;

fn order() -> Exchange {
    vendor::order(MODEL)
}

/// The order is taken, and the task ends so.
fn then(look: Exchange) -> Vec<Exchange> {
    vec![vendor::accepted(MODEL), look]
}

fn says(scenario: Scenario) -> VendorAnswer {
    let refused = |status, body: &Value| order().answers_json(status, body);
    let limit = || refused(429, &vendor::detail("Too many active tasks"));
    let exchange = match scenario {
        Scenario::Ok => return VendorAnswer::Exchanges(then(vendor::done())),
        Scenario::SeveralImages => return VendorAnswer::NotApplicable("an order makes one image"),
        Scenario::NoImages => return VendorAnswer::Ways(without_picture()),
        Scenario::ContentRejected => return VendorAnswer::Ways(rejections()),
        Scenario::RateLimited => limit().with_header("retry-after", "7"),
        Scenario::RateLimitedWithoutDelay => limit(),
        Scenario::BadKey => refused(403, &vendor::detail(&format!("Not authenticated - invalid key {}", vendor::KEY))),
        Scenario::Forbidden => order().answers(403, "text/html", "<h1>403: not from here</h1>"),
        Scenario::NoCredit => refused(402, &vendor::detail("Insufficient credits")),
        Scenario::BadRequest => {
            let ways = [
                ("field", refused(422, &vendor::field("width", "Input should be a multiple of 16"))),
                ("unknown_field", refused(422, &vendor::field("steps", "Extra inputs are not permitted"))),
                ("words", refused(400, &vendor::detail("The input image cannot be decoded"))),
            ];
            return VendorAnswer::Ways(ways.map(|(way, exchange)| (way, vec![exchange])).to_vec());
        }
        Scenario::ModelGone => refused(404, &vendor::detail("Not Found")),
        Scenario::ServerError => refused(500, &vendor::detail("Internal Server Error")),
        Scenario::Overloaded => refused(503, &vendor::detail("Service Unavailable")),
        _ => return VendorAnswer::Usual,
    };
    VendorAnswer::Exchanges(vec![exchange])
}

type Ways = Vec<(&'static str, Vec<Exchange>)>;

fn without_picture() -> Ways {
    let results = [
        ("null", Value::Null),
        ("empty", json!({})),
        ("no_address", json!({"sample": "sample.png"})),
        ("no_web_address", json!({"sample": "file:///etc/passwd"})),
    ];
    let way = |(way, result): (&'static str, Value)| {
        let mut task = vendor::ready();
        task["result"] = result;
        (way, then(vendor::look().answers_json(200, &task)))
    };
    results.map(way).to_vec()
}

fn rejections() -> Ways {
    let reasons = || json!({"Moderation Reasons": ["Derivative Works Filter"]});
    let bodies = [
        ("request", 200, vendor::task("Request Moderated")),
        ("request_with_reasons", 200, vendor::ended("Request Moderated", reasons())),
        ("content", 200, vendor::ended("Content Moderated", reasons())),
        ("content_with_422", 422, vendor::task("Content Moderated")),
        ("content_with_500", 500, vendor::task("Content Moderated")),
    ];
    bodies.map(|(way, status, body)| (way, then(vendor::look().answers_json(status, &body)))).to_vec()
}

fn jobs() -> Jobs {
    let look = |status, body: &Value| vendor::look().answers_json(status, body);
    let failure = || vendor::ended("Error", json!({"error": "the worker was lost"}));
    let handle = format!("{}#model=flux-2-pro&size=256x256&format=png&credits=3", vendor::POLLING_URL);
    Jobs::Polled(Box::new(JobScript {
        handle: JobHandle::new(handle),
        accepted: vec![vendor::accepted(MODEL)],
        poll: vendor::look(),
        running: vec![
            ("pending", look(200, &vendor::task("Pending"))),
            ("reasoning", look(200, &vendor::task("Reasoning"))),
            ("generating", look(200, &vendor::task("Generating"))),
            ("a_state_nobody_knows", look(200, &vendor::task("Contemplating"))),
            ("with_422", look(422, &vendor::task("Pending"))),
        ],
        done: vec![vendor::done()],
        failed: vec![
            ("error", vec![look(200, &failure())]),
            ("error_without_reason", vec![look(200, &vendor::task("Error"))]),
            ("error_with_a_text", vec![look(200, &vendor::ended("Error", json!("CUDA out of memory")))]),
            ("error_with_422", vec![look(422, &failure())]),
            ("error_with_500", vec![look(500, &failure())]),
            ("error_with_503", vec![look(503, &failure())]),
        ],
        gone: vec![
            ("not_found", vec![look(200, &vendor::task("Task not found"))]),
            ("not_found_with_404", vec![look(404, &vendor::task("Task not found"))]),
            ("not_found_with_500", vec![look(500, &vendor::task("Task not found"))]),
        ],
        cancel: Cancel::None("the vendor documents no way to cancel a task"),
    }))
}

impl VendorScript for Flux {
    fn generator(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator> {
        vendor::provider(transport, Value::Null).generator.unwrap()
    }

    fn order(&self) -> Exchange {
        order()
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        says(scenario)
    }

    fn jobs(&self) -> Jobs {
        jobs()
    }

    fn secrets(&self) -> Vec<String> {
        vec![vendor::KEY.to_owned()]
    }
}

impl EditorScript for Flux {
    fn editor(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageEditor> {
        vendor::provider(transport, Value::Null).editor.unwrap()
    }

    fn edited(&self, request: &EditRequest) -> Vec<Exchange> {
        let model = match request.kind {
            EditKind::Inpaint => "flux-pro-1.0-fill",
            EditKind::Outpaint => "flux-pro-1.0-expand",
            _ => MODEL,
        };
        let request = request.clone();
        vec![vendor::accepted(model).expecting(move |sent| assert_sent(sent, &request)), vendor::done()]
    }

    fn order(&self) -> Exchange {
        order()
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        says(scenario)
    }

    fn jobs(&self) -> Jobs {
        jobs()
    }

    fn secrets(&self) -> Vec<String> {
        vec![vendor::KEY.to_owned()]
    }

    fn translates_masks(&self) -> bool {
        true
    }
}

fn assert_sent(sent: &HttpRequest, request: &EditRequest) {
    let body = RecordedRequest::of(sent).json();
    assert_eq!(body["prompt"], "a lighthouse at dusk");
    assert_eq!(body.get("mask").is_some(), request.mask.is_some());
    let margins = [("left", request.margins.left), ("top", request.margins.up)];
    for (side, pixels) in margins.into_iter().filter(|_| request.kind == EditKind::Outpaint) {
        assert_eq!(body[side], pixels);
    }
    assert!(body.get("width").is_none(), "the picture has its own size");
}

impl HealthScript for Flux {
    fn health(&self, transport: Arc<dyn Transport>) -> Arc<dyn HealthCheck> {
        vendor::provider(transport, Value::Null).health
    }

    fn question(&self) -> Exchange {
        Exchange::get("/v1/credits")
    }

    fn says(&self, scenario: HealthScenario) -> VendorAnswer {
        let balance = |credits: f64| self.question().answers_json(200, &json!({ "credits": credits }));
        let exchange = match scenario {
            HealthScenario::Healthy => balance(1_234.5),
            HealthScenario::HealthyWithNotice => balance(0.5),
            HealthScenario::BadKey => {
                self.question().answers_json(403, &vendor::detail(&format!("{} is no key", vendor::KEY)))
            }
            _ => return VendorAnswer::Usual,
        };
        VendorAnswer::Exchanges(vec![exchange])
    }

    fn credential_variable(&self) -> &'static str {
        "BFL_API_KEY"
    }

    fn secrets(&self) -> Vec<String> {
        vec![vendor::KEY.to_owned()]
    }
}
