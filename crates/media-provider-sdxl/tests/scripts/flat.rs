//! A flat endpoint.

use media_testkit::health_suite::HealthScenario;
use media_testkit::transport::Exchange;
use media_testkit::vendor_script::{Scenario, VendorAnswer};
use serde_json::{Value, json};

use super::{Answers, Generates, one};
use crate::vendor::{KEY, picture};

pub(crate) const GENERATES: Generates = Generates { settings, order, says };
pub(crate) const ANSWERS: Answers =
    Answers { settings, question, says: says_of_health, credential_variable: "SDXL_API_KEY" };

fn settings() -> Value {
    json!({"api": "flat", "base_url": "http://127.0.0.1:8000/flat", "path": "generate", "health_path": "health"})
}

fn order() -> Exchange {
    Exchange::post("/flat/generate")
}

fn says(scenario: Scenario) -> VendorAnswer {
    let refused = |status, detail: &str| order().answers_json(status, &json!({"detail": detail}));
    let exchange = match scenario {
        Scenario::Ok => order().answers_json(200, &json!({"images": [picture(7)], "seed": 7})),
        Scenario::NoImages => order().answers_json(200, &json!({"images": []})),
        Scenario::RateLimited => refused(429, "busy").with_header("retry-after", "7"),
        Scenario::RateLimitedWithoutDelay => refused(429, "busy"),
        Scenario::BadKey => refused(401, &format!("{KEY} is wrong")),
        Scenario::Forbidden => refused(403, "not for you"),
        Scenario::NoCredit => refused(402, "pay first"),
        Scenario::BadRequest => refused(422, "width: must be a multiple of 8"),
        Scenario::ModelGone => refused(404, "the model is not loaded"),
        Scenario::ContentRejected => return VendorAnswer::NotApplicable("there is no word for it that servers share"),
        Scenario::ServerError => refused(500, "CUDA out of memory"),
        _ => return VendorAnswer::Usual,
    };
    one(exchange)
}

fn question() -> Exchange {
    Exchange::get("/flat/health")
}

fn says_of_health(scenario: HealthScenario) -> VendorAnswer {
    const ANY: &str = "whatever a server says of its health, a success is one";
    match scenario {
        HealthScenario::Healthy => one(question().answers(200, "text/plain", "ok")),
        HealthScenario::HealthyWithNotice => VendorAnswer::NotApplicable("it tells nothing that is understood"),
        HealthScenario::BadKey => one(question().answers_json(401, &json!({"detail": KEY}))),
        HealthScenario::NotJson | HealthScenario::WrongContentType | HealthScenario::Truncated => {
            VendorAnswer::NotApplicable(ANY)
        }
        _ => VendorAnswer::Usual,
    }
}
