//! Edits, beyond what the suite of editors puts the adapter through.

use std::num::NonZeroU32;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use media_domain::{Compatibility, EditKind, EditRequest, GenerationOptions, MediaDimensions, ProviderErrorKind};
use serde_json::{Value, json};

use crate::{context, edit, edit_in, edit_request, official, official_order, vendor};

fn data_url(bytes: &[u8]) -> Value {
    json!(format!("data:image/png;base64,{}", BASE64_STANDARD.encode(bytes)))
}

#[tokio::test]
async fn sdxl_starts_from_the_picture() {
    let options = GenerationOptions { seed: Some(11), ..GenerationOptions::default() };
    let request = EditRequest { options, count: 2, ..edit_request(EditKind::Edit) };
    let exchange = vendor::order().answers_json(201, &vendor::succeeded(2));
    let (outcome, sent) = edit(json!({"edit_strength": 0.4}), &request, vec![exchange]).await;
    assert_eq!(outcome.unwrap().images.len(), 2);
    let expected = json!({
        "prompt": "a lighthouse at dusk",
        "image": data_url(&request.source.bytes),
        "prompt_strength": 0.4,
        "num_outputs": 2,
        "seed": 11,
        "num_inference_steps": 50,
        "guidance_scale": 7.5
    });
    assert_eq!(sent[0].json()["input"], expected);
}

#[tokio::test]
async fn a_mask_may_narrow_an_edit() {
    for kind in [EditKind::Inpaint, EditKind::Edit] {
        let request = EditRequest { mask: edit_request(EditKind::Inpaint).mask, ..edit_request(kind) };
        let exchange = vendor::order().answers_json(201, &vendor::succeeded(1));
        let (outcome, sent) = edit(Value::Null, &request, vec![exchange]).await;
        outcome.unwrap();
        let input = &sent[0].json()["input"];
        assert!(input["mask"].as_str().unwrap().starts_with("data:image/png;base64,"));
        assert_eq!((&input["width"], &input["height"]), (&json!(256), &json!(256)));
    }
}

#[tokio::test]
async fn a_size_that_sdxl_would_ignore_is_left_out_and_told() {
    let asked = |width, height| EditRequest {
        dimensions: Some(MediaDimensions::new(width, height)),
        ..edit_request(EditKind::Edit)
    };
    for (request, fields) in [(asked(512, 512), &["size"][..]), (asked(128, 128), &[])] {
        let exchange = vendor::order().answers_json(201, &vendor::succeeded(1));
        let (outcome, sent) = edit(Value::Null, &request, vec![exchange]).await;
        let answer = outcome.unwrap();
        assert_eq!((answer.images[0].width, answer.images[0].height), (128, 128));
        assert_eq!(answer.adaptations.iter().map(|left| left.field.as_str()).collect::<Vec<_>>(), fields);
        assert!(sent[0].json()["input"].get("width").is_none());
    }
}

#[tokio::test]
async fn another_model_takes_the_picture_under_its_own_name_and_keeps_its_shape() {
    let mut request = edit_request(EditKind::Edit);
    let exchange = || official_order().answers_json(201, &vendor::succeeded(1));
    let (outcome, sent) = edit(official(), &request, vec![exchange()]).await;
    let image = outcome.unwrap().images.remove(0);
    assert_eq!((image.width, image.height), (128, 128));
    let expected = json!({"input": {
        "prompt": "a lighthouse at dusk",
        "input_image": data_url(&request.source.bytes),
        "aspect_ratio": "match_input_image",
        "safety_tolerance": 2
    }});
    assert_eq!(sent[0].json(), expected);

    request.dimensions = Some(MediaDimensions::new(1600, 900));
    let (outcome, sent) = edit(official(), &request, vec![exchange()]).await;
    outcome.unwrap();
    assert_eq!(sent[0].json()["input"]["aspect_ratio"], "16:9");
}

#[tokio::test]
async fn a_model_with_a_list_takes_further_pictures() {
    let request = edit_request(EditKind::Edit);
    let [first, second] = [2, 3].map(|seed| {
        let bytes = media_testkit::pictures::png(64, 64, seed);
        media_domain::SourceImage { bytes, dimensions: MediaDimensions::new(64, 64), ..request.source.clone() }
    });
    let request = EditRequest { references: vec![first.clone(), second.clone()], ..request };
    let source = data_url(&request.source.bytes);
    let others = [data_url(&first.bytes), data_url(&second.bytes)];
    let cases = [
        (json!({"images": "inputs"}), json!([source, others[0], others[1]]), None),
        (json!({"image": "subject", "images": "inputs"}), json!(others), Some(&source)),
    ];
    for (names, listed, subject) in cases {
        let settings = json!({"model": "acme/painter", "inputs": {"edit": names}});
        let exchange = vendor::official_order("acme/painter").answers_json(201, &vendor::succeeded(1));
        let (outcome, sent) = edit(settings, &request, vec![exchange]).await;
        outcome.unwrap();
        let input = &sent[0].json()["input"];
        assert_eq!((&input["inputs"], input.get("subject")), (&listed, subject));
    }
}

