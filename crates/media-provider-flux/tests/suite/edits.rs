//! Edits, as each model wants them.

use std::num::NonZeroU32;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use media_domain::{
    Compatibility, EditKind, EditRequest, GenerationOptions, ImageFormat, Margins, MediaDimensions, ProviderErrorKind,
    SourceImage,
};
use media_ports::CallContext;
use media_testkit::pictures;
use serde_json::{Value, json};

use crate::{context, edit_in, model, prompt, script};

fn picture(side: u32, seed: u64) -> SourceImage {
    let dimensions = MediaDimensions::new(side, side);
    SourceImage { bytes: pictures::png(side, side, seed), format: ImageFormat::Png, dimensions }
}

fn base64(picture: &SourceImage) -> String {
    BASE64_STANDARD.encode(&picture.bytes)
}

fn of(kind: EditKind) -> EditRequest {
    EditRequest { prompt: Some(prompt()), ..EditRequest::new(kind, picture(512, 1)) }
}

fn inpaint() -> EditRequest {
    let mask = SourceImage { bytes: pictures::mask_png(512, 512), ..picture(512, 1) };
    EditRequest { mask: Some(mask), ..of(EditKind::Inpaint) }
}

fn outpaint() -> EditRequest {
    let margins = Margins { left: 10, right: 20, up: 0, down: 2_048 };
    EditRequest { margins, prompt: None, ..of(EditKind::Outpaint) }
}

/// What is sent to a model, and the fields of which it is told that they are other than asked for.
async fn sent(settings: Value, request: &EditRequest, to: &str) -> (Value, Vec<String>) {
    let (outcome, sent) = edit_in(&context(), settings, request, script(to)).await;
    let told = outcome.unwrap().adaptations.into_iter().map(|adaptation| adaptation.field).collect();
    (sent.unwrap(), told)
}

