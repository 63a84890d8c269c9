//! Tasks and what becomes of them.

use std::sync::Arc;
use std::time::Duration;

use media_domain::{
    GenerationRequest, ImageContent, ImageFormat, JobHandle, MediaDimensions, Phase, ProviderErrorKind, RetryClass,
};
use media_ports::{CallContext, ResolveAnswer};
use media_testkit::fakes::RecordingJournal;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{call, context, request, script, vendor};

#[tokio::test(start_paused = true)]
async fn what_the_vendor_tells_is_kept() {
    let answer = call(Value::Null, &request(), script("flux-2-pro")).await.0.unwrap();
    let image = &answer.images[0];
    assert_eq!(image.content, ImageContent::Url(vendor::SAMPLE.to_owned()), "the address is handed on as it is");
    assert_eq!((image.width, image.height, image.format), (1024, 1024, ImageFormat::Png));
    assert_eq!((answer.model.as_deref(), answer.usage.cost_micros), (Some("flux-2-pro"), Some(30_000)));
    let expected = json!({
        "model": "flux-2-pro", "task_id": "task-7", "seed": 471_120, "revised_prompt": "a lighthouse at nightfall",
        "duration_s": 6.0
    });
    assert_eq!(Value::Object(image.metadata.clone()), expected);
}

