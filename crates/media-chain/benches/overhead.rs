//! Prints what the chain adds to a call that its provider answers at once: `cargo bench -p media-chain`.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;
use std::hint::black_box;
use std::num::{NonZeroU32, NonZeroUsize};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use media_chain::{
    BreakerBoard, BreakerStore, ChainMember, ChainParts, ChainPolicy, HealthBoard, MediaGeneratorChain, ProviderPolicy,
    ProviderState, media_generator_chain,
};
use media_domain::budget::BudgetLimit;
use media_domain::period::BudgetCycle;
use media_domain::price::{ModelPrice, PriceBasis, PriceTable, SizeClass};
use media_domain::rate_limit::RateLimit;
use media_domain::{
    BreakerSettings, Capabilities, GeneratedImage, GenerationRequest, ImageContent, ImageFormat, JobHandle, ProviderId,
    RequestId,
};
use media_ports::{
    BreakerKey, CallContext, Clock, Descriptor, GenerationAnswer, HealthCheck, HealthReport, ImageGenerator,
    MediaGeneratorProvider, Operation, ProviderError, ResolveAnswer,
};
use media_testkit::memory_catalog::MemoryCatalog;
use media_testkit::sample;
use uuid::Uuid;

/// Most that the chain may add to a call, in nanoseconds.
const LIMIT_NS: f64 = 5_000.0;
/// Most that asking a breaker may take, in nanoseconds.
const BREAKER_LIMIT_NS: f64 = 50.0;
const ROUNDS: usize = 31;
const CALLS: u32 = 5_000;
const PROVIDERS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        added("seven providers, the first answers", &chain(0)?).await?;
        added("seven providers, three unready, the fourth answers", &chain(3)?).await?;
        breaker_check("breaker of this process alone", &BreakerBoard::in_memory(Arc::new(RealClock))).await?;
        breaker_check("breaker shared through a store", &shared_board()).await
    })?;
    Ok(())
}

/// Measures the chain and the bare generator in turn, so that a slow moment of the machine falls on both.
async fn added(name: &str, chain: &MediaGeneratorChain) -> Result<(), Box<dyn Error>> {
    let bare = AtOnce::new("bare")?;
    let user = sample::user("anna");
    let context =
        CallContext::new(Instant::now() + Duration::from_secs(3_600), RequestId::from_uuid(Uuid::from_u128(1)), user);
    let request = GenerationRequest::new(sample::prompt("A beautiful sunset over the sea"));
    let (mut alone, mut whole) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let begun = Instant::now();
        for _ in 0..CALLS {
            black_box(bare.generate_image(&context, black_box(&request)).await?);
        }
        let between = Instant::now();
        for _ in 0..CALLS {
            black_box(chain.execute_generate_image(&context, black_box(&request)).await?);
        }
        // The first round warms up.
        if round > 0 {
            alone.push((between - begun).as_nanos() as f64 / f64::from(CALLS));
            whole.push(between.elapsed().as_nanos() as f64 / f64::from(CALLS));
        }
    }
    let ((best_alone, alone), (best_whole, whole)) = (best_and_median(alone), best_and_median(whole));
    let added = whole - alone;
    println!("{name:<52} {added:>7.0} ns added a call (best {:.0})", best_whole - best_alone);
    println!(
        "{:<52} {:>7.2} of at most {LIMIT_NS:.0} ns; whole call {whole:.0}, bare {alone:.0}",
        "",
        added / LIMIT_NS
    );
    Ok(())
}

/// Measures asking a closed breaker for leave, with the clock that it reads.
async fn breaker_check(name: &str, board: &BreakerBoard) -> Result<(), Box<dyn Error>> {
    let breaker = board.breaker(breaker_key(&ProviderId::parse("provider")?), BreakerSettings::default());
    let mut times = Vec::new();
    for _ in 0..=ROUNDS {
        let begun = Instant::now();
        for _ in 0..CALLS {
            // Nobody is asked anything, and a call that came to nothing leaves no trace.
            let breaker = black_box(&breaker);
            let permit = match board.pass(breaker) {
                Some(permit) => permit,
                None => board.acquire(breaker).await?,
            };
            let _permit = black_box(permit);
        }
        times.push(begun.elapsed().as_nanos() as f64 / f64::from(CALLS));
    }
    let (best, median) = best_and_median(times);
    println!("{name:<52} {median:>7.1} ns a check (best {best:.1})");
    println!("{:<52} {:>7.2} of at most {BREAKER_LIMIT_NS:.0} ns", "", median / BREAKER_LIMIT_NS);
    Ok(())
}

