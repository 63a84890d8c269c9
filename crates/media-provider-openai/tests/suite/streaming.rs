//! Unfinished pictures, shown as they come.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use media_domain::text::Prompt;
use media_domain::{
    EditKind, EditRequest, GenerationRequest, ImageContent, ImageFormat, MediaDimensions, Phase, ProviderErrorKind,
    RetryClass, SourceImage,
};
use media_http::TransportErrorKind;
use media_ports::{CallContext, GenerationAnswer, PartialImage, PartialImageSink, ProviderError};
use media_testkit::pictures;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, request, vendor};

const UNCERTAIN: RetryClass = RetryClass::Uncertain { phase: Phase::Submit, handle: None };

/// Keeps what it is shown.
#[derive(Debug, Default)]
struct Album(Mutex<Vec<PartialImage>>);

impl PartialImageSink for Album {
    fn partial_image(&self, image: PartialImage) {
        self.0.lock().unwrap().push(image);
    }
}

impl Album {
    fn shown(&self) -> Vec<(u32, u32, usize)> {
        let images = self.0.lock().unwrap();
        images.iter().map(|image| (image.image_index, image.partial_index, image.bytes.len())).collect()
    }
}

fn watched() -> (CallContext, Arc<Album>) {
    let album = Arc::new(Album::default());
    let context = CallContext { partial_images: Some(Arc::clone(&album) as _), ..context() };
    (context, album)
}

fn picture(seed: u64) -> bytes::Bytes {
    pictures::png(64, 64, seed)
}

/// An event as the vendor writes it.
fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

fn partial(operation: &str, index: u32) -> String {
    let name = format!("{operation}.partial_image");
    let data = json!({
        "type": name, "b64_json": BASE64_STANDARD.encode(picture(index.into())), "created_at": 1_795_176_000,
        "size": "1024x1024", "quality": "medium", "background": "opaque", "output_format": "png",
        "partial_image_index": index,
    });
    event(&name, &data)
}

fn completed(operation: &str) -> String {
    let name = format!("{operation}.completed");
    let data = json!({
        "type": name, "b64_json": BASE64_STANDARD.encode(picture(9)), "created_at": 1_795_176_000,
        "size": "1024x1024", "quality": "medium", "background": "opaque", "output_format": "png",
        "usage": {
            "total_tokens": 1_266, "input_tokens": 10, "output_tokens": 1_256,
            "input_tokens_details": { "text_tokens": 10, "image_tokens": 0 }
        },
    });
    event(&name, &data)
}

fn generation(events: &[String]) -> Exchange {
    Exchange::post("/v1/images/generations").of_operation("createImage").answers_events(events.concat(), 1_000)
}

struct Outcome {
    answer: Result<GenerationAnswer, ProviderError>,
    shown: Vec<(u32, u32, usize)>,
    sent: Option<Value>,
}

async fn generate(settings: Value, request: &GenerationRequest, exchange: Exchange) -> Outcome {
    let transport = Arc::new(ScriptedTransport::new([exchange]));
    let (context, album) = watched();
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let answer = provider.generator.unwrap().generate_image(&context, request).await;
    transport.assert_exhausted();
    let sent = transport.requests().first().map(|request| serde_json::from_slice(&request.body).unwrap());
    Outcome { answer, shown: album.shown(), sent }
}

