//! One cheap real call per operation, where the environment names a key; without one they are listed as ignored with the
//! name of the variable.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use media_domain::text::Prompt;
use media_domain::{
    EditKind, EditRequest, GenerationRequest, ImageContent, ImageFormat, MediaDimensions, RequestId, SourceImage,
    UserId,
};
use media_http::ReqwestTransport;
use media_ports::{CallContext, MediaGeneratorProvider, ProviderError, ProviderFactory, ResolveAnswer};
use media_provider_flux::FluxFactory;
use media_testkit::factory::build_provider;
use media_testkit::fakes::RecordingJournal;
use media_testkit::pictures;
use serde_json::json;
use uuid::Uuid;

/// Longest time for one case.
const PATIENCE: Duration = Duration::from_secs(300);

/// The cheapest model that generates and edits.
const MODEL: &str = "flux-2-klein-4b";

/// The cheapest model that draws variations.
const VARYING_MODEL: &str = "flux-dev";

/// The variable that is named where none is set.
const VARIABLE: &str = "BFL_API_KEY";

fn main() -> ExitCode {
    let trials = vec![
        trial("health", MODEL, Call::Health),
        trial("generate", MODEL, Call::Generate),
        trial("edit", MODEL, Call::Edit(EditKind::Edit)),
        trial("variation", VARYING_MODEL, Call::Edit(EditKind::Variation)),
        trial("inpaint", MODEL, Call::Edit(EditKind::Inpaint)),
        trial("outpaint", MODEL, Call::Edit(EditKind::Outpaint)),
        trial("resolve", MODEL, Call::Resolve),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

#[derive(Clone, Copy)]
enum Call {
    Health,
    Generate,
    Edit(EditKind),
    Resolve,
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn factory() -> FluxFactory {
    FluxFactory::new(Arc::new(ReqwestTransport::default()))
}

/// The key, in whichever of the variables that the factory declares for it.
fn key() -> Option<String> {
    let declared = factory().credentials().iter().find(|credential| credential.key == "api_key")?;
    declared.variables.iter().copied().find_map(variable)
}

fn trial(name: &str, model: &'static str, call: Call) -> Trial {
    let Some(key) = key() else {
        let missing = format!("{VARIABLE} is not set");
        return Trial::test(format!("{name} ({missing})"), || Err(missing.into())).with_ignored_flag(true);
    };
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(run(&key, model, call))
    })
}

async fn run(key: &str, model: &str, call: Call) -> Result<(), Failed> {
    let settings = json!({ "model": model });
    let provider = build_provider(&factory(), settings, &[("api_key", key)]).map_err(|error| error.to_string())?;
    let deadline = (tokio::time::Instant::now() + PATIENCE).into_std();
    let user = UserId::parse("live-test").unwrap();
    let context = CallContext::new(deadline, RequestId::from_uuid(Uuid::from_u128(1)), user);
    let content = match call {
        Call::Health => {
            let report = provider.health.check_health(&context).await;
            return if report.is_healthy() { Ok(()) } else { Err(format!("{report:?}").into()) };
        }
        Call::Generate => generate(&provider, &context).await,
        Call::Edit(kind) => edit(&provider, &context, kind).await,
        Call::Resolve => resolve(&provider, &context).await,
    };
    match content.map_err(|error| error.to_string())? {
        ImageContent::Url(url) if url.starts_with("https://") => Ok(()),
        other => Err(format!("the picture has no address: {other:?}").into()),
    }
}

async fn generate(provider: &MediaGeneratorProvider, context: &CallContext) -> Result<ImageContent, ProviderError> {
    let prompt = Prompt::parse("a lighthouse at dusk, oil painting").unwrap();
    let request = GenerationRequest { dimensions: MediaDimensions::new(256, 256), ..GenerationRequest::new(prompt) };
    let mut answer = provider.generator.as_ref().unwrap().generate_image(context, &request).await?;
    Ok(answer.images.remove(0).content)
}

/// Orders a picture, and asks after it by the handle that the journal was given, as after a restart.
async fn resolve(provider: &MediaGeneratorProvider, context: &CallContext) -> Result<ImageContent, ProviderError> {
    let journal = RecordingJournal::default();
    generate(provider, &CallContext { journal: Arc::new(journal.clone()), ..context.clone() }).await?;
    let handle = journal.handles().remove(0);
    match provider.generator.as_ref().unwrap().resolve(context, &handle).await? {
        ResolveAnswer::Done(mut answer) => Ok(answer.images.remove(0).content),
        other => panic!("the vendor knows its own task: {other:?}"),
    }
}

async fn edit(
    provider: &MediaGeneratorProvider,
    context: &CallContext,
    kind: EditKind,
) -> Result<ImageContent, ProviderError> {
    let dimensions = MediaDimensions::new(512, 512);
    let picture = |bytes| SourceImage { bytes, format: ImageFormat::Png, dimensions };
    let mut request = EditRequest::new(kind, picture(pictures::grey_png(512, 512, 7)));
    request.prompt = Some(Prompt::parse("a lighthouse at dusk").unwrap());
    request.mask = kind.needs_mask().then(|| picture(pictures::mask_png(512, 512)));
    if kind == EditKind::Outpaint {
        request.margins.left = 64;
    }
    let mut answer = provider.editor.as_ref().unwrap().edit_image(context, &request).await?;
    Ok(answer.images.remove(0).content)
}
