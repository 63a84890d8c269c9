//! Vendors that follow a script, and the adapters that call them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::{
    Capabilities, FileBytes, GeneratedImage, GenerationRequest, ImageContent, ImageFormat, JobHandle, Phase,
    ProviderErrorKind as Kind, ProviderId,
};
use media_ports::{
    CallContext, GenerationAnswer, ImageGenerator, MediaGeneratorProvider, ProviderError, ResolveAnswer,
};
use media_testkit::fakes::FakeProvider;

use crate::dice::Dice;
use crate::sabotage::Sabotage;
use crate::scenario::{Manner, Scenario, VendorScript, model};
use crate::time::{Life, Timeline};
use crate::trace::Trace;
use crate::truth::{OpenCall, Order, OrderFate, Truth};

/// A word in a prompt that vendors may refuse to draw.
pub(crate) const RISKY: &str = "risky";
/// What the bytes of a usable picture begin with.
pub(crate) const PICTURE: &str = "picture";

/// A vendor as one process sees it.
#[derive(Debug)]
pub(crate) struct Adapter {
    pub(crate) scenario: Arc<Scenario>,
    pub(crate) vendor: usize,
    pub(crate) process: u64,
    pub(crate) truth: Arc<Truth>,
    pub(crate) trace: Arc<Trace>,
    pub(crate) timeline: Timeline,
    pub(crate) life: Life,
    pub(crate) capabilities: Capabilities,
}

/// What a vendor does with a call.
struct Reaction {
    /// How long the answer takes; for ever without one.
    after: Option<Duration>,
    order: Option<usize>,
    /// The answer; lost on its way without one.
    answer: Option<Answer>,
}

enum Answer {
    Images { made: u32, usable: bool },
    Error(ProviderError),
}

/// Why nobody waits any longer.
enum Stop {
    Cancelled,
    Deadline,
}

impl Adapter {
    pub(crate) fn provider(self) -> MediaGeneratorProvider {
        let script = self.script();
        let (mut provider, _) = FakeProvider::new(script.name).build();
        let mut descriptor = (*provider.descriptor).clone();
        descriptor.model = Some(model(script.name));
        descriptor.local_and_free = script.is_local;
        provider.descriptor = Arc::new(descriptor);
        provider.generator = Some(Arc::new(self));
        provider
    }

    fn script(&self) -> &VendorScript {
        &self.scenario.vendors[self.vendor]
    }

    fn is(&self, sabotage: Sabotage) -> bool {
        self.scenario.sabotage == Some(sabotage)
    }

    async fn call(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
        call: &OpenCall<'_>,
    ) -> Result<GenerationAnswer, ProviderError> {
        let now = tokio::time::Instant::now().into_std();
        if now >= context.deadline && !self.script().is_local {
            let message = "call the vendor: the deadline had passed before anything was sent";
            return Err(ProviderError::new(Kind::Timeout, message).again(None));
        }
        let reaction = self.react(context, request, call);
        self.carry_out(context, request, reaction).await
    }

    /// What the vendor does; whatever becomes of the caller, this is decided.
    fn react(&self, context: &CallContext, request: &GenerationRequest, call: &OpenCall<'_>) -> Reaction {
        let now = self.timeline.now();
        let repeats = self.truth.books().calls_of(context.request_id).len() as u64;
        let number = context.request_id.as_uuid().as_u64_pair().0 ^ repeats;
        let mut dice = Dice::of(self.scenario.seed, self.script().name, number);
        let outage = self.script().outages.iter().find(|outage| (outage.from..outage.to).contains(&now));
        if let Some(outage) = outage {
            call.change(|call| call.met_outage = true);
            return self.out_of_order(outage.manner, request, call, &mut dice);
        }
        let latency = dice.millis(self.script().latency_ms.0..=self.script().latency_ms.1);
        match self.refusal(request, call, &mut dice) {
            Some(error) => Reaction { after: Some(latency / 4), order: None, answer: Some(Answer::Error(error)) },
            None => self.accept(request, call, latency, &mut dice),
        }
    }