async fn fails(exchange: Exchange) -> ProviderError {
    generate(Value::Null, &request(), exchange).await.answer.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn unfinished_pictures_are_shown_and_the_finished_one_is_the_answer() {
    let events = [partial("image_generation", 0), partial("image_generation", 1), completed("image_generation")];
    let Outcome { answer, shown, sent } = generate(Value::Null, &request(), generation(&events)).await;
    let answer = answer.unwrap();
    assert_eq!(shown, [(0, 0, picture(0).len()), (0, 1, picture(1).len())]);
    assert_eq!(answer.images.len(), 1);
    assert_eq!(answer.images[0].content, ImageContent::Bytes(picture(9).into()));
    assert_eq!(answer.images[0].metadata["created"], 1_795_176_000);
    assert_eq!((answer.usage.input_tokens, answer.usage.output_tokens), (Some(10), Some(1_256)));
    let sent = sent.unwrap();
    assert_eq!((&sent["stream"], &sent["partial_images"]), (&json!(true), &json!(2)));
}

#[tokio::test(start_paused = true)]
async fn edits_show_theirs_too() {
    let events = [partial("image_edit", 0), completed("image_edit")].concat();
    let exchange = Exchange::post("/v1/images/edits").of_operation("createImageEdit").answers_events(events, 1_000);
    let transport = Arc::new(ScriptedTransport::new([exchange]));
    let (context, album) = watched();
    let dimensions = MediaDimensions::new(1024, 1024);
    let source = SourceImage { bytes: picture(1), format: ImageFormat::Png, dimensions };
    let prompt = Some(Prompt::parse("add a sail").unwrap());
    let request = EditRequest { prompt, ..EditRequest::new(EditKind::Edit, source) };
    let provider = vendor::provider(Arc::clone(&transport) as _, Value::Null);
    let answer = provider.editor.unwrap().edit_image(&context, &request).await.unwrap();
    assert_eq!(answer.images[0].content, ImageContent::Bytes(picture(9).into()));
    assert_eq!(album.shown(), [(0, 0, picture(0).len())]);
    let sent = transport.recorded().remove(0);
    assert_eq!(sent.part("stream").unwrap().text(), "true");
    assert_eq!(sent.part("partial_images").unwrap().text(), "2");
}

#[tokio::test(start_paused = true)]
async fn events_are_asked_for_only_where_they_help() {
    let two = GenerationRequest { count: 2, ..request() };
    let cases = [
        (json!({"partial_images": 0}), request(), None),
        (json!({"partial_images": 3}), request(), Some(3)),
        (json!({"model": "my-own-model"}), request(), None),
        (json!({"model": "my-own-model", "partial_images": 1}), request(), Some(1)),
        (json!({}), two, None),
    ];
    for (settings, request, expected) in cases {
        // A server that does not stream is heard all the same.
        let whole = vendor::images(request.count.into());
        let exchange = Exchange::post("/v1/images/generations").answers_json(200, &whole);
        let Outcome { answer, shown, sent } = generate(settings.clone(), &request, exchange).await;
        assert_eq!(answer.unwrap().images.len(), request.count as usize);
        assert!(shown.is_empty());
        let sent = sent.unwrap();
        assert_eq!(sent.get("partial_images").and_then(Value::as_u64), expected, "{settings}");
        assert_eq!(sent.get("stream").is_some(), expected.is_some(), "{settings}");
    }
}

#[tokio::test(start_paused = true)]
async fn events_that_end_without_the_finished_picture_leave_the_order_uncertain() {
    use ProviderErrorKind as Kind;
    let begun = || generation(&[partial("image_generation", 0)]);
    let cut_off = completed("image_generation");
    let cases = [
        (generation(&[]), Kind::MalformedResponse),
        (begun(), Kind::MalformedResponse),
        (generation(&[cut_off[..cut_off.len() - 1].to_owned()]), Kind::MalformedResponse),
        (begun().breaking_off(TransportErrorKind::Interrupted), Kind::Unavailable),
        (begun().halting(), Kind::Timeout),
        (begun().after(Duration::from_secs(61)), Kind::Timeout),
    ];
    for (exchange, kind) in cases {
        let error = fails(exchange.clone()).await;
        assert_eq!((error.kind, &error.retry), (kind, &UNCERTAIN), "{exchange:?}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_gives_up_while_events_come_leaves_the_order_uncertain() {
    let transport = Arc::new(ScriptedTransport::new([generation(&[partial("image_generation", 0)]).halting()]));
    let (context, _) = watched();
    let cancellation = context.cancellation.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancellation.cancel();
    });
    let provider = vendor::provider(Arc::clone(&transport) as _, Value::Null);
    let error = provider.generator.unwrap().generate_image(&context, &request()).await.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::Cancelled, UNCERTAIN));
}

