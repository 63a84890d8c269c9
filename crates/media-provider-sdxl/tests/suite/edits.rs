//! Edits, beyond what the suite of editors puts every adapter through.

use std::num::NonZeroU32;

use media_domain::{
    EditKind, EditRequest, GenerationOptions, ImageFormat, Margins, MediaDimensions, ProviderErrorKind, SourceImage,
};
use media_testkit::pictures;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{edit, edit_in, prompt, strict, vendor};

fn picture(width: u32, height: u32) -> SourceImage {
    let dimensions = MediaDimensions::new(width, height);
    SourceImage { bytes: pictures::png(width, height, 1), format: ImageFormat::Png, dimensions }
}

fn request(kind: EditKind, width: u32, height: u32) -> EditRequest {
    let prompt = kind.needs_prompt().then(prompt);
    EditRequest { prompt, ..EditRequest::new(kind, picture(width, height)) }
}

fn v2beta(tool: &str) -> Exchange {
    Exchange::post(format!("/v2beta/stable-image/{tool}")).answers_json(200, &vendor::drawn())
}

#[tokio::test]
async fn v1_begins_from_a_picture_of_its_own_sizes() {
    let options = GenerationOptions {
        seed: Some(11),
        negative_prompt: Some("boats".to_owned()),
        style: Some("anime".to_owned()),
        ..GenerationOptions::default()
    };
    let request = EditRequest { options, count: 2, ..request(EditKind::Edit, 1216, 832) };
    let path = "/v1/generation/stable-diffusion-xl-1024-v1-0/image-to-image";
    let exchange = Exchange::post(path).of_operation("imageToImage").answers_json(200, &vendor::artifacts(2));
    let (outcome, sent) = edit(json!({"edit_strength": 0.25}), &request, Some(exchange)).await;
    let answer = outcome.unwrap();
    assert_eq!((answer.images.len(), answer.images[0].width, answer.images[0].height), (2, 1216, 832));
    let parts = sent.unwrap().parts();
    assert_eq!(parts[0].content, request.source.bytes);
    let texts: Vec<_> = parts[1..].iter().map(|part| (part.name.as_str(), part.text())).collect();
    let expected = [
        ("init_image_mode", "IMAGE_STRENGTH"),
        ("image_strength", "0.750"),
        ("text_prompts[0][text]", "a lighthouse at dusk"),
        ("text_prompts[0][weight]", "1"),
        ("text_prompts[1][text]", "boats"),
        ("text_prompts[1][weight]", "-1"),
        ("cfg_scale", "7.5"),
        ("steps", "50"),
        ("samples", "2"),
        ("seed", "11"),
        ("style_preset", "anime"),
    ];
    assert_eq!(texts, expected.map(|(name, text)| (name, text.to_owned())));
}

#[tokio::test]
async fn pictures_that_a_tool_does_not_read_are_refused_before_anything_is_sent() {
    let wide = |kind| EditRequest { margins: Margins { left: 8, ..Margins::default() }, ..request(kind, 1024, 256) };
    let [near, far] = [1, 2_001].map(|right| Margins { right, ..Margins::default() });
    let v2beta = || json!({"api": "v2beta"});
    // Otherwise the picture is too long for any result.
    let dimensions = Some(MediaDimensions::new(1024, 1024));
    let cases = [
        (json!({}), request(EditKind::Edit, 1000, 1000)),
        (json!({}), request(EditKind::Variation, 1024, 1024)),
        (v2beta(), request(EditKind::RemoveBackground, 63, 640)),
        (v2beta(), request(EditKind::RemoveBackground, 2056, 2056)),
        (v2beta(), EditRequest { margins: near, ..request(EditKind::Outpaint, 4104, 2304) }),
        (v2beta(), wide(EditKind::Outpaint)),
        (v2beta(), EditRequest { margins: far, ..request(EditKind::Outpaint, 256, 256) }),
        (json!({"api": "v2beta", "model": "core"}), request(EditKind::Edit, 256, 256)),
        (json!({"api": "v2beta", "model": "ultra"}), EditRequest { dimensions, ..request(EditKind::Edit, 16_385, 64) }),
    ];
    for (settings, request) in cases {
        let (outcome, sent) = edit(settings, &request, None).await;
        assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::Unsupported, "{request:?}");
        assert!(sent.is_none());
    }
}

