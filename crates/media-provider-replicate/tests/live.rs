//! One cheap real call per operation, where the environment names a key; the others are listed as ignored with the name
//! of the variable.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use media_domain::text::Prompt;
use media_domain::{
    EditKind, EditRequest, GenerationRequest, ImageFormat, MediaDimensions, RequestId, SourceImage, UserId,
};
use media_http::ReqwestTransport;
use media_ports::{CallContext, MediaGeneratorProvider, ProviderError, ProviderFactory, ResolveAnswer};
use media_provider_replicate::ReplicateSdxlFactory;
use media_testkit::factory::build_provider;
use media_testkit::fakes::RecordingJournal;
use media_testkit::pictures;
use serde_json::{Value, json};
use uuid::Uuid;

/// Longest time for one case; the model may have to wake first.
const PATIENCE: Duration = Duration::from_secs(600);

/// The variable that is named where none is set.
const VARIABLE: &str = "REPLICATE_API_KEY";

fn main() -> ExitCode {
    let sdxl = || json!({"steps": 8});
    let official = || {
        let inputs = json!({"aspect_ratio": "aspect_ratio", "seed": "seed", "output_format": "output_format"});
        json!({"model": "black-forest-labs/flux-schnell", "inputs": inputs})
    };
    let trials = vec![
        trial("health", sdxl(), Call::Health),
        trial("sdxl::generate", sdxl(), Call::Generate),
        trial("sdxl::edit", sdxl(), Call::Edit(EditKind::Edit)),
        trial("sdxl::inpaint", sdxl(), Call::Edit(EditKind::Inpaint)),
        trial("official::generate", official(), Call::Generate),
        trial("official::resolve", official(), Call::Resolve),
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

fn factory() -> ReplicateSdxlFactory {
    ReplicateSdxlFactory::new(Arc::new(ReqwestTransport::default()))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The key, in whichever of the variables that the factory declares for it.
fn key() -> Option<String> {
    let declared = factory().credentials().iter().find(|credential| credential.key == "api_key")?;
    declared.variables.iter().copied().find_map(variable)
}

fn trial(name: &str, settings: Value, call: Call) -> Trial {
    let Some(key) = key() else {
        let missing = format!("{VARIABLE} is not set");
        return Trial::test(format!("{name} ({missing})"), || Err(missing.into())).with_ignored_flag(true);
    };
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(run(&key, settings, call))
    })
}

async fn run(key: &str, settings: Value, call: Call) -> Result<(), Failed> {
    let provider = build_provider(&factory(), settings, &[("api_key", key)]).map_err(|error| error.to_string())?;
    let deadline = (tokio::time::Instant::now() + PATIENCE).into_std();
    let user = UserId::parse("live-test").unwrap();
    let context = CallContext::new(deadline, RequestId::from_uuid(Uuid::from_u128(1)), user);
    let count = match call {
        Call::Health => {
            let report = provider.health.check_health(&context).await;
            return if report.is_healthy() { Ok(()) } else { Err(format!("{report:?}").into()) };
        }
        Call::Generate => generate(&provider, &context).await,
        Call::Edit(kind) => edit(&provider, &context, kind).await,
        Call::Resolve => resolve(&provider, &context).await,
    };
    match count.map_err(|error| error.to_string())? {
        1 => Ok(()),
        count => Err(format!("{count} pictures instead of one").into()),
    }
}

async fn generate(provider: &MediaGeneratorProvider, context: &CallContext) -> Result<usize, ProviderError> {
    let request = GenerationRequest::new(Prompt::parse("a lighthouse at dusk, oil painting").unwrap());
    Ok(provider.generator.as_ref().unwrap().generate_image(context, &request).await?.images.len())
}

/// Orders a picture, and asks after it by the name that the journal was given, as after a restart.
async fn resolve(provider: &MediaGeneratorProvider, context: &CallContext) -> Result<usize, ProviderError> {
    let journal = RecordingJournal::default();
    generate(provider, &CallContext { journal: Arc::new(journal.clone()), ..context.clone() }).await?;
    let handle = journal.handles().remove(0);
    match provider.generator.as_ref().unwrap().resolve(context, &handle).await? {
        ResolveAnswer::Done(answer) => Ok(answer.images.len()),
        other => panic!("the vendor knows its own prediction: {other:?}"),
    }
}

async fn edit(
    provider: &MediaGeneratorProvider,
    context: &CallContext,
    kind: EditKind,
) -> Result<usize, ProviderError> {
    let dimensions = MediaDimensions::new(1024, 1024);
    let picture = |bytes| SourceImage { bytes, format: ImageFormat::Png, dimensions };
    let mut request = EditRequest::new(kind, picture(pictures::grey_png(1024, 1024, 7)));
    request.prompt = Some(Prompt::parse("a lighthouse at dusk").unwrap());
    request.mask = kind.needs_mask().then(|| picture(pictures::mask_png(1024, 1024)));
    Ok(provider.editor.as_ref().unwrap().edit_image(context, &request).await?.images.len())
}
