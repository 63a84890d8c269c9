//! From configuration to a provider.

use std::sync::Arc;

use media_domain::capabilities::SizeRule;
use media_domain::{MediaDimensions, ProviderId};
use media_ports::{BuildError, MediaGeneratorProvider, Operation, ProviderFactory};
use media_provider_midjourney::MidjourneyFactory;
use media_testkit::factory::{build_provider, provider_settings};
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, vendor};

const PROXY: (&str, &str) = ("base_url", vendor::BASE_URL);

fn factory() -> MidjourneyFactory {
    MidjourneyFactory::new(Arc::new(ScriptedTransport::default()))
}

fn build(table: Value, credentials: &[(&str, &str)]) -> Result<MediaGeneratorProvider, BuildError> {
    build_provider(&factory(), table, credentials)
}

#[tokio::test]
async fn without_a_proxy_it_is_unready_and_names_the_variable() {
    let error = build(Value::Null, &[("api_key", vendor::SECRET)]).unwrap_err();
    assert_eq!(error, BuildError::MissingCredential { variable: "MJ_PROXY_URL".to_owned() });
    for (table, credentials) in [
        (Value::Null, &[PROXY][..]),
        (json!({ "base_url": vendor::BASE_URL }), &[]),
        (Value::Null, &[PROXY, ("api_key", vendor::SECRET)]),
    ] {
        let provider = build(table, credentials).unwrap();
        assert!(provider.generator.is_some() && provider.exporter.is_none() && provider.editor.is_none());
        assert!(!format!("{provider:?}").contains(vendor::SECRET));
    }
}

#[tokio::test]
async fn calls_go_where_configuration_says() {
    let transport = Arc::new(ScriptedTransport::new([Exchange::get("/draw/task/queue").answers_json(200, &json!([]))]));
    let factory = MidjourneyFactory::new(Arc::clone(&transport) as _);
    let table = json!({ "base_url": "http://localhost:9000/draw/" });
    let provider = build_provider(&factory, table, &[PROXY, ("api_key", vendor::SECRET)]).unwrap();
    assert!(provider.health.check_health(&context()).await.is_healthy());
    assert_eq!(transport.requests()[0].url.port(), Some(9000));
}

#[tokio::test]
async fn mistakes_are_named_by_their_key_and_tell_no_secret() {
    let cases = [
        (json!({ "upscal": 1 }), "upscal"),
        (json!({ "base_url": "ftp://example.org" }), "providers.midjourney.base_url"),
        (json!({ "base_url": "https://user:hidden@example.org" }), "providers.midjourney.base_url"),
        (json!({ "dialect": "goapi" }), "goapi"),
        (json!({ "upscale": 0 }), "upscale"),
        (json!({ "upscale": 5 }), "upscale"),
        (json!({ "upscale": true }), "upscale"),
        (json!({ "model": "v7" }), "providers.midjourney.model"),
        (json!({ "model": "7 --turbo" }), "providers.midjourney.model"),
        (json!({ "model": "1.2.3" }), "providers.midjourney.model"),
        (json!({ "stylize": 1001 }), "providers.midjourney.stylize"),
        (json!({ "chaos": 101 }), "providers.midjourney.chaos"),
        (json!({ "weird": 3001 }), "providers.midjourney.weird"),
        (json!({ "flags": "turbo" }), "providers.midjourney.flags"),
        (json!({ "flags": "--tile --ar 1:1" }), "providers.midjourney.flags"),
        (json!({ "timeout_s": 0 }), "providers.midjourney.timeout_s"),
        (json!({ "capabilities": { "sizzes": 1 } }), "providers.midjourney.capabilities"),
    ];
    for (table, named) in cases {
        let error = build(table.clone(), &[PROXY]).unwrap_err();
        assert!(matches!(error, BuildError::Settings(_)), "{table}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(named) && !text.contains("hidden"), "{text}");
    }
    let wrong = [
        (("base_url", "https://user:hidden@example.org"), "MJ_PROXY_URL"),
        (("api_key", "line\nbreak-hidden"), "MJ_API_SECRET"),
    ];
    for (credential, named) in wrong {
        let text = build(Value::Null, &[PROXY, credential]).unwrap_err().to_string();
        assert!(text.contains(named) && !text.contains("hidden"), "{text}");
    }
}

#[test]
fn it_is_described_without_proxy_or_connection() {
    let id = ProviderId::parse("midjourney").unwrap();
    let describe = |table| factory().describe(&id, &provider_settings("midjourney", table)).unwrap();
    let plain = describe(Value::Null);
    assert_eq!(plain.operations.into_iter().collect::<Vec<_>>(), [Operation::GenerateImage]);
    assert!(plain.model.is_none() && plain.editing.is_none() && !plain.local_and_free);
    let capabilities = plain.capabilities;
    assert!(capabilities.max_count == 1 && capabilities.seed && capabilities.negative_prompt && capabilities.style);
    assert!(capabilities.steps.is_none() && capabilities.guidance_scale.is_none() && !capabilities.assumed);

    let fitted = |sizes: &SizeRule, width, height| sizes.nearest(MediaDimensions::new(width, height)).unwrap();
    assert_eq!(fitted(&capabilities.sizes, 1024, 1024), MediaDimensions::new(1024, 1024));
    assert_eq!(fitted(&capabilities.sizes, 512, 512), MediaDimensions::new(1000, 1000));
    let grid = describe(json!({ "upscale": false, "model": "niji 6", "capabilities": { "prompt_limit": 80 } }));
    assert_eq!(fitted(&grid.capabilities.sizes, 512, 512), MediaDimensions::new(2000, 2000));
    assert_eq!((grid.model.as_deref(), grid.capabilities.prompt_limit), (Some("niji 6"), 80));
}

#[test]
fn the_kind_declares_its_variables() {
    let factory = factory();
    assert_eq!((factory.kind(), factory.aliases().len()), ("midjourney", 0));
    let declared: Vec<_> =
        factory.credentials().iter().map(|one| (one.variables[0], one.required, one.secret)).collect();
    assert_eq!(declared, [("MJ_PROXY_URL", true, false), ("MJ_API_SECRET", false, true)]);
}
