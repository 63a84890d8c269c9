//! One cheap real call per operation, where the environment names a key or a server; the others are listed as ignored with
//! the name of the variable.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

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
use media_ports::{CallContext, GenerationAnswer, MediaGeneratorProvider, ProviderFactory};
use media_provider_sdxl::SdxlFactory;
use media_testkit::factory::build_provider;
use media_testkit::pictures;
use serde_json::{Value, json};
use uuid::Uuid;

/// Longest time for one case; a web UI may have to load its model first.
const PATIENCE: Duration = Duration::from_secs(300);

fn main() -> ExitCode {
    let key = || declared("api_key").map(|key| vec![("api_key", key)]);
    let of_web_ui = || {
        variable("A1111_URL")?;
        Some(["user", "password"].into_iter().filter_map(|key| Some((key, declared(key)?))).collect())
    };
    let of_flat = || variable("SDXL_FLAT_URL").map(|_| key().unwrap_or_default());
    let web_ui = || json!({"api": "automatic1111", "base_url": variable("A1111_URL"), "steps": 8});
    let flat = || json!({"api": "flat", "base_url": variable("SDXL_FLAT_URL"), "steps": 8});
    // Without the path there is nothing to ask.
    let flat_health = if variable("SDXL_FLAT_URL").is_some() { "SDXL_FLAT_HEALTH_PATH" } else { "SDXL_FLAT_URL" };
    let of_flat_health = || of_flat().filter(|_| variable("SDXL_FLAT_HEALTH_PATH").is_some());
    let healthy_flat = || {
        let mut settings = flat();
        settings["health_path"] = json!(variable("SDXL_FLAT_HEALTH_PATH"));
        settings
    };
    let of = |model: &str| json!({"api": "v2beta", "model": model});
    let cheap = || of("sd3.5-flash");
    let trials = vec![
        trial("v1::health", "SDXL_API_KEY", key(), json!({}), Call::Health),
        trial("v1::generate", "SDXL_API_KEY", key(), json!({"steps": 10}), Call::Generate),
        trial("v1::edit", "SDXL_API_KEY", key(), json!({"steps": 10}), Call::Edit(EditKind::Edit)),
        trial("v2beta::health", "SDXL_API_KEY", key(), cheap(), Call::Health),
        trial("v2beta::generate", "SDXL_API_KEY", key(), cheap(), Call::Generate),
        trial("v2beta::core::generate", "SDXL_API_KEY", key(), of("core"), Call::Generate),
        trial("v2beta::ultra::generate", "SDXL_API_KEY", key(), of("ultra"), Call::Generate),
        trial("v2beta::edit", "SDXL_API_KEY", key(), cheap(), Call::Edit(EditKind::Edit)),
        trial("v2beta::inpaint", "SDXL_API_KEY", key(), cheap(), Call::Edit(EditKind::Inpaint)),
        trial("v2beta::erase", "SDXL_API_KEY", key(), cheap(), Call::Edit(EditKind::Erase)),
        trial("v2beta::outpaint", "SDXL_API_KEY", key(), cheap(), Call::Edit(EditKind::Outpaint)),
        trial("v2beta::remove_background", "SDXL_API_KEY", key(), cheap(), Call::Edit(EditKind::RemoveBackground)),
        trial("automatic1111::health", "A1111_URL", of_web_ui(), web_ui(), Call::Health),
        trial("automatic1111::generate", "A1111_URL", of_web_ui(), web_ui(), Call::Generate),
        trial("automatic1111::edit", "A1111_URL", of_web_ui(), web_ui(), Call::Edit(EditKind::Edit)),
        trial("automatic1111::variation", "A1111_URL", of_web_ui(), web_ui(), Call::Edit(EditKind::Variation)),
        trial("automatic1111::inpaint", "A1111_URL", of_web_ui(), web_ui(), Call::Edit(EditKind::Inpaint)),
        trial("flat::health", flat_health, of_flat_health(), healthy_flat(), Call::Health),
        trial("flat::generate", "SDXL_FLAT_URL", of_flat(), flat(), Call::Generate),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

#[derive(Clone, Copy)]
enum Call {
    Health,
    Generate,
    Edit(EditKind),
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn factory() -> SdxlFactory {
    SdxlFactory::new(Arc::new(ReqwestTransport::default()))
}

/// A credential, in whichever of the variables that the factory declares for it.
fn declared(key: &str) -> Option<String> {
    let declared = factory().credentials().iter().find(|credential| credential.key == key)?;
    declared.variables.iter().copied().find_map(variable)
}

fn trial(
    name: &str,
    variable: &str,
    credentials: Option<Vec<(&'static str, String)>>,
    settings: Value,
    call: Call,
) -> Trial {
    let Some(credentials) = credentials else {
        let missing = format!("{variable} is not set");
        return Trial::test(format!("{name} ({missing})"), || Err(missing.into())).with_ignored_flag(true);
    };
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(run(&credentials, settings, call))
    })
}

async fn run(credentials: &[(&'static str, String)], settings: Value, call: Call) -> Result<(), Failed> {
    let credentials: Vec<_> = credentials.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let provider = build_provider(&factory(), settings, &credentials).map_err(|error| error.to_string())?;
    let deadline = (tokio::time::Instant::now() + PATIENCE).into_std();
    let user = UserId::parse("live-test").unwrap();
    let context = CallContext::new(deadline, RequestId::from_uuid(Uuid::from_u128(1)), user);
    let answer = match call {
        Call::Health => {
            let report = provider.health.check_health(&context).await;
            return if report.is_healthy() { Ok(()) } else { Err(format!("{report:?}").into()) };
        }
        Call::Generate => generate(&provider, &context).await,
        Call::Edit(kind) => edit(&provider, &context, kind).await,
    };
    let answer = answer.map_err(|error| error.to_string())?;
    let drawn = matches!(&answer.images[0].content, ImageContent::Bytes(bytes) if bytes.len() > 1_000);
    let addressed = matches!(&answer.images[0].content, ImageContent::Url(_));
    if drawn || addressed { Ok(()) } else { Err("the picture is too small to be one".into()) }
}

async fn generate(
    provider: &MediaGeneratorProvider,
    context: &CallContext,
) -> Result<GenerationAnswer, media_ports::ProviderError> {
    let request = GenerationRequest::new(Prompt::parse("a lighthouse at dusk, oil painting").unwrap());
    provider.generator.as_ref().unwrap().generate_image(context, &request).await
}

async fn edit(
    provider: &MediaGeneratorProvider,
    context: &CallContext,
    kind: EditKind,
) -> Result<GenerationAnswer, media_ports::ProviderError> {
    let dimensions = MediaDimensions::new(1024, 1024);
    let picture = |bytes| SourceImage { bytes, format: ImageFormat::Png, dimensions };
    let mut request = EditRequest::new(kind, picture(pictures::grey_png(1024, 1024, 7)));
    request.prompt = kind.needs_prompt().then(|| Prompt::parse("a lighthouse at dusk").unwrap());
    request.mask = kind.needs_mask().then(|| picture(pictures::mask_png(1024, 1024)));
    if kind == EditKind::Outpaint {
        request.margins.left = 64;
    }
    provider.editor.as_ref().unwrap().edit_image(context, &request).await
}