#[tokio::test(start_paused = true)]
async fn pictures_go_where_the_model_wants_them() {
    let request = EditRequest { references: vec![picture(512, 2), picture(512, 3)], ..of(EditKind::Edit) };
    let [first, second, third] = [&request.source, &request.references[0], &request.references[1]].map(base64);
    let numbered = json!({
        "prompt": "a lighthouse at dusk", "input_image": first, "input_image_2": second, "input_image_3": third,
        "output_format": "png"
    });
    let listed = json!({"prompt": "a lighthouse at dusk", "images": [first, second, third], "aspect_ratio": "auto"});
    let cases = [
        ("flux-2-pro", &numbered),
        ("flux-2-flex", &numbered),
        ("flux-2-klein-9b", &numbered),
        ("flux-kontext-pro", &numbered),
        ("painter-9", &numbered),
        ("flux-3-image", &listed),
    ];
    for (name, expected) in cases {
        let (sent, told) = sent(model(name), &request, name).await;
        assert_eq!(sent, *expected, "{name}");
        assert!(told.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn older_models_draw_variations() {
    let request = EditRequest { prompt: None, ..of(EditKind::Variation) };
    let source = base64(&request.source);
    let grid = json!({"image_prompt": source, "width": 512, "height": 512, "output_format": "png"});
    for name in ["flux-pro-1.1", "flux-dev"] {
        assert_eq!(sent(model(name), &request, name).await.0, grid, "{name}");
    }
    let name = "flux-pro-1.1-ultra";
    let settings = json!({"model": name, "image_prompt_strength": 0.7});
    let expected =
        json!({"image_prompt": source, "image_prompt_strength": 0.7, "aspect_ratio": "1:1", "output_format": "png"});
    assert_eq!(sent(settings, &request, name).await.0, expected);
}

#[tokio::test(start_paused = true)]
async fn inpainting_and_outpainting_have_models_of_their_own() {
    let options = GenerationOptions {
        seed: Some(42),
        guidance_scale: Some(30.0),
        output_format: Some(ImageFormat::Webp),
        ..GenerationOptions::default()
    };
    let settings = json!({"safety_tolerance": 3});
    let request = EditRequest { options, ..inpaint() };
    let (mut order, told) = sent(settings, &request, "flux-pro-1.0-fill").await;
    assert!(order.as_object_mut().unwrap().remove("mask").is_some() && told.is_empty());
    let expected = json!({
        "image": base64(&request.source), "prompt": "a lighthouse at dusk", "seed": 42, "guidance": 30.0,
        "output_format": "webp", "safety_tolerance": 3
    });
    assert_eq!(order, expected);

    let (order, _) = sent(json!({"model": "flux-3-image"}), &outpaint(), "flux-pro-1.0-expand").await;
    let expected = json!({
        "image": base64(&request.source), "left": 10, "right": 20, "top": 0, "bottom": 2048, "output_format": "png"
    });
    assert_eq!(order, expected);
}

#[tokio::test(start_paused = true)]
async fn answers_tell_the_model_and_the_size() {
    let cases = [(of(EditKind::Edit), "flux-2-pro", 512, 512), (outpaint(), "flux-pro-1.0-expand", 542, 2_560)];
    for (request, name, width, height) in cases {
        let (outcome, _) = edit_in(&context(), json!({}), &request, script(name)).await;
        let answer = outcome.unwrap();
        assert_eq!(answer.model.as_deref(), Some(name));
        assert_eq!((answer.images[0].width, answer.images[0].height), (width, height));
    }
}

#[tokio::test(start_paused = true)]
async fn sizes_are_fitted_and_what_has_no_place_is_told() {
    let options = GenerationOptions {
        seed: Some(7),
        style: Some("vivid".to_owned()),
        output_format: Some(ImageFormat::Jpeg),
        ..GenerationOptions::default()
    };
    let odd = MediaDimensions::new(1000, 600);
    let request = EditRequest { dimensions: Some(odd), options, ..of(EditKind::Edit) };
    let (order, told) = sent(json!({}), &request, "flux-2-pro").await;
    assert_eq!(told, ["size", "style"]);
    assert!(order["width"].as_u64().unwrap().is_multiple_of(16) && order["seed"] == 7);

    let (order, told) = sent(model("flux-3-image"), &request, "flux-3-image").await;
    assert_eq!(told, ["size", "seed", "style", "output_format"]);
    assert_eq!(order["resolution"], "1k");

    let (_, told) = sent(json!({}), &EditRequest { dimensions: Some(odd), ..inpaint() }, "flux-pro-1.0-fill").await;
    assert_eq!(told, ["size"]);

    let strict = context();
    let preferences =
        media_ports::CallPreferences { compatibility: Some(Compatibility::Strict), ..strict.preferences.clone() };
    let strict = CallContext { preferences, ..strict };
    let (outcome, sent) = edit_in(&strict, json!({}), &request, Vec::new()).await;
    assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::Unsupported);
    assert_eq!(sent, None);
}

#[tokio::test(start_paused = true)]
async fn what_no_model_does_is_refused_before_anything_is_sent() {
    let references = || vec![picture(512, 2)];
    let too_wide = Margins { left: 2_049, ..Margins::default() };
    let cases = [
        ("flux-2-pro", of(EditKind::Variation)),
        ("flux-2-pro", of(EditKind::RemoveBackground)),
        ("flux-pro-1.1", of(EditKind::Edit)),
        ("flux-2-pro", EditRequest { references: references(), ..inpaint() }),
        ("flux-2-pro", EditRequest { references: references(), ..outpaint() }),
        ("flux-2-klein-4b", EditRequest { references: vec![picture(512, 2); 4], ..of(EditKind::Edit) }),
        ("flux-2-pro", EditRequest { margins: too_wide, ..outpaint() }),
        ("flux-3-image", EditRequest { source: picture(128, 1), ..of(EditKind::Edit) }),
    ];
    for (name, request) in cases {
        let (outcome, sent) = edit_in(&context(), model(name), &request, Vec::new()).await;
        assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::Unsupported, "{name} {request:?}");
        assert_eq!(sent, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_number_beyond_what_the_model_takes_becomes_the_nearest_and_is_told() {
    let numbers = |steps, scale| GenerationOptions {
        steps: NonZeroU32::new(steps),
        guidance_scale: Some(scale),
        ..GenerationOptions::default()
    };
    let variation = EditRequest { prompt: None, ..of(EditKind::Variation) };
    let cases = [
        ("flux-2-pro", "flux-pro-1.0-fill", EditRequest { options: numbers(10, 1.0), ..inpaint() }, (15, 1.5)),
        ("flux-2-pro", "flux-pro-1.0-expand", EditRequest { options: numbers(60, 101.0), ..outpaint() }, (50, 100.0)),
        ("flux-dev", "flux-dev", EditRequest { options: numbers(51, 7.5), ..variation }, (50, 5.0)),
        ("flux-2-flex", "flux-2-flex", EditRequest { options: numbers(51, 1.0), ..of(EditKind::Edit) }, (50, 1.5)),
    ];
    for (name, to, request, (steps, guidance)) in cases {
        let (order, told) = sent(model(name), &request, to).await;
        assert_eq!((&order["steps"], &order["guidance"]), (&json!(steps), &json!(guidance)), "{to}");
        assert_eq!(told, ["steps", "guidance_scale"], "{to}");

        let mut strict = context();
        strict.preferences.compatibility = Some(Compatibility::Strict);
        let (outcome, sent) = edit_in(&strict, model(name), &request, Vec::new()).await;
        assert_eq!((outcome.unwrap_err().kind, sent), (ProviderErrorKind::Unsupported, None), "{to}");
    }
}
