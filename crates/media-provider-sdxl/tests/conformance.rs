//! The adapter against the shared conformance suites, in each of its four forms.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod scripts;
mod vendor;

use std::process::ExitCode;

use media_testkit::editor_suite::{EditorUnderTest, editor_suite};
use media_testkit::generator::{GeneratorUnderTest, generator_suite};
use media_testkit::health_suite::health_suite;

use scripts::{automatic1111, flat, v1, v2beta};

fn main() -> ExitCode {
    generator_suite("v1", GeneratorUnderTest::vendor(v1::GENERATES))
        .and(generator_suite("v2beta", GeneratorUnderTest::vendor(v2beta::GENERATES)))
        .and(generator_suite("automatic1111", GeneratorUnderTest::vendor(automatic1111::GENERATES)))
        .and(generator_suite("flat", GeneratorUnderTest::vendor(flat::GENERATES)))
        .and(editor_suite("v1_editor", EditorUnderTest::vendor(v1::EDITS)))
        .and(editor_suite("v2beta_editor", EditorUnderTest::vendor(v2beta::EDITS)))
        .and(editor_suite("automatic1111_editor", EditorUnderTest::vendor(automatic1111::EDITS)))
        .and(health_suite("v1_health", v1::ANSWERS))
        .and(health_suite("v2beta_health", v2beta::ANSWERS))
        .and(health_suite("automatic1111_health", automatic1111::ANSWERS))
        .and(health_suite("flat_health", flat::ANSWERS))
        .run()
}
