//! Edits as they are sent, and what is refused before.

use std::sync::Arc;

use bytes::Bytes;
use media_domain::text::Prompt;
use media_domain::{
    Adaptation, Background, Compatibility, EditKind, EditRequest, ImageFormat, MediaDimensions, ProviderErrorKind,
    Quality, RetryClass, SourceImage, Usage,
};
use media_ports::{CallPreferences, GenerationAnswer, ProviderError};
use media_testkit::pictures;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, vendor};

fn picture(side: u32, seed: u64) -> SourceImage {
    let dimensions = MediaDimensions::new(side, side);
    SourceImage { bytes: pictures::png(side, side, seed), format: ImageFormat::Png, dimensions }
}

fn edit() -> EditRequest {
    let mut request = EditRequest::new(EditKind::Edit, picture(1024, 1));
    request.prompt = Some(Prompt::parse("add a sail").unwrap());
    request
}

async fn order(
    settings: Value,
    request: &EditRequest,
    compatibility: Option<Compatibility>,
    exchange: Option<Exchange>,
) -> (Result<GenerationAnswer, ProviderError>, Option<RecordedRequest>) {
    let transport = Arc::new(ScriptedTransport::new(exchange));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let mut context = context();
    context.preferences = CallPreferences { compatibility, ..CallPreferences::default() };
    let outcome = provider.editor.unwrap().edit_image(&context, request).await;
    transport.assert_exhausted();
    (outcome, transport.recorded().pop())
}

/// The answer to an edit, and its order.
async fn edited(settings: Value, request: &EditRequest) -> (GenerationAnswer, RecordedRequest) {
    let exchange = Exchange::post("/v1/images/edits").answers_json(200, &vendor::images(request.count.into()));
    let (outcome, sent) = order(settings, request, None, Some(exchange)).await;
    (outcome.unwrap(), sent.unwrap())
}