fn shared_board() -> BreakerBoard {
    let catalog = Arc::new(MemoryCatalog::new());
    BreakerBoard::shared(Arc::new(RealClock), BreakerStore { reader: catalog.clone(), writer: catalog })
}

fn breaker_key(provider: &ProviderId) -> BreakerKey {
    BreakerKey { provider: provider.clone(), model: "model-1".to_owned(), fingerprint: "f".to_owned() }
}

/// Everything that a provider can be counted and guarded by, none of it in the way.
fn state(provider: &ProviderId, board: &Arc<BreakerBoard>) -> Arc<ProviderState> {
    let lines = vec![SizeClass { up_to_pixels: None, quality: None, amount: 40_000 }];
    let price =
        ModelPrice { source: "a contract".to_owned(), as_of: NaiveDate::default(), basis: PriceBasis::PerImage(lines) };
    let policy = ProviderPolicy {
        concurrency: NonZeroUsize::new(64),
        rate: Some(RateLimit::new(NonZeroU32::MAX, Duration::from_secs(1))),
        monthly_credits: Some(u64::MAX),
        prices: PriceTable { models: [("model-1".to_owned(), price)].into() },
        ..ProviderPolicy::default()
    };
    Arc::new(ProviderState::new(breaker_key(provider), policy, board.clone()))
}

fn best_and_median(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    (times[0], times[times.len() / 2])
}

/// A chain of seven providers, of which the first so many cannot be called.
fn chain(unready: usize) -> Result<MediaGeneratorChain, Box<dyn Error>> {
    let clock = Arc::new(RealClock);
    let board = Arc::new(shared_board());
    let members = (0..PROVIDERS).map(|place| {
        let generator = AtOnce::new(&format!("provider_{place}"))?;
        Ok(match place < unready {
            true => ChainMember::unready(generator.descriptor(), "OPENAI_API_KEY is not set"),
            false => {
                let state = state(&generator.answer.provider, &board);
                ChainMember::ready(generator.provider()).with_state(state)
            }
        })
    });
    Ok(media_generator_chain(ChainParts {
        name: "media_generation".to_owned(),
        description: "the chain under measurement".to_owned(),
        members: members.collect::<Result<_, Box<dyn Error>>>()?,
        policy: ChainPolicy {
            budgets: vec![BudgetLimit { micros: u64::MAX, period: BudgetCycle::Month }],
            ..ChainPolicy::default()
        },
        clock: clock.clone(),
        ids: Arc::new(media_testkit::clock::SequentialIds::default()),
        health: Arc::new(HealthBoard::new(clock)),
        dry_run: None,
    }))
}

/// Gives the same answer to every call.
#[derive(Debug)]
struct AtOnce {
    answer: GenerationAnswer,
    capabilities: Capabilities,
}

impl AtOnce {
    fn new(id: &str) -> Result<Self, Box<dyn Error>> {
        let provider = ProviderId::parse(id)?;
        let image = GeneratedImage {
            content: ImageContent::Bytes(Bytes::from_static(b"what the picture holds is looked at elsewhere").into()),
            format: ImageFormat::Png,
            width: 1_024,
            height: 1_024,
            metadata: [("model".to_owned(), "a-model".into())].into_iter().collect(),
            provider_name: provider.clone(),
        };
        let answer = GenerationAnswer::new(provider, vec![image]);
        Ok(Self { answer, capabilities: Capabilities::permissive() })
    }

    fn descriptor(&self) -> Arc<Descriptor> {
        Arc::new(Descriptor {
            id: self.answer.provider.clone(),
            kind: self.answer.provider.clone(),
            version: "1.0.0".to_owned(),
            model: Some("model-1".to_owned()),
            capabilities: self.capabilities.clone(),
            editing: None,
            operations: BTreeSet::from([Operation::GenerateImage]),
            local_and_free: false,
        })
    }

    fn provider(self) -> MediaGeneratorProvider {
        let descriptor = self.descriptor();
        MediaGeneratorProvider {
            descriptor,
            generator: Some(Arc::new(self)),
            editor: None,
            exporter: None,
            health: Arc::new(Well),
        }
    }
}

#[async_trait]
impl ImageGenerator for AtOnce {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        _context: &CallContext,
        _request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        Ok(self.answer.clone())
    }

    async fn resolve(&self, _context: &CallContext, _handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Ok(ResolveAnswer::Gone)
    }
}

/// Is never asked.
#[derive(Debug)]
struct Well;

#[async_trait]
impl HealthCheck for Well {
    async fn check_health(&self, _context: &CallContext) -> HealthReport {
        HealthReport::healthy()
    }
}

/// What the program uses: the system's clock and tokio's timer.
#[derive(Debug)]
struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn utc_now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        Box::pin(tokio::time::sleep_until(deadline.into()))
    }
}
