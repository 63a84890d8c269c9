//! Stability AI, v1.

use media_domain::{EditRequest, MediaDimensions};
use media_testkit::health_suite::HealthScenario;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::Exchange;
use media_testkit::vendor_script::{Scenario, VendorAnswer};
use serde_json::{Value, json};

use super::{Answers, Edits, Generates, one, ways};
use crate::vendor::{KEY, artifacts, v1_error};

pub(crate) const GENERATES: Generates = Generates { settings, order, says };
/// The engine reads pictures of its own sizes only.
pub(crate) const EDITS: Edits =
    Edits { settings, picture_size: MediaDimensions::new(1216, 832), edited, order: picture, says: says_of_picture };
pub(crate) const ANSWERS: Answers =
    Answers { settings, question: balance, says: says_of_health, credential_variable: "SDXL_API_KEY" };

fn settings() -> Value {
    json!({"api": "v1"})
}

fn order() -> Exchange {
    Exchange::post("/v1/generation/stable-diffusion-xl-1024-v1-0/text-to-image").of_operation("textToImage")
}

fn picture() -> Exchange {
    Exchange::post("/v1/generation/stable-diffusion-xl-1024-v1-0/image-to-image").of_operation("imageToImage")
}

fn says(scenario: Scenario) -> VendorAnswer {
    says_to(order, scenario)
}

fn says_of_picture(scenario: Scenario) -> VendorAnswer {
    says_to(picture, scenario)
}

fn says_to(order: fn() -> Exchange, scenario: Scenario) -> VendorAnswer {
    let answered = |body: &Value| order().answers_json(200, body);
    let refused = |status, name: &str, message: &str| order().answers_json(status, &v1_error(name, message));
    let limit = || refused(429, "rate_limit_exceeded", "You have exceeded the rate limit");
    let mut blurred = artifacts(1);
    blurred["artifacts"][0]["finishReason"] = json!("CONTENT_FILTERED");
    match scenario {
        Scenario::Ok => one(answered(&artifacts(1))),
        Scenario::SeveralImages => one(answered(&artifacts(2))),
        Scenario::NoImages => one(answered(&artifacts(0))),
        Scenario::RateLimited => one(limit().with_header("retry-after", "7")),
        Scenario::RateLimitedWithoutDelay => one(limit()),
        Scenario::BadKey => one(refused(401, "unauthorized", &format!("{KEY} is missing or invalid"))),
        Scenario::Forbidden => one(refused(403, "permission_denied", "You lack the permissions for this engine")),
        Scenario::NoCredit => ways([
            ("payment_required", refused(402, "payment_required", "Buy credits")),
            ("balance", refused(429, "insufficient_balance", "Your organization does not have enough balance")),
            ("credits", refused(400, "insufficient_credits", "You lack sufficient credits")),
        ]),
        Scenario::BadRequest => one(refused(400, "invalid_sdxl_v1_dimensions", "width and height do not go together")),
        Scenario::ModelGone => one(refused(404, "not_found", "The specified engine was not found")),
        Scenario::ContentRejected => ways([
            ("prompt", refused(400, "invalid_prompts", "One or more prompts contain filtered words")),
            ("moderation", refused(403, "content_moderation", "Your request was flagged")),
            ("blurred", answered(&blurred)),
        ]),
        Scenario::ServerError => one(refused(500, "server_error", "An unexpected server error has occurred")),
        _ => VendorAnswer::Usual,
    }
}

fn edited(request: &EditRequest) -> Exchange {
    let prompt = request.prompt.as_ref().map(|prompt| prompt.as_str().to_owned());
    let count = request.count;
    picture()
        .expecting(move |sent| {
            let sent = RecordedRequest::of(sent);
            let text = |name: &str| sent.part(name).map(|part| part.text());
            assert_eq!((text("text_prompts[0][text]"), text("samples")), (prompt.clone(), Some(count.to_string())));
            assert_eq!(text("init_image_mode").as_deref(), Some("IMAGE_STRENGTH"));
        })
        .answers_json(200, &artifacts(u64::from(count)))
}

fn balance() -> Exchange {
    Exchange::get("/v1/user/balance").of_operation("userBalance")
}

fn says_of_health(scenario: HealthScenario) -> VendorAnswer {
    let credits = |credits: f64| balance().answers_json(200, &json!({"credits": credits}));
    let engines = |id: &str| {
        let engine = json!({"id": id, "name": "SDXL", "description": "an engine", "type": "PICTURE"});
        Exchange::get("/v1/engines/list").of_operation("listEngines").answers_json(200, &json!([engine]))
    };
    let present = "stable-diffusion-xl-1024-v1-0";
    match scenario {
        HealthScenario::Healthy => VendorAnswer::Exchanges(vec![credits(87.5), engines(present)]),
        HealthScenario::HealthyWithNotice => VendorAnswer::Exchanges(vec![credits(0.25), engines(present)]),
        HealthScenario::BadKey => one(balance().answers_json(401, &v1_error("unauthorized", KEY))),
        HealthScenario::Truncated => one(balance().answers(200, "application/json", "{\"credits\":")),
        _ => VendorAnswer::Usual,
    }
}
