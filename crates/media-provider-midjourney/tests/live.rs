//! One real call per operation, for whoever has a proxy in the environment.
//!
//! `MJ_PROXY_URL` names the proxy, `MJ_API_SECRET` its secret if it has one, `MJ_PROXY_DIALECT` says `trueai` if it is that one. A
//! picture takes about a minute of the account's subscription.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};
use media_domain::text::Prompt;
use media_domain::{GenerationRequest, ImageContent, RequestId, UserId};
use media_http::ReqwestTransport;
use media_ports::{CallContext, MediaGeneratorProvider};
use media_provider_midjourney::MidjourneyFactory;
use media_testkit::factory::build_provider;
use serde_json::json;
use uuid::Uuid;

const PROXY: &str = "MJ_PROXY_URL";
const SECRETS: [&str; 2] = ["MJ_API_SECRET", "MIDJOURNEY_API_SECRET"];

fn main() -> ExitCode {
    let trials = vec![trial("health", || run(health)), trial("generate", || run(generate))];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// A case, or its entry in the list with the variable that it lacks.
fn trial(name: &str, case: impl FnOnce() + Send + 'static) -> Trial {
    if variable(PROXY).is_none() {
        let missing = format!("{PROXY} is not set");
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
        let table = json!({ "dialect": variable("MJ_PROXY_DIALECT").unwrap_or_else(|| "novicezk".to_owned()) });
        let (proxy, secret) = (variable(PROXY).unwrap(), SECRETS.into_iter().find_map(variable));
        let secret = secret.as_deref().map(|secret| ("api_key", secret));
        let credentials: Vec<_> = [("base_url", proxy.as_str())].into_iter().chain(secret).collect();
        let factory = MidjourneyFactory::new(Arc::new(ReqwestTransport::default()));
        let provider = build_provider(&factory, table, &credentials).unwrap();
        let deadline = tokio::time::Instant::now() + Duration::from_secs(900);
        let request_id = RequestId::from_uuid(Uuid::from_u128(1));
        case(provider, CallContext::new(deadline.into_std(), request_id, UserId::parse("live").unwrap())).await;
    });
}

async fn health(provider: MediaGeneratorProvider, context: CallContext) {
    let report = provider.health.check_health(&context).await;
    assert!(report.is_healthy(), "{report:?}");
}

async fn generate(provider: MediaGeneratorProvider, context: CallContext) {
    let request = GenerationRequest::new(Prompt::parse("a lighthouse at dusk, oil painting").unwrap());
    let answer = provider.generator.unwrap().generate_image(&context, &request).await.unwrap();
    assert!(matches!(answer.images[0].content, ImageContent::Url(_)), "{answer:?}");
}
