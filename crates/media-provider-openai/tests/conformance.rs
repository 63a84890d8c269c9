//! The adapter against the shared conformance suite.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod vendor;

use std::process::ExitCode;
use std::sync::Arc;

use media_domain::{EditKind, EditRequest};
use media_http::Transport;
use media_ports::{HealthCheck, ImageEditor, ImageGenerator};
use media_testkit::editor_suite::{EditorScript, EditorUnderTest, editor_suite};
use media_testkit::generator::{GeneratorUnderTest, generator_suite};
use media_testkit::health_suite::{HealthScenario, HealthScript, health_suite};
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::Exchange;
use media_testkit::vendor_jobs::Jobs;
use media_testkit::vendor_script::{Scenario, VendorAnswer, VendorScript};
use serde_json::{Value, json};

fn main() -> ExitCode {
    generator_suite("openai_images", GeneratorUnderTest::vendor(OpenAi))
        .and(editor_suite("openai_images_edits", EditorUnderTest::vendor(OpenAi)))
        .and(health_suite("openai_images_health", OpenAi))
        .run()
}

/// The vendor's part in the conformance suites.
#[derive(Debug)]
struct OpenAi;

impl VendorScript for OpenAi {
    fn generator(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator> {
        vendor::provider(transport, Value::Null).generator.unwrap()
    }

    fn order(&self) -> Exchange {
        Exchange::post("/v1/images/generations").of_operation("createImage")
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        says(&VendorScript::order(self), scenario)
    }

    fn jobs(&self) -> Jobs {
        Jobs::None("the Images API keeps no jobs")
    }

    fn secrets(&self) -> Vec<String> {
        vec![vendor::KEY.to_owned()]
    }
}

impl EditorScript for OpenAi {
    fn editor(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageEditor> {
        vendor::provider(transport, Value::Null).editor.unwrap()
    }

    fn edited(&self, request: &EditRequest) -> Vec<Exchange> {
        let expected = request.clone();
        let checked = EditorScript::order(self).expecting(move |request| {
            let sent = RecordedRequest::of(request);
            let field = |name: &str| sent.part(name).map(|part| part.text());
            assert_eq!(field("prompt").as_deref(), expected.prompt.as_ref().map(|prompt| prompt.as_str()));
            assert_eq!(field("n"), Some(expected.count.to_string()));
            assert_eq!(sent.part("mask").is_some(), expected.mask.is_some());
            assert!(expected.kind != EditKind::Inpaint || expected.mask.is_some());
        });
        vec![checked.answers_json(200, &vendor::images(request.count.into()))]
    }

    fn order(&self) -> Exchange {
        Exchange::post("/v1/images/edits").of_operation("createImageEdit")
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        says(&EditorScript::order(self), scenario)
    }

    fn jobs(&self) -> Jobs {
        Jobs::None("the Images API keeps no jobs")
    }

    fn secrets(&self) -> Vec<String> {
        vec![vendor::KEY.to_owned()]
    }
}

impl HealthScript for OpenAi {
    fn health(&self, transport: Arc<dyn Transport>) -> Arc<dyn HealthCheck> {
        vendor::provider(transport, Value::Null).health
    }

    fn question(&self) -> Exchange {
        Exchange::get("/v1/models").of_operation("listModels")
    }

