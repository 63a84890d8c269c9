//! What the fakes share: scripts, logs, and the way an outcome is carried out.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use media_domain::{GeneratedImage, ImageContent, ImageFormat, MediaDimensions, Phase, ProviderErrorKind, ProviderId};
use media_ports::{CallContext, GenerationAnswer, ProviderError};
use tokio::time::Instant;

use super::FakeOutcome;
use crate::pictures;

/// Scripted outcomes, and a log of the requests that used them.
#[derive(Debug)]
pub(super) struct Script<R> {
    /// What is done, to complete "failed to …".
    doing: &'static str,
    pub(super) local_and_free: bool,
    outcomes: Mutex<VecDeque<FakeOutcome>>,
    pub(super) otherwise: FakeOutcome,
    calls: Mutex<Vec<R>>,
}

impl<R: Clone> Script<R> {
    pub(super) fn new(doing: &'static str) -> Self {
        Self {
            doing,
            local_and_free: false,
            outcomes: Mutex::default(),
            otherwise: FakeOutcome::Image,
            calls: Mutex::default(),
        }
    }

    pub(super) fn push(&self, outcome: FakeOutcome) {
        locked(&self.outcomes).push_back(outcome);
    }

    pub(super) fn calls(&self) -> Vec<R> {
        locked(&self.calls).clone()
    }

    /// Logs a request and takes the outcome that is its turn.
    pub(super) fn take(&self, request: &R) -> FakeOutcome {
        locked(&self.calls).push(request.clone());
        locked(&self.outcomes).pop_front().unwrap_or_else(|| self.otherwise.clone())
    }

    /// Refuses what had been given up, or was too late, before anything was sent.
    pub(super) fn check_before(&self, context: &CallContext) -> Result<(), ProviderError> {
        let doing = self.doing;
        if context.cancellation.is_cancelled() {
            return Err(ProviderError::cancelled(format!("{doing}: the caller gave up before anything was sent")));
        }
        if !self.local_and_free && Instant::now().into_std() >= context.deadline {
            let message = format!("{doing}: the deadline had passed before anything was sent");
            return Err(ProviderError::new(ProviderErrorKind::Timeout, message).again(None));
        }
        Ok(())
    }

    pub(super) fn not_fitted(&self, unmet: &dyn std::fmt::Debug) -> ProviderError {
        let doing = self.doing;
        ProviderError::unsupported(format!("{doing}: the request has not been fitted to the model: {unmet:?}"))
    }

    pub(super) async fn carry_out(
        &self,
        context: &CallContext,
        outcome: FakeOutcome,
        draw: impl FnOnce() -> GenerationAnswer,
    ) -> Result<GenerationAnswer, ProviderError> {
        let doing = self.doing;
        let mut outcome = outcome;
        while let FakeOutcome::After(delay, inner) = outcome {
            self.wait(context, Some(delay)).await?;
            outcome = *inner;
        }
        match outcome {
            FakeOutcome::Image | FakeOutcome::After(..) => Ok(draw()),
            FakeOutcome::Answer(answer) => Ok(*answer),
            FakeOutcome::Fail(failure) => Err(failure.into()),
            FakeOutcome::Hang => {
                self.wait(context, None).await?;
                Err(ProviderError::new(ProviderErrorKind::Timeout, format!("{doing}: no answer came"))
                    .uncertain(Phase::Submit, None))
            }
            #[expect(clippy::panic, reason = "the script asks for it")]
            FakeOutcome::Panic => panic!("the script asks for a panic"),
        }
    }

    /// Waits for the delay (for ever without one), or until the caller no longer does.
    async fn wait(&self, context: &CallContext, delay: Option<Duration>) -> Result<(), ProviderError> {
        let delay = async {
            match delay {
                Some(delay) => tokio::time::sleep(delay).await,
                None => std::future::pending().await,
            }
        };
        let kind = tokio::select! {
            biased;
            () = context.cancellation.cancelled() => ProviderErrorKind::Cancelled,
            () = delay => return Ok(()),
            () = tokio::time::sleep_until(context.deadline.into()), if !self.local_and_free => ProviderErrorKind::Timeout,
        };
        let message = format!("{}: nobody waits any longer", self.doing);
        Err(ProviderError::new(kind, message).uncertain(Phase::Submit, None))
    }
}

/// A PNG of a size that is repeatable by seed.
pub(super) fn picture(provider: &ProviderId, size: MediaDimensions, seed: u64) -> GeneratedImage {
    GeneratedImage {
        content: ImageContent::Bytes(pictures::png(size.width, size.height, seed).into()),
        format: ImageFormat::Png,
        width: size.width,
        height: size.height,
        metadata: serde_json::Map::from_iter([("seed".to_owned(), seed.into())]),
        provider_name: provider.clone(),
    }
}

/// A number that stands for a text.
pub(super) fn number_of(text: &[u8]) -> u64 {
    text.iter().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
