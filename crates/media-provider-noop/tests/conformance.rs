//! The provider passes the suite of every image generator.
#![expect(clippy::expect_used, reason = "what fails here fails the test")]

use std::process::ExitCode;
use std::sync::Arc;

use media_domain::ProviderId;
use media_imaging::ImagingService;
use media_provider_noop::NoOpMediaAdapter;
use media_testkit::generator::{GeneratorUnderTest, generator_suite};

fn main() -> ExitCode {
    let make = || {
        let id = ProviderId::parse("noop_media").expect("a valid id");
        NoOpMediaAdapter::new(id, Arc::new(ImagingService::default()))
    };
    // The renderer draws on threads of its own.
    generator_suite("noop_media", GeneratorUnderTest::local(make).local_and_free().real_time()).run()
}