    fn out_of_order(
        &self,
        manner: Manner,
        request: &GenerationRequest,
        call: &OpenCall<'_>,
        dice: &mut Dice,
    ) -> Reaction {
        let quickly = Some(dice.millis(5..=500));
        let failed = |error| Reaction { after: quickly, order: None, answer: Some(Answer::Error(error)) };
        let gateway = ProviderError::new(Kind::Unavailable, "something in between gave up").with_http_status(504);
        match manner {
            Manner::Unreachable => {
                failed(ProviderError::new(Kind::Unavailable, "the connection was refused").again(None))
            }
            Manner::ServerError => {
                failed(ProviderError::new(Kind::Unavailable, "the vendor stumbled").with_http_status(500))
            }
            Manner::Garbage => failed(ProviderError::new(Kind::MalformedResponse, "the answer cannot be read")),
            Manner::BadKey => {
                failed(ProviderError::new(Kind::Unauthenticated, "the key is wrong").with_http_status(401))
            }
            Manner::GatewayTimeout => {
                let order = dice.chance(0.5).then(|| self.order(request.count, dice.chance(0.7), 5_000, call));
                let error = gateway.uncertain(Phase::Submit, None);
                Reaction { after: Some(dice.millis(1_000..=20_000)), order, answer: Some(Answer::Error(error)) }
            }
            Manner::Silence => {
                let order = dice.chance(0.3).then(|| self.order(request.count, true, 60_000, call));
                Reaction { after: None, order, answer: None }
            }
        }
    }

    /// A definite refusal, if the vendor gives one.
    fn refusal(&self, request: &GenerationRequest, call: &OpenCall<'_>, dice: &mut Dice) -> Option<ProviderError> {
        if let Some((most, tells)) = self.script().rate {
            let now = self.timeline.now();
            let books = self.truth.books();
            let recent = |at: u64| at + 60_000 > now;
            let mine = books.calls.iter().rev().take_while(|call| recent(call.begun));
            let mut accepted = mine.filter(|call| call.vendor == self.vendor && call.order.is_some());
            if let Some(first) = accepted.nth(most - 1) {
                let wait = Duration::from_millis(first.begun + 60_000 - now);
                let error = ProviderError::new(Kind::RateLimited, "too many requests").with_http_status(429);
                return Some(error.again(tells.then_some(wait)));
            }
        }
        if request.prompt.as_str().contains(RISKY) && dice.chance(0.7) {
            call.change(|call| call.refused_content = true);
            return Some(ProviderError::new(Kind::ContentRejected, "this will not be drawn").with_http_status(400));
        }
        let kinds = [Kind::InvalidRequest, Kind::Unavailable, Kind::MalformedResponse];
        let troubled = !self.is_calm() && dice.chance(self.script().trouble / 3.0);
        troubled.then(|| ProviderError::new(dice.pick(&kinds), "not this time"))
    }

    fn is_calm(&self) -> bool {
        self.timeline.now() >= self.scenario.calm_from
    }

