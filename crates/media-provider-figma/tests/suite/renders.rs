//! What is remembered, so that the vendor is not asked twice.

use std::sync::Arc;
use std::time::Duration;

use media_domain::{GenerationOptions, GenerationRequest, ImageContent, ImageFormat, MediaDimensions, RetryClass};
use media_ports::{GenerationAnswer, ImageGenerator};
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, request, vendor};

fn generator(exchanges: Vec<Exchange>) -> (Arc<ScriptedTransport>, Arc<dyn ImageGenerator>) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let generator = vendor::provider(Arc::clone(&transport) as _, Value::Null).generator.unwrap();
    (transport, generator)
}

async fn generate(generator: &Arc<dyn ImageGenerator>, request: &GenerationRequest) -> GenerationAnswer {
    generator.generate_image(&context(), request).await.unwrap()
}

fn reused(answer: &GenerationAnswer) -> bool {
    answer.images[0].metadata["render_reused"] == json!(true)
}

fn rendered_at(url: &str) -> Exchange {
    vendor::images().answers_json(200, &json!({ "err": null, "images": { vendor::NODE: url } }))
}

#[tokio::test(start_paused = true)]
async fn the_same_render_is_ordered_once_per_version_of_the_file() {
    let (transport, generator) = generator(vendor::whole());
    assert!(!reused(&generate(&generator, &request()).await));
    assert!(reused(&generate(&generator, &request()).await), "within a minute not even the version is asked for");
    transport.assert_exhausted();

    tokio::time::advance(Duration::from_secs(60)).await;
    transport.push(vendor::at_version("5"));
    assert!(reused(&generate(&generator, &request()).await), "the file is the same");

    tokio::time::advance(Duration::from_secs(60)).await;
    transport.push(vendor::at_version("6"));
    transport.push(rendered_at("https://example.org/new"));
    let answer = generate(&generator, &request()).await;
    assert!(!reused(&answer), "the file has changed, its size is still believed");
    assert_eq!(answer.images[0].content, ImageContent::Url("https://example.org/new".to_owned()));
    transport.assert_exhausted();
}

#[tokio::test(start_paused = true)]
async fn another_scale_or_format_is_another_render() {
    let (transport, generator) = generator(vendor::whole());
    generate(&generator, &request()).await;
    transport.push(vendor::rendered());
    let smaller = GenerationRequest { dimensions: MediaDimensions::new(200, 150), ..request() };
    assert!(!reused(&generate(&generator, &smaller).await));
    transport.push(vendor::rendered());
    let options = GenerationOptions { output_format: Some(ImageFormat::Jpeg), ..GenerationOptions::default() };
    assert!(!reused(&generate(&generator, &GenerationRequest { options, ..request() }).await));
    let same_pixels = GenerationRequest { dimensions: MediaDimensions::new(600, 800), ..request() };
    assert!(reused(&generate(&generator, &same_pixels).await), "the same scale");
    transport.assert_exhausted();
}

#[tokio::test(start_paused = true)]
async fn renders_are_not_handed_out_until_their_addresses_end() {
    let (transport, generator) = generator(vendor::whole());
    generate(&generator, &request()).await;
    tokio::time::advance(Duration::from_secs(29 * 86_400)).await;
    vendor::whole().into_iter().for_each(|exchange| transport.push(exchange));
    assert!(!reused(&generate(&generator, &request()).await));
    transport.assert_exhausted();
}

#[tokio::test(start_paused = true)]
async fn requests_at_once_wait_for_one_render() {
    let slow = vendor::rendered().after(Duration::from_secs(5));
    let (transport, generator) = generator(vec![vendor::at_version("5"), vendor::measured(&vendor::bounds()), slow]);
    let (first, second) = (request(), request());
    let answers = tokio::join!(generate(&generator, &first), generate(&generator, &second));
    assert_eq!((reused(&answers.0), reused(&answers.1)), (false, true));
    transport.assert_exhausted();
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_anothers_render_may_give_up() {
    let slow = vendor::rendered().after(Duration::from_secs(30));
    let (transport, generator) = generator(vec![vendor::at_version("5"), vendor::measured(&vendor::bounds()), slow]);
    let impatient = context();
    let cancellation = impatient.cancellation.clone();
    let large = GenerationRequest { dimensions: MediaDimensions::new(400, 300), ..request() };
    let (first, others) = (request(), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancellation.cancel();
    });
    let waiting = generator.generate_image(&impatient, &large);
    let (answer, given_up, ()) = tokio::join!(generate(&generator, &first), waiting, others);
    assert!(!reused(&answer));
    assert_eq!(given_up.unwrap_err().retry, RetryClass::Never);
    transport.assert_exhausted();
}

#[tokio::test(start_paused = true)]
async fn a_file_without_a_version_is_rendered_every_time() {
    let nameless = || vendor::meta().answers_json(200, &json!({ "name": "Cards" }));
    let exchanges = vec![nameless(), vendor::measured(&vendor::bounds()), vendor::rendered(), vendor::rendered()];
    let (transport, generator) = generator(exchanges);
    for _ in 0..2 {
        let answer = generate(&generator, &request()).await;
        assert!(!reused(&answer) && !answer.images[0].metadata.contains_key("figma_file_version"));
    }
    transport.assert_exhausted();

    let touched = json!({ "name": "Cards", "last_touched_at": "2026-11-20T09:00:00Z" });
    let script = vec![vendor::meta().answers_json(200, &touched)];
    let (transport, generator) = self::generator(script);
    vendor::whole().into_iter().skip(1).for_each(|exchange| transport.push(exchange));
    assert!(!reused(&generate(&generator, &request()).await));
    assert!(reused(&generate(&generator, &request()).await), "when it was changed tells as well");
    transport.assert_exhausted();
}

#[tokio::test(start_paused = true)]
async fn nothing_that_opens_a_render_is_shown() {
    let (_, generator) = generator(vendor::whole());
    let answer = generate(&generator, &request()).await;
    let shown = format!("{generator:?}");
    assert!(!shown.contains("6a1f") && !shown.contains(vendor::KEY), "{shown}");
    assert!(format!("{answer:?}").contains("6a1f"), "what is looked for");
}
