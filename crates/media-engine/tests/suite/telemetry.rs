//! What the engine tells the outside: spans with ids, counts by outcome, and no word of a prompt.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use media_domain::{IdempotencyKey, Phase, ProviderErrorKind as Kind};
use media_engine::{GenerateAsset, telemetry};
use media_ports::ProviderError;
use media_testkit::fakes::{FakeOutcome, FakeProvider};
use media_testkit::sample;
use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::setup::{Setup, engine, generation};

/// Keeps what is written to it.
#[derive(Debug, Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl io::Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn read(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Listens at level `info` on this thread for as long as the guard lives.
///
/// Somebody has to listen everywhere and always: whether anybody does is looked up once for each place that tells
/// something, and while tests come and go on other threads a place would be taken for one that nobody listens to.
fn listen() -> (Page, tracing::subscriber::DefaultGuard) {
    static EVERYWHERE: Once = Once::new();
    EVERYWHERE.call_once(|| tracing::subscriber::set_global_default(listener(io::sink)).unwrap());
    let page = Page::default();
    let writer = page.clone();
    (page, tracing::subscriber::set_default(listener(move || writer.clone())))
}

fn listener(
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) -> impl tracing::Subscriber + Send + Sync + 'static {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(writer)
        .finish()
}

fn telling(words: &str) -> GenerateAsset {
    let mut call = generation();
    call.request.prompt = sample::prompt(words);
    call.request.options.negative_prompt = Some(words.to_owned());
    call.name = Some(sample::name(words));
    call
}

#[tokio::test]
async fn the_span_of_a_generation_names_request_job_and_assets() {
    let (page, _listening) = listen();
    let setup = engine(vec![FakeProvider::new("only")]);
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    setup.engine.asset_variants(outcome.assets[0].asset_id).await.unwrap();
    let log = page.read();
    for told in [
        format!("request_id={}", outcome.record.request_id),
        format!("job_id=\"{}\"", outcome.record.job_id.unwrap()),
        format!("asset_ids=\"{}\"", outcome.assets[0].asset_id),
        "outcome=\"completed\"".to_owned(),
        "user_id=anna".to_owned(),
        format!("asset_variants{{asset_id={}", outcome.assets[0].asset_id),
    ] {
        assert!(log.contains(&told), "{told} in {log}");
    }
}

#[tokio::test]
async fn no_word_of_a_prompt_is_told_at_level_info() {
    let (page, _listening) = listen();
    let words = "the heir's new face";
    let broken = ProviderError::new(Kind::MalformedResponse, "it broke off").billed(Some(bytes::Bytes::from(words)));
    let lost = ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Submit, None);
    let setup = engine(vec![FakeProvider::new("only").then_fail(broken).then_fail(lost)]);
    setup.engine.generate_asset_from_prompt(telling(words)).await.unwrap_err();
    setup.engine.generate_asset_from_prompt(telling(words)).await.unwrap_err();
    let outcome = setup.engine.generate_asset_from_prompt(telling(words)).await.unwrap();
    setup.engine.exact_size_variant(outcome.assets[0].asset_id).await.unwrap();
    setup.engine.settle().await;
    let log = page.read();
    assert!(log.contains("generate_asset_from_prompt") && log.contains("exact_size_variant"), "{log}");
    assert!(!log.contains("heir"), "{log}");
}

/// Keeps counters by name and labels.
#[derive(Debug, Clone, Default)]
struct Counts(Arc<Mutex<BTreeMap<String, Arc<Count>>>>);

#[derive(Debug, Default)]
struct Count(AtomicU64);

impl CounterFn for Count {
    fn increment(&self, value: u64) {
        self.0.fetch_add(value, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }
}

impl Recorder for Counts {
    fn describe_counter(&self, _key: KeyName, _unit: Option<Unit>, _description: SharedString) {}

    fn describe_gauge(&self, _key: KeyName, _unit: Option<Unit>, _description: SharedString) {}

    fn describe_histogram(&self, _key: KeyName, _unit: Option<Unit>, _description: SharedString) {}

    fn register_counter(&self, key: &Key, _metadata: &Metadata<'_>) -> Counter {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let mut counts = self.0.lock().unwrap();
        Counter::from_arc(counts.entry(format!("{} {}", key.name(), labels.join(" "))).or_default().clone())
    }

    fn register_gauge(&self, _key: &Key, _metadata: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _key: &Key, _metadata: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

impl Counts {
    /// What is counted of the engine's own metrics.
    fn of(&self, metric: &str) -> BTreeMap<String, u64> {
        let counts = self.0.lock().unwrap();
        let own = counts.iter().filter_map(|(key, count)| {
            Some((key.strip_prefix(metric)?.trim().to_owned(), count.0.load(Ordering::Relaxed)))
        });
        own.collect()
    }
}

async fn keyed(setup: &Setup, key: &str) {
    let idempotency_key = Some(IdempotencyKey::parse(key).unwrap());
    // Its end is what the counters tell.
    let _told = setup.engine.generate_asset_from_prompt(GenerateAsset { idempotency_key, ..generation() }).await;
}

#[tokio::test]
async fn generations_are_counted_by_how_they_ended() {
    let counts = Counts::default();
    let _counting = metrics::set_default_local_recorder(&counts);
    telemetry::describe();
    let down = ProviderError::new(Kind::Unavailable, "it is down").with_http_status(500);
    let lost = ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Submit, None);
    let provider = FakeProvider::new("only").then_fail(down).then_fail(lost);
    let setup = engine(vec![provider.otherwise(FakeOutcome::Image.after(Duration::from_millis(5)))]);
    for key in ["failing", "lost", "well", "well"] {
        keyed(&setup, key).await;
    }
    let shared = || setup.engine.generate_asset_from_prompt(GenerateAsset { coalesce: true, ..generation() });
    let (first, second) = futures::future::join(shared(), shared()).await;
    assert!(first.is_ok() && second.is_ok());
    let expected = [("completed", 2), ("failed", 1), ("unknown", 1), ("replayed", 1), ("coalesced", 1)];
    let expected = expected.map(|(outcome, count)| (format!("chain=media_generation outcome={outcome}"), count));
    assert_eq!(counts.of(telemetry::JOBS), expected.into());
    assert_eq!(counts.of(telemetry::IMAGES), [("chain=media_generation retain=all".to_owned(), 2)].into());
}
