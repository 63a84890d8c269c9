//! `generate`: what is ordered, how many at a time, and what Ctrl-C means.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt;
use media_domain::{Compatibility, GenerationOptions, GenerationRequest, MediaDimensions};
use media_engine::{GenerateAsset, MediaEngine};
use media_ports::CallPreferences;
use tokio_util::sync::CancellationToken;

use super::Desk;
use super::generate_told::Telling;
use crate::cli::GenerateArgs;
use crate::report::{ExitCode, Failure, Progress, list_of};

/// Carries out the command.
pub(super) async fn run(desk: &Desk<'_>, mut args: GenerateArgs) -> Result<ExitCode, Failure> {
    check_out(args.out.as_deref())?;
    args.provider = args.provider.map(|name| desk.session.provider_named(name));
    warn_of_stranger(desk, &args);
    desk.engine.recover_abandoned_jobs().await?;
    let cancellation = CancellationToken::new();
    let order = order(desk, &args, cancellation.clone());
    let stopping = AtomicBool::new(false);
    let calls = futures::stream::iter(0..args.count).map(|index| {
        let (order, stopping) = (&order, &stopping);
        async move {
            if stopping.load(Ordering::Relaxed) {
                return (index, None);
            }
            let mut order = order.clone();
            order.request.image_index = index;
            (index, Some(desk.engine.generate_asset_from_prompt(order).await))
        }
    });
    let mut interrupted = std::pin::pin!(interruption());
    let mut calls = std::pin::pin!(calls.buffer_unordered(desk.session.settings.generation_concurrency));
    let progress = Progress::start(desk.output, args.count.into());
    let mut told = Telling::new(desk, &args, &progress);
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
                    cancellation.cancel();
                } else {
                    progress.aside(|| {
                        desk.output.note("waiting for what has been ordered; Ctrl-C again gives it up");
                    });
                }
            }
        }
    }
    progress.finish();
    Ok(told.finish(stopping.load(Ordering::Relaxed)))
}

/// Waits for Ctrl-C; for ever, where the system has none.
async fn interruption() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What is asked of the engine for each image.
fn order(desk: &Desk<'_>, args: &GenerateArgs, cancellation: CancellationToken) -> GenerateAsset {
    let mut request = GenerationRequest::new(args.prompt.clone());
    request.dimensions = MediaDimensions::new(args.width, args.height);
    request.options = GenerationOptions {
        negative_prompt: args.negative_prompt.clone(),
        seed: args.seed,
        steps: args.steps,
        guidance_scale: args.guidance,
        quality: args.quality,
        style: args.style.clone(),
        background: args.background,
        output_format: args.format,
    };
    let chain = desk.session.settings.multi_provider_config.get(chain_name(args));
    GenerateAsset {
        library: args.library.clone(),
        chain: args.chain.clone(),
        preferences: CallPreferences {
            provider: args.provider.clone(),
            compatibility: args.strict.then_some(Compatibility::Strict),
        },
        name: args.name.clone(),
        media_type: args.media_type,
        fail_on_placeholder: args.fail_on_placeholder || chain.is_some_and(|chain| chain.fail_on_placeholder),
        user_id: args.user.clone(),
        cancellation,
        ..GenerateAsset::new(request)
    }
}

/// The chain that is asked.
pub(super) fn chain_name(args: &GenerateArgs) -> &str {
    args.chain.as_deref().unwrap_or(MediaEngine::GENERATION_CHAIN)
}

/// Warns of a preferred provider that the chain does not have.
fn warn_of_stranger(desk: &Desk<'_>, args: &GenerateArgs) {
    let name = chain_name(args);
    if let (Some(wanted), Some(chain)) = (&args.provider, desk.session.settings.multi_provider_config.get(name))
        && !chain.providers.contains(wanted)
    {
        let known = list_of(&chain.providers);
        desk.output.warn(&format!("the chain `{name}` has no provider `{wanted}`, so its order stands: {known}"));
    }
}

/// Checks where `--out` would write, before anything is ordered.
fn check_out(out: Option<&Path>) -> Result<(), Failure> {
    let Some(out) = out else { return Ok(()) };
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if out.is_dir() || out.file_name().is_none() {
        let reason = format!("--out names a file, and `{}` is a folder", out.display());
        return Err(Failure::new(ExitCode::Usage, reason));
    }
    if !folder.is_dir() {
        let reason = format!("--out cannot be written: there is no folder `{}`", folder.display());
        return Err(Failure::new(ExitCode::Usage, reason));
    }
    Ok(())
}
