//! One cheap real call per operation, where the environment names a key; without it the cases are listed as ignored with the name
//! of the variable.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use media_domain::text::Prompt;
use media_domain::{
    EditKind, EditRequest, GenerationOptions, GenerationRequest, ImageContent, ImageFormat, MediaDimensions, Quality,
    RequestId, SourceImage, UserId,
};
use media_http::ReqwestTransport;
use media_ports::{
    CallContext, GenerationAnswer, MediaGeneratorProvider, PartialImage, PartialImageSink, ProviderError,
};
use media_provider_openai::{OpenAiImagesFactory, OpenAiImagesSettings};
use media_testkit::factory::build_provider;
use media_testkit::pictures;
use serde_json::Value;
use uuid::Uuid;

const VARIABLE: &str = "OPENAI_API_KEY";

/// Longest time for one case, as the vendor's own client has it.
const PATIENCE: Duration = Duration::from_secs(600);

fn main() -> ExitCode {
    let trials = [
        ("health", Call::Health),
        ("generate", Call::Generate { watched: false }),
        ("generate_with_unfinished_pictures", Call::Generate { watched: true }),
        ("edit", Call::Edit(EditKind::Edit)),
        ("inpaint", Call::Edit(EditKind::Inpaint)),
    ];
    let trials = trials.into_iter().map(|(name, call)| trial(name, call)).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

#[derive(Clone, Copy)]
enum Call {
    Health,
    Generate { watched: bool },
    Edit(EditKind),
}

fn trial(name: &str, call: Call) -> Trial {
    let Some(key) = env::var(VARIABLE).ok().filter(|key| !key.trim().is_empty()) else {
        let missing = format!("{VARIABLE} is not set");
        return Trial::test(format!("{name} ({missing})"), || Err(missing.into())).with_ignored_flag(true);
    };
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(run(&key, call))
    })
}

/// Counts what it is shown.
#[derive(Debug, Default)]
struct Counter(Mutex<u32>);

impl PartialImageSink for Counter {
    fn partial_image(&self, _image: PartialImage) {
        *self.0.lock().unwrap() += 1;
    }
}

async fn run(key: &str, call: Call) -> Result<(), Failed> {
    let factory = OpenAiImagesFactory::new(Arc::new(ReqwestTransport::default()));
    let provider = build_provider(&factory, Value::Null, &[("api_key", key)]).map_err(|error| error.to_string())?;
    let deadline = (tokio::time::Instant::now() + PATIENCE).into_std();
    let user = UserId::parse("live-test").unwrap();
    let mut context = CallContext::new(deadline, RequestId::from_uuid(Uuid::from_u128(1)), user);
    let answer = match call {
        Call::Health => {
            let report = provider.health.check_health(&context).await;
            return if report.is_healthy() { Ok(()) } else { Err(format!("{report:?}").into()) };
        }
        Call::Generate { watched } => {
            let counter = Arc::new(Counter::default());
            context.partial_images = watched.then(|| Arc::clone(&counter) as _);
            let answer = generate(&provider, &context).await;
            // The vendor may finish before it has anything to show, but shows no more than is asked for.
            let shown = *counter.0.lock().unwrap();
            if shown > OpenAiImagesSettings::DEFAULT_PARTIAL_IMAGES {
                return Err(format!("{shown} unfinished pictures were shown").into());
            }
            answer
        }
        Call::Edit(kind) => edit(&provider, &context, kind).await,
    };
    let answer = answer.map_err(|error| error.to_string())?;
    let drawn = matches!(&answer.images[0].content, ImageContent::Bytes(bytes) if bytes.len() > 1_000);
    let counted = answer.usage.output_tokens.is_some();
    if drawn && counted { Ok(()) } else { Err(format!("no picture, or no tokens: {answer:?}").into()) }
}

/// The cheapest that the model makes.
fn cheap() -> GenerationOptions {
    GenerationOptions { quality: Some(Quality::Low), ..GenerationOptions::default() }
}

async fn generate(provider: &MediaGeneratorProvider, context: &CallContext) -> Result<GenerationAnswer, ProviderError> {
    let prompt = Prompt::parse("a lighthouse at dusk, oil painting").unwrap();
    let request = GenerationRequest { options: cheap(), ..GenerationRequest::new(prompt) };
    provider.generator.as_ref().unwrap().generate_image(context, &request).await
}

async fn edit(
    provider: &MediaGeneratorProvider,
    context: &CallContext,
    kind: EditKind,
) -> Result<GenerationAnswer, ProviderError> {
    let dimensions = MediaDimensions::new(1024, 1024);
    let picture = |bytes| SourceImage { bytes, format: ImageFormat::Png, dimensions };
    let mut request = EditRequest::new(kind, picture(pictures::grey_png(1024, 1024, 7)));
    request.prompt = Some(Prompt::parse("a lighthouse at dusk").unwrap());
    request.mask = kind.needs_mask().then(|| picture(pictures::mask_png(1024, 1024)));
    request.options = cheap();
    provider.editor.as_ref().unwrap().edit_image(context, &request).await
}