/// What comes of a task that is told so, after an order that was answered so.
async fn answered(accepted: Value, task: &Value) -> media_ports::GenerationAnswer {
    let mut body = json!({"id": "task-7", "polling_url": vendor::POLLING_URL});
    body.as_object_mut().unwrap().extend(accepted.as_object().unwrap().clone());
    let script = vec![vendor::order("flux-2-pro").answers_json(200, &body), vendor::look().answers_json(200, task)];
    call(Value::Null, &request(), script).await.0.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_price_is_the_latest_that_was_told() {
    let mut dearer = vendor::ready();
    dearer["cost"] = json!(4.5);
    let cases = [
        (json!({}), vendor::ready(), None),
        (json!({"cost": null}), vendor::ready(), None),
        (json!({"cost": 1.405}), vendor::ready(), Some(14_050)),
        (json!({"cost": 0}), vendor::ready(), Some(0)),
        (json!({"cost": 3.0}), dearer, Some(45_000)),
        (json!({"cost": -1}), vendor::ready(), None),
        (json!({"cost": 1e300}), vendor::ready(), None),
        (json!({"cost": "3.0"}), vendor::ready(), None),
        (json!({"cost": {"credits": 3}}), vendor::ready(), None),
    ];
    for (accepted, task, expected) in cases {
        assert_eq!(answered(accepted.clone(), &task).await.usage.cost_micros, expected, "{accepted}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_ending_tells_the_format_and_overlong_texts_are_not_kept() {
    let cases = [
        ("https://d.bfl.ai/a/sample.jpeg?x=1.png", ImageFormat::Jpeg),
        ("https://d.bfl.ai/a/sample.JPG", ImageFormat::Jpeg),
        ("https://d.bfl.ai/a/sample.webp", ImageFormat::Webp),
        ("https://d.bfl.ai/v1.2/sample", ImageFormat::Png),
    ];
    for (sample, format) in cases {
        let mut task = vendor::ready();
        task["result"]["sample"] = json!(sample);
        task["result"]["prompt"] = json!("x".repeat(100_000));
        let image = answered(json!({}), &task).await.images.remove(0);
        assert_eq!(image.format, format, "{sample}");
        assert!(!image.metadata.contains_key("revised_prompt") && image.metadata.contains_key("seed"));
    }
}

/// The handle that a call reports.
async fn reported(request: &GenerationRequest, settings: Value) -> JobHandle {
    let journal = Arc::new(RecordingJournal::default());
    let context = CallContext { journal: Arc::clone(&journal) as _, ..context() };
    let provider = vendor::provider(Arc::new(ScriptedTransport::new(script("flux-2-max"))), settings);
    provider.generator.unwrap().generate_image(&context, request).await.unwrap();
    journal.handles().remove(0)
}

#[tokio::test(start_paused = true)]
async fn a_handle_brings_back_everything_after_a_restart() {
    let request = GenerationRequest { dimensions: MediaDimensions::new(640, 1280), ..request() };
    let handle = reported(&request, json!({"model": "flux-2-max"})).await;
    assert!(!format!("{handle:?}").contains("task-7"), "an address is shown without its query");

    let provider = vendor::provider(Arc::new(ScriptedTransport::new([vendor::done()])), json!({}));
    let answer = provider.generator.unwrap().resolve(&context(), &handle).await.unwrap();
    let ResolveAnswer::Done(answer) = answer else { panic!("{answer:?}") };
    assert_eq!((answer.model.as_deref(), answer.usage.cost_micros), (Some("flux-2-max"), Some(30_000)));
    assert_eq!((answer.images[0].width, answer.images[0].height), (640, 1280));
}

#[tokio::test(start_paused = true)]
async fn a_bare_address_is_a_handle_too() {
    let transport = ScriptedTransport::new([vendor::done()]);
    let provider = vendor::provider(Arc::new(transport), json!({}));
    let handle = JobHandle::new(vendor::POLLING_URL);
    let answer = provider.generator.unwrap().resolve(&context(), &handle).await.unwrap();
    assert!(matches!(answer, ResolveAnswer::Done(answer) if answer.model.as_deref() == Some("flux-2-pro")));
}

#[tokio::test(start_paused = true)]
async fn what_is_odd_beside_the_picture_does_not_lose_it() {
    let oddities = [
        json!({"id": 7}),
        json!({"id": null}),
        json!({"cost": "3.0"}),
        json!({"cost": []}),
        json!({"details": "none"}),
        json!({"details": [1]}),
        json!({"progress": "all"}),
    ];
    for oddity in oddities {
        let mut task = vendor::ready();
        task.as_object_mut().unwrap().extend(oddity.as_object().unwrap().clone());
        let answer = answered(json!({"cost": 3, "input_mp": "none"}), &task).await;
        assert_eq!((answer.images.len(), answer.usage.cost_micros), (1, Some(30_000)), "{oddity}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_failed_has_ended_whatever_is_told_of_it() {
    let cases = [
        (json!("CUDA out of memory"), "Error: CUDA out of memory"),
        (json!({"error": "CUDA out of memory"}), "Error: CUDA out of memory"),
        (json!({"error": {"code": 7}}), r#"Error: {\"error\":{\"code\":7}}"#),
        (json!(["CUDA"]), r#"Error: [\"CUDA\"]"#),
        (json!({}), "says \"Error\""),
        (json!(null), "says \"Error\""),
    ];
    for (details, told) in cases {
        for status in [200, 422, 500, 503] {
            let ended = vendor::look().answers_json(status, &vendor::ended("Error", details.clone()));
            let error = call(Value::Null, &request(), vec![vendor::accepted("flux-2-pro"), ended]).await.0.unwrap_err();
            assert_eq!((error.kind, &error.retry), (ProviderErrorKind::Unavailable, &RetryClass::Elsewhere));
            assert!(error.to_string().contains(told), "{error}");
        }
    }
}

/// What a later question tells of a task that was ordered at a price.
async fn resolved(credits: &str, look: Exchange) -> ResolveAnswer {
    let provider = vendor::provider(Arc::new(ScriptedTransport::new([look])), json!({}));
    let handle = JobHandle::new(format!("{}#model=flux-2-pro{credits}", vendor::POLLING_URL));
    provider.generator.unwrap().resolve(&context(), &handle).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_the_bill_is_told() {
    let mut without_picture = vendor::ready();
    without_picture["result"] = json!({});
    let cases = [
        ("&credits=3", vendor::task("Request Moderated"), None, "the 3 credits"),
        ("&credits=3", vendor::task("Content Moderated"), None, "the 3 credits"),
        ("&credits=3", vendor::task("Error"), None, "the 3 credits"),
        ("", vendor::task("Error"), None, "whether it is billed"),
        ("&credits=0", vendor::task("Error"), Some(false), "Error"),
        ("&credits=3", without_picture, Some(true), "names no picture"),
    ];
    for (credits, task, expected, told) in cases {
        let answer = resolved(credits, vendor::look().answers_json(200, &task)).await;
        let ResolveAnswer::Failed { reason, billed } = answer else { panic!("{answer:?}") };
        assert_eq!(billed, expected, "{reason}");
        assert!(reason.contains(told), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_refused_leaves_nothing_open() {
    let cases = [(403, RetryClass::Elsewhere), (404, RetryClass::Elsewhere), (502, RetryClass::Again { after: None })];
    for (status, expected) in cases {
        let transport = ScriptedTransport::new([vendor::look().answers(status, "text/html", "")]);
        let provider = vendor::provider(Arc::new(transport), json!({}));
        let handle = JobHandle::new(vendor::POLLING_URL);
        let error = provider.generator.unwrap().resolve(&context(), &handle).await.unwrap_err();
        assert_eq!(error.retry, expected, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_with_its_reasons() {
    let reasons = json!({"Moderation Reasons": ["Derivative Works Filter"]});
    for status in [200, 422] {
        let refused = vendor::look().answers_json(status, &vendor::ended("Request Moderated", reasons.clone()));
        let error = call(Value::Null, &request(), vec![vendor::accepted("flux-2-pro"), refused]).await.0.unwrap_err();
        assert_eq!((error.kind, &error.retry), (ProviderErrorKind::ContentRejected, &RetryClass::Elsewhere));
        assert!(error.to_string().contains("Derivative Works Filter"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_may_take_a_moment_to_be_known() {
    let unknown = || vendor::look().answers_json(200, &vendor::task("Task not found"));
    let script = vec![vendor::accepted("flux-2-pro"), unknown(), unknown(), vendor::done()];
    assert!(call(Value::Null, &request(), script).await.0.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_order_takes_no_longer_than_settings_say() {
    let pending = || vendor::look().answers_json(200, &vendor::task("Pending"));
    let started = Instant::now();
    let looks = std::iter::repeat_with(pending).take(4);
    let script: Vec<Exchange> = [vendor::accepted("flux-2-pro")].into_iter().chain(looks).collect();
    let (outcome, _) = call(json!({"timeout_s": 5}), &request(), script).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Timeout);
    assert!(matches!(error.retry, RetryClass::Uncertain { phase: Phase::Running, handle: Some(_) }), "{error:?}");
    assert_eq!(started.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_is_not_about_the_task_leaves_it_open() {
    let looks = [
        (vendor::look().answers_json(403, &vendor::detail("Not authenticated")), ProviderErrorKind::Unauthenticated),
        (vendor::look().answers_json(404, &vendor::detail("Not Found")), ProviderErrorKind::NotFound),
        (vendor::look().answers(404, "text/html", "<h1>404</h1>"), ProviderErrorKind::NotFound),
        (vendor::look().answers_json(422, &vendor::field("id", "not a task")), ProviderErrorKind::InvalidRequest),
    ];
    for (look, kind) in looks {
        let script = vec![vendor::accepted("flux-2-pro"), look.clone()];
        let error = call(Value::Null, &request(), script).await.0.unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(matches!(error.retry, RetryClass::Uncertain { phase: Phase::Running, handle: Some(_) }), "{error:?}");

        let provider = vendor::provider(Arc::new(ScriptedTransport::new([look])), Value::Null);
        let handle = JobHandle::new(vendor::POLLING_URL);
        let error = provider.generator.unwrap().resolve(&context(), &handle).await.unwrap_err();
        assert_eq!(error.kind, kind, "whether the task is gone is not known");
    }
}