    fn says(&self, scenario: HealthScenario) -> VendorAnswer {
        let question = || self.question();
        let restricted = vendor::error("invalid_request_error", None, "You have insufficient permissions");
        let way = |name, exchange| (name, vec![exchange]);
        match scenario {
            HealthScenario::Healthy => {
                VendorAnswer::Exchanges(vec![question().answers_json(200, &vendor::models("gpt-image-2", Value::Null))])
            }
            HealthScenario::HealthyWithNotice => VendorAnswer::Ways(vec![
                way("to_be_shut_down", {
                    question().answers_json(200, &vendor::models("gpt-image-2", json!("2027-04-21")))
                }),
                way("model_not_listed", question().answers_json(200, &vendor::models("another", Value::Null))),
                way("restricted_key", question().answers_json(403, &restricted)),
                way("no_list_of_models", question().answers(404, "text/plain", "no such path")),
                way("lists_nothing", question().answers(405, "text/plain", "")),
                way("no_such_feature", question().answers(501, "text/plain", "")),
            ]),
            HealthScenario::BadKey => {
                let refused = vendor::error("invalid_request_error", Some("invalid_api_key"), vendor::KEY);
                VendorAnswer::Exchanges(vec![question().answers_json(401, &refused)])
            }
            _ => VendorAnswer::Usual,
        }
    }

    fn credential_variable(&self) -> &'static str {
        "OPENAI_API_KEY"
    }

    fn secrets(&self) -> Vec<String> {
        vec![vendor::KEY.to_owned()]
    }
}

/// What the vendor says to an order, be it for images or for an edit.
fn says(order: &Exchange, scenario: Scenario) -> VendorAnswer {
    let order = || order.clone();
    let refused = |status, kind, code, message| order().answers_json(status, &vendor::error(kind, code, message));
    let limit = || refused(429, "requests", Some("rate_limit_exceeded"), "Rate limit reached for images per minute");
    let exchange = match scenario {
        Scenario::Ok => order().answers_json(200, &vendor::images(1)),
        Scenario::SeveralImages => order().answers_json(200, &vendor::images(2)),
        Scenario::NoImages => order().answers_json(200, &vendor::images(0)),
        Scenario::RateLimited => limit().with_header("retry-after", "7"),
        Scenario::RateLimitedWithoutDelay => limit(),
        Scenario::BadKey => {
            let message = format!("Incorrect API key provided: {}.", vendor::KEY);
            order().answers_json(401, &vendor::error("invalid_request_error", Some("invalid_api_key"), &message))
        }
        Scenario::Forbidden => {
            refused(403, "invalid_request_error", None, "Your organization must be verified to use the model")
        }
        Scenario::BadRequest => {
            refused(400, "invalid_request_error", Some("unknown_parameter"), "Unknown parameter: 'style'.")
        }
        Scenario::ModelGone => {
            refused(404, "invalid_request_error", Some("model_not_found"), "The model does not exist")
        }
        Scenario::ServerError => refused(500, "server_error", None, "The server had an error"),
        Scenario::Overloaded => refused(503, "server_error", Some("slow_down"), "Please slow down"),
        Scenario::NoCredit => return VendorAnswer::Ways(no_credit(&refused)),
        Scenario::ContentRejected => return VendorAnswer::Ways(rejections(&refused)),
        _ => return VendorAnswer::Usual,
    };
    VendorAnswer::Exchanges(vec![exchange])
}

type Refusal<'a> = &'a dyn Fn(u16, &'static str, Option<&'static str>, &'static str) -> Exchange;
type Ways = Vec<(&'static str, Vec<Exchange>)>;

fn no_credit(refused: Refusal<'_>) -> Ways {
    let codes = [
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
    ];
    let way = |code| (code, vec![refused(429, "insufficient_quota", Some(code), "You exceeded your current quota")]);
    codes.into_iter().map(way).collect()
}

fn rejections(refused: Refusal<'_>) -> Ways {
    let message = "Your request was rejected by the safety system";
    let user_error = refused(400, "image_generation_user_error", Some("moderation_blocked"), message);
    let invalid = refused(400, "invalid_request_error", Some("moderation_blocked"), message);
    let older = refused(400, "invalid_request_error", Some("content_policy_violation"), message);
    let in_a_success = refused(200, "image_generation_user_error", Some("moderation_blocked"), message);
    vec![
        ("user_error", vec![user_error]),
        ("invalid_request", vec![invalid]),
        ("older_word", vec![older]),
        ("in_a_success", vec![in_a_success]),
    ]
}
