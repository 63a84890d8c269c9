//! From configuration to a provider.

use std::sync::Arc;

use media_domain::capabilities::SizeRule;
use media_domain::{ImageFormat, ProviderId};
use media_ports::{BuildError, MediaGeneratorProvider, Operation, ProviderFactory};
use media_provider_canva::CanvaFactory;
use media_testkit::factory::{build_provider, provider_settings};
use media_testkit::memory_tokens::MemoryTokenStore;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, vendor};

const KEY: (&str, &str) = ("api_key", vendor::KEY);
const CLIENT_ID: (&str, &str) = ("client_id", "OC-FAB12");
const CLIENT_SECRET: (&str, &str) = ("client_secret", "cnvca-do-not-tell");

fn factory() -> CanvaFactory {
    factory_on(Arc::default())
}

fn factory_on(transport: Arc<ScriptedTransport>) -> CanvaFactory {
    CanvaFactory::new(transport, Arc::new(MemoryTokenStore::default()))
}

fn build(table: Value, credentials: &[(&str, &str)]) -> Result<MediaGeneratorProvider, BuildError> {
    build_provider(&factory(), table, credentials)
}

#[tokio::test]
async fn a_token_will_do_and_so_will_a_client() {
    let enough = [&[KEY][..], &[CLIENT_ID, CLIENT_SECRET], &[KEY, CLIENT_ID, CLIENT_SECRET], &[KEY, CLIENT_ID]];
    for credentials in enough {
        let provider = build(Value::Null, credentials).unwrap();
        assert!(provider.generator.is_some() && provider.exporter.is_some() && provider.editor.is_none());
        assert!(!format!("{provider:?}").contains("do-not-tell"));
    }
    let missing =
        [(&[][..], "CANVA_API_KEY"), (&[CLIENT_ID], "CANVA_CLIENT_SECRET"), (&[CLIENT_SECRET], "CANVA_CLIENT_ID")];
    for (credentials, variable) in missing {
        let error = build(Value::Null, credentials).unwrap_err();
        assert_eq!(error, BuildError::MissingCredential { variable: variable.to_owned() });
    }
}

#[tokio::test]
async fn mistakes_are_named_by_their_key_and_tell_no_secret() {
    let cases = [
        (json!({ "tmplate": "x" }), "tmplate"),
        (json!({ "base_url": "ftp://example.org" }), "providers.canva_api.base_url"),
        (json!({ "base_url": "https://user:hidden@example.org" }), "providers.canva_api.base_url"),
        (json!({ "token_url": "https://example.org/?key=hidden" }), "providers.canva_api.token_url"),
        (json!({ "authorize_url": "hidden" }), "providers.canva_api.authorize_url"),
        (json!({ "scopes": [] }), "providers.canva_api.scopes"),
        (json!({ "scopes": ["asset:read asset:write"] }), "providers.canva_api.scopes"),
        (json!({ "brand_template_id": "a/b" }), "providers.canva_api.brand_template_id"),
        (json!({ "prompt_field": " " }), "providers.canva_api.prompt_field"),
        (json!({ "text_fields": { "prompt": "x" } }), "providers.canva_api.text_fields"),
        (json!({ "image_fields": { "prompt": "x" } }), "providers.canva_api.image_fields"),
        (json!({ "image_fields": { "logo": "../x" } }), "providers.canva_api.image_fields"),
        (json!({ "text_fields": { "a": "x" }, "image_fields": { "a": "x" } }), "providers.canva_api.image_fields"),
        (json!({ "title": "" }), "providers.canva_api.title"),
        (json!({ "pages": [1, 0] }), "providers.canva_api.pages"),
        (json!({ "jpeg_quality": 0 }), "providers.canva_api.jpeg_quality"),
        (json!({ "export_quality": "best" }), "best"),
        (json!({ "timeout_s": 0 }), "providers.canva_api.timeout_s"),
        (json!({ "capabilities": { "sizzes": 1 } }), "providers.canva_api.capabilities"),
    ];
    for (table, named) in cases {
        let error = build(table.clone(), &[KEY]).unwrap_err();
        assert!(matches!(error, BuildError::Settings(_)), "{table}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(named) && !text.contains("hidden"), "{text}");
    }
    for credentials in
        [&[("api_key", "line\nbreak-hidden")][..], &[CLIENT_ID, ("client_secret", "x"), ("api_key", "\u{7f}hidden")]]
    {
        let text = build(Value::Null, credentials).unwrap_err().to_string();
        assert!(text.contains("CANVA_API_KEY") && !text.contains("hidden"), "{text}");
    }
}

#[tokio::test]
async fn calls_and_secrets_go_where_configuration_says() {
    let me = json!({ "team_user": { "user_id": "a", "team_id": "b" } });
    let transport = Arc::new(ScriptedTransport::new([Exchange::get("/canva/users/me").answers_json(200, &me)]));
    let table = json!({ "base_url": "http://localhost:9000/canva/" });
    let provider = build_provider(&factory_on(Arc::clone(&transport)), table.clone(), &[KEY]).unwrap();
    assert!(provider.health.check_health(&context()).await.is_healthy());
    assert_eq!(transport.requests()[0].url.port(), Some(9000));

    let read = |table| media_provider_canva::CanvaSettings::read(&provider_settings("canva_api", table)).unwrap();
    let endpoint = |table| read(table).token_endpoint().unwrap().to_string();
    assert_eq!(endpoint(table), "http://localhost:9000/canva/oauth/token");
    assert_eq!(endpoint(Value::Null), "https://api.canva.com/auth/v1/oauth/token");
    let both = json!({ "base_url": "http://localhost:9000", "token_url": "http://localhost:9001/token" });
    assert_eq!(endpoint(both), "http://localhost:9001/token");
}

#[test]
fn a_template_is_described_without_key_or_connection() {
    let id = ProviderId::parse("canva_api").unwrap();
    let describe = |table| factory().describe(&id, &provider_settings("canva_api", table)).unwrap();
    let plain = describe(Value::Null);
    assert_eq!(plain.operations.into_iter().collect::<Vec<_>>(), [Operation::GenerateImage, Operation::ExportCanva]);
    assert!(plain.model.is_none() && plain.editing.is_none() && !plain.local_and_free);
    let capabilities = plain.capabilities;
    assert_eq!((capabilities.max_count, &capabilities.formats[..]), (1, &[ImageFormat::Png, ImageFormat::Jpeg][..]));
    assert!(matches!(capabilities.sizes, SizeRule::Grid(grid) if grid.min_side == 40));
    assert!(
        !capabilities.assumed && !capabilities.seed && !capabilities.negative_prompt && capabilities.steps.is_none()
    );

    let table = json!({ "brand_template_id": "DAF1", "capabilities": { "prompt_limit": 80 } });
    let overridden = describe(table);
    assert_eq!((overridden.model.as_deref(), overridden.capabilities.prompt_limit), (Some("DAF1"), 80));
}

#[test]
fn the_kind_declares_its_variables() {
    let factory = factory();
    assert_eq!((factory.kind(), factory.aliases().len()), ("canva_api", 0));
    let declared: Vec<_> = factory.credentials().iter().map(|one| (one.variables[0], one.secret)).collect();
    assert_eq!(declared, [("CANVA_API_KEY", true), ("CANVA_CLIENT_ID", false), ("CANVA_CLIENT_SECRET", true)]);
}
