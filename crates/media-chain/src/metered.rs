//! Tells of every attempt: a span, how many, how long, how they end.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use media_domain::generation::AttemptOutcome;
use media_ports::{CallContext, Clock, Descriptor, GenerationAnswer, ProviderError};
use metrics::{Counter, Gauge, Histogram};
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use crate::attempt::outcome_of;
use crate::image_request::ImageRequest;
use crate::service::Service;
use crate::telemetry::{self, MODEL, OUTCOME, PROVIDER};

/// Opens a span around every call of the operation inside, and counts and times it.
#[derive(Debug)]
pub struct Metered<R: ImageRequest> {
    inner: Arc<dyn Service<R>>,
    descriptor: Arc<Descriptor>,
    clock: Arc<dyn Clock>,
    meters: OnceLock<Meters>,
}

/// The metrics of one provider's attempts.
#[derive(Debug)]
struct Meters {
    in_flight: Gauge,
    by_outcome: Vec<(AttemptOutcome, Counter, Histogram)>,
}

/// Counts one attempt as under way for as long as it lives.
struct UnderWay(Gauge);

impl<R: ImageRequest> Metered<R> {
    /// Wraps an operation of the provider described.
    pub fn new(inner: Arc<dyn Service<R>>, descriptor: Arc<Descriptor>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, descriptor, clock, meters: OnceLock::new() }
    }

    fn model(&self) -> &str {
        self.descriptor.model.as_deref().unwrap_or_default()
    }

    fn span(&self, request: &R) -> Span {
        info_span!(
            "attempt",
            otel.kind = "client",
            gen_ai.operation.name = telemetry::OPERATION,
            gen_ai.provider.name = self.descriptor.kind.as_str(),
            gen_ai.request.model = self.model(),
            gen_ai.request.choice.count = request.count(),
            gen_ai.output.type = "image",
            gen_ai.response.model = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            error.type = Empty,
            http.response.status_code = Empty,
        )
    }
}

fn describe_end(span: &Span, result: &Result<GenerationAnswer, ProviderError>) {
    if span.is_disabled() {
        return;
    }
    match result {
        Ok(answer) => {
            span.record("gen_ai.response.model", answer.model.as_deref());
            span.record("gen_ai.usage.input_tokens", answer.usage.input_tokens);
            span.record("gen_ai.usage.output_tokens", answer.usage.output_tokens);
        }
        Err(error) => {
            span.record("error.type", error.kind.as_str());
            span.record("http.response.status_code", error.http_status);
        }
    }
}

impl Meters {
    fn of(descriptor: &Descriptor) -> Self {
        let (provider, model) = (descriptor.id.to_string(), descriptor.model.clone().unwrap_or_default());
        let labels = [(PROVIDER, provider), (MODEL, model)];
        let by_outcome = AttemptOutcome::ALL.iter().map(|outcome| {
            let [provider, model] = labels.clone();
            let labels = [provider, model, (OUTCOME, outcome.to_string())];
            let counter = metrics::counter!(telemetry::ATTEMPTS, &labels);
            (*outcome, counter, metrics::histogram!(telemetry::ATTEMPT_DURATION, &labels))
        });
        Self { in_flight: metrics::gauge!(telemetry::IN_FLIGHT, &labels), by_outcome: by_outcome.collect() }
    }

    fn count(&self, outcome: AttemptOutcome, seconds: f64) {
        for (_, counter, histogram) in self.by_outcome.iter().filter(|(of, ..)| *of == outcome) {
            counter.increment(1);
            histogram.record(seconds);
        }
    }
}

impl UnderWay {
    fn new(gauge: &Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

#[async_trait]
impl<R: ImageRequest> Service<R> for Metered<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<GenerationAnswer, ProviderError> {
        let span = self.span(request);
        let meters = self.meters.get_or_init(|| Meters::of(&self.descriptor));
        let under_way = UnderWay::new(&meters.in_flight);
        let started = self.clock.now();
        let result = self.inner.call(context, request).instrument(span.clone()).await;
        let seconds = self.clock.now().saturating_duration_since(started).as_secs_f64();
        drop(under_way);
        meters.count(result.as_ref().err().map_or(AttemptOutcome::Succeeded, outcome_of), seconds);
        describe_end(&span, &result);
        result
    }
}
