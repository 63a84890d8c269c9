//! What the services do not take as it is, while the caller is content with the nearest.

use std::num::NonZeroU32;

use media_domain::{
    Adaptation, EditKind, EditRequest, GenerationOptions, ImageFormat, MediaDimensions, ProviderErrorKind, SourceImage,
};
use media_testkit::pictures;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{call, call_in, edit, edit_in, prompt, strict, vendor, with};

fn none() -> GenerationOptions {
    GenerationOptions::default()
}

fn v1(operation: &str) -> Exchange {
    let path = format!("/v1/generation/stable-diffusion-xl-1024-v1-0/{operation}");
    Exchange::post(path).answers_json(200, &vendor::artifacts(1))
}

fn v2beta(tool: &str) -> Exchange {
    Exchange::post(format!("/v2beta/stable-image/{tool}")).answers_json(200, &vendor::drawn())
}

fn web_ui(operation: &str) -> Exchange {
    Exchange::post(format!("/sdapi/v1/{operation}")).answers_json(200, &vendor::web_ui(1))
}

/// What was sent under a name, in JSON or in a form.
fn sent_as(sent: &RecordedRequest, name: &str) -> Option<String> {
    if sent.content_type() == "multipart/form-data" {
        return sent.part(name).map(|part| part.text());
    }
    let value: Value = sent.json().get(name)?.clone();
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn assert_told(adaptations: &[Adaptation], field: &str, used: Option<&str>) {
    let told: Vec<_> = adaptations.iter().map(|told| (told.field.as_str(), told.used.as_deref())).collect();
    assert_eq!(told, [(field, used)]);
}

#[tokio::test]
async fn a_generation_is_brought_to_the_nearest_and_told_unless_the_caller_is_strict() {
    let seed = |seed| GenerationOptions { seed: Some(seed), ..none() };
    let style = || GenerationOptions { style: Some("vivid".to_owned()), ..none() };
    let v2 = || json!({"api": "v2beta"});
    let text = || v1("text-to-image");
    let sd3 = || v2beta("generate/sd3");
    let webui = || json!({"api": "automatic1111"});
    // Settings, options, exchange; the field told and what is used instead; the name and what is sent under it.
    let cases = [
        (json!({}), style(), text(), ("style", None), ("style_preset", None)),
        (json!({}), seed(0), text(), ("seed", None), ("seed", None)),
        (json!({}), seed(4_294_967_296), text(), ("seed", None), ("seed", None)),
        (v2(), style(), sd3(), ("style", None), ("style_preset", None)),
        (v2(), seed(0), sd3(), ("seed", None), ("seed", None)),
        (v2(), seed(4_294_967_295), sd3(), ("seed", None), ("seed", None)),
        (webui(), seed(4_294_967_296), web_ui("txt2img"), ("seed", None), ("seed", Some("-1"))),
        (
            json!({"api": "automatic1111", "capabilities": {"style": true}}),
            style(),
            web_ui("txt2img"),
            ("style", None),
            ("style", None),
        ),
    ];
    for (settings, options, exchange, (field, used), (name, value)) in cases {
        let request = with(options);
        let (outcome, sent) = call(settings.clone(), &request, Some(exchange)).await;
        let answer = outcome.unwrap();
        assert_told(&answer.adaptations, field, used);
        assert_eq!(sent_as(&sent.unwrap(), name).as_deref(), value, "{settings} {field}");

        let (outcome, sent) = call_in(&strict(), settings, &request, None).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.kind, sent.is_none()), (ProviderErrorKind::Unsupported, true));
        assert!(error.to_string().contains(field), "{error}");
    }
}

#[tokio::test]
async fn guidance_of_a_generation_goes_as_far_as_configuration_says() {
    let settings = json!({"capabilities": {"guidance_scale": {"start": 0.0, "end": 9.0}}});
    let guidance = |scale| with(GenerationOptions { guidance_scale: Some(scale), ..none() });
    let (outcome, sent) = call(settings.clone(), &guidance(9.0), Some(v1("text-to-image"))).await;
    assert_eq!(outcome.unwrap().adaptations, []);
    assert_eq!(sent_as(&sent.unwrap(), "cfg_scale").as_deref(), Some("9.0"));

    let (outcome, sent) = call(settings, &guidance(9.5), None).await;
    assert_eq!((outcome.unwrap_err().kind, sent.is_none()), (ProviderErrorKind::Unsupported, true));
}

#[tokio::test]
async fn an_edit_is_brought_to_the_nearest_and_told_unless_the_caller_is_strict() {
    let steps = |steps| GenerationOptions { steps: NonZeroU32::new(steps), ..none() };
    let jpeg = || GenerationOptions { output_format: Some(ImageFormat::Jpeg), ..none() };
    let guidance = || GenerationOptions { guidance_scale: Some(99.0), ..none() };
    let seed = || GenerationOptions { seed: Some(0), ..none() };
    let v2 = || json!({"api": "v2beta"});
    let webui = || json!({"api": "automatic1111"});
    let remove = EditKind::RemoveBackground;
    let edit_kind = EditKind::Edit;
    let cases = [
        (json!({}), edit_kind, steps(5), v1("image-to-image"), ("steps", Some("10")), ("steps", Some("10"))),
        (json!({}), edit_kind, steps(151), v1("image-to-image"), ("steps", Some("150")), ("steps", Some("150"))),
        (
            json!({}),
            edit_kind,
            guidance(),
            v1("image-to-image"),
            ("guidance_scale", Some("35")),
            ("cfg_scale", Some("35")),
        ),
        (webui(), edit_kind, steps(900), web_ui("img2img"), ("steps", Some("150")), ("steps", Some("150"))),
        (
            v2(),
            remove,
            jpeg(),
            v2beta("edit/remove-background"),
            ("output_format", Some("png")),
            ("output_format", Some("png")),
        ),
        // What there is no place for is told once.
        (v2(), remove, guidance(), v2beta("edit/remove-background"), ("guidance_scale", None), ("cfg_scale", None)),
        (v2(), edit_kind, seed(), v2beta("generate/sd3"), ("seed", None), ("seed", None)),
    ];
    for (settings, kind, options, exchange, (field, used), (name, value)) in cases {
        let dimensions = MediaDimensions::new(1024, 1024);
        let source = SourceImage { bytes: pictures::png(1024, 1024, 1), format: ImageFormat::Png, dimensions };
        let request =
            EditRequest { prompt: kind.needs_prompt().then(prompt), options, ..EditRequest::new(kind, source) };
        let (outcome, sent) = edit(settings.clone(), &request, Some(exchange)).await;
        assert_told(&outcome.unwrap().adaptations, field, used);
        assert_eq!(sent_as(&sent.unwrap(), name).as_deref(), value, "{settings} {field}");

        let (outcome, sent) = edit_in(&strict(), settings, &request, None).await;
        assert_eq!((outcome.unwrap_err().kind, sent.is_none()), (ProviderErrorKind::Unsupported, true));
    }
}
