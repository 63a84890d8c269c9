//! Fitting requests to models.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use media_domain::capabilities::{SizeGrid, SizeRule};
use media_domain::text::Prompt;
use media_domain::{
    Adaptation, Background, Capabilities, Compatibility, GenerationOptions, GenerationRequest, ImageFormat,
    MediaDimensions, Quality,
};
use proptest::prelude::*;
use serde_json::json;

use super::sizes::size;
use super::support::{cases, check_form};

/// A model that can do nothing but draw one PNG of 1024×1024.
fn bare() -> Capabilities {
    Capabilities {
        sizes: SizeRule::OneOf(vec![size(1024, 1024)]),
        max_count: 1,
        formats: vec![ImageFormat::Png],
        prompt_limit: 20,
        seed: false,
        negative_prompt: false,
        steps: None,
        guidance_scale: None,
        style: false,
        qualities: BTreeMap::new(),
        backgrounds: BTreeSet::new(),
        assumed: false,
    }
}

fn request() -> GenerationRequest {
    GenerationRequest::new(Prompt::parse("a lighthouse").unwrap())
}

fn with_options(options: GenerationOptions) -> GenerationRequest {
    GenerationRequest { options, ..request() }
}

/// What a model makes of a request: (field, requested, used) of every adaptation, and the fields that are unmet.
type Outcome = (Vec<(String, String, Option<String>)>, Vec<String>);

fn admit(capabilities: &Capabilities, request: &GenerationRequest) -> Outcome {
    let admission = capabilities.admit(request);
    assert!(admission.adaptations.iter().all(|adaptation| !adaptation.reason.is_empty()));
    (
        admission.adaptations.into_iter().map(|a| (a.field, a.requested, a.used)).collect(),
        admission.unmet.into_iter().map(|unmet| unmet.field).collect(),
    )
}

fn adapted(field: &str, requested: &str, used: Option<&str>) -> Outcome {
    (vec![(field.to_owned(), requested.to_owned(), used.map(str::to_owned))], vec![])
}

fn unmet(field: &str) -> Outcome {
    (vec![], vec![field.to_owned()])
}

#[test]
fn what_fits_stays_as_it_is() {
    assert_eq!(admit(&bare(), &request()), Outcome::default());
    let everything = with_options(GenerationOptions {
        negative_prompt: Some("people".to_owned()),
        seed: Some(1),
        steps: NonZeroU32::new(30),
        guidance_scale: Some(7.5),
        quality: Some(Quality::Xhigh),
        style: Some("vivid".to_owned()),
        background: Some(Background::Opaque),
        output_format: Some(ImageFormat::Webp),
    });
    let admission = Capabilities::permissive().admit(&everything);
    assert_eq!((admission.request, admission.adaptations.len()), (everything, 0));
}

