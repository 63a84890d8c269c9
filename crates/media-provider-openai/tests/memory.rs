//! What an image costs in memory on its whole way through the adapter, as the operating system counts it.
//!
//! One test in a binary of its own, because the peak is that of the whole process.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use media_domain::text::Prompt;
use media_domain::{ContentHash, GenerationRequest, ImageContent, RequestId, UserId};
use media_http::ReqwestTransport;
use media_ports::CallContext;
use media_provider_openai::OpenAiImagesFactory;
use media_testkit::factory::build_provider;
use media_testkit::loopback::{Behaviour, LoopbackServer};
use serde_json::json;
use uuid::Uuid;

/// Size of the decoded picture, in bytes.
const PICTURE: usize = 20_000_000;

/// Most memory at the peak, as a multiple of the picture.
const MOST: f64 = 2.5;

#[tokio::test]
async fn an_image_of_twenty_megabytes_takes_two_and_a_half_times_its_size_at_most() {
    let server = LoopbackServer::start().unwrap();
    let (answer, hash) = answer();
    server.route("POST /v1/images/generations", answer);
    let before = reset_peak();
    assert_eq!(drawn(&format!("{}/v1", server.base_url())).await, (PICTURE, hash));
    let factor = (peak() - before) as f64 / PICTURE as f64;
    println!("{factor:.2} times the picture at the peak");
    assert!(factor > 1.0, "{factor:.2} is less than the picture itself, so it was not measured");
    assert!(factor <= MOST, "{factor:.2} times the picture at the peak");
}

/// Length and hash of the one image that is drawn.
async fn drawn(base_url: &str) -> (usize, ContentHash) {
    let factory = OpenAiImagesFactory::new(Arc::new(ReqwestTransport::default()));
    let settings = json!({ "base_url": base_url });
    let generator = build_provider(&factory, settings, &[("api_key", "sk-test")]).unwrap().generator.unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    let context =
        CallContext::new(deadline, RequestId::from_uuid(Uuid::from_u128(1)), UserId::parse("tester").unwrap());
    let request = GenerationRequest::new(Prompt::parse("a lighthouse at dusk").unwrap());
    let answer = generator.generate_image(&context, &request).await.unwrap();
    let ImageContent::Bytes(file) = &answer.images[0].content else { unreachable!("it comes as Base64") };
    (file.len(), file.content_hash())
}

fn answer() -> (Behaviour, ContentHash) {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let picture: Vec<u8> = (0..PICTURE).map(|_| next()).collect();
    let mut body = String::with_capacity(PICTURE / 3 * 4 + 100);
    body.push_str(r#"{"data":[{"b64_json":""#);
    base64::Engine::encode_string(&base64::prelude::BASE64_STANDARD, &picture, &mut body);
    body.push_str(r#""}],"created":1}"#);
    (Behaviour::respond(200, "application/json", body), ContentHash::of(&picture))
}

/// Sets the peak of this process to what it uses now, in bytes, and returns that.
fn reset_peak() -> usize {
    fs::write("/proc/self/clear_refs", "5").unwrap();
    peak()
}

/// The most memory that this process has had at once since the last reset, in bytes.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix("kB").unwrap().trim().parse::<usize>().unwrap() * 1_024
}
