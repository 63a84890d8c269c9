//! Stability AI, v2beta.

use media_domain::{EditKind, EditRequest};
use media_testkit::health_suite::HealthScenario;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::Exchange;
use media_testkit::vendor_script::{Scenario, VendorAnswer};
use serde_json::{Value, json};

use super::{Answers, Edits, Generates, SMALL, one, ways};
use crate::vendor::{KEY, drawn, v1_error, v2beta_error};

pub(crate) const GENERATES: Generates = Generates { settings, order, says };
pub(crate) const EDITS: Edits = Edits { settings, picture_size: SMALL, edited, order, says };
pub(crate) const ANSWERS: Answers =
    Answers { settings, question: balance, says: says_of_health, credential_variable: "SDXL_API_KEY" };

fn settings() -> Value {
    json!({"api": "v2beta"})
}

fn order() -> Exchange {
    Exchange::post("/v2beta/stable-image/generate/sd3").of_operation("sd3")
}

fn says(scenario: Scenario) -> VendorAnswer {
    let answered = |body: &Value| order().answers(200, "application/json; type=image/png", body.to_string());
    let refused = |status, name: &str, message: &str| order().answers_json(status, &v2beta_error(name, message));
    let limit = || refused(429, "rate_limit_exceeded", "150 requests in 10 s");
    let mut blurred = drawn();
    blurred["finish_reason"] = json!("CONTENT_FILTERED");
    match scenario {
        Scenario::Ok => one(answered(&drawn())),
        Scenario::NoImages => one(answered(&json!({"finish_reason": "SUCCESS"}))),
        Scenario::RateLimited => one(limit().with_header("retry-after", "7")),
        Scenario::RateLimitedWithoutDelay => one(limit()),
        Scenario::BadKey => one(refused(401, "unauthorized", &format!("{KEY} is missing or invalid"))),
        Scenario::Forbidden => one(refused(403, "permission_denied", "You lack the permissions for this")),
        Scenario::NoCredit => ways([
            ("payment_required", refused(402, "payment_required", "You lack sufficient credits")),
            ("credits", refused(400, "insufficient_credits", "You lack sufficient credits")),
        ]),
        Scenario::BadRequest => ways([
            ("bad_request", refused(400, "bad_request", "cfg_scale: must be at most 10")),
            ("language", refused(422, "invalid_language", "English is the only supported language")),
            ("too_large", refused(413, "payload_too_large", "body: is larger than 10MiB")),
        ]),
        Scenario::ModelGone => one(refused(404, "not_found", "There is no such resource")),
        Scenario::ContentRejected => ways([
            ("moderation", refused(403, "content_moderation", "Your request was flagged")),
            ("public_figure", refused(422, "public_figure", "Our system detected the likeness of a public figure")),
            ("blurred", answered(&blurred)),
        ]),
        Scenario::ServerError => one(refused(500, "internal_error", "An unexpected internal error occurred")),
        _ => VendorAnswer::Usual,
    }
}

fn edited(request: &EditRequest) -> Exchange {
    let (path, operation) = match request.kind {
        EditKind::Edit => ("generate/sd3", "sd3"),
        EditKind::Inpaint => ("edit/inpaint", "inpaint"),
        EditKind::Erase => ("edit/erase", "erase"),
        EditKind::Outpaint => ("edit/outpaint", "outpaint"),
        EditKind::RemoveBackground => ("edit/remove-background", "removeBackground"),
        EditKind::Variation => unreachable!("the capabilities do not name it"),
    };
    let request = request.clone();
    Exchange::post(format!("/v2beta/stable-image/{path}"))
        .of_operation(operation)
        .expecting(move |sent| assert_sent(&RecordedRequest::of(sent), &request))
        .answers(200, "application/json; type=image/png", drawn().to_string())
}

fn assert_sent(sent: &RecordedRequest, request: &EditRequest) {
    let text = |name: &str| sent.part(name).map(|part| part.text());
    let takes_prompt = matches!(request.kind, EditKind::Edit | EditKind::Inpaint | EditKind::Outpaint);
    let prompt = request.prompt.as_ref().filter(|_| takes_prompt).map(|prompt| prompt.as_str().to_owned());
    assert_eq!(text("prompt"), prompt);
    assert_eq!(sent.part("mask").is_some(), request.mask.is_some());
    assert_eq!(text("left"), (request.margins.left > 0).then(|| request.margins.left.to_string()));
    assert_eq!(text("up"), None, "a margin of nothing is not sent");
    assert_eq!(text("mode"), (request.kind == EditKind::Edit).then(|| "image-to-image".to_owned()));
    assert_eq!(text("aspect_ratio"), None, "the picture has its own shape");
}

fn balance() -> Exchange {
    Exchange::get("/v1/user/balance").of_operation("userBalance")
}

fn says_of_health(scenario: HealthScenario) -> VendorAnswer {
    match scenario {
        HealthScenario::Healthy => one(balance().answers_json(200, &json!({"credits": 87.5}))),
        HealthScenario::HealthyWithNotice => one(balance().answers_json(200, &json!({"credits": 0.5}))),
        HealthScenario::BadKey => one(balance().answers_json(401, &v1_error("unauthorized", KEY))),
        _ => VendorAnswer::Usual,
    }
}