#[test]
fn one_field_at_a_time() {
    let grid = SizeRule::Grid(SizeGrid {
        multiple_of: 64,
        min_side: 256,
        max_side: 1_440,
        min_pixels: 0,
        max_pixels: u64::MAX,
        max_ratio: 4.0,
    });
    let of_size = |width, height| GenerationRequest { dimensions: size(width, height), ..request() };
    let of_steps = |steps| with_options(GenerationOptions { steps: NonZeroU32::new(steps), ..Default::default() });
    let stepped = |steps: RangeInclusive<u32>| Capabilities { steps: Some(steps), ..bare() };
    let option = |set: fn(&mut GenerationOptions)| {
        let mut options = GenerationOptions::default();
        set(&mut options);
        with_options(options)
    };
    let gridded = Capabilities { sizes: grid, ..bare() };
    let sizeless = Capabilities { sizes: SizeRule::OneOf(vec![]), ..bare() };
    let formatless = Capabilities { formats: vec![], ..bare() };
    let long = GenerationRequest::new(Prompt::parse("x".repeat(21)).unwrap());
    let clear = |formats: &[ImageFormat]| Capabilities {
        backgrounds: BTreeSet::from([Background::Transparent]),
        formats: formats.to_vec(),
        ..bare()
    };
    let cut_out = |output_format| {
        let background = Some(Background::Transparent);
        with_options(GenerationOptions { background, output_format, ..Default::default() })
    };
    let webp = option(|options| options.output_format = Some(ImageFormat::Webp));

    for (name, capabilities, request, expected) in [
        ("size of a list", bare(), of_size(900, 1000), adapted("size", "900x1000", Some("1024x1024"))),
        ("size on a grid", gridded.clone(), of_size(1000, 1000), adapted("size", "1000x1000", Some("1024x1024"))),
        ("size of the grid", gridded, of_size(512, 1024), Outcome::default()),
        ("no size", sizeless, request(), unmet("size")),
        ("count", bare(), GenerationRequest { count: 2, ..request() }, adapted("count", "2", Some("2 calls"))),
        ("no image", Capabilities { max_count: 0, ..bare() }, request(), unmet("count")),
        ("prompt", bare(), long, unmet("prompt")),
        ("format", bare(), webp.clone(), adapted("output_format", "webp", Some("png"))),
        ("no format", formatless, webp, adapted("output_format", "webp", None)),
        ("seed", bare(), option(|o| o.seed = Some(7)), adapted("seed", "7", None)),
        ("style", bare(), option(|o| o.style = Some("vivid".into())), adapted("style", "vivid", None)),
        ("guidance", bare(), option(|o| o.guidance_scale = Some(7.5)), adapted("guidance_scale", "7.5", None)),
        (
            "too much guidance",
            Capabilities { guidance_scale: Some(1.5..=5.0), ..bare() },
            option(|o| o.guidance_scale = Some(7.5)),
            adapted("guidance_scale", "7.5", Some("5")),
        ),
        (
            "negative prompt",
            bare(),
            option(|o| o.negative_prompt = Some("people".into())),
            adapted("negative_prompt", "people", None),
        ),
        (
            "background",
            bare(),
            option(|o| o.background = Some(Background::Transparent)),
            adapted("background", "transparent", None),
        ),
        ("clear picture", clear(&[ImageFormat::Jpeg, ImageFormat::Webp]), cut_out(None), Outcome::default()),
        (
            "clear picture in a format that is not",
            clear(&[ImageFormat::Jpeg, ImageFormat::Webp]),
            cut_out(Some(ImageFormat::Jpeg)),
            adapted("output_format", "jpeg", Some("webp")),
        ),
        (
            "clear picture in an unknown format",
            clear(&[ImageFormat::Jpeg, ImageFormat::Webp]),
            cut_out(Some(ImageFormat::Png)),
            adapted("output_format", "png", Some("webp")),
        ),
        (
            "clear picture without a format for it",
            clear(&[ImageFormat::Jpeg]),
            cut_out(Some(ImageFormat::Jpeg)),
            adapted("background", "transparent", None),
        ),
        ("steps", bare(), of_steps(30), adapted("steps", "30", None)),
        ("few steps", stepped(4..=20), of_steps(1), adapted("steps", "1", Some("4"))),
        ("many steps", stepped(4..=20), of_steps(30), adapted("steps", "30", Some("20"))),
        ("steps in range", stepped(4..=20), of_steps(20), Outcome::default()),
        ("steps from zero", stepped(0..=20), of_steps(1), Outcome::default()),
        ("only zero steps", stepped(0..=0), of_steps(1), adapted("steps", "1", None)),
        #[expect(clippy::reversed_empty_ranges, reason = "configuration can hold such a range")]
        ("steps from high to low", stepped(20..=4), of_steps(10), adapted("steps", "10", None)),
    ] {
        assert_eq!(admit(&capabilities, &request), expected, "{name}");
    }
}

