//! From configuration to a provider.

use std::sync::Arc;

use media_domain::capabilities::SizeRule;
use media_domain::{ImageFormat, ProviderId};
use media_ports::{BuildError, MediaGeneratorProvider, Operation, ProviderFactory};
use media_provider_figma::FigmaFactory;
use media_testkit::factory::{build_provider, provider_settings};
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, vendor};

fn factory() -> FigmaFactory {
    FigmaFactory::new(Arc::new(ScriptedTransport::default()))
}

fn build(table: Value, credentials: &[(&str, &str)]) -> Result<MediaGeneratorProvider, BuildError> {
    build_provider(&factory(), table, credentials)
}

#[tokio::test]
async fn the_token_is_all_that_it_needs() {
    let provider = build(Value::Null, &[("api_key", vendor::KEY)]).unwrap();
    assert!(provider.generator.is_some() && provider.exporter.is_some() && provider.editor.is_none());
    assert!(!format!("{provider:?}").contains(vendor::KEY));
    let error = build(Value::Null, &[]).unwrap_err();
    assert_eq!(error, BuildError::MissingCredential { variable: "FIGMA_API_TOKEN".to_owned() });
}

#[tokio::test]
async fn mistakes_are_named_by_their_key_and_tell_no_secret() {
    let template = |template: Value| json!({ "file_key": "Abc1", "templates": { "story": template } });
    let cases = [
        (json!({ "fil_key": "x" }), "fil_key"),
        (json!({ "base_url": "ftp://example.org" }), "providers.figma_api.base_url"),
        (json!({ "base_url": "https://user:hidden@example.org" }), "providers.figma_api.base_url"),
        (json!({ "token_kind": "key" }), "oauth"),
        (json!({ "node_id": "1:2" }), "providers.figma_api.file_key"),
        (json!({ "file_key": "a/b", "node_id": "1:2" }), "providers.figma_api.file_key"),
        (json!({ "file_key": "Abc1" }), "providers.figma_api.node_id"),
        (json!({ "file_key": "Abc1", "node_id": "frame" }), "providers.figma_api.node_id"),
        (json!({ "node_width": 100, "node_height": 100 }), "providers.figma_api.node_id"),
        (json!({ "file_key": "Abc1", "node_id": "1:2", "node_width": 100 }), "providers.figma_api.node_height"),
        (json!({ "file_key": "Abc1", "node_id": "1:2", "node_height": 100 }), "providers.figma_api.node_width"),
        (
            json!({ "file_key": "Abc1", "node_id": "1:2", "node_width": 0, "node_height": 100 }),
            "providers.figma_api.node_width",
        ),
        (template(json!({ "node": "1:2" })), "node"),
        (template(json!({ "node_id": "x" })), "providers.figma_api.templates.story.node_id"),
        (template(json!({ "node_id": "1:2", "file_key": "?" })), "providers.figma_api.templates.story.file_key"),
        (json!({ "templates": { "story": { "node_id": "1:2" } } }), "providers.figma_api.templates.story.file_key"),
        (json!({ "timeout_s": 0 }), "providers.figma_api.timeout_s"),
        (json!({ "capabilities": { "sizzes": 1 } }), "providers.figma_api.capabilities"),
    ];
    for (table, named) in cases {
        let error = build(table.clone(), &[("api_key", vendor::KEY)]).unwrap_err();
        assert!(matches!(error, BuildError::Settings(_)), "{table}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(named) && !text.contains("hidden"), "{text}");
    }
    let text = build(Value::Null, &[("api_key", "line\nbreak-hidden")]).unwrap_err().to_string();
    assert!(text.contains("FIGMA_API_TOKEN") && !text.contains("hidden"), "{text}");
}

#[tokio::test]
async fn tokens_are_sent_as_their_kind_wants() {
    let cases = [
        (json!({}), "an-oauth-token", "x-figma-token", "an-oauth-token"),
        (json!({ "token_kind": "oauth" }), "an-oauth-token", "authorization", "Bearer an-oauth-token"),
        (json!({ "token_kind": "oauth" }), "figd_personal", "x-figma-token", "figd_personal"),
        (json!({ "token_kind": "personal" }), " figd_personal ", "x-figma-token", "figd_personal"),
    ];
    for (table, token, header, value) in cases {
        let me = json!({ "id": "1", "handle": "Ada", "img_url": "", "email": "ada@example.org" });
        let transport = Arc::new(ScriptedTransport::new([Exchange::get("/figma/v1/me").answers_json(200, &me)]));
        let mut table = table;
        table["base_url"] = json!("http://localhost:9000/figma/");
        let factory = FigmaFactory::new(Arc::clone(&transport) as _);
        let provider = build_provider(&factory, table, &[("api_key", token)]).unwrap();
        assert!(provider.health.check_health(&context()).await.is_healthy());
        let sent = &transport.recorded()[0];
        assert_eq!((sent.header(header), sent.url.port()), (value, Some(9000)));
        assert!(sent.headers[header].is_sensitive());
        let others = ["x-figma-token", "authorization"].iter().filter(|name| sent.headers.contains_key(**name));
        assert_eq!(others.count(), 1);
    }
}

#[test]
fn a_provider_is_described_without_key_or_connection() {
    let id = ProviderId::parse("figma_api").unwrap();
    let describe = |table| factory().describe(&id, &provider_settings("figma_api", table)).unwrap();
    let plain = describe(Value::Null);
    assert_eq!(plain.operations.into_iter().collect::<Vec<_>>(), [Operation::GenerateImage, Operation::ExportFigma]);
    assert!(plain.model.is_none() && plain.editing.is_none() && !plain.local_and_free);
    let capabilities = plain.capabilities;
    let formats = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Svg];
    assert_eq!(
        (capabilities.max_count, &capabilities.formats[..], &capabilities.sizes),
        (1, &formats[..], &SizeRule::Any)
    );
    assert!(!capabilities.assumed && !capabilities.seed && !capabilities.negative_prompt);
    assert!(capabilities.style, "it names the node");

    let named = describe(json!({
        "file_key": "Abc1", "node_id": "1-2", "templates": { "story": { "node_id": "3:4" } },
        "capabilities": { "prompt_limit": 80 }
    }));
    assert_eq!((named.model.as_deref(), named.capabilities.prompt_limit), (Some("Abc1/1:2"), 80));
}

#[test]
fn the_kind_declares_its_variables() {
    let factory = factory();
    assert_eq!((factory.kind(), factory.aliases().len()), ("figma_api", 0));
    let [credential] = factory.credentials() else { panic!("one credential") };
    let variables = ["FIGMA_API_TOKEN", "FIGMA_TOKEN", "FIGMA_API_KEY", "FIGMA_ACCESS_TOKEN"];
    assert_eq!(credential.variables, variables);
    assert!(credential.required && credential.required_for_export && credential.secret);
}
