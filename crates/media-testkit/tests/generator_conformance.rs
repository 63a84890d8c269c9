//! The fake generator against the suite that it stands in for others in.

use std::process::ExitCode;
use std::sync::Arc;

use media_domain::capabilities::SizeRule;
use media_domain::{Capabilities, ImageFormat, MediaDimensions, ProviderId};
use media_testkit::fakes::FakeGenerator;
use media_testkit::generator::{GeneratorUnderTest, LocalGenerator, generator_suite};

fn main() -> ExitCode {
    let knows_everything = GeneratorUnderTest::counted(|| counted(fake()));
    let knows_little = GeneratorUnderTest::counted(|| counted(fake().with_capabilities(few())));
    let local = GeneratorUnderTest::local(|| fake().local_and_free()).local_and_free();
    generator_suite("fake", knows_everything)
        .and(generator_suite("fake_of_few_words", knows_little))
        .and(generator_suite("fake_local_and_free", local.real_time()))
        .run()
}

fn fake() -> FakeGenerator {
    FakeGenerator::new(ProviderId::parse("fake").unwrap_or_else(|error| unreachable!("{error}")))
}

fn counted(generator: FakeGenerator) -> LocalGenerator {
    let generator = Arc::new(generator);
    let counting = Arc::clone(&generator);
    LocalGenerator { generator, calls: Some(Box::new(move || counting.calls().len())) }
}

/// A model of two sizes that makes up to three images and knows no option at all.
fn few() -> Capabilities {
    Capabilities {
        sizes: SizeRule::OneOf(vec![MediaDimensions::new(64, 64), MediaDimensions::new(128, 64)]),
        max_count: 3,
        formats: vec![ImageFormat::Png],
        prompt_limit: 100,
        seed: false,
        negative_prompt: false,
        steps: None,
        guidance_scale: false,
        style: false,
        qualities: [].into(),
        backgrounds: [].into(),
        masks: false,
        assumed: false,
    }
}
