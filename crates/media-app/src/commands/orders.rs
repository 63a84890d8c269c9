//! What `generate` and `edit` have in common: what is checked before anything is ordered, how many orders are under way
//! at a time, and what Ctrl-C means.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt;
use media_domain::{Compatibility, IdempotencyKey, ProviderId, Retain};
use media_engine::{EngineError, GenerateOutcome};
use media_ports::{CallPreferences, PartialImageSink};
use tokio_util::sync::CancellationToken;

use super::Desk;
use super::asset_find::unfinished;
use super::interruption::interruption;
use super::orders_partial::{PartialTray, partial_tray};
use super::orders_told::Telling;
use crate::cli::OrderArgs;
use crate::config::ChainSettings;
use crate::report::{ExitCode, Failure, Progress, list_of};

/// Orders of one command, checked and ready to be placed.
#[derive(Debug)]
pub(super) struct Orders<'a> {
    pub(super) desk: &'a Desk<'a>,
    pub(super) args: &'a OrderArgs,
    /// The chain that is asked.
    pub(super) chain: &'a str,
    /// Fires when the person gives up.
    pub(super) cancellation: CancellationToken,
    /// Who is to be asked first.
    pub(super) provider: Option<ProviderId>,
    /// What to do when nobody delivers, where that is known from the start.
    pub(super) hint: Option<String>,
    keys: Vec<IdempotencyKey>,
}

/// What one order has for itself.
#[derive(Debug)]
pub(super) struct Turn {
    /// Its place among the orders, from zero.
    pub(super) index: u32,
    /// Its key, if the caller has given one.
    pub(super) idempotency_key: Option<IdempotencyKey>,
    /// Takes its unfinished pictures, if somebody wants to see them.
    pub(super) partial_images: Option<Arc<dyn PartialImageSink>>,
}

impl<'a> Orders<'a> {
    /// Checks what can be checked before anything is ordered.
    pub(super) fn new(desk: &'a Desk<'a>, args: &'a OrderArgs, usual_chain: &'a str) -> Result<Self, Failure> {
        let orders = Self {
            desk,
            args,
            chain: args.chain.as_deref().unwrap_or(usual_chain),
            cancellation: CancellationToken::new(),
            keys: keys(args)?,
            provider: args.provider.clone().map(|name| desk.session.provider_named(name)),
            hint: None,
        };
        check_out("--out", args.out.as_deref())?;
        check_out("--partial-out", args.partial_out.as_deref())?;
        if orders.retain() == Retain::Nothing {
            check_kept_nowhere_else(args.out.as_deref())?;
        }
        orders.warn_of_stranger();
        Ok(orders)
    }

