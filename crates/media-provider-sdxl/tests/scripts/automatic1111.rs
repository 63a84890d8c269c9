//! A web UI.

use media_domain::EditRequest;
use media_testkit::health_suite::HealthScenario;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::Exchange;
use media_testkit::vendor_script::{Scenario, VendorAnswer};
use serde_json::{Value, json};

use super::{Answers, Edits, Generates, SMALL, one, ways};
use crate::vendor::{PASSWORD, web_ui, web_ui_error};

pub(crate) const GENERATES: Generates = Generates { settings, order: text, says: says_of_text };
pub(crate) const EDITS: Edits = Edits { settings, picture_size: SMALL, edited, order: picture, says: says_of_picture };
pub(crate) const ANSWERS: Answers =
    Answers { settings, question: models, says: says_of_health, credential_variable: "A1111_PASSWORD" };

fn settings() -> Value {
    json!({"api": "automatic1111", "model": "sd_xl_base_1.0"})
}

fn text() -> Exchange {
    Exchange::post("/sdapi/v1/txt2img").of_operation("txt2img")
}

fn picture() -> Exchange {
    Exchange::post("/sdapi/v1/img2img").of_operation("img2img")
}

fn says_of_text(scenario: Scenario) -> VendorAnswer {
    says(text, scenario)
}

fn says_of_picture(scenario: Scenario) -> VendorAnswer {
    says(picture, scenario)
}

fn says(order: fn() -> Exchange, scenario: Scenario) -> VendorAnswer {
    let answered = |body: &Value| order().answers_json(200, body);
    let refused = |status, error: &str, detail: &str| order().answers_json(status, &web_ui_error(error, detail));
    match scenario {
        Scenario::Ok => one(answered(&web_ui(1))),
        Scenario::SeveralImages => one(answered(&web_ui(2))),
        Scenario::NoImages => ways([
            ("empty", answered(&json!({"images": [], "parameters": {}, "info": "{}"}))),
            ("null", answered(&json!({"images": null, "parameters": {}, "info": ""}))),
        ]),
        Scenario::RateLimited | Scenario::RateLimitedWithoutDelay => {
            VendorAnswer::NotApplicable("it queues whatever comes")
        }
        Scenario::BadKey => {
            let body = json!({"detail": format!("Incorrect username or password {PASSWORD}")});
            one(order().answers_json(401, &body).with_header("www-authenticate", "Basic"))
        }
        Scenario::Forbidden => VendorAnswer::NotApplicable("who may enter may do everything"),
        Scenario::NoCredit => VendorAnswer::NotApplicable("it costs nothing"),
        Scenario::BadRequest => ways([
            ("sampler", refused(400, "HTTPException", "Sampler not found")),
            ("invalid", order().answers_json(422, &json!({"detail": [{"loc": ["body"], "msg": "not an integer"}]}))),
        ]),
        Scenario::ModelGone => ways([
            ("model", refused(404, "HTTPException", "model not found")),
            ("no_api", order().answers_json(404, &json!({"detail": "Not Found"}))),
        ]),
        Scenario::ContentRejected => VendorAnswer::NotApplicable("it has no filter that tells"),
        Scenario::ServerError => one(refused(500, "OutOfMemoryError", "CUDA out of memory")),
        _ => VendorAnswer::Usual,
    }
}

fn edited(request: &EditRequest) -> Exchange {
    let request = request.clone();
    let count = u64::from(request.count);
    picture()
        .expecting(move |sent| {
            let sent = RecordedRequest::of(sent).json();
            let prompt = request.prompt.as_ref().map_or("", |prompt| prompt.as_str());
            assert_eq!((&sent["prompt"], &sent["n_iter"]), (&json!(prompt), &json!(request.count)));
            assert_eq!(sent["mask"].is_string(), request.mask.is_some());
            assert_eq!(sent["denoising_strength"], json!(0.65));
        })
        .answers_json(200, &web_ui(count))
}

fn models() -> Exchange {
    Exchange::get("/sdapi/v1/sd-models").of_operation("sdModels")
}

fn says_of_health(scenario: HealthScenario) -> VendorAnswer {
    let list = || {
        let model = json!({"title": "sd_xl_base_1.0.safetensors [31e35c80fc]", "model_name": "sd_xl_base_1.0"});
        one(models().answers_json(200, &json!([model])))
    };
    match scenario {
        HealthScenario::Healthy | HealthScenario::HealthyWithNotice => list(),
        HealthScenario::BadKey => {
            let body = json!({"detail": format!("Incorrect password {PASSWORD}")});
            one(models().answers_json(401, &body).with_header("www-authenticate", "Basic"))
        }
        _ => VendorAnswer::Usual,
    }
}
