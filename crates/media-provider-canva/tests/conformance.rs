//! The adapter against the shared conformance suites: generating, exporting, health.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod vendor;

use std::process::ExitCode;
use std::sync::Arc;

use media_http::Transport;
use media_ports::{DesignExporter, ExportDestination, ExportRequest, HealthCheck, ImageGenerator};
use media_testkit::exporter_suite::{ExporterScript, export_request, exporter_suite};
use media_testkit::generator::{GeneratorUnderTest, generator_suite};
use media_testkit::health_suite::{HealthScenario, HealthScript, health_suite};
use media_testkit::transport::Exchange;
use media_testkit::vendor_jobs::{Cancel, JobScript, Jobs};
use media_testkit::vendor_script::{Scenario, VendorAnswer, VendorScript};
use serde_json::{Value, json};

fn main() -> ExitCode {
    generator_suite("canva_api", GeneratorUnderTest::vendor(Generating))
        .and(exporter_suite("canva_api_export", Exporting))
        .and(health_suite("canva_api_health", Health))
        .run()
}

fn secrets() -> Vec<String> {
    vec![vendor::KEY.to_owned()]
}

/// How the vendor refuses an order, whichever it is.
fn refusal(scenario: Scenario, order: &dyn Fn() -> Exchange) -> Option<VendorAnswer> {
    let refused = |status, code: &str, message: &str| order().answers_json(status, &vendor::error(code, message));
    let throttled = || refused(429, "too_many_requests", "Throttled because too many requests");
    let ways = |ways: Vec<(&'static str, Exchange)>| {
        VendorAnswer::Ways(ways.into_iter().map(|(way, exchange)| (way, vec![exchange])).collect())
    };
    let exchange = match scenario {
        Scenario::RateLimited => throttled().with_header("retry-after", "7"),
        Scenario::RateLimitedWithoutDelay => throttled(),
        Scenario::BadKey => {
            let quoted = format!("Access token {} is invalid", vendor::KEY);
            return Some(ways(vec![
                ("invalid", refused(401, "invalid_access_token", &quoted)),
                ("revoked", refused(401, "revoked_access_token", &quoted)),
            ]));
        }
        Scenario::Forbidden => {
            return Some(ways(vec![
                ("permission", refused(403, "permission_denied", "Not allowed to access brand template")),
                ("scope", refused(403, "missing_scope", "Missing scopes: [design:content:write]")),
                ("license", refused(403, "license_required", "User doesn't have the required license")),
                ("feature", refused(403, "feature_not_available", "This is currently unavailable")),
            ]));
        }
        Scenario::NoCredit => {
            return Some(ways(vec![
                ("trial", refused(429, "quota_exceeded", "Free quota has been exceeded")),
                ("limit", refused(400, "max_limit_reached", "The limit is reached")),
            ]));
        }
        Scenario::BadRequest => {
            return Some(ways(vec![
                ("field", refused(400, "invalid_field", "title must not be empty")),
                ("template", refused(400, "design_not_fillable", "The design has no autofill fields")),
                ("data", refused(400, "autofill_data_invalid", "There is no field of the name")),
                ("size", refused(413, "request_too_large", "The request is too large")),
            ]));
        }
        Scenario::ModelGone => refused(404, "not_found", "Not found"),
        Scenario::ContentRejected => refused(400, "input_unsafe", "The input is not allowed"),
        Scenario::ServerError => refused(500, "internal_error", "Something went wrong"),
        Scenario::Overloaded => refused(503, "internal_error", "Try again later"),
        _ => return None,
    };
    Some(VendorAnswer::Exchanges(vec![exchange]))
}

/// Puts what comes first before every way of an answer.
fn after(first: &Exchange, answer: VendorAnswer) -> VendorAnswer {
    let put = |exchanges: Vec<Exchange>| [first.clone()].into_iter().chain(exchanges).collect();
    match answer {
        VendorAnswer::Exchanges(exchanges) => VendorAnswer::Exchanges(put(exchanges)),
        VendorAnswer::Ways(ways) => {
            VendorAnswer::Ways(ways.into_iter().map(|(way, exchanges)| (way, put(exchanges))).collect())
        }
        other => other,
    }
}

/// The vendor's part in generating.
#[derive(Debug)]
struct Generating;

impl Generating {
    fn accepted() -> Vec<Exchange> {
        vec![vendor::capabilities(), vendor::autofills().answers_json(200, &vendor::running(vendor::AUTOFILL))]
    }

    fn done(pages: usize) -> Vec<Exchange> {
        vec![
            vendor::autofill().answers_json(200, &vendor::filled_in()),
            vendor::exports().answers_json(200, &vendor::running(vendor::EXPORT)),
            vendor::export().answers_json(200, &vendor::exported(pages)),
        ]
    }
}

