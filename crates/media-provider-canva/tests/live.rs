//! One real call per operation, for whoever has an access token in the environment; none costs money.
//!
//! `CANVA_API_KEY` holds an access token. Filling in a template takes `CANVA_BRAND_TEMPLATE_ID` too, with a text field
//! `prompt` (or the one in `CANVA_PROMPT_FIELD`), and a user of Canva Enterprise or of a trial. What is made stays in the
//! user's Canva: an uploaded picture, a design.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};
use media_domain::text::Prompt;
use media_domain::{GenerationRequest, MediaDimensions, RequestId, UserId};
use media_http::ReqwestTransport;
use media_ports::{CallContext, ExportDestination, MediaGeneratorProvider};
use media_provider_canva::CanvaFactory;
use media_testkit::exporter_suite::export_request;
use media_testkit::factory::build_provider;
use media_testkit::memory_tokens::MemoryTokenStore;
use serde_json::json;
use uuid::Uuid;

const KEY: &str = "CANVA_API_KEY";
const TEMPLATE: &str = "CANVA_BRAND_TEMPLATE_ID";

fn main() -> ExitCode {
    let trials = vec![
        trial("health", &[KEY], || run(health)),
        trial("export", &[KEY], || run(export)),
        trial("generate", &[KEY, TEMPLATE], || run(generate)),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// A case, or its entry in the list with the variables that it lacks.
fn trial(name: &str, needed: &[&str], case: impl FnOnce() + Send + 'static) -> Trial {
    let missing: Vec<&str> = needed.iter().copied().filter(|name| variable(name).is_none()).collect();
    if !missing.is_empty() {
        let missing = format!("{} is not set", missing.join(", "));
        return Trial::test(format!("live::{name} ({missing})"), || Err(missing.into())).with_ignored_flag(true);
    }
    Trial::test(format!("live::{name}"), || {
        case();
        Ok(())
    })
}

fn run<F: Future<Output = ()>>(case: impl FnOnce(MediaGeneratorProvider, CallContext) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let table = json!({
            "brand_template_id": variable(TEMPLATE), "check_capabilities": false,
            "prompt_field": variable("CANVA_PROMPT_FIELD").unwrap_or_else(|| "prompt".to_owned())
        });
        let factory = CanvaFactory::new(Arc::new(ReqwestTransport::default()), Arc::new(MemoryTokenStore::default()));
        let key = variable(KEY).unwrap();
        let provider = build_provider(&factory, table, &[("api_key", &key)]).unwrap();
        let deadline = tokio::time::Instant::now() + Duration::from_secs(120);
        let request_id = RequestId::from_uuid(Uuid::from_u128(1));
        case(provider, CallContext::new(deadline.into_std(), request_id, UserId::parse("live").unwrap())).await;
    });
}

async fn health(provider: MediaGeneratorProvider, context: CallContext) {
    let report = provider.health.check_health(&context).await;
    assert!(report.is_healthy(), "{report:?}");
}

async fn export(provider: MediaGeneratorProvider, context: CallContext) {
    let request = export_request(ExportDestination::Canva { design_title: Some("media-app live test".to_owned()) });
    let answer = provider.exporter.unwrap().export_design(&context, &request).await.unwrap();
    assert!(answer.result.url().is_some(), "{answer:?}");
}

async fn generate(provider: MediaGeneratorProvider, context: CallContext) {
    let prompt = Prompt::parse("media-app live test").unwrap();
    let request = GenerationRequest { dimensions: MediaDimensions::new(256, 256), ..GenerationRequest::new(prompt) };
    let answer = provider.generator.unwrap().generate_image(&context, &request).await.unwrap();
    assert!(!answer.images.is_empty());
}
