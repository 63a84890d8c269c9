//! Options of a generation, read from a loose map.

use std::collections::BTreeMap;

use media_domain::options::{OptionError, ParsedOptions};
use media_domain::{Background, GenerationOptions, ImageFormat, Quality};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::{cases, check_form};

fn parse(json: Value) -> Result<ParsedOptions, OptionError> {
    GenerationOptions::parse(&serde_json::from_value::<BTreeMap<String, Value>>(json).unwrap())
}

#[test]
fn every_option_is_read() {
    let parsed = parse(json!({
        "negative_prompt": "people", "seed": 42, "steps": 30, "guidance_scale": 6.5, "quality": "hd", "style": "vivid",
        "background": "transparent", "output_format": "webp", "width": 640, "height": 480
    }))
    .unwrap();
    assert_eq!(
        parsed.options,
        GenerationOptions {
            negative_prompt: Some("people".to_owned()),
            seed: Some(42),
            steps: std::num::NonZeroU32::new(30),
            guidance_scale: Some(6.5),
            quality: Some(Quality::Hd),
            style: Some("vivid".to_owned()),
            background: Some(Background::Transparent),
            output_format: Some(ImageFormat::Webp),
        }
    );
    assert_eq!((parsed.width, parsed.height, parsed.unknown), (Some(640), Some(480), vec![]));
    assert_eq!(parse(json!({})).unwrap(), ParsedOptions::default());
}

#[test]
fn aliases_mean_the_same() {
    let options = parse(json!({ "cfg_scale": 8, "num_inference_steps": 20 })).unwrap().options;
    assert_eq!(options, parse(json!({ "guidance_scale": 8.0, "steps": 20 })).unwrap().options);
    assert_eq!(options, serde_json::from_value(json!({ "cfg_scale": 8.0, "num_inference_steps": 20 })).unwrap());
}

#[test]
fn size_is_width_and_height_at_once() {
    let parsed = parse(json!({ "size": "1536x1024" })).unwrap();
    assert_eq!((parsed.width, parsed.height), (Some(1_536), Some(1_024)));
}

#[test]
fn unknown_options_are_reported_and_the_rest_is_read() {
    let parsed = parse(json!({ "sampler": "euler", "seed": 1, "Seed": 2, "lora": null })).unwrap();
    assert_eq!(parsed.unknown, ["Seed", "lora", "sampler"]);
    assert_eq!(parsed.options.seed, Some(1));
}

#[test]
fn what_is_null_is_not_given() {
    let parsed = parse(json!({ "seed": null, "size": null, "width": null, "quality": null, "steps": null })).unwrap();
    assert_eq!(parsed, ParsedOptions::default());
    assert!(parse(json!({ "steps": null, "num_inference_steps": 5 })).unwrap().options.steps.is_some());
}

#[test]
fn numbers_may_be_written_as_text() {
    let parsed =
        parse(json!({ "seed": "18446744073709551615", "steps": " 30 ", "cfg_scale": "7.5", "width": "640" })).unwrap();
    assert_eq!((parsed.options.seed, parsed.width), (Some(u64::MAX), Some(640)));
    assert_eq!((parsed.options.steps.unwrap().get(), parsed.options.guidance_scale), (30, Some(7.5)));
    assert_eq!(parse(json!({ "style": "42" })).unwrap().options.style.as_deref(), Some("42"));
}

#[test]
fn an_unusable_value_is_an_error_that_names_the_option() {
    for (name, value) in [
        ("steps", json!(0)),
        ("steps", json!("0")),
        ("num_inference_steps", json!(0)),
        ("steps", json!(-5)),
        ("steps", json!(1_001)),
        ("steps", json!("many")),
        ("seed", json!(-1)),
        ("seed", json!(1.5)),
        ("guidance_scale", json!(-0.1)),
        ("guidance_scale", json!("NaN")),
        ("guidance_scale", json!("1e999")),
        ("quality", json!("splendid")),
        ("background", json!("blue")),
        ("output_format", json!("bmp")),
        ("negative_prompt", json!(5)),
        ("negative_prompt", json!("x".repeat(100_001))),
        ("style", json!("x".repeat(1_001))),
        ("size", json!("large")),
        ("size", json!(1_024)),
        ("width", json!(-1)),
        ("height", json!(4_294_967_296_u64)),
    ] {
        let error = parse(json!({ name: value.clone() })).unwrap_err();
        assert_eq!(error.name, name, "{value}");
    }
}

#[test]
fn what_is_given_twice_is_an_error() {
    for json in [
        json!({ "steps": 5, "num_inference_steps": 5 }),
        json!({ "cfg_scale": 5, "guidance_scale": 6 }),
        json!({ "size": "10x10", "width": 10 }),
        json!({ "size": "10x10", "height": 20 }),
    ] {
        assert!(parse(json.clone()).is_err(), "{json}");
    }
}

#[test]
fn absent_options_are_not_written() {
    check_form(&GenerationOptions::default(), json!({}));
    check_form(&GenerationOptions { seed: Some(7), ..Default::default() }, json!({ "seed": 7 }));
    assert!(serde_json::from_value::<GenerationOptions>(json!({ "sampler": "euler" })).is_err());
    assert!(serde_json::from_value::<GenerationOptions>(json!({ "steps": 0 })).is_err());
}

#[test]
fn defaults_of_providers_that_take_them() {
    assert_eq!((GenerationOptions::DEFAULT_STEPS, GenerationOptions::DEFAULT_GUIDANCE_SCALE), (50, 7.5));
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[0-9]{1,5}x?[0-9]{0,5}".prop_map(Value::from),
        Just(json!([1])),
        Just(json!({ "a": 1 })),
    ]
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn any_map_is_read_or_refused_without_a_panic(
        name in prop_oneof![Just("size"), Just("steps"), Just("cfg_scale"), Just("seed"), Just("quality"), Just("x")],
        value in any_value(),
    ) {
        match parse(json!({ name: value })) {
            Ok(parsed) => prop_assert_eq!(parsed.unknown.is_empty(), name != "x"),
            Err(error) => prop_assert!(error.name == name || (name, error.name.as_str()) == ("cfg_scale", "guidance_scale")),
        }
    }
}