    /// The settings of the chain that is asked, if there is one.
    pub(super) fn chain_settings(&self) -> Option<&'a ChainSettings> {
        self.desk.session.settings.multi_provider_config.get(self.chain)
    }

    /// Whether the chain has a provider.
    pub(super) fn has(&self, provider: &ProviderId) -> bool {
        self.chain_settings().is_some_and(|chain| chain.providers.contains(provider))
    }

    /// The failure with what is known to help where no provider delivered.
    pub(super) fn failure_of(&self, error: EngineError) -> Failure {
        let is_of_chain = matches!(error, EngineError::Generation { .. });
        let failure = Failure::from(error);
        match &self.hint {
            Some(hint) if is_of_chain && failure.exit_code != ExitCode::OutcomeUnknown => {
                failure.with_hint(hint.clone())
            }
            _ => failure,
        }
    }

    /// What is kept: as this call says, else as the chain does.
    pub(super) fn retain(&self) -> Retain {
        self.args.retain.or(self.chain_settings().map(|chain| chain.retain)).unwrap_or_default()
    }

    /// Whether a placeholder, in live mode, is an error.
    pub(super) fn fail_on_placeholder(&self) -> bool {
        self.args.fail_on_placeholder || self.chain_settings().is_some_and(|chain| chain.fail_on_placeholder)
    }

    /// What the caller would like best.
    pub(super) fn preferences(&self) -> CallPreferences {
        CallPreferences {
            provider: self.provider.clone(),
            compatibility: self.args.strict.then_some(Compatibility::Strict),
        }
    }

    /// Places the orders and tells what comes.
    pub(super) async fn place<F>(&self, order: impl Fn(Turn) -> F) -> Result<ExitCode, Failure>
    where
        F: Future<Output = Result<GenerateOutcome, EngineError>>,
    {
        self.desk.engine.recover_abandoned_jobs().await?;
        let progress = Progress::start(self.desk.output, self.args.count.into());
        let mut told = Telling::new(self, &progress);
        let (tray, files) = self.args.partial_out.as_deref().map(partial_tray).unzip();
        let ended = CancellationToken::new();
        let work = async {
            let is_interrupted = self.take_all(order, tray.as_ref(), &mut told, &progress).await;
            ended.cancel();
            is_interrupted
        };
        let is_interrupted = match files {
            Some(files) => tokio::join!(work, files.write(self.desk.output, &progress, &ended)).0,
            None => work.await,
        };
        progress.finish();
        Ok(told.finish(is_interrupted))
    }

    /// Places the orders, so many at a time, and takes what comes; whether it was interrupted.
    async fn take_all<F>(
        &self,
        order: impl Fn(Turn) -> F,
        tray: Option<&PartialTray>,
        told: &mut Telling<'_>,
        progress: &Progress<'_>,
    ) -> bool
    where
        F: Future<Output = Result<GenerateOutcome, EngineError>>,
    {
        let stopping = AtomicBool::new(false);
        let calls = futures::stream::iter(0..self.args.count).map(|index| {
            let (order, stopping) = (&order, &stopping);
            async move {
                if stopping.load(Ordering::Relaxed) {
                    return (index, None);
                }
                (index, Some(order(self.turn(index, tray)).await))
            }
        });
        let mut interrupted = std::pin::pin!(interruption());
        let concurrency = self.desk.session.settings.generation_concurrency;
        let mut calls = std::pin::pin!(calls.buffer_unordered(concurrency));
        loop {
            tokio::select! {
                biased;
                call = calls.next() => match call {
                    Some((index, Some(result))) => told.take(index, result).await,
                    Some((_, None)) => {}
                    None => break,
                },
                () = &mut interrupted => {
                    interrupted.set(interruption());
                    if stopping.swap(true, Ordering::Relaxed) {
                        self.cancellation.cancel();
                    } else {
                        progress.aside(|| {
                            self.desk.output.note("waiting for what has been ordered; Ctrl-C again gives it up");
                        });
                    }
                }
            }
        }
        stopping.load(Ordering::Relaxed)
    }

    fn turn(&self, index: u32, tray: Option<&PartialTray>) -> Turn {
        Turn {
            index,
            idempotency_key: self.keys.get(index as usize).cloned(),
            partial_images: tray.map(|tray| tray.of_order(index)),
        }
    }

    /// Warns of a preferred provider that the chain does not have.
    fn warn_of_stranger(&self) {
        if let (Some(wanted), Some(chain)) = (&self.provider, self.chain_settings())
            && !chain.providers.contains(wanted)
        {
            let (name, known) = (self.chain, list_of(&chain.providers));
            self.desk
                .output
                .warn(&format!("the chain `{name}` has no provider `{wanted}`, so its order stands: {known}"));
        }
    }
}

/// The key of each image: the caller's own for the first, and for the others one that is made of it.
fn keys(args: &OrderArgs) -> Result<Vec<IdempotencyKey>, Failure> {
    let Some(key) = &args.idempotency_key else { return Ok(Vec::new()) };
    let others = (2..=args.count).map(|number| IdempotencyKey::parse(format!("{}/{number}", key.as_str())));
    let keys: Result<Vec<_>, _> = std::iter::once(Ok(key.clone())).chain(others).collect();
    keys.map_err(|error| Failure::doing(ExitCode::Usage, "--idempotency-key is too long for so many images", error))
}

/// Checks, where images are in the file of `--out` and nowhere else, that there will be such a file: what is paid for
/// must not be lost for a folder that cannot be written.
fn check_kept_nowhere_else(out: Option<&Path>) -> Result<(), Failure> {
    let Some(out) = out else {
        let failure =
            Failure::new(ExitCode::Usage, "nothing of the image would be kept, and --out names no file for it");
        return Err(failure.with_hint("name a file with --out, or keep the image with --retain all"));
    };
    let probe = unfinished(out);
    let tried = std::fs::File::create(&probe).and_then(|_| std::fs::remove_file(&probe));
    tried.map_err(|error| Failure::doing(ExitCode::Usage, format!("--out cannot be written: {}", out.display()), error))
}

/// Checks where an option that names a file would write, before anything is ordered.
fn check_out(option: &str, out: Option<&Path>) -> Result<(), Failure> {
    let Some(out) = out else { return Ok(()) };
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if out.is_dir() || out.file_name().is_none() {
        let reason = format!("{option} names a file, and `{}` is a folder", out.display());
        return Err(Failure::new(ExitCode::Usage, reason));
    }
    if !folder.is_dir() {
        let reason = format!("{option} cannot be written: there is no folder `{}`", folder.display());
        return Err(Failure::new(ExitCode::Usage, reason));
    }
    Ok(())
}
