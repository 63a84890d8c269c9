//! The fake generator and editor against the suites that they stand in for others in.

use std::process::ExitCode;
use std::sync::Arc;

use media_domain::capabilities::SizeRule;
use media_domain::{Capabilities, EditCapabilities, EditKind, ImageFormat, MediaDimensions, ProviderId};
use media_testkit::editor_suite::{EditorUnderTest, LocalEditor, editor_suite};
use media_testkit::fakes::{FakeEditor, FakeGenerator};
use media_testkit::generator::{GeneratorUnderTest, LocalGenerator, generator_suite};

fn main() -> ExitCode {
    let knows_everything = GeneratorUnderTest::counted(|| counted(fake()));
    let knows_little = GeneratorUnderTest::counted(|| counted(fake().with_capabilities(few())));
    let local = GeneratorUnderTest::local(|| fake().local_and_free()).local_and_free();
    generator_suite("fake", knows_everything)
        .and(generator_suite("fake_of_few_words", knows_little))
        .and(generator_suite("fake_local_and_free", local.real_time()))
        .and(editor_suite("fake_editor", EditorUnderTest::counted(|| counted_editor(fake_editor()))))
        .and(editor_suite("fake_editor_of_few_words", EditorUnderTest::counted(|| counted_editor(plain_editor()))))
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
        guidance_scale: None,
        style: false,
        qualities: [].into(),
        backgrounds: [].into(),
        assumed: false,
    }
}

fn fake_editor() -> FakeEditor {
    FakeEditor::new(ProviderId::parse("fake").unwrap_or_else(|error| unreachable!("{error}")))
}

fn counted_editor(editor: FakeEditor) -> LocalEditor {
    let editor = Arc::new(editor);
    let counting = Arc::clone(&editor);
    LocalEditor { editor, calls: Some(Box::new(move || counting.calls().len())) }
}

/// Only removes backgrounds, of PNG files up to 100,000 bytes.
fn plain_editor() -> FakeEditor {
    fake_editor().with_capabilities(EditCapabilities {
        models: Default::default(),
        kinds: [EditKind::RemoveBackground].into(),
        source_formats: [ImageFormat::Png].into(),
        max_source_bytes: 100_000,
        max_source_pixels: None,
        max_references: 0,
        optional_mask: false,
        max_count: 1,
        formats: vec![ImageFormat::Png],
        prompt_limit: 0,
        seed: false,
        negative_prompt: false,
    })
}