impl VendorScript for Generating {
    fn generator(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator> {
        vendor::provider(transport, Value::Null).generator.unwrap()
    }

    fn order(&self) -> Exchange {
        vendor::autofills()
    }

    fn before_order(&self) -> Vec<Exchange> {
        vec![vendor::capabilities()]
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        let whole = |pages| VendorAnswer::Exchanges([Self::accepted(), Self::done(pages)].concat());
        match scenario {
            Scenario::Ok => whole(1),
            Scenario::SeveralImages => whole(2),
            Scenario::NoImages => whole(0),
            _ => match refusal(scenario, &vendor::autofills) {
                Some(answer) => after(&vendor::capabilities(), answer),
                None => VendorAnswer::Usual,
            },
        }
    }

    fn jobs(&self) -> Jobs {
        let answers = |body: &Value| vendor::autofill().answers_json(200, body);
        let fails = |code: &str| vec![answers(&vendor::failed(vendor::AUTOFILL, code, "It could not be done"))];
        let mut strange = vendor::running(vendor::AUTOFILL);
        strange["job"]["status"] = json!("thinking");
        let export_fails = vec![
            answers(&vendor::filled_in()),
            vendor::exports().answers_json(200, &vendor::running(vendor::EXPORT)),
            vendor::export().answers_json(200, &vendor::failed(vendor::EXPORT, "internal_failure", "It failed")),
        ];
        Jobs::Polled(Box::new(JobScript {
            handle: vendor::autofill_handle(),
            accepted: Self::accepted(),
            poll: vendor::autofill(),
            running: vec![("in_progress", answers(&vendor::running(vendor::AUTOFILL))), ("unknown", answers(&strange))],
            done: Self::done(1),
            failed: vec![
                ("autofill", fails("autofill_error")),
                ("thumbnail", fails("thumbnail_generation_error")),
                ("design", fails("create_design_error")),
                ("approval", fails("design_approval_error")),
                ("unknown", fails("a_code_of_tomorrow")),
                ("export", export_fails),
            ],
            gone: vec![(
                "not_found",
                vec![vendor::autofill().answers_json(404, &vendor::error("not_found", "Job not found"))],
            )],
            cancel: Cancel::None("the Connect API cancels no jobs"),
        }))
    }

    fn secrets(&self) -> Vec<String> {
        secrets()
    }
}

/// The vendor's part in exporting.
#[derive(Debug)]
struct Exporting;

impl Exporting {
    fn accepted() -> Vec<Exchange> {
        vec![vendor::uploads().answers_json(200, &vendor::running(vendor::UPLOAD))]
    }
}

impl ExporterScript for Exporting {
    fn exporter(&self, transport: Arc<dyn Transport>) -> Arc<dyn DesignExporter> {
        vendor::provider(transport, Value::Null).exporter.unwrap()
    }

    fn exports(&self) -> Vec<(&'static str, ExportRequest)> {
        let to =
            |title: Option<&str>| export_request(ExportDestination::Canva { design_title: title.map(str::to_owned) });
        vec![("asset", to(None)), ("design", to(Some("A lighthouse")))]
    }

    fn exported(&self, request: &ExportRequest) -> Vec<Exchange> {
        let mut exchanges = Self::accepted();
        exchanges.push(vendor::upload().answers_json(200, &vendor::uploaded()));
        if let ExportDestination::Canva { design_title: Some(_) } = request.destination {
            exchanges.push(vendor::designs().answers_json(200, &json!({ "design": vendor::design() })));
        }
        exchanges
    }

    fn order(&self) -> Exchange {
        vendor::uploads()
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        refusal(scenario, &vendor::uploads).unwrap_or(VendorAnswer::Usual)
    }

    fn jobs(&self) -> Jobs {
        let answers = |body: &Value| vendor::upload().answers_json(200, body);
        Jobs::Polled(Box::new(JobScript {
            handle: vendor::upload_handle(),
            accepted: Self::accepted(),
            poll: vendor::upload(),
            running: vec![("in_progress", answers(&vendor::running(vendor::UPLOAD)))],
            done: vec![answers(&vendor::uploaded())],
            failed: vec![("fetch", vec![answers(&vendor::failed(vendor::UPLOAD, "fetch_failed", "It failed"))])],
            gone: vec![(
                "not_found",
                vec![vendor::upload().answers_json(404, &vendor::error("not_found", "Job not found"))],
            )],
            cancel: Cancel::None("the Connect API cancels no jobs"),
        }))
    }

    fn secrets(&self) -> Vec<String> {
        secrets()
    }
}

/// The vendor's part in the health check.
#[derive(Debug)]
struct Health;

impl HealthScript for Health {
    fn health(&self, transport: Arc<dyn Transport>) -> Arc<dyn HealthCheck> {
        vendor::provider(transport, Value::Null).health
    }

    fn question(&self) -> Exchange {
        Exchange::get("/rest/v1/users/me")
    }

    fn says(&self, scenario: HealthScenario) -> VendorAnswer {
        let user = json!({ "team_user": { "user_id": "auDAbliZ2rQNNOsUl5OLu", "team_id": "Oi2RJILTrKk0KRhRUZozX" } });
        let exchange = match scenario {
            HealthScenario::Healthy | HealthScenario::HealthyWithNotice => self.question().answers_json(200, &user),
            HealthScenario::BadKey => {
                let quoted = format!("Access token {} is invalid", vendor::KEY);
                self.question().answers_json(401, &vendor::error("invalid_access_token", &quoted))
            }
            _ => return VendorAnswer::Usual,
        };
        VendorAnswer::Exchanges(vec![exchange])
    }

    fn credential_variable(&self) -> &'static str {
        "CANVA_API_KEY"
    }

    fn secrets(&self) -> Vec<String> {
        secrets()
    }
}
