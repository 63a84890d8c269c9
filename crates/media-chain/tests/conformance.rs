//! Fallback, every layer and dry run pass the suite that every generator passes.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use media_chain::deadline::Deadline;
use media_chain::dry_run::DryRunGenerator;
use media_chain::fallback::{Fallback, Link};
use media_chain::gate::CapabilityGate;
use media_chain::journaled::Journaled;
use media_chain::observe::Observe;
use media_chain::timeout::Timeout;
use media_chain::{ChainPolicy, HealthBoard};
use media_domain::{Capabilities, Compatibility, ProviderId};
use media_imaging::{ImageLimits, ImagingService};
use media_ports::{Clock, ImageGenerator, MediaGeneratorProvider};
use media_testkit::clock::TestClock;
use media_testkit::fakes::{FakeGenerator, FakeProvider};
use media_testkit::generator::{GeneratorUnderTest, LocalGenerator, generator_suite};
use media_testkit::sample;

/// A layer around a fake whose calls are counted.
fn layered(
    wrap: impl Fn(Arc<dyn ImageGenerator>) -> Arc<dyn ImageGenerator> + Send + Sync + 'static,
) -> GeneratorUnderTest {
    GeneratorUnderTest::counted(move || {
        let fake = Arc::new(FakeGenerator::new(sample::provider("fake")));
        let generator = wrap(fake.clone());
        LocalGenerator { generator, calls: Some(Box::new(move || fake.calls().len())) }
    })
}

fn clock() -> Arc<dyn Clock> {
    // The suite asks for capabilities outside of a runtime, where tokio's clock cannot be paused but can be read.
    Arc::new(TestClock::new())
}

fn fallback(first: Arc<dyn ImageGenerator>) -> Arc<dyn ImageGenerator> {
    let clock = clock();
    let link =
        |id: &str, generator| Link { provider: sample::provider(id), local_and_free: false, operation: generator };
    let links = vec![link("absent", Err("it is not there".to_owned())), link("fake", Ok(first))];
    Arc::new(Fallback::new(ChainPolicy::default(), clock.clone(), Arc::new(HealthBoard::new(clock)), links))
}

fn dry_run() -> DryRunGenerator {
    let (provider, _): (MediaGeneratorProvider, _) =
        FakeProvider::new("fake").with_capabilities(Capabilities { steps: None, ..Capabilities::permissive() }).build();
    let renderer = Arc::new(ImagingService::new(ImageLimits::default()));
    DryRunGenerator::new(provider.descriptor, renderer, Compatibility::Adapt)
}

fn main() -> ExitCode {
    let second = Duration::from_secs(60);
    let id: ProviderId = sample::provider("fake");
    generator_suite("fallback", layered(fallback))
        .and(generator_suite("observe", layered(|inner| Arc::new(Observe::new(inner, clock(), "chain")))))
        .and(generator_suite("deadline", layered(move |inner| Arc::new(Deadline::new(inner, clock(), second)))))
        .and(generator_suite("timeout", layered(move |inner| Arc::new(Timeout::new(inner, clock(), second)))))
        .and(generator_suite("gate", layered(|inner| Arc::new(CapabilityGate::new(inner, Compatibility::Adapt)))))
        .and(generator_suite("journaled", layered(move |inner| Arc::new(Journaled::new(inner, id.clone())))))
        .and(generator_suite("dry_run", GeneratorUnderTest::local(dry_run).local_and_free().real_time()))
        .run()
}
