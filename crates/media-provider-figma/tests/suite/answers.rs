//! What is made of the vendor's answers to a render.

use media_domain::{GenerationRequest, ImageContent, MediaDimensions, ProviderErrorKind, RetryClass};
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{call, request, vendor};

#[tokio::test(start_paused = true)]
async fn an_image_tells_that_the_prompt_was_not_drawn() {
    let answer = call(Value::Null, &request(), vendor::whole()).await.0.unwrap();
    let image = &answer.images[0];
    assert_eq!(image.content, ImageContent::Url(vendor::RENDER.to_owned()));
    assert_eq!((image.width, image.height), (800, 600));
    let expected = json!({
        "template_render": true, "prompt_drawn": false, "prompt": "a lighthouse at dusk",
        "note": "a render of a Figma template as it stands; the prompt was not drawn",
        "figma_file_key": "Zk3v8QpXn2LrT5", "figma_node_id": "12:34", "figma_file_version": "5", "scale": 2.0,
        "figma_url": "https://www.figma.com/design/Zk3v8QpXn2LrT5?node-id=12-34", "render_reused": false
    });
    assert_eq!(Value::Object(image.metadata.clone()), expected);
    assert_eq!(answer.model.as_deref(), Some("Zk3v8QpXn2LrT5/12:34"));
    assert_eq!((answer.usage.cost_micros, answer.adaptations.len()), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn renders_beyond_the_vendors_measure_are_told_as_it_scales_them() {
    let large = json!({ "x": 0, "y": 0, "width": 8000, "height": 4000 });
    let request = GenerationRequest { dimensions: MediaDimensions::new(16_000, 8_000), ..request() };
    let exchanges = vec![vendor::at_version("5"), vendor::measured(&large), vendor::rendered()];
    let image = call(Value::Null, &request, exchanges).await.0.unwrap().images.remove(0);
    assert_eq!((image.width, image.height), (8000, 4000));
}

/// What an answer to one of the calls before the render, or to the render, becomes.
async fn refused(exchanges: Vec<Exchange>) -> (ProviderErrorKind, RetryClass, String) {
    let error = call(Value::Null, &request(), exchanges).await.0.unwrap_err();
    (error.kind, error.retry.clone(), error.to_string())
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_rendered_is_not_there() {
    let bodies = [
        json!({ "err": null, "images": { vendor::NODE: null } }),
        json!({ "err": null, "images": {} }),
        json!({ "err": null, "images": { "1:1": vendor::RENDER } }),
    ];
    for body in bodies {
        let mut exchanges = vendor::whole();
        exchanges[2] = vendor::images().answers_json(200, &body);
        let (kind, retry, text) = refused(exchanges).await;
        assert_eq!((kind, retry), (ProviderErrorKind::NotFound, RetryClass::Elsewhere), "{text}");
        assert!(text.contains(vendor::NODE) && text.contains(vendor::FILE), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_without_size_is_not_rendered() {
    let bounds = [Value::Null, json!({ "x": 0, "y": 0, "width": 0, "height": 30 })];
    let mut answers: Vec<Exchange> = bounds.iter().map(vendor::measured).collect();
    answers.push(vendor::nodes().answers_json(200, &vendor::of_nodes(&json!({ vendor::NODE: null }))));
    answers.push(vendor::nodes().answers_json(200, &vendor::of_nodes(&json!({}))));
    for answer in answers {
        let (kind, retry, text) = refused(vec![vendor::at_version("5"), answer]).await;
        assert_eq!((kind, retry), (ProviderErrorKind::NotFound, RetryClass::Elsewhere), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_within_a_success_is_a_refusal_and_strange_addresses_are_not_taken() {
    let long = format!("https://example.org/{}", "a".repeat(9_000));
    let cases = [
        (json!({ "err": format!("no {}", vendor::KEY), "images": {} }), ProviderErrorKind::InvalidRequest),
        (
            json!({ "err": null, "images": { vendor::NODE: "file:///etc/passwd" } }),
            ProviderErrorKind::MalformedResponse,
        ),
        (json!({ "err": null, "images": { vendor::NODE: "not an address" } }), ProviderErrorKind::MalformedResponse),
        (json!({ "err": null, "images": { vendor::NODE: long } }), ProviderErrorKind::MalformedResponse),
    ];
    for (body, expected) in cases {
        let mut exchanges = vendor::whole();
        exchanges[2] = vendor::images().answers_json(200, &body);
        let (kind, retry, text) = refused(exchanges).await;
        assert_eq!((kind, retry), (expected, RetryClass::Elsewhere), "{text}");
        assert!(!text.contains(vendor::KEY), "{text}");
    }
}