#[test]
fn quality_is_the_best_that_is_not_better_than_asked() {
    let openai = &[Quality::Low, Quality::Medium, Quality::High][..];
    let two = &[Quality::Standard, Quality::Hd][..];
    for (has, asked, used) in [
        (openai, Quality::Low, Some(Quality::Low)),
        (openai, Quality::Standard, Some(Quality::Medium)),
        (openai, Quality::Hd, Some(Quality::High)),
        (openai, Quality::Max, Some(Quality::High)),
        (two, Quality::Low, Some(Quality::Standard)),
        (two, Quality::High, Some(Quality::Standard)),
        (two, Quality::Max, Some(Quality::Hd)),
        (&[], Quality::Hd, None),
    ] {
        let qualities = has.iter().map(|quality| (*quality, quality.to_string())).collect();
        let capabilities = Capabilities { qualities, ..bare() };
        let admission =
            capabilities.admit(&with_options(GenerationOptions { quality: Some(asked), ..Default::default() }));
        assert_eq!(admission.request.options.quality, used, "{asked} of {has:?}");
        assert_eq!(admission.adaptations.is_empty(), used == Some(asked), "{asked} of {has:?}");
    }
}

#[test]
fn strict_refuses_what_adapt_maps() {
    let admission = bare().admit(&with_options(GenerationOptions { seed: Some(7), ..Default::default() }));
    assert_eq!(admission.check(Compatibility::Adapt), Ok(()));
    let refused = admission.check(Compatibility::Strict).unwrap_err();
    assert_eq!(refused.iter().map(|unmet| unmet.field.as_str()).collect::<Vec<_>>(), ["seed"]);

    let mute = Capabilities { max_count: 0, ..bare() };
    let admission = mute.admit(&GenerationRequest { count: 5, dimensions: size(10, 10), ..request() });
    let fields = |compatibility| {
        admission.check(compatibility).unwrap_err().into_iter().map(|unmet| unmet.field).collect::<Vec<_>>()
    };
    assert_eq!(fields(Compatibility::Adapt), ["count"]);
    assert_eq!(fields(Compatibility::Strict), ["count", "size"]);
}

#[test]
fn adaptations_stand_in_the_order_of_the_fields() {
    let mut request = with_options(GenerationOptions {
        seed: Some(7),
        steps: NonZeroU32::new(9),
        quality: Some(Quality::Hd),
        output_format: Some(ImageFormat::Jpeg),
        ..Default::default()
    });
    request.dimensions = size(10, 10);
    let (adaptations, _) = admit(&bare(), &request);
    let fields: Vec<_> = adaptations.iter().map(|(field, ..)| field.as_str()).collect();
    assert_eq!(fields, ["size", "output_format", "seed", "steps", "quality"]);
}

#[test]
fn the_form_is_stable_and_what_a_model_lacks_may_be_missing() {
    let capabilities = Capabilities {
        steps: Some(1..=50),
        qualities: BTreeMap::from([(Quality::Standard, "medium".to_owned()), (Quality::Hd, "high".to_owned())]),
        backgrounds: BTreeSet::from([Background::Transparent]),
        ..bare()
    };
    check_form(
        &capabilities,
        json!({
            "sizes": { "one_of": [{ "width": 1024, "height": 1024 }] }, "max_count": 1, "formats": ["png"],
            "prompt_limit": 20, "seed": false, "negative_prompt": false, "steps": { "start": 1, "end": 50 },
            "guidance_scale": null, "style": false, "qualities": { "standard": "medium", "hd": "high" },
            "backgrounds": ["transparent"], "assumed": false
        }),
    );
    let short = json!({
        "sizes": { "one_of": [{ "width": 1024, "height": 1024 }] }, "max_count": 1, "formats": ["png"],
        "prompt_limit": 20
    });
    assert_eq!(serde_json::from_value::<Capabilities>(short).unwrap(), bare());
    let misspelt = json!({ "sizes": "any", "max_count": 1, "formats": [], "prompt_limit": 1, "seeds": true });
    assert!(serde_json::from_value::<Capabilities>(misspelt).is_err());
    check_form(&Capabilities::permissive(), serde_json::to_value(Capabilities::permissive()).unwrap());
}

