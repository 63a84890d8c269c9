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
use media_testkit::vendor_jobs::Jobs;
use media_testkit::vendor_script::{Scenario, VendorAnswer, VendorScript};
use serde_json::{Value, json};

const NO_CREDIT: &str = "Figma is paid by seat: there is no credit that could end";
const NO_MODERATION: &str = "Figma judges no contents";

fn main() -> ExitCode {
    generator_suite("figma_api", GeneratorUnderTest::vendor(Generating))
        .and(exporter_suite("figma_api_export", Exporting))
        .and(health_suite("figma_api_health", Health))
        .run()
}

fn secrets() -> Vec<String> {
    vec![vendor::KEY.to_owned()]
}

fn ways(ways: Vec<(&'static str, Vec<Exchange>)>) -> VendorAnswer {
    VendorAnswer::Ways(ways)
}

/// The vendor's part in generating.
#[derive(Debug)]
struct Generating;

impl Generating {
    fn refused(status: u16, message: &str) -> Vec<Exchange> {
        let mut exchanges = Self.before_order();
        exchanges.push(vendor::images().answers_json(status, &vendor::err(status, message)));
        exchanges
    }

    fn rendered(answer: &Value) -> Vec<Exchange> {
        Self.before_order().into_iter().chain([vendor::images().answers_json(200, answer)]).collect()
    }

    fn limited() -> Exchange {
        vendor::images().answers_json(429, &vendor::err(429, "Rate limit exceeded"))
    }

    fn once(exchange: Exchange) -> VendorAnswer {
        VendorAnswer::Exchanges(Self.before_order().into_iter().chain([exchange]).collect())
    }
}

impl VendorScript for Generating {
    fn generator(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator> {
        vendor::provider(transport, Value::Null).generator.unwrap()
    }

    fn order(&self) -> Exchange {
        vendor::images()
    }

    fn before_order(&self) -> Vec<Exchange> {
        vec![vendor::at_version("5"), vendor::measured(&vendor::bounds())]
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        let quoted = format!("Invalid token: {}", vendor::KEY);
        match scenario {
            Scenario::Ok => VendorAnswer::Exchanges(vendor::whole()),
            Scenario::RateLimited => Self::once(Self::limited().with_header("retry-after", "7")),
            Scenario::RateLimitedWithoutDelay => Self::once(Self::limited()),
            Scenario::BadKey => ways(vec![
                ("forbidden", Self::refused(403, &quoted)),
                ("expired", Self::refused(403, "Token expired")),
                ("unauthorized", Self::refused(401, &quoted)),
            ]),
            Scenario::Forbidden => VendorAnswer::Exchanges(Self::refused(403, "Invalid scope(s): current_user:read")),
            Scenario::BadRequest => VendorAnswer::Exchanges(Self::refused(400, "Invalid node ids")),
            Scenario::ModelGone => ways(vec![
                ("template", Self::refused(404, "Not found")),
                ("not_exportable", Self::refused(403, "File not exportable")),
                ("file", vec![vendor::meta().answers_json(404, &vendor::err(404, "Not found"))]),
            ]),
            Scenario::ServerError => VendorAnswer::Exchanges(Self::refused(500, "Internal server error")),
            Scenario::NoCredit => VendorAnswer::NotApplicable(NO_CREDIT),
            Scenario::ContentRejected => VendorAnswer::NotApplicable(NO_MODERATION),
            Scenario::NoImages => ways(vec![
                ("nothing", Self::rendered(&json!([]))),
                ("no_address", Self::rendered(&json!({ "err": null, "images": { vendor::NODE: "" } }))),
            ]),
            _ => VendorAnswer::Usual,
        }
    }

    fn jobs(&self) -> Jobs {
        Jobs::None("Figma renders at once")
    }

    fn is_free_read(&self) -> bool {
        true
    }

    fn secrets(&self) -> Vec<String> {
        secrets()
    }
}

/// The vendor's part in exporting.
#[derive(Debug)]
struct Exporting;

impl Exporting {
    fn refused(status: u16, message: &str) -> Exchange {
        vendor::dev_resources().answers_json(status, &vendor::error(status, message))
    }

    /// Figma refuses the dev resource, and the comment as well.
    fn refused_twice(status: u16, message: &str) -> Vec<Exchange> {
        let comment = vendor::new_comment().answers_json(status, &vendor::err(status, message));
        vec![vendor::at_version("5"), Self::refused(status, message), vendor::said(&json!([])), comment]
    }

    fn once(exchange: Exchange) -> Vec<Exchange> {
        vec![vendor::at_version("5"), exchange]
    }
}

impl ExporterScript for Exporting {
    fn exporter(&self, transport: Arc<dyn Transport>) -> Arc<dyn DesignExporter> {
        vendor::provider(transport, Value::Null).exporter.unwrap()
    }

    fn exports(&self) -> Vec<(&'static str, ExportRequest)> {
        let to = |page: Option<&str>| {
            let page_id = page.map(str::to_owned);
            export_request(ExportDestination::Figma { file_key: vendor::FILE.to_owned(), page_id })
        };
        vec![
            ("node", to(Some("1:2"))),
            ("node_of_an_address", to(Some("1-2"))),
            ("first_page", to(None)),
            ("comment", ExportRequest { link: None, ..to(Some("1:2")) }),
        ]
    }

    fn exported(&self, request: &ExportRequest) -> Vec<Exchange> {
        let ExportDestination::Figma { page_id, .. } = &request.destination else { return Vec::new() };
        match (page_id, &request.link) {
            (None, _) => vec![vendor::at_version("5"), vendor::pages(&["0:1", "5:6"]), vendor::linked("0:1")],
            (Some(_), Some(_)) => vec![vendor::at_version("5"), vendor::linked("1:2")],
            (Some(_), None) => vec![vendor::at_version("5"), vendor::said(&json!([])), vendor::commented("1:2")],
        }
    }

    fn order(&self) -> Exchange {
        vendor::dev_resources()
    }

    fn before_order(&self) -> Vec<Exchange> {
        vec![vendor::at_version("5")]
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        let quoted = format!("Invalid token {}", vendor::KEY);
        let exchanges = match scenario {
            Scenario::RateLimited => {
                Self::once(Self::refused(429, "Rate limit exceeded").with_header("retry-after", "7"))
            }
            Scenario::RateLimitedWithoutDelay => Self::once(Self::refused(429, "Rate limit exceeded")),
            Scenario::BadKey => {
                return ways(vec![
                    ("forbidden", Self::once(Self::refused(403, &quoted))),
                    ("unauthorized", Self::once(Self::refused(401, &quoted))),
                ]);
            }
            Scenario::Forbidden => Self::refused_twice(403, "Invalid scope(s): file_content:read"),
            Scenario::BadRequest => Self::refused_twice(400, "Invalid node"),
            Scenario::ModelGone => vec![vendor::meta().answers_json(404, &vendor::err(404, "Not found"))],
            Scenario::ServerError => Self::once(Self::refused(500, "Internal server error")),
            Scenario::NoCredit => return VendorAnswer::NotApplicable(NO_CREDIT),
            Scenario::ContentRejected => return VendorAnswer::NotApplicable(NO_MODERATION),
            _ => return VendorAnswer::Usual,
        };
        VendorAnswer::Exchanges(exchanges)
    }

    fn jobs(&self) -> Jobs {
        Jobs::None("Figma takes links and comments at once")
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
        Exchange::get("/v1/me")
    }

    fn says(&self, scenario: HealthScenario) -> VendorAnswer {
        let me = json!({
            "id": "1017", "handle": "Ada", "img_url": "https://s3-alpha.figma.com/profile/1017", "email": "ada@example.org"
        });
        let refused = |message: &str| vec![self.question().answers_json(403, &vendor::err(403, message))];
        match scenario {
            HealthScenario::Healthy => VendorAnswer::Exchanges(vec![self.question().answers_json(200, &me)]),
            HealthScenario::HealthyWithNotice => {
                VendorAnswer::Exchanges(refused("Invalid scope(s): file_content:read"))
            }
            HealthScenario::BadKey => ways(vec![
                ("invalid", refused(&format!("Invalid token {}", vendor::KEY))),
                ("expired", refused("Token expired")),
            ]),
            _ => VendorAnswer::Usual,
        }
    }

    fn credential_variable(&self) -> &'static str {
        "FIGMA_API_TOKEN"
    }

    fn secrets(&self) -> Vec<String> {
        secrets()
    }
}
