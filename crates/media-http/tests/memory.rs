//! What decoding a large answer costs in memory, as the operating system counts it.
//!
//! One test in a binary of its own, because the peak is that of the whole process.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Method;
use media_domain::{ContentHash, RequestId, UserId};
use media_http::{Base64Files, Base64Text, HttpRequest, JsonAnswer, OpenAnswer, ReqwestTransport, Transport};
use media_ports::CallContext;
use media_testkit::loopback::{Behaviour, LoopbackServer};
use serde::Deserialize;
use uuid::Uuid;

/// Size of the decoded picture, in bytes.
const PICTURE: usize = 20_000_000;

/// Most memory at the peak, as a multiple of the picture. 2.5 is what is promised; with a second copy of the picture or of its
/// text, and be it for a moment, it would be more than 2.6.
const MOST: f64 = 2.3;

#[derive(Debug, Deserialize)]
struct Images {
    data: Vec<Image>,
}

#[derive(Debug, Deserialize)]
struct Image {
    b64_json: Base64Text,
}

#[tokio::test]
async fn twenty_megabytes_are_decoded_within_two_and_a_half_times_their_size() {
    let server = LoopbackServer::start().unwrap();
    let (answer, hash) = answer();
    server.route("GET /declared", answer.clone());
    server.route("GET /in-chunks", answer.clone().in_chunks());
    server.route("GET /as-event", as_event(answer));
    // What the allocator keeps for itself after one answer serves the next, so the peak is that of all answers so far.
    let before = reset_peak();
    for path in ["in-chunks", "as-event", "declared"] {
        let (bytes, decoded) = fetch(&format!("{}/{path}", server.base_url())).await;
        assert_eq!((bytes, decoded), (PICTURE, hash), "{path}");
        let factor = (peak() - before) as f64 / PICTURE as f64;
        println!("up to {path}: {factor:.2} times the picture at the peak");
        assert!(factor > 1.0, "{path}: {factor:.2} is less than the picture itself, so it was not measured");
        assert!(factor <= MOST, "{path}: {factor:.2} times the picture at the peak");
    }
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

/// The same document as the one event of a stream.
fn as_event(answer: Behaviour) -> Behaviour {
    let Behaviour::Respond { body, .. } = answer else { unreachable!("it answers") };
    let pieces = (0..body.len()).step_by(60_000).map(|at| body.slice(at..body.len().min(at + 60_000)));
    let pieces = [Bytes::from("data: ")].into_iter().chain(pieces).chain([Bytes::from("\n\n")]);
    Behaviour::RespondWithEvents { pieces: pieces.collect(), ends: true }
}

async fn fetch(url: &str) -> (usize, ContentHash) {
    let deadline = Instant::now() + Duration::from_secs(120);
    let context =
        CallContext::new(deadline, RequestId::from_uuid(Uuid::from_u128(1)), UserId::parse("tester").unwrap());
    let request = HttpRequest::new(Method::GET, url.parse().unwrap(), &context).with_body_limit(64 << 20);
    let (images, mut files): (Images, Base64Files) = match ReqwestTransport::default().open(request).await.unwrap() {
        OpenAnswer::Whole(response) => {
            let answer = JsonAnswer::read(response, "read the answer").unwrap();
            (answer.document, answer.files)
        }
        OpenAnswer::Events(mut events) => events.next().await.unwrap().unwrap().json().unwrap(),
    };
    let picture = files.take_hashed(&images.data[0].b64_json).unwrap();
    (picture.len(), picture.content_hash())
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
