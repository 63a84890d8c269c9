//! The adapter against the shared conformance suites: SDXL by its version, and an official model by its inputs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod vendor;

use std::process::ExitCode;
use std::sync::Arc;

use media_domain::{EditRequest, JobHandle, RetryClass};
use media_http::Transport;
use media_ports::{HealthCheck, ImageEditor, ImageGenerator};
use media_testkit::editor_suite::{EditorScript, EditorUnderTest, editor_suite};
use media_testkit::generator::{GeneratorUnderTest, generator_suite};
use media_testkit::health_suite::{HealthScenario, HealthScript, health_suite};
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::Exchange;
use media_testkit::vendor_jobs::{Cancel, JobScript, Jobs};
use media_testkit::vendor_script::{Scenario, VendorAnswer, VendorScript};
use serde_json::{Value, json};

use vendor::{ID, KEY, canceled, error, failed, poll, prediction, succeeded};

fn main() -> ExitCode {
    generator_suite("sdxl", GeneratorUnderTest::vendor(SDXL))
        .and(generator_suite("official", GeneratorUnderTest::vendor(OFFICIAL)))
        .and(editor_suite("sdxl_editor", EditorUnderTest::vendor(SDXL)))
        .and(editor_suite("official_editor", EditorUnderTest::vendor(OFFICIAL)))
        .and(health_suite("health", Answers))
        .run()
}

const SDXL: Model = Model { settings: || json!({}), order: vendor::order };
const OFFICIAL: Model =
    Model { settings: kontext, order: || vendor::official_order("black-forest-labs/flux-kontext-pro") };

/// An official model whose inputs settings name.
fn kontext() -> Value {
    json!({
        "model": "black-forest-labs/flux-kontext-pro",
        "inputs": {
            "aspect_ratio": "aspect_ratio",
            "seed": "seed",
            "output_format": "output_format",
            "constants": {"safety_tolerance": 2},
            "edit": {"image": "input_image"}
        }
    })
}

/// A model at the vendor.
#[derive(Debug, Clone, Copy)]
struct Model {
    settings: fn() -> Value,
    order: fn() -> Exchange,
}

impl Model {
    fn answer(&self, scenario: Scenario) -> VendorAnswer {
        let order = self.order;
        let answered = |body: Value| order().answers_json(201, &body);
        let refused = |status, title: &str, detail: &str| order().answers_json(status, &error(status, title, detail));
        let throttled = |detail: &str, with: Value| {
            let mut body = json!({"detail": detail, "status": 429});
            body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
            order().answers_json(429, &body)
        };
        match scenario {
            Scenario::Ok => one(answered(succeeded(1))),
            Scenario::SeveralImages => one(answered(succeeded(2))),
            Scenario::NoImages => ways([
                ("empty", answered(prediction("succeeded", json!({"output": []})))),
                ("removed", answered(prediction("succeeded", json!({"data_removed": true})))),
                ("text", answered(prediction("succeeded", json!({"output": "a lighthouse"})))),
            ]),
            Scenario::RateLimited => ways([
                ("text", throttled("Request was throttled. Your rate limit resets in ~7s.", json!({}))),
                ("field", throttled("Request was throttled.", json!({"retry_after": 7}))),
                ("header", throttled("Request was throttled.", json!({})).with_header("retry-after", "7")),
            ]),
            Scenario::RateLimitedWithoutDelay => one(throttled("Request was throttled.", json!({}))),
            Scenario::BadKey => one(refused(401, "Unauthenticated", &format!("{KEY} is no valid token"))),
            Scenario::Forbidden => one(refused(403, "Forbidden", "The model is not yours to run")),
            Scenario::NoCredit => one(refused(402, "Insufficient credit", "Buy credit to run this model")),
            Scenario::BadRequest => one(refused(422, "Input validation failed", "input: width: Must be at most 2048")),
            Scenario::ModelGone => ways([
                ("model", refused(404, "Not found", "The requested resource could not be found.")),
                ("version", refused(422, "Invalid version or not permitted", "The specified version does not exist")),
            ]),
            Scenario::ContentRejected => ways([
                ("nsfw", answered(failed("NSFW content detected. Try running it again, or try a different prompt."))),
                ("sensitive", answered(failed("The input or output was flagged as sensitive. (E005)"))),
            ]),
            Scenario::ServerError => one(refused(500, "Internal server error", "Something broke")),
            _ => VendorAnswer::Usual,
        }
    }