#[tokio::test]
async fn a_service_begins_from_larger_pictures_than_a_tool_reads() {
    let request = request(EditKind::Edit, 4104, 2304);
    let (outcome, _) = edit(json!({"api": "v2beta"}), &request, Some(v2beta("generate/sd3"))).await;
    assert_eq!(outcome.unwrap().images.len(), 1);
}

#[tokio::test]
async fn ultra_is_told_the_shape_and_sd3_is_not() {
    let request = request(EditKind::Edit, 1344, 768);
    for (model, service, ratio) in [("ultra", "ultra", Some("16:9")), ("sd3.5-medium", "sd3", None)] {
        let settings = json!({"api": "v2beta", "model": model});
        let (outcome, sent) = edit(settings, &request, Some(v2beta(&format!("generate/{service}")))).await;
        assert_eq!(outcome.unwrap().model.as_deref(), Some(model));
        let sent = sent.unwrap();
        assert_eq!(sent.part("aspect_ratio").map(|part| part.text()).as_deref(), ratio);
        assert_eq!(sent.part("strength").unwrap().text(), "0.65");
    }
}

#[tokio::test]
async fn what_a_tool_has_no_place_for_is_left_out_and_told() {
    let options = GenerationOptions {
        seed: Some(4),
        steps: NonZeroU32::new(30),
        guidance_scale: Some(4.0),
        ..GenerationOptions::default()
    };
    let request = EditRequest { prompt: Some(prompt()), options, ..request(EditKind::RemoveBackground, 256, 256) };
    let settings = || json!({"api": "v2beta"});
    let (outcome, sent) = edit(settings(), &request, Some(v2beta("edit/remove-background"))).await;
    let answer = outcome.unwrap();
    let fields: Vec<_> = answer.adaptations.iter().map(|left| left.field.as_str()).collect();
    assert_eq!(fields, ["prompt", "seed", "steps", "guidance_scale"]);
    assert_eq!(answer.images[0].metadata.get("guidance_scale"), None, "what was not sent is not kept");
    assert_eq!(answer.model.as_deref(), Some("remove-background"));
    let names: Vec<_> = sent.unwrap().parts().into_iter().map(|part| part.name).collect();
    assert_eq!(names, ["image", "output_format"]);

    let (outcome, sent) = edit_in(&strict(), settings(), &request, None).await;
    assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::Unsupported);
    assert!(sent.is_none());
}

#[tokio::test]
async fn a_picture_grows_by_its_margins() {
    let margins = Margins { left: 10, right: 20, up: 30, down: 40 };
    let request = EditRequest { margins, ..request(EditKind::Outpaint, 256, 256) };
    let (outcome, sent) = edit(json!({"api": "v2beta"}), &request, Some(v2beta("edit/outpaint"))).await;
    let image = outcome.unwrap().images.remove(0);
    assert_eq!((image.width, image.height), (286, 326));
    let sent = sent.unwrap();
    let sides = ["left", "right", "up", "down"].map(|side| sent.part(side).unwrap().text());
    assert_eq!(sides, ["10", "20", "30", "40"]);
}

#[tokio::test]
async fn a_web_ui_draws_a_variation_without_words() {
    let options = GenerationOptions { style: Some("anime".to_owned()), ..GenerationOptions::default() };
    let request = EditRequest { options, ..request(EditKind::Variation, 250, 131) };
    let exchange = Exchange::post("/sdapi/v1/img2img").of_operation("img2img").answers_json(200, &vendor::web_ui(1));
    let settings = json!({"api": "automatic1111", "edit_strength": 0.4});
    let (outcome, sent) = edit(settings, &request, Some(exchange)).await;
    let answer = outcome.unwrap();
    assert_eq!(answer.adaptations[0].field, "style");
    let sent: Value = sent.unwrap().json();
    let sides = ["width", "height"].map(|side| sent[side].as_u64().unwrap());
    assert!(sides.iter().all(|side| side.is_multiple_of(8)), "{sides:?}");
    assert_eq!((&sent["prompt"], &sent["denoising_strength"]), (&json!(""), &json!(0.4)));
    assert_eq!(sent.get("mask"), None);
}

#[tokio::test]
async fn a_flat_endpoint_is_no_editor() {
    let settings = json!({"api": "flat", "base_url": "http://127.0.0.1:8000"});
    let transport = std::sync::Arc::new(media_testkit::transport::ScriptedTransport::default());
    let provider = vendor::provider(transport, settings);
    assert!(provider.editor.is_none() && provider.descriptor.editing.is_none());
}