/// Names and texts of the fields that are no files.
fn fields(sent: &RecordedRequest) -> Vec<(String, String)> {
    let fields = sent.parts().into_iter().filter(|part| part.file_name.is_none());
    fields.map(|part| (part.name.clone(), part.text())).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_plain_edit_sends_nothing_that_a_model_might_refuse() {
    let (answer, sent) = edited(Value::Null, &edit()).await;
    let expected = [("model", "gpt-image-2"), ("prompt", "add a sail"), ("n", "1"), ("size", "1024x1024")];
    assert_eq!(fields(&sent), pairs(&expected));
    assert!(answer.adaptations.is_empty());
    let files: Vec<_> = sent.parts().into_iter().filter(|part| part.file_name.is_some()).collect();
    assert_eq!(files.len(), 1);
    assert_eq!((files[0].name.as_str(), files[0].content_type.as_deref()), ("image[]", Some("image/png")));
    assert_eq!(files[0].content, edit().source.bytes);
}

#[tokio::test]
async fn every_option_reference_and_mask_is_sent() {
    let mut request = EditRequest { kind: EditKind::Inpaint, count: 2, ..edit() };
    let photo =
        SourceImage { bytes: Bytes::from_static(b"\xff\xd8\xff\xe0"), format: ImageFormat::Jpeg, ..picture(8, 2) };
    request.references = vec![photo.clone(), picture(64, 3)];
    request.mask = Some(SourceImage { bytes: pictures::mask_png(1024, 1024), ..picture(1024, 0) });
    request.dimensions = Some(MediaDimensions::new(1024, 1536));
    request.options.quality = Some(Quality::Hd);
    request.options.background = Some(Background::Transparent);
    request.options.output_format = Some(ImageFormat::Webp);
    let settings = json!({"model": "gpt-image-1.5", "input_fidelity": "high", "moderation": "low"});
    let (_, sent) = edited(settings, &request).await;
    let expected = [
        ("model", "gpt-image-1.5"),
        ("prompt", "add a sail"),
        ("n", "2"),
        ("size", "1024x1536"),
        ("quality", "high"),
        ("background", "transparent"),
        ("output_format", "webp"),
        ("input_fidelity", "high"),
    ];
    assert_eq!(fields(&sent), pairs(&expected), "the form has no field for moderation");
    let files: Vec<_> = sent.parts().into_iter().filter_map(|part| Some((part.name, part.file_name?))).collect();
    let names = [
        ("image[]", "picture-0.png"),
        ("image[]", "picture-1.jpg"),
        ("image[]", "picture-2.png"),
        ("mask", "mask.png"),
    ];
    assert_eq!(files, pairs(&names));
    assert_eq!(sent.part("mask").unwrap().content, request.mask.unwrap().bytes);
    assert_eq!(sent.parts().iter().filter(|part| part.content == photo.bytes).count(), 1);
}

#[tokio::test]
async fn models_that_draw_better_than_high_are_asked_for_it() {
    for model in ["gpt-image-2.5-flare", "gpt-image-2.6-flare"] {
        for (quality, word) in [(Quality::Xhigh, "xhigh"), (Quality::Max, "max")] {
            let mut request = edit();
            request.options.quality = Some(quality);
            let (answer, sent) = edited(json!({ "model": model }), &request).await;
            assert_eq!(sent.part("quality").map(|part| part.text()).as_deref(), Some(word), "{model}");
            assert_eq!(answer.adaptations, []);
        }
    }
}

#[tokio::test]
async fn what_the_model_draws_otherwise_is_told_or_refused() {
    let mut request = EditRequest { source: picture(256, 1), ..edit() };
    let (answer, sent) = edited(Value::Null, &request).await;
    let size = sent.part("size").unwrap().text();
    assert_ne!(size, "256x256");
    let told = |answer: &GenerationAnswer, field: &str| -> Adaptation {
        answer.adaptations.iter().find(|told| told.field == field).cloned().unwrap()
    };
    assert_eq!(told(&answer, "size").used, Some(size));

    request.options.quality = Some(Quality::Max);
    request.options.style = Some("noir".to_owned());
    let (answer, sent) = edited(Value::Null, &request).await;
    assert_eq!(sent.part("quality").unwrap().text(), "high");
    assert_eq!(told(&answer, "quality").used.as_deref(), Some("hd"));
    assert_eq!(told(&answer, "style").used, None);

    let (outcome, sent) = order(Value::Null, &request, Some(Compatibility::Strict), None).await;
    assert_eq!((outcome.unwrap_err().kind, sent.is_none()), (ProviderErrorKind::Unsupported, true));
}

#[tokio::test]
async fn the_pictures_own_size_is_asked_for_where_no_other_is() {
    let sized = |width, height| {
        let dimensions = MediaDimensions::new(width, height);
        EditRequest {
            source: SourceImage { bytes: pictures::png(width, height, 1), dimensions, ..picture(8, 1) },
            ..edit()
        }
    };
    let (answer, sent) = edited(Value::Null, &sized(500, 333)).await;
    let Adaptation { field, requested, used, .. } = answer.adaptations[0].clone();
    assert_eq!((field.as_str(), requested.as_str(), used.as_deref()), ("size", "500x333", Some("1008x672")));
    assert_eq!(sent.part("size").unwrap().text(), "1008x672");

    let (outcome, sent) = order(Value::Null, &sized(500, 333), Some(Compatibility::Strict), None).await;
    assert_eq!((outcome.unwrap_err().kind, sent.is_none()), (ProviderErrorKind::Unsupported, true));

    let drawn = EditRequest { dimensions: Some(MediaDimensions::new(1008, 672)), ..sized(500, 333) };
    for request in [drawn, sized(1008, 672)] {
        let exchange = Exchange::post("/v1/images/edits").answers_json(200, &vendor::images(1));
        let (outcome, _) = order(Value::Null, &request, Some(Compatibility::Strict), Some(exchange)).await;
        assert!(outcome.unwrap().adaptations.is_empty());
    }
}

#[tokio::test]
async fn a_mask_that_marks_nothing_is_refused_before_anything_is_sent() {
    let dimensions = MediaDimensions::new(1, 1024);
    let source = SourceImage { bytes: pictures::png(1, 1024, 1), dimensions, ..picture(8, 1) };
    let masks = [
        // Without transparency, with transparency that is nowhere used, and no picture at all.
        pictures::png(1, 1024, 2),
        pictures::mask_png(1, 1024),
        Bytes::from_static(b"no picture"),
    ];
    for bytes in masks {
        let mask = Some(SourceImage { bytes, ..source.clone() });
        for kind in [EditKind::Edit, EditKind::Inpaint] {
            let request = EditRequest { kind, source: source.clone(), mask: mask.clone(), ..edit() };
            let (outcome, sent) = order(Value::Null, &request, None, None).await;
            let error = outcome.unwrap_err();
            assert_eq!((error.kind, &error.retry), (ProviderErrorKind::InvalidRequest, &RetryClass::Never), "{error}");
            assert!(error.raised_here && sent.is_none());
        }
    }
}

#[tokio::test]
async fn masks_that_the_vendor_does_not_read_are_refused_before_anything_is_sent() {
    let masks = [
        SourceImage { format: ImageFormat::Webp, ..picture(1024, 1) },
        SourceImage { bytes: pictures::padded(&pictures::png(64, 64, 1), 4_000_000), ..picture(1024, 1) },
    ];
    for mask in masks {
        let request = EditRequest { mask: Some(mask), ..edit() };
        let (outcome, sent) = order(Value::Null, &request, None, None).await;
        assert_eq!((outcome.unwrap_err().kind, sent.is_none()), (ProviderErrorKind::Unsupported, true));
    }
    let other_size = EditRequest { mask: Some(picture(512, 1)), ..edit() };
    let (outcome, _) = order(Value::Null, &other_size, None, None).await;
    assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::InvalidRequest);
}

#[tokio::test]
async fn pictures_that_were_read_are_counted_apart() {
    let usage = json!({"input_tokens": 300, "output_tokens": 1_000,
        "input_tokens_details": {"text_tokens": 100, "image_tokens": 200}});
    for (details, image_input_tokens) in [(true, Some(200)), (false, None)] {
        let mut body = vendor::images(1);
        body["usage"] = usage.clone();
        if !details {
            body["usage"]["input_tokens_details"] = Value::Null;
        }
        let exchange = Exchange::post("/v1/images/edits").answers_json(200, &body);
        let answer = order(Value::Null, &edit(), None, Some(exchange)).await.0.unwrap();
        let (input_tokens, output_tokens) = (Some(300), Some(1_000));
        assert_eq!(answer.usage, Usage { input_tokens, image_input_tokens, output_tokens, ..Usage::default() });
    }
}