#[tokio::test(start_paused = true)]
async fn an_error_among_the_events_is_a_definite_refusal() {
    let refused = |kind: &str, code: Value| {
        let error = json!({"type": kind, "code": code, "message": vendor::KEY, "param": null});
        event("error", &json!({"type": "error", "error": error}))
    };
    let blocked = json!({"type": "image_generation_user_error", "code": "moderation_blocked", "message": "no"});
    let cases = [
        (refused("image_generation_user_error", json!("moderation_blocked")), "content_rejected", "elsewhere"),
        (refused("insufficient_quota", json!("insufficient_quota")), "quota_exhausted", "elsewhere"),
        (refused("invalid_request_error", json!("model_not_found")), "not_found", "elsewhere"),
        (refused("requests", json!("rate_limit_exceeded")), "rate_limited", "again"),
        (refused("server_error", json!("server_is_overloaded")), "unavailable", "again"),
        (refused("invalid_request_error", json!("invalid_size")), "invalid_request", "elsewhere"),
        (refused("server_error", Value::Null), "unavailable", "elsewhere"),
        (event("error", &json!({"code": "moderation_blocked", "message": "no"})), "content_rejected", "elsewhere"),
        (event("error", &json!({"error": "out of memory"})), "unavailable", "elsewhere"),
        (event("", &json!({"error": {"message": "no"}})), "unavailable", "elsewhere"),
        (event("error", &blocked), "content_rejected", "elsewhere"),
        (event("", &blocked), "content_rejected", "elsewhere"),
        (event("error", &json!({"type": "insufficient_quota", "message": "no"})), "quota_exhausted", "elsewhere"),
        (event("error", &json!([7])), "unavailable", "elsewhere"),
    ];
    for (said, kind, class) in cases {
        let error = fails(generation(&[partial("image_generation", 0), said.clone()])).await;
        assert_eq!((error.kind.as_str(), error.retry.as_str()), (kind, class), "{said}");
        assert!(!format!("{error} {error:?}").contains(vendor::KEY), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_words_of_an_error_are_told_whatever_form_they_have() {
    let said = [
        event("error", &json!({"type": "server_error", "message": "out of memory"})),
        event("error", &json!({"error": "out of memory"})),
        event("error", &json!("out of memory")),
        "event: error\ndata: out of memory\n\n".to_owned(),
    ];
    for said in said {
        let error = fails(generation(std::slice::from_ref(&said))).await;
        assert_eq!((error.kind, &error.retry), (ProviderErrorKind::Unavailable, &RetryClass::Elsewhere), "{said}");
        assert!(error.message.contains("out of memory"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_stream_refuses_all_the_same() {
    let refused = vendor::error("image_generation_user_error", Some("moderation_blocked"), "no");
    let error = fails(Exchange::post("/v1/images/generations").answers_json(200, &refused)).await;
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::ContentRejected, RetryClass::Elsewhere));
}

#[tokio::test(start_paused = true)]
async fn a_finished_picture_that_cannot_be_read_is_billed_and_kept_aside() {
    let broken = [
        "event: image_generation.completed\ndata: {\"b64_json\": \"abc\n\n".to_owned(),
        "data: {\"type\": \"image_generation.completed\", \"b64_json\": \"abc\n\n".to_owned(),
        "event: message\ndata: {\"b64_json\": \"abc\", \"type\": \"image_edit.completed\", \"size\": \n\n".to_owned(),
        event("image_generation.completed", &json!({"b64_json": "###"})),
        event("image_generation.completed", &json!({"b64_json": 7})),
        event("image_generation.completed", &json!({"usage": {"output_tokens": 1}})),
    ];
    for event in broken {
        let error = fails(generation(std::slice::from_ref(&event))).await;
        assert_eq!((error.kind, &error.retry), (ProviderErrorKind::MalformedResponse, &RetryClass::Billed), "{event}");
        assert!(error.salvaged.is_some(), "{event}");
    }
    let large = event("image_generation.completed", &json!({"b64_json": "A".repeat(1 << 20)}));
    let outcome = generate(json!({"max_response_mb": 1}), &request(), generation(&[large])).await;
    assert_eq!(outcome.answer.unwrap_err().retry, RetryClass::Billed);
}

#[tokio::test(start_paused = true)]
async fn what_is_strange_among_the_events_is_passed_over() {
    let events = [
        ": keep-alive\n\n".to_owned(),
        "data: [DONE]\n\n".to_owned(),
        event("image_generation.queued", &json!({"position": 3})),
        event("image_generation.partial_image", &json!({"b64_json": "###"})),
        event("image_generation.partial_image", &json!({"b64_json": 7})),
        "data: {\"type\": \"image_generation.partial_image\", \"b64_json\": \"abc\n\n".to_owned(),
        event("", &json!({"type": "image_generation.partial_image", "b64_json": BASE64_STANDARD.encode(picture(0))})),
        completed("image_generation"),
    ];
    let Outcome { answer, shown, .. } = generate(Value::Null, &request(), generation(&events)).await;
    assert_eq!(answer.unwrap().images.len(), 1);
    assert_eq!(shown, [(0, 0, picture(0).len())]);
}
