//! Orders and answers of a web UI.

use std::num::NonZeroU32;

use media_domain::{GenerationOptions, GenerationRequest, MediaDimensions};
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{assert_refused, call, request, vendor, with};

fn order() -> Exchange {
    Exchange::post("/sdapi/v1/txt2img").of_operation("txt2img")
}

#[tokio::test]
async fn a_plain_request_names_every_number() {
    let answer = order().answers_json(200, &vendor::web_ui(1));
    let (outcome, sent) = call(json!({"api": "automatic1111"}), &request(), Some(answer)).await;
    outcome.unwrap();
    let sent = sent.unwrap();
    let expected = json!({
        "prompt": "a lighthouse at dusk", "negative_prompt": "", "width": 1024, "height": 1024, "steps": 50,
        "cfg_scale": 7.5, "seed": -1, "n_iter": 1, "batch_size": 1, "send_images": true, "save_images": false
    });
    assert_eq!(sent.json(), expected);
    assert_eq!(sent.url.as_str(), "http://127.0.0.1:7860/sdapi/v1/txt2img");
    assert_eq!(sent.header("authorization"), format!("Basic {}", vendor::basic()));
}

#[tokio::test]
async fn every_option_is_sent_in_its_words() {
    let settings = json!({
        "api": "automatic1111", "base_url": "http://painter:7861", "model": "sd_xl_base_1.0",
        "sampler": "DPM++ 2M", "scheduler": "Karras"
    });
    let options = GenerationOptions {
        negative_prompt: Some("boats".to_owned()),
        seed: Some(0),
        steps: NonZeroU32::new(30),
        guidance_scale: Some(6.5),
        ..GenerationOptions::default()
    };
    let request = GenerationRequest { count: 2, dimensions: MediaDimensions::new(768, 1344), ..with(options) };
    let (outcome, sent) = call(settings, &request, Some(order().answers_json(200, &vendor::web_ui(2)))).await;
    assert_eq!(outcome.unwrap().images.len(), 2, "the grid is no picture of its own");
    let expected = json!({
        "prompt": "a lighthouse at dusk", "negative_prompt": "boats", "width": 768, "height": 1344, "steps": 30,
        "cfg_scale": 6.5, "seed": 0, "n_iter": 2, "batch_size": 1, "send_images": true, "save_images": false,
        "sampler_name": "DPM++ 2M", "scheduler": "Karras",
        "override_settings": {"sd_model_checkpoint": "sd_xl_base_1.0"}
    });
    let sent = sent.unwrap();
    assert_eq!((sent.json(), sent.url.host_str()), (expected, Some("painter")));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let none = GenerationOptions::default;
    let refused = [
        with(GenerationOptions { steps: NonZeroU32::new(151), ..none() }),
        with(GenerationOptions { style: Some("cinematic".to_owned()), ..none() }),
        GenerationRequest { dimensions: MediaDimensions::new(1001, 1001), ..request() },
        GenerationRequest { count: 5, ..request() },
    ];
    assert_refused(json!({"api": "automatic1111"}), refused).await;
}

#[tokio::test]
async fn seeds_and_the_model_come_from_the_document_inside_the_text() {
    let two = GenerationRequest { count: 2, ..request() };
    let mut body = vendor::web_ui(2);
    let info = json!({
        "all_seeds": [41, 42], "index_of_first_image": 1, "infotexts": ["grid", "first", "second"],
        "sd_model_name": "another", "sampler_name": "Euler a"
    });
    body["info"] = json!(info.to_string());
    let settings = json!({"api": "automatic1111", "model": "asked_for"});
    let answer = call(settings, &two, Some(order().answers_json(200, &body))).await.0.unwrap();
    let second = json!({
        "model": "another", "sampler": "Euler a", "seed": 42, "infotext": "second", "steps": 50, "guidance_scale": 7.5
    });
    assert_eq!(Value::Object(answer.images[1].metadata.clone()), second);
    assert_eq!(answer.model.as_deref(), Some("another"), "some builds ignore the checkpoint asked for");
    let [told] = &answer.adaptations[..] else { panic!("{:?}", answer.adaptations) };
    assert_eq!(
        (told.field.as_str(), told.requested.as_str(), told.used.as_deref()),
        ("model", "asked_for", Some("another"))
    );
}

#[tokio::test]
async fn the_checkpoint_asked_for_is_known_by_all_its_names() {
    let info = json!({"sd_model_name": "sd_xl_base_1.0", "sd_model_hash": "31e35c80fc"});
    let body = json!({"images": [vendor::picture(1)], "info": info});
    let names = ["sd_xl_base_1.0", "xl/sd_xl_base_1.0.safetensors [31e35c80fc]", "31e35c80fc"];
    for settings in names
        .map(|name| json!({"api": "automatic1111", "model": name}))
        .into_iter()
        .chain([json!({"api": "automatic1111"})])
    {
        let answer = call(settings.clone(), &request(), Some(order().answers_json(200, &body))).await.0.unwrap();
        assert!(answer.adaptations.is_empty(), "{settings}: {:?}", answer.adaptations);
    }
}

#[tokio::test]
async fn pictures_without_a_readable_info_are_pictures() {
    let infos = [json!(null), json!(""), json!("no json"), json!("[]"), json!({"all_seeds": 1}), json!(7), json!([])];
    for info in infos {
        let body = json!({"images": [vendor::picture(1)], "info": info});
        let outcome = call(json!({"api": "automatic1111"}), &request(), Some(order().answers_json(200, &body))).await.0;
        let answer = outcome.unwrap();
        assert_eq!((answer.images.len(), answer.images[0].metadata.get("seed")), (1, None), "{info}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_in_the_info_does_not_lose_the_rest_of_it() {
    let infos = [
        json!({"all_seeds": ["41"], "infotexts": null, "sd_model_name": "b", "sampler_name": 3}),
        json!({"all_seeds": null, "seed": 41.0, "index_of_first_image": "0", "infotexts": [null], "sd_model_name": "b"}),
    ];
    for info in infos {
        for info in [info.clone(), json!(info.to_string())] {
            let body = json!({"images": [vendor::picture(1)], "info": info});
            let answered = order().answers_json(200, &body);
            let answer = call(json!({"api": "automatic1111"}), &request(), Some(answered)).await.0.unwrap();
            let metadata = &answer.images[0].metadata;
            assert_eq!((&metadata["seed"], &metadata["model"]), (&json!(41), &json!("b")), "{info}");
            assert_eq!((metadata.get("infotext"), metadata.get("sampler")), (None, None));
        }
    }
}

#[tokio::test]
async fn a_picture_that_is_none_does_not_lose_the_others() {
    let two = GenerationRequest { count: 2, ..request() };
    let body = json!({"images": [null, vendor::picture(1)], "info": {"all_seeds": [41, 42]}});
    let answer = call(json!({"api": "automatic1111"}), &two, Some(order().answers_json(200, &body))).await.0.unwrap();
    assert_eq!((answer.images.len(), &answer.images[0].metadata["seed"]), (1, &json!(42)));
    assert_eq!((answer.adaptations[0].field.as_str(), answer.salvaged.len()), ("count", 1));
}
