//! What is remembered, so that the vendor is not asked twice.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use media_domain::{GenerationOptions, GenerationRequest, ImageContent, ImageFormat, MediaDimensions, RetryClass};
use media_ports::{ExportDestination, GenerationAnswer, ImageGenerator, MediaGeneratorProvider};
use media_provider_figma::{FigmaFactory, ProcessMemory, Remembered, RememberedAnswer, RenderMemory};
use media_testkit::exporter_suite::export_request;
use media_testkit::factory::build_provider;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, request, vendor};

/// The adapter as each run of a program makes it anew.
fn run_with(memory: &Arc<ProcessMemory>, exchanges: Vec<Exchange>) -> (Arc<ScriptedTransport>, MediaGeneratorProvider) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let factory = FigmaFactory::with_memory(Arc::clone(&transport) as _, Arc::clone(memory) as _);
    let table = json!({ "file_key": vendor::FILE, "node_id": vendor::NODE });
    let provider = build_provider(&factory, table, &[("api_key", vendor::KEY)]).unwrap();
    (transport, provider)
}

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
async fn a_render_is_remembered_for_half_the_life_of_its_address() {
    let (transport, generator) = generator(vendor::whole());
    generate(&generator, &request()).await;
    tokio::time::advance(Duration::from_secs(14 * 86_400 - 1)).await;
    transport.push(vendor::at_version("5"));
    assert!(reused(&generate(&generator, &request()).await));
    tokio::time::advance(Duration::from_secs(1)).await;
    transport.push(vendor::rendered());
    assert!(!reused(&generate(&generator, &request()).await), "the size is that of the version");
    transport.assert_exhausted();
}

#[tokio::test(start_paused = true)]
async fn what_a_memory_keeps_is_not_asked_for_by_the_next_run() {
    let memory = Arc::new(ProcessMemory::default());
    let smaller = GenerationRequest { dimensions: MediaDimensions::new(200, 150), ..request() };
    let runs = [
        (request(), vendor::whole(), false),
        (request(), vec![vendor::at_version("5")], true),
        (smaller, vec![vendor::at_version("5"), vendor::rendered()], false),
        (request(), vec![vendor::at_version("6"), vendor::measured(&vendor::bounds()), vendor::rendered()], false),
    ];
    for (request, exchanges, is_reused) in runs {
        let (transport, provider) = run_with(&memory, exchanges);
        let answer = provider.generator.unwrap().generate_image(&context(), &request).await.unwrap();
        assert_eq!(reused(&answer), is_reused);
        transport.assert_exhausted();
    }
    let to_file = ExportDestination::Figma { file_key: vendor::FILE.to_owned(), page_id: None };
    for pages in [vec![vendor::pages(&["0:1"])], Vec::new()] {
        let exchanges = [vendor::at_version("6")].into_iter().chain(pages).chain([vendor::linked("0:1")]).collect();
        let (transport, provider) = run_with(&memory, exchanges);
        provider.exporter.unwrap().export_design(&context(), &export_request(to_file.clone())).await.unwrap();
        transport.assert_exhausted();
    }
    assert!(!format!("{memory:?}").contains("6a1f"));
}

/// A memory that somebody has meddled with: it answers the same to every question.
#[derive(Debug)]
struct Meddled(RememberedAnswer);

#[async_trait]
impl RenderMemory for Meddled {
    async fn load(&self, _key: &str) -> Option<Remembered> {
        Some(Remembered { answer: self.0.clone(), expires_at: DateTime::<Utc>::MAX_UTC })
    }

    async fn save(&self, _key: &str, remembered: &Remembered) {
        assert!(!format!("{remembered:?}").contains("6a1f"), "an address is told");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_memory_says_is_looked_into() {
    let answers = [
        RememberedAnswer::Render { url: "file:///etc/passwd".to_owned() },
        RememberedAnswer::Size { width: 0.0, height: f64::NAN },
        RememberedAnswer::FirstPage { node_id: "../me".to_owned() },
    ];
    for answer in answers {
        let transport = Arc::new(ScriptedTransport::new(vendor::whole()));
        let factory = FigmaFactory::with_memory(Arc::clone(&transport) as _, Arc::new(Meddled(answer)));
        let table = json!({ "file_key": vendor::FILE, "node_id": vendor::NODE });
        let provider = build_provider(&factory, table, &[("api_key", vendor::KEY)]).unwrap();
        provider.generator.unwrap().generate_image(&context(), &request()).await.unwrap();
        transport.assert_exhausted();
    }
}

#[test]
fn what_is_remembered_can_be_written_down() {
    let expires_at = DateTime::<Utc>::UNIX_EPOCH;
    let answers = [
        RememberedAnswer::Render { url: vendor::RENDER.to_owned() },
        RememberedAnswer::Size { width: 400.5, height: 300.0 },
        RememberedAnswer::FirstPage { node_id: "0:1".to_owned() },
    ];
    for answer in answers {
        let remembered = Remembered { answer, expires_at };
        let text = serde_json::to_string(&remembered).unwrap();
        assert!(serde_json::from_str::<Remembered>(&text).unwrap() == remembered, "{text}");
    }
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
