//! Scripts from which cases would vanish are refused, and floods are floods.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures::FutureExt;
use http::{Method, StatusCode};
use media_http::{HttpRequest, SendPhase, Transport, TransportErrorKind};
use media_ports::ImageGenerator;

use super::{Flood, Scenario, VendorAnswer, VendorScript, scenario_cases};
use crate::fakes::FakeGenerator;
use crate::generator::context;
use crate::harness::Suite;
use crate::sample;
use crate::transport::Exchange;
use crate::vendor_call::{GeneratorCall, VendorCall};
use crate::vendor_jobs::Jobs;

#[derive(Debug)]
struct Script(VendorAnswer);

impl VendorScript for Script {
    fn generator(&self, _transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator> {
        Arc::new(FakeGenerator::new(sample::provider("fake")))
    }

    fn order(&self) -> Exchange {
        Exchange::post("/orders")
    }

    fn says(&self, _scenario: Scenario) -> VendorAnswer {
        self.0.clone()
    }

    fn jobs(&self) -> Jobs {
        Jobs::None("the answer holds the picture")
    }

    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

#[test]
fn a_scenario_without_a_way_is_refused() {
    let builds = |answer: VendorAnswer| {
        let vendor: Arc<dyn VendorCall> = Arc::new(GeneratorCall(Arc::new(Script(answer))));
        catch_unwind(AssertUnwindSafe(|| scenario_cases(Suite::new("a"), &vendor, &[Scenario::BadKey]))).is_ok()
    };
    assert!(builds(VendorAnswer::NotApplicable("there is no key")));
    assert!(builds(VendorAnswer::Ways(vec![("revoked", Vec::new())])));
    assert!(!builds(VendorAnswer::Ways(Vec::new())));
}

fn request(method: Method, path: &str, limit: u64) -> HttpRequest {
    let url = format!("https://vendor.example{path}").parse().unwrap();
    HttpRequest::new(method, url, &context()).with_body_limit(limit)
}

fn flood() -> Flood {
    Flood::new(vec![Exchange::get("/first").answers(200, "text/plain", "well")], Exchange::post("/orders"))
}

#[tokio::test(start_paused = true)]
async fn the_order_is_answered_with_more_than_its_limit() {
    let flood = flood();
    assert_eq!(flood.send(request(Method::GET, "/first", 4)).await.unwrap().body, "well");
    assert!(catch_unwind(AssertUnwindSafe(|| flood.assert_exhausted())).is_err(), "the order never came");
    let error = flood.send(request(Method::POST, "/orders", 1_000)).await.unwrap_err();
    assert_eq!((error.phase, error.kind), (SendPhase::Answered(StatusCode::OK), TransportErrorKind::TooLarge));
    flood.assert_exhausted();
}

#[tokio::test(start_paused = true)]
async fn an_order_without_a_limit_is_caught() {
    let flood = flood();
    assert!(flood.send(request(Method::GET, "/first", 4)).await.is_ok());
    let sent = AssertUnwindSafe(flood.send(request(Method::POST, "/orders", u64::MAX))).catch_unwind().await;
    assert!(sent.is_err());
}
