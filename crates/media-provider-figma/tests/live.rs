//! One real call per operation, for whoever has a token in the environment; none costs money, but calls are counted: a
//! View seat has six renders a month.
//!
//! `FIGMA_API_TOKEN`, or another of the variables that the factory declares, holds a personal token. Rendering takes `FIGMA_LIVE_FILE_KEY` and `FIGMA_LIVE_NODE_ID` too; exporting
//! takes `FIGMA_LIVE_EXPORT_FILE_KEY`, and leaves a dev resource or a comment at that file's first page.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};
use media_domain::text::Prompt;
use media_domain::{GenerationRequest, MediaDimensions, RequestId, UserId};
use media_http::ReqwestTransport;
use media_ports::{CallContext, ExportDestination, MediaGeneratorProvider, ProviderFactory};
use media_provider_figma::FigmaFactory;
use media_testkit::exporter_suite::export_request;
use media_testkit::factory::build_provider;
use serde_json::json;
use uuid::Uuid;

const KEY: &str = "FIGMA_API_TOKEN";
const FILE: &str = "FIGMA_LIVE_FILE_KEY";
const NODE: &str = "FIGMA_LIVE_NODE_ID";
const EXPORT_FILE: &str = "FIGMA_LIVE_EXPORT_FILE_KEY";

fn main() -> ExitCode {
    let trials = vec![
        trial("health", &[KEY], || run(health)),
        trial("generate", &[KEY, FILE, NODE], || run(generate)),
        trial("export", &[KEY, EXPORT_FILE], || run(export)),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn factory() -> FigmaFactory {
    FigmaFactory::new(Arc::new(ReqwestTransport::default()))
}

/// The key, in whichever of the variables that the factory declares for it.
fn key() -> Option<String> {
    let declared = factory().credentials().iter().find(|credential| credential.key == "api_key")?;
    declared.variables.iter().copied().find_map(variable)
}

fn is_set(name: &str) -> bool {
    if name == KEY { key().is_some() } else { variable(name).is_some() }
}

/// A case, or its entry in the list with the variables that it lacks.
fn trial(name: &str, needed: &[&str], case: impl FnOnce() + Send + 'static) -> Trial {
    let missing: Vec<&str> = needed.iter().copied().filter(|name| !is_set(name)).collect();
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
        let template = variable(FILE).zip(variable(NODE));
        let table = template.map(|(file_key, node_id)| json!({ "file_key": file_key, "node_id": node_id }));
        let key = key().unwrap();
        let provider = build_provider(&factory(), table.unwrap_or_default(), &[("api_key", &key)]).unwrap();
        let deadline = tokio::time::Instant::now() + Duration::from_secs(120);
        let request_id = RequestId::from_uuid(Uuid::from_u128(1));
        case(provider, CallContext::new(deadline.into_std(), request_id, UserId::parse("live").unwrap())).await;
    });
}

async fn health(provider: MediaGeneratorProvider, context: CallContext) {
    let report = provider.health.check_health(&context).await;
    assert!(report.is_healthy(), "{report:?}");
}

async fn generate(provider: MediaGeneratorProvider, context: CallContext) {
    let prompt = Prompt::parse("media-app live test").unwrap();
    let request = GenerationRequest { dimensions: MediaDimensions::new(256, 256), ..GenerationRequest::new(prompt) };
    let answer = provider.generator.unwrap().generate_image(&context, &request).await.unwrap();
    assert_eq!(answer.images.len(), 1);
}

async fn export(provider: MediaGeneratorProvider, context: CallContext) {
    let file_key = variable(EXPORT_FILE).unwrap();
    let request = export_request(ExportDestination::Figma { file_key, page_id: None });
    let answer = provider.exporter.unwrap().export_design(&context, &request).await.unwrap();
    assert!(answer.result.url().is_some(), "{answer:?}");
}