    /// Takes the order; what then becomes of it is mostly an image.
    fn accept(&self, request: &GenerationRequest, call: &OpenCall<'_>, latency: Duration, dice: &mut Dice) -> Reaction {
        let takes = latency.as_millis() as u64;
        let answered = |order, answer| Reaction { after: Some(latency), order: Some(order), answer: Some(answer) };
        if self.is_calm() || !dice.chance(self.script().trouble) {
            let order = self.order(request.count, true, takes, call);
            return answered(order, Answer::Images { made: request.count, usable: true });
        }
        match dice.within(0..=6) {
            0 => answered(
                self.order(request.count, true, takes, call),
                Answer::Images { made: request.count, usable: false },
            ),
            1 => {
                let error = ProviderError::new(Kind::MalformedResponse, "the picture is broken");
                let salvaged = Bytes::from_static(b"half a picture");
                let order = self.order(request.count, true, takes, call);
                answered(order, Answer::Error(error.billed(Some(salvaged))))
            }
            2 => {
                let made = dice.within(1..=u64::from(request.count)) as u32;
                answered(self.order(made, true, takes, call), Answer::Images { made, usable: true })
            }
            3 => answered(self.order(0, false, takes, call), Answer::Images { made: 0, usable: true }),
            4 => {
                let order = self.order(request.count, dice.chance(0.6), takes, call);
                let lost = ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Submit, None);
                answered(order, Answer::Error(lost))
            }
            // Longer than any attempt may take.
            5 => {
                let late = dice.millis(60_000..=200_000);
                let order = self.order(request.count, true, late.as_millis() as u64, call);
                let answer = Some(Answer::Images { made: request.count, usable: true });
                Reaction { after: Some(late), order: Some(order), answer }
            }
            _ => {
                let order = self.order(request.count, dice.chance(0.7), takes * 3, call);
                self.change_fate(order, dice);
                Reaction { after: None, order: Some(order), answer: None }
            }
        }
    }

    fn order(&self, images: u32, billed: bool, takes: u64, call: &OpenCall<'_>) -> usize {
        let script = self.script();
        let billed = billed && !script.is_local;
        let micros = if billed { script.micros_per_image * u64::from(images) } else { 0 };
        let number = call.order(Order {
            billed_micros: micros,
            billed,
            images,
            finishes_at: self.timeline.now() + takes,
            fate: if billed || script.is_local { OrderFate::Done } else { OrderFate::Failed { tells: true } },
        });
        self.trace.note(script.name, format!("order-{number}: {images} images, {micros} micros"));
        number
    }

    fn change_fate(&self, order: usize, dice: &mut Dice) {
        let order = &mut self.truth.books().orders[order];
        if dice.chance(0.3) {
            order.fate = OrderFate::Gone;
        } else if dice.chance(0.3) {
            order.fate = OrderFate::Failed { tells: dice.chance(0.7) };
        }
    }

    async fn carry_out(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
        reaction: Reaction,
    ) -> Result<GenerationAnswer, ProviderError> {
        let script = self.script();
        let handle = reaction.order.filter(|_| script.gives_handles && !script.is_local).map(Truth::handle);
        let phase = if handle.is_some() { Phase::Running } else { Phase::Submit };
        if let Some(handle) = &handle {
            let _told_or_not = context.journal.accepted(handle).await;
        }
        if let Err(stop) = self.wait(context, reaction.after).await {
            let kind = match stop {
                Stop::Cancelled => Kind::Cancelled,
                Stop::Deadline => Kind::Timeout,
            };
            return Err(ProviderError::new(kind, "nobody waits any longer").uncertain(phase, handle));
        }
        match reaction.answer {
            Some(Answer::Images { made, usable }) => {
                let order = reaction.order.unwrap_or_default();
                Ok(self.images(order, made, usable, request.count.is_multiple_of(2)))
            }
            Some(Answer::Error(error)) => Err(error),
            None => Err(ProviderError::new(Kind::Timeout, "the answer was lost").uncertain(phase, handle)),
        }
    }

    /// Waits so long, or for ever, unless the adapter obeys and the caller gives up before.
    async fn wait(&self, context: &CallContext, after: Option<Duration>) -> Result<(), Stop> {
        let answer = async {
            match after {
                Some(after) => self.life.sleep(after).await,
                None => std::future::pending().await,
            }
        };
        let script = self.script();
        let stop = tokio::select! {
            biased;
            () = answer => return Ok(()),
            () = context.cancellation.cancelled(), if script.obeys => Stop::Cancelled,
            () = tokio::time::sleep_until(context.deadline.into()), if script.obeys && !script.is_local => Stop::Deadline,
        };
        self.life.go_on().await;
        Err(stop)
    }

    fn images(&self, order: usize, made: u32, usable: bool, tells_cost: bool) -> GenerationAnswer {
        let script = self.script();
        let id = ProviderId::parse(script.name).unwrap();
        let image = |index| GeneratedImage {
            content: ImageContent::Bytes(FileBytes::from(match usable {
                true => format!("{PICTURE} {index} of {}-{order}", script.name).into_bytes(),
                false => format!("broken {index} of order-{order}").into_bytes(),
            })),
            format: ImageFormat::Png,
            width: 64,
            height: 64,
            metadata: script.is_local.then(|| ("placeholder".to_owned(), true.into())).into_iter().collect(),
            provider_name: id.clone(),
        };
        let mut answer = GenerationAnswer::new(id.clone(), (0..made).map(image).collect());
        answer.model = Some(model(script.name));
        // A vendor that tells what it billed counts for more than any table.
        if tells_cost && script.is_priced {
            answer.usage.cost_micros = Some(script.micros_per_image * u64::from(made));
        }
        answer
    }

    /// What a broken adapter makes of an outcome.
    fn distorted(
        &self,
        context: &CallContext,
        result: Result<GenerationAnswer, ProviderError>,
    ) -> Result<GenerationAnswer, ProviderError> {
        let Err(error) = &result else { return result };
        let lost = matches!(error.retry, media_domain::RetryClass::Uncertain { .. });
        if self.is(Sabotage::LostAnswersDenied) && lost {
            return Err(ProviderError::new(Kind::Unavailable, "lost"));
        }
        if self.is(Sabotage::LostOrdersRepeated) && lost {
            let again = self.truth.begin(self.vendor, self.process, context, self.timeline, &self.life);
            let order = self.order(1, true, 0, &again);
            let answer = Ok(self.images(order, 1, true, false));
            again.end(&answer);
            return answer;
        }
        if self.is(Sabotage::RefusalsMasked) && error.kind == Kind::ContentRejected {
            return Err(ProviderError::new(Kind::Unavailable, "refused"));
        }
        if self.is(Sabotage::OutagesMasked) && !lost {
            return Err(ProviderError::new(Kind::InvalidRequest, "your fault"));
        }
        if self.is(Sabotage::AttemptsWipedOut) {
            context.attempts.take();
        }
        result
    }
}

