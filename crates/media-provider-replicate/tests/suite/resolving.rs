//! What became of a prediction, beyond what the suite asks of every adapter.

use std::sync::Arc;

use media_domain::JobHandle;
use media_ports::ResolveAnswer;
use media_testkit::transport::ScriptedTransport;
use serde_json::{Value, json};

use crate::{context, official, vendor};

async fn resolve(settings: Value, body: &Value) -> ResolveAnswer {
    let transport = Arc::new(ScriptedTransport::new([vendor::poll().answers_json(200, body)]));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let answer = provider.generator.unwrap().resolve(&context(), &JobHandle::new(vendor::ID)).await.unwrap();
    transport.assert_exhausted();
    answer
}

#[tokio::test]
async fn the_size_is_read_out_of_the_input_that_the_vendor_gives_back() {
    let sized = |input: Value| {
        let mut body = vendor::succeeded(1);
        body["input"] = input;
        body
    };
    let cases = [
        (json!({}), json!({"width": 832, "height": 1216}), (832, 1216)),
        (json!({}), json!({"width": "wide"}), (0, 0)),
        (json!({}), json!(null), (0, 0)),
        (official(), json!({"aspect_ratio": "16:9"}), (1368, 768)),
        (official(), json!({"aspect_ratio": "match_input_image"}), (0, 0)),
        (json!({"model": "a/b", "inputs": {"size": "size"}}), json!({"size": "640x480"}), (640, 480)),
    ];
    for (settings, input, size) in cases {
        let ResolveAnswer::Done(answer) = resolve(settings, &sized(input.clone())).await else { unreachable!() };
        assert_eq!((answer.images[0].width, answer.images[0].height), size, "{input}");
    }
}

#[tokio::test]
async fn what_is_known_of_the_bill_is_told() {
    let cases = [
        (vendor::prediction("succeeded", json!({"data_removed": true})), Some(true)),
        (vendor::prediction("succeeded", json!({"output": []})), Some(true)),
        (vendor::prediction("aborted", json!({})), Some(false)),
        (vendor::prediction("canceled", json!({})), Some(false)),
        (vendor::canceled(), Some(true)),
        (vendor::prediction("canceled", json!({"started_at": 1_795_176_000})), Some(true)),
        (vendor::prediction("canceled", json!({"metrics": {"predict_time": 0.4}})), Some(true)),
        (vendor::failed("out of memory"), Some(true)),
        (vendor::failed("NSFW content detected"), Some(true)),
        (vendor::prediction("failed", json!({})), None),
        (vendor::prediction("succeeded", json!({"output": "data:image/png;base64,###"})), Some(true)),
    ];
    for (body, expected) in cases {
        let ResolveAnswer::Failed { reason, billed } = resolve(Value::Null, &body).await else { unreachable!() };
        assert_eq!(billed, expected, "{reason}");
    }
}
