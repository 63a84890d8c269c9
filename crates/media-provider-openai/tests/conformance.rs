//! The adapter against the shared conformance suite.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod vendor;

use std::process::ExitCode;
use std::sync::Arc;

use media_http::Transport;
use media_ports::ImageGenerator;
use media_testkit::generator::{GeneratorUnderTest, generator_suite};
use media_testkit::transport::Exchange;
use media_testkit::vendor_script::{Scenario, VendorAnswer, VendorScript};
use serde_json::Value;

fn main() -> ExitCode {
    generator_suite("openai_images", GeneratorUnderTest::vendor(OpenAi)).run()
}

/// The vendor's part in the conformance suite.
#[derive(Debug)]
struct OpenAi;

impl VendorScript for OpenAi {
    fn generator(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator> {
        vendor::provider(transport, Value::Null).generator.unwrap()
    }

    fn order(&self) -> Exchange {
        Exchange::post("/v1/images/generations")
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        let order = || self.order();
        let refused = |status, kind, code, message| order().answers_json(status, &vendor::error(kind, code, message));
        let limit =
            || refused(429, "requests", Some("rate_limit_exceeded"), "Rate limit reached for images per minute");
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

    fn secrets(&self) -> Vec<String> {
        vec![vendor::KEY.to_owned()]
    }
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
    vec![("user_error", vec![user_error]), ("invalid_request", vec![invalid]), ("older_word", vec![older])]
}
