//! Requests as Midjourney reads them: a prompt with flags.

use media_domain::text::Prompt;
use media_domain::{GenerationOptions, GenerationRequest, MediaDimensions, ProviderErrorKind, Quality};
use serde_json::{Value, json};

use crate::{call, request, vendor, whole};

/// The prompt that is sent with these settings.
async fn sent(mut settings: Value, request: &GenerationRequest) -> String {
    if settings.is_null() {
        settings = json!({});
    }
    settings["upscale"] = json!(false);
    let exchanges = whole().into_iter().take(2).collect();
    let (outcome, sent) = call(settings, request, exchanges).await;
    outcome.unwrap();
    sent[0].json()["prompt"].as_str().unwrap().to_owned()
}

/// A grid is twice as wide and as high as one picture, so these are what four megapixels of a shape can be.
fn of_size(width: u32, height: u32) -> GenerationRequest {
    GenerationRequest { dimensions: MediaDimensions::new(width, height), ..request() }
}

fn of_grid() -> GenerationRequest {
    of_size(2048, 2048)
}

fn prompting(text: &str) -> GenerationRequest {
    GenerationRequest { prompt: Prompt::parse(text).unwrap(), ..of_grid() }
}

fn with(options: GenerationOptions) -> GenerationRequest {
    GenerationRequest { options, ..of_grid() }
}

#[tokio::test(start_paused = true)]
async fn the_size_becomes_the_simplest_shape() {
    let cases = [
        ((2048, 2048), "1:1"),
        ((2001, 2000), "1:1"),
        ((2688, 1512), "16:9"),
        ((2671, 1502), "16:9"),
        ((1512, 2688), "9:16"),
        ((1792, 2688), "2:3"),
        ((2464, 1848), "4:3"),
        ((3050, 1600), "19:10"),
        ((4000, 1000), "4:1"),
    ];
    for ((width, height), shape) in cases {
        let prompt = sent(Value::Null, &of_size(width, height)).await;
        assert_eq!(prompt, format!("a lighthouse at dusk --ar {shape}"), "{width}x{height}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_option_becomes_a_flag() {
    let options = GenerationOptions {
        negative_prompt: Some("boats,\n people".to_owned()),
        seed: Some(4_294_967_295),
        style: Some("raw".to_owned()),
        quality: Some(Quality::High),
        ..GenerationOptions::default()
    };
    let expected = "a lighthouse at dusk --ar 1:1 --no boats, people --seed 4294967295 --style raw --q 2";
    assert_eq!(sent(Value::Null, &with(options)).await, expected);
}

#[tokio::test(start_paused = true)]
async fn every_setting_becomes_a_flag() {
    let settings = json!({ "model": "6.1", "stylize": 0, "chaos": 100, "weird": 3000, "flags": " --relax --tile " });
    let expected = "a lighthouse at dusk --ar 1:1 --v 6.1 --s 0 --c 100 --w 3000 --relax --tile";
    assert_eq!(sent(settings, &of_grid()).await, expected);
    for niji in ["niji 6", "niji6"] {
        let prompt = sent(json!({ "model": niji }), &of_grid()).await;
        assert_eq!(prompt, "a lighthouse at dusk --ar 1:1 --niji 6");
    }
}

#[tokio::test(start_paused = true)]
async fn a_prompt_is_one_line_and_keeps_its_dashes() {
    let prompt = sent(Value::Null, &prompting("dusk -- a\tlighthouse\r\n\r\nwell-known — tall")).await;
    assert_eq!(prompt, "dusk -- a lighthouse well-known — tall --ar 1:1");
    let blank = with(GenerationOptions { negative_prompt: Some(" ".to_owned()), ..GenerationOptions::default() });
    assert_eq!(sent(Value::Null, &blank).await, "a lighthouse at dusk --ar 1:1");
}

#[tokio::test(start_paused = true)]
async fn what_midjourney_would_read_as_a_command_is_refused_before_anything_is_sent() {
    let negative =
        |text: &str| with(GenerationOptions { negative_prompt: Some(text.to_owned()), ..GenerationOptions::default() });
    let style = |text: &str| with(GenerationOptions { style: Some(text.to_owned()), ..GenerationOptions::default() });
    let cases = [
        prompting("a lighthouse --turbo"),
        prompting("--ar 3:1 a lighthouse"),
        prompting("a lighthouse\n--v 4"),
        prompting("a lighthouse —turbo"),
        prompting("a {red, green} lighthouse"),
        negative("boats --repeat 40"),
        negative("{boats, people}"),
        style("raw --turbo"),
        style(""),
        with(GenerationOptions { seed: Some(4_294_967_296), ..GenerationOptions::default() }),
        with(GenerationOptions { guidance_scale: Some(7.5), ..GenerationOptions::default() }),
        negative(&"boat ".repeat(1_300)),
        prompting(&"x".repeat(5_001)),
        of_size(512, 512),
        GenerationRequest { count: 2, ..of_grid() },
    ];
    for request in cases {
        let (outcome, sent) = call(vendor::grid_only(), &request, Vec::new()).await;
        let error = outcome.unwrap_err();
        assert!(error.kind == ProviderErrorKind::Unsupported && error.raised_here, "{request:?}: {error}");
        assert!(sent.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_carries_the_secret_and_the_order_the_requests_id() {
    let (_, sent) = call(Value::Null, &request(), whole()).await;
    assert_eq!(sent.len(), 4);
    for request in &sent {
        assert_eq!(request.header("mj-api-secret"), vendor::SECRET, "{request:?}");
        assert!(request.headers["mj-api-secret"].is_sensitive());
    }
    let order = sent[0].json();
    assert_eq!(order["state"], "00000000-0000-0000-0000-000000000001");
    assert_eq!(order.as_object().unwrap().len(), 2, "{order}");
    let change = json!({ "taskId": vendor::GRID, "action": "UPSCALE", "index": 1 });
    assert_eq!(sent[2].json(), change);
}