    fn polled(&self) -> Jobs {
        let answers = |body: Value| poll().answers_json(200, &body);
        let unknown = error(404, "Not found", "The requested resource could not be found.");
        Jobs::Polled(Box::new(JobScript {
            handle: JobHandle::new(ID),
            accepted: vec![(self.order)().answers_json(202, &prediction("starting", json!({})))],
            poll: poll(),
            running: vec![
                ("starting", answers(prediction("starting", json!({})))),
                ("processing", answers(prediction("processing", json!({"started_at": "2026-11-21T10:00:01Z"})))),
                ("a_state_that_nobody_knows", answers(prediction("hibernating", json!({})))),
            ],
            done: vec![answers(succeeded(1))],
            failed: vec![
                ("error", vec![answers(failed("CUDA out of memory (E1001)"))]),
                ("without_words", vec![answers(prediction("failed", json!({})))]),
                ("canceled", vec![answers(canceled())]),
                ("aborted", vec![answers(prediction("aborted", json!({})))]),
            ],
            gone: vec![("not_found", vec![poll().answers_json(404, &unknown)])],
            cancel: Cancel::Call {
                exchange: vendor::cancel().answers_json(200, &canceled()),
                leaves: RetryClass::Billed,
            },
        }))
    }
}

impl VendorScript for Model {
    fn generator(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator> {
        vendor::provider(transport, (self.settings)()).generator.unwrap()
    }

    fn order(&self) -> Exchange {
        (self.order)()
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        self.answer(scenario)
    }

    fn jobs(&self) -> Jobs {
        self.polled()
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned()]
    }
}

impl EditorScript for Model {
    fn editor(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageEditor> {
        vendor::provider(transport, (self.settings)()).editor.unwrap()
    }

    fn edited(&self, request: &EditRequest) -> Vec<Exchange> {
        let count = request.count;
        let request = request.clone();
        let exchange = (self.order)().expecting(move |sent| {
            let sent = RecordedRequest::of(sent).json();
            assert_eq!(sent["input"]["prompt"].as_str(), request.prompt.as_ref().map(|prompt| prompt.as_str()));
            let mask = sent["input"]["mask"].as_str();
            assert_eq!(
                mask.map(|mask| mask.starts_with("data:image/png;base64,")),
                request.mask.as_ref().map(|_| true)
            );
        });
        vec![exchange.answers_json(201, &succeeded(count))]
    }

    fn order(&self) -> Exchange {
        (self.order)()
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        self.answer(scenario)
    }

    fn jobs(&self) -> Jobs {
        self.polled()
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned()]
    }

    fn translates_masks(&self) -> bool {
        true
    }
}

/// The vendor asked how it is.
#[derive(Debug)]
struct Answers;

impl HealthScript for Answers {
    fn health(&self, transport: Arc<dyn Transport>) -> Arc<dyn HealthCheck> {
        vendor::provider(transport, json!({})).health
    }

    fn question(&self) -> Exchange {
        account()
    }

    fn says(&self, scenario: HealthScenario) -> VendorAnswer {
        let document = json!({"type": "organization", "username": "acme", "name": "Acme"});
        match scenario {
            HealthScenario::Healthy => one(account().answers_json(200, &document)),
            HealthScenario::HealthyWithNotice => {
                VendorAnswer::NotApplicable("the vendor tells neither credit nor dates")
            }
            HealthScenario::BadKey => {
                let body = error(401, "Unauthenticated", &format!("{KEY} is no valid token"));
                one(account().answers_json(401, &body))
            }
            _ => VendorAnswer::Usual,
        }
    }

    fn credential_variable(&self) -> &'static str {
        "REPLICATE_API_KEY"
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned()]
    }
}

/// The question whose key it is.
fn account() -> Exchange {
    Exchange::get("/v1/account").of_operation("account.get")
}

fn one(exchange: Exchange) -> VendorAnswer {
    VendorAnswer::Exchanges(vec![exchange])
}

fn ways<const N: usize>(ways: [(&'static str, Exchange); N]) -> VendorAnswer {
    VendorAnswer::Ways(ways.into_iter().map(|(name, exchange)| (name, vec![exchange])).collect())
}
