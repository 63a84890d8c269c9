//! What is sent to render a node.

use media_domain::{Background, GenerationOptions, GenerationRequest, ImageFormat, MediaDimensions, ProviderErrorKind};
use media_testkit::recorded::RecordedRequest;
use serde_json::{Value, json};

use crate::{call, request, vendor};

fn with(options: GenerationOptions) -> GenerationRequest {
    GenerationRequest { options, ..request() }
}

fn in_format(format: ImageFormat) -> GenerationRequest {
    with(GenerationOptions { output_format: Some(format), ..GenerationOptions::default() })
}

fn query(request: &RecordedRequest) -> Vec<(String, String)> {
    request.url.query_pairs().into_owned().collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_plain_request_measures_the_node_and_has_it_rendered() {
    let (outcome, sent) = call(Value::Null, &request(), vendor::whole()).await;
    outcome.unwrap();
    assert_eq!(query(&sent[0]), []);
    assert_eq!(query(&sent[1]), pairs(&[("ids", "12:34"), ("depth", "1")]));
    let expected = [("ids", "12:34"), ("format", "png"), ("use_absolute_bounds", "true"), ("scale", "2")];
    assert_eq!(query(&sent[2]), pairs(&expected));
    for request in &sent {
        assert_eq!(request.header("x-figma-token"), vendor::KEY, "{request:?}");
        assert!(request.headers["x-figma-token"].is_sensitive() && !request.headers.contains_key("authorization"));
        assert!(request.body.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn the_scale_comes_nearest_the_size_asked_for_and_stays_within_the_vendors() {
    let cases = [
        ((400, 300), "1"),
        ((200, 150), "0.5"),
        ((256, 256), "0.739"),
        ((1200, 300), "1.7321"),
        ((1, 1), "0.01"),
        ((16_384, 16_384), "4"),
    ];
    for ((width, height), scale) in cases {
        let request = GenerationRequest { dimensions: MediaDimensions::new(width, height), ..request() };
        let (outcome, sent) = call(Value::Null, &request, vendor::whole()).await;
        outcome.unwrap();
        assert_eq!(query(&sent[2]).last().map(|(_, value)| value.as_str()), Some(scale), "{width}x{height}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_configured_size_is_not_asked_for() {
    let settings = json!({ "node_id": "12-34", "node_width": 1600, "node_height": 1200.0 });
    let (outcome, sent) = call(settings, &request(), vec![vendor::at_version("5"), vendor::rendered()]).await;
    outcome.unwrap();
    let expected = [("ids", "12:34"), ("format", "png"), ("use_absolute_bounds", "true"), ("scale", "0.5")];
    assert_eq!(query(&sent[1]), pairs(&expected));
}

#[tokio::test(start_paused = true)]
async fn every_format_is_said_in_the_vendors_word_and_shapes_have_no_scale() {
    for (format, word) in [(ImageFormat::Png, "png"), (ImageFormat::Jpeg, "jpg")] {
        let (outcome, sent) = call(Value::Null, &in_format(format), vendor::whole()).await;
        assert_eq!(outcome.unwrap().images[0].format, format);
        assert_eq!(query(&sent[2])[1], ("format".to_owned(), word.to_owned()));
    }
    let exchanges = vec![vendor::at_version("5"), vendor::rendered()];
    let (outcome, sent) = call(Value::Null, &in_format(ImageFormat::Svg), exchanges).await;
    assert_eq!(outcome.unwrap().images[0].format, ImageFormat::Svg);
    assert_eq!(query(&sent[1]), pairs(&[("ids", "12:34"), ("format", "svg"), ("use_absolute_bounds", "true")]));
}

#[tokio::test(start_paused = true)]
async fn a_style_chooses_among_the_templates() {
    let settings = || {
        json!({ "node_width": 400, "node_height": 300, "templates": {
            "story": { "node_id": "9:9", "node_width": 400, "node_height": 300 },
            "banner": { "file_key": "Other1", "node_id": "7-7", "node_width": 400, "node_height": 300 }
        } })
    };
    let styled =
        |style: &str| with(GenerationOptions { style: Some(style.to_owned()), ..GenerationOptions::default() });
    let images = json!({ "err": null, "images": { "9:9": vendor::RENDER } });
    let exchanges = vec![vendor::at_version("5"), vendor::images().answers_json(200, &images)];
    let (outcome, _) = call(settings(), &styled("story"), exchanges).await;
    let answer = outcome.unwrap();
    assert_eq!(answer.model.as_deref(), Some("Zk3v8QpXn2LrT5/9:9"));
    assert_eq!(answer.images[0].metadata["template"], "story");

    let (outcome, sent) = call(settings(), &styled("poster"), Vec::new()).await;
    let error = outcome.unwrap_err();
    assert!(error.kind == ProviderErrorKind::Unsupported && error.raised_here && sent.is_empty());
    assert!(error.message.contains("banner, story"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_style_may_name_any_node_with_its_file() {
    let styled =
        |style: &str| with(GenerationOptions { style: Some(style.to_owned()), ..GenerationOptions::default() });
    let none = json!({ "file_key": null, "node_id": null });
    let address = format!("https://www.figma.com/design/{}/Cards?node-id=12-34&t=x", vendor::FILE);
    for style in [format!("{}/12:34", vendor::FILE), format!("{}/12-34", vendor::FILE), address] {
        let (outcome, sent) = call(none.clone(), &styled(&style), vendor::whole()).await;
        let answer = outcome.unwrap();
        assert_eq!(answer.model.as_deref(), Some("Zk3v8QpXn2LrT5/12:34"), "{style}");
        assert_eq!(answer.images[0].metadata["template"], style.as_str());
        assert_eq!(query(&sent[2])[0], ("ids".to_owned(), "12:34".to_owned()));
    }
    // What the settings know of that node holds for it, too.
    let measured = json!({ "node_width": 400, "node_height": 300 });
    let exchanges = vec![vendor::at_version("5"), vendor::rendered()];
    call(measured, &styled("Zk3v8QpXn2LrT5/12:34"), exchanges).await.0.unwrap();

    for style in ["vivid", "Zk3v8QpXn2LrT5", "Zk3v8QpXn2LrT5/page", "https://example.org/design/Abc1?node-id=1-2"] {
        let (outcome, sent) = call(none.clone(), &styled(style), Vec::new()).await;
        let error = outcome.unwrap_err();
        assert!(error.kind == ProviderErrorKind::Unsupported && error.raised_here && sent.is_empty());
        assert!(error.message.contains("FILE_KEY/NODE_ID"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let none = GenerationOptions::default;
    let cases = [
        with(GenerationOptions { seed: Some(1), ..none() }),
        with(GenerationOptions { negative_prompt: Some("boats".to_owned()), ..none() }),
        with(GenerationOptions { style: Some("vivid".to_owned()), ..none() }),
        with(GenerationOptions { background: Some(Background::Transparent), ..none() }),
        in_format(ImageFormat::Webp),
        GenerationRequest { count: 2, ..request() },
    ];
    for request in cases {
        let (outcome, sent) = call(Value::Null, &request, Vec::new()).await;
        let error = outcome.unwrap_err();
        assert!(error.kind == ProviderErrorKind::Unsupported && error.raised_here, "{request:?}");
        assert!(sent.is_empty());
    }
    let promised = json!({ "capabilities": { "formats": ["webp"] } });
    let error = call(promised, &in_format(ImageFormat::Webp), Vec::new()).await.0.unwrap_err();
    assert!(error.kind == ProviderErrorKind::Unsupported && error.raised_here, "{error}");
}

#[tokio::test(start_paused = true)]
async fn without_a_template_nothing_is_sent_and_the_keys_are_named() {
    let cases = [
        (json!({ "file_key": null, "node_id": null }), "no template configured: set file_key and node_id"),
        (json!({ "node_id": null, "templates": { "story": { "node_id": "9:9" } } }), "story"),
    ];
    for (settings, told) in cases {
        let (outcome, sent) = call(settings, &request(), Vec::new()).await;
        let error = outcome.unwrap_err();
        assert!(error.kind == ProviderErrorKind::Unsupported && error.raised_here && sent.is_empty());
        assert!(error.message.contains(told), "{error}");
    }
}