fn any_size_rule() -> impl Strategy<Value = SizeRule> {
    let dimensions = (0_u32..2_000, 0_u32..2_000).prop_map(|(width, height)| MediaDimensions::new(width, height));
    let grid = (0_u32..100, 0_u32..500, 0_u32..2_000, 0_u64..500_000, any::<u64>(), 0.5_f64..8.0).prop_map(
        |(multiple_of, min_side, max_side, min_pixels, max_pixels, max_ratio)| SizeGrid {
            multiple_of,
            min_side,
            max_side,
            min_pixels,
            max_pixels,
            max_ratio,
        },
    );
    prop_oneof![
        Just(SizeRule::Any),
        prop::collection::vec(dimensions, 0..5).prop_map(SizeRule::OneOf),
        grid.prop_map(SizeRule::Grid),
    ]
}

prop_compose! {
    fn any_capabilities()(
        sizes in any_size_rule(), max_count in 0_u32..5, prompt_limit in 0_usize..60,
        formats in prop::sample::subsequence(ImageFormat::ALL, 0..=5),
        [seed, negative_prompt, style]: [bool; 3],
        guidance_scale in prop::option::of((0.0_f64..20.0, 0.0_f64..20.0)),
        steps in prop::option::of((0_u32..60, 0_u32..60)),
        qualities in prop::sample::subsequence(Quality::ALL, 0..=7),
        backgrounds in prop::sample::subsequence(Background::ALL, 0..=3),
    ) -> Capabilities {
        Capabilities {
            sizes, max_count, formats, prompt_limit, seed, negative_prompt, style,
            guidance_scale: guidance_scale.map(|(start, end)| start..=end),
            steps: steps.map(|(start, end)| start..=end),
            qualities: qualities.into_iter().map(|quality| (quality, quality.to_string())).collect(),
            backgrounds: backgrounds.into_iter().collect(),
            assumed: false,
        }
    }
}

prop_compose! {
    fn any_options()(
        negative_prompt in prop::option::of("[a-z ]{0,9}"), seed: Option<u64>, steps in prop::option::of(1_u32..90),
        guidance_scale: Option<f64>, quality in prop::option::of(prop::sample::select(Quality::ALL)),
        style in prop::option::of("[a-z]{0,9}"), background in prop::option::of(prop::sample::select(Background::ALL)),
        output_format in prop::option::of(prop::sample::select(ImageFormat::ALL)),
    ) -> GenerationOptions {
        let steps = steps.and_then(NonZeroU32::new);
        GenerationOptions { negative_prompt, seed, steps, guidance_scale, quality, style, background, output_format }
    }
}

prop_compose! {
    fn any_request()(
        prompt in "[a-z]{1,80}", width in 0_u32..3_000, height in 0_u32..3_000, count in 0_u32..6,
        options in any_options(),
    ) -> GenerationRequest {
        let prompt = Prompt::parse(prompt).unwrap();
        GenerationRequest { dimensions: size(width, height), count, options, ..GenerationRequest::new(prompt) }
    }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn an_admitted_request_needs_no_further_adaptation(capabilities in any_capabilities(), request in any_request()) {
        let first = capabilities.admit(&request);
        let second = capabilities.admit(&first.request);
        // The split is no change of the request, and is told whenever it is made.
        let split = |adaptations: &[Adaptation]| adaptations.iter().any(|adaptation| adaptation.field == "count");
        prop_assert!(second.adaptations.iter().all(|adaptation| adaptation.field == "count"));
        prop_assert_eq!(split(&second.adaptations), split(&first.adaptations));
        prop_assert_eq!(&second.unmet, &first.unmet);
        if request.options.guidance_scale.is_none_or(|scale| !scale.is_nan()) {
            prop_assert_eq!(&second.request, &first.request);
            prop_assert_eq!(first.adaptations.iter().all(|a| a.field == "count"), first.request == request);
        }
        if first.unmet.iter().all(|unmet| unmet.field != "count") {
            prop_assert_eq!(first.parts.iter().sum::<u32>(), request.count);
            prop_assert!(first.parts.iter().all(|part| *part <= capabilities.max_count));
            prop_assert_eq!(first.parts.len() > 1, split(&first.adaptations));
        }
        prop_assert_eq!(&first.request.prompt, &request.prompt);
        prop_assert_eq!(first.request.count, request.count);
    }
}
