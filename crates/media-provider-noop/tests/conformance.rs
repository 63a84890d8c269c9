//! The provider against the shared conformance suites: generating, health.
#![expect(clippy::expect_used, reason = "what fails here fails the test")]

use std::process::ExitCode;
use std::sync::Arc;

use media_domain::ProviderId;
use media_imaging::ImagingService;
use media_provider_noop::NoOpMediaAdapter;
use media_testkit::generator::{GeneratorUnderTest, generator_suite};
use media_testkit::health_suite::local_health_suite;

fn main() -> ExitCode {
    let make = || {
        let id = ProviderId::parse("noop_media").expect("a valid id");
        NoOpMediaAdapter::new(id, Arc::new(ImagingService::default()))
    };
    // The renderer draws on threads of its own.
    generator_suite("noop_media", GeneratorUnderTest::local(make).local_and_free().real_time())
        .and(local_health_suite("noop_media_health", make))
        .run()
}
