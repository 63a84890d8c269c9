//! The parts of the four forms in the conformance suites.

pub(crate) mod automatic1111;
pub(crate) mod flat;
pub(crate) mod v1;
pub(crate) mod v2beta;

use std::sync::Arc;

use media_domain::{EditRequest, MediaDimensions};
use media_http::Transport;
use media_ports::{HealthCheck, ImageEditor, ImageGenerator};
use media_testkit::editor_suite::EditorScript;
use media_testkit::health_suite::{HealthScenario, HealthScript};
use media_testkit::transport::Exchange;
use media_testkit::vendor_jobs::Jobs;
use media_testkit::vendor_script::{Scenario, VendorAnswer, VendorScript};
use serde_json::Value;

use crate::vendor;

/// What most forms read.
const SMALL: MediaDimensions = MediaDimensions::new(256, 256);

const NO_JOBS: &str = "every form answers with the pictures, and keeps no jobs";

/// A form that generates.
#[derive(Debug)]
pub(crate) struct Generates {
    settings: fn() -> Value,
    order: fn() -> Exchange,
    says: fn(Scenario) -> VendorAnswer,
}

impl VendorScript for Generates {
    fn generator(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator> {
        vendor::provider(transport, (self.settings)()).generator.unwrap()
    }

    fn order(&self) -> Exchange {
        (self.order)()
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        (self.says)(scenario)
    }

    fn jobs(&self) -> Jobs {
        Jobs::None(NO_JOBS)
    }

    fn secrets(&self) -> Vec<String> {
        secrets()
    }
}

/// A form that edits.
#[derive(Debug)]
pub(crate) struct Edits {
    settings: fn() -> Value,
    picture_size: MediaDimensions,
    edited: fn(&EditRequest) -> Exchange,
    order: fn() -> Exchange,
    says: fn(Scenario) -> VendorAnswer,
}

impl EditorScript for Edits {
    fn editor(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageEditor> {
        vendor::provider(transport, (self.settings)()).editor.unwrap()
    }

    fn edited(&self, request: &EditRequest) -> Vec<Exchange> {
        vec![(self.edited)(request)]
    }

    fn order(&self) -> Exchange {
        (self.order)()
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        (self.says)(scenario)
    }

    fn jobs(&self) -> Jobs {
        Jobs::None(NO_JOBS)
    }

    fn secrets(&self) -> Vec<String> {
        secrets()
    }

    fn picture_size(&self) -> MediaDimensions {
        self.picture_size
    }

    fn translates_masks(&self) -> bool {
        true
    }
}

/// A form that is asked how it is.
#[derive(Debug)]
pub(crate) struct Answers {
    settings: fn() -> Value,
    question: fn() -> Exchange,
    says: fn(HealthScenario) -> VendorAnswer,
    credential_variable: &'static str,
}

impl HealthScript for Answers {
    fn health(&self, transport: Arc<dyn Transport>) -> Arc<dyn HealthCheck> {
        vendor::provider(transport, (self.settings)()).health
    }

    fn question(&self) -> Exchange {
        (self.question)()
    }

    fn says(&self, scenario: HealthScenario) -> VendorAnswer {
        (self.says)(scenario)
    }

    fn credential_variable(&self) -> &'static str {
        self.credential_variable
    }

    fn secrets(&self) -> Vec<String> {
        secrets()
    }
}

fn secrets() -> Vec<String> {
    vec![vendor::KEY.to_owned(), vendor::PASSWORD.to_owned(), vendor::basic()]
}

fn one(exchange: Exchange) -> VendorAnswer {
    VendorAnswer::Exchanges(vec![exchange])
}

fn ways<const N: usize>(ways: [(&'static str, Exchange); N]) -> VendorAnswer {
    VendorAnswer::Ways(ways.into_iter().map(|(name, exchange)| (name, vec![exchange])).collect())
}