#[tokio::test]
async fn a_model_may_take_nothing_but_the_picture() {
    let version = "a".repeat(64);
    let settings = json!({
        "model": "acme/cutter",
        "version": version,
        "inputs": {"edit": {"image": "image"}},
        "edit_capabilities": {"kinds": ["remove_background"]}
    });
    let request = edit_request(EditKind::RemoveBackground);
    let exchange = vendor::order().answers_json(201, &vendor::succeeded(1));
    let (outcome, sent) = edit(settings.clone(), &request, vec![exchange]).await;
    outcome.unwrap();
    assert_eq!(sent[0].json(), json!({"version": version, "input": {"image": data_url(&request.source.bytes)}}));

    let (outcome, sent) = edit(settings, &edit_request(EditKind::Edit), Vec::new()).await;
    assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::Unsupported);
    assert!(sent.is_empty());
}

#[tokio::test]
async fn what_the_model_has_no_input_for_is_left_out_and_told() {
    let options = GenerationOptions {
        guidance_scale: Some(4.0),
        style: Some("woodcut".to_owned()),
        ..GenerationOptions::default()
    };
    let request = EditRequest { options, ..edit_request(EditKind::Edit) };
    let (outcome, _) =
        edit(official(), &request, vec![official_order().answers_json(201, &vendor::succeeded(1))]).await;
    let fields: Vec<_> = outcome.unwrap().adaptations.into_iter().map(|left| (left.field, left.requested)).collect();
    let expected = [("guidance_scale", "4.0"), ("style", "woodcut")];
    assert_eq!(fields, expected.map(|(field, requested)| (field.to_owned(), requested.to_owned())));

    let mut strict = context();
    strict.preferences.compatibility = Some(Compatibility::Strict);
    let (outcome, sent) = edit_in(&strict, official(), &request, Vec::new()).await;
    assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::Unsupported);
    assert!(sent.is_empty());
}

#[tokio::test]
async fn a_number_beyond_what_sdxl_takes_becomes_the_nearest_and_is_told() {
    let cases = [
        (60.0, 600, [("steps", "600", "500"), ("guidance_scale", "60", "50")], (500, 50.0)),
        (0.5, 501, [("steps", "501", "500"), ("guidance_scale", "0.5", "1")], (500, 1.0)),
    ];
    for (scale, steps, expected, (steps_sent, scale_sent)) in cases {
        let options = GenerationOptions {
            guidance_scale: Some(scale),
            steps: NonZeroU32::new(steps),
            ..GenerationOptions::default()
        };
        let request = EditRequest { options, ..edit_request(EditKind::Inpaint) };
        let exchange = vendor::order().answers_json(201, &vendor::succeeded(1));
        let (outcome, sent) = edit(Value::Null, &request, vec![exchange]).await;
        let told = outcome.unwrap().adaptations.into_iter().map(|one| (one.field, one.requested, one.used.unwrap()));
        let expected = expected.map(|(field, asked, used)| (field.to_owned(), asked.to_owned(), used.to_owned()));
        assert_eq!(told.collect::<Vec<_>>(), expected);
        let input = &sent[0].json()["input"];
        assert_eq!((&input["num_inference_steps"], &input["guidance_scale"]), (&json!(steps_sent), &json!(scale_sent)));

        let mut strict = context();
        strict.preferences.compatibility = Some(Compatibility::Strict);
        let (outcome, sent) = edit_in(&strict, Value::Null, &request, Vec::new()).await;
        assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::Unsupported);
        assert!(sent.is_empty());
    }
}

#[tokio::test]
async fn a_number_of_an_edit_goes_as_far_as_configuration_says() {
    let settings = json!({"capabilities": {"guidance_scale": {"start": 1.0, "end": 20.0}}});
    for (asked, used) in [(20.0, 20.0), (30.0, 20.0)] {
        let options = GenerationOptions { guidance_scale: Some(asked), ..GenerationOptions::default() };
        let request = EditRequest { options, ..edit_request(EditKind::Edit) };
        let exchange = vendor::order().answers_json(201, &vendor::succeeded(1));
        let (outcome, sent) = edit(settings.clone(), &request, vec![exchange]).await;
        assert_eq!(outcome.unwrap().adaptations.is_empty(), asked == used);
        assert_eq!(sent[0].json()["input"]["guidance_scale"], used);
    }
}

#[tokio::test]
async fn a_default_is_nothing_that_somebody_asked_for() {
    let mut strict = context();
    strict.preferences.compatibility = Some(Compatibility::Strict);
    let settings = json!({"capabilities": {"steps": {"start": 1, "end": 20}}});
    let exchange = vendor::order().answers_json(201, &vendor::succeeded(1));
    let (outcome, sent) = edit_in(&strict, settings, &edit_request(EditKind::Edit), vec![exchange]).await;
    assert!(outcome.unwrap().adaptations.is_empty());
    assert_eq!(sent[0].json()["input"]["num_inference_steps"], 50);
}