#[async_trait]
impl ImageGenerator for Adapter {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        self.life.go_on().await;
        if context.cancellation.is_cancelled() {
            return Err(ProviderError::cancelled("call the vendor: the caller gave up before anything was sent"));
        }
        let call = self.truth.begin(self.vendor, self.process, context, self.timeline, &self.life);
        self.trace.note(self.script().name, format!("called for request {}", context.request_id));
        let result = self.call(context, request, &call).await;
        let result = self.distorted(context, result);
        call.end(&result);
        let told = result.as_ref().map_or_else(ToString::to_string, |answer| format!("{} images", answer.images.len()));
        self.trace.note(self.script().name, format!("answers request {}: {told}", context.request_id));
        result
    }

    async fn resolve(&self, _context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        self.life.sleep(Duration::from_millis(200)).await;
        let now = self.timeline.now();
        if self.script().outages.iter().any(|outage| (outage.from..outage.to).contains(&now)) {
            return Err(ProviderError::new(Kind::Unavailable, "the vendor is out of order"));
        }
        let Some((number, order)) = self.truth.order_of(handle) else { return Ok(ResolveAnswer::Gone) };
        Ok(match order.fate {
            _ if now < order.finishes_at => ResolveAnswer::Running,
            OrderFate::Gone => ResolveAnswer::Gone,
            OrderFate::Failed { tells } => {
                ResolveAnswer::Failed { reason: "it did not work".to_owned(), billed: tells.then_some(order.billed) }
            }
            OrderFate::Done => ResolveAnswer::Done(Box::new(self.images(number, order.images, true, true))),
        })
    }
}
