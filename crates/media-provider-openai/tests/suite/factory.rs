//! From configuration to a provider.

use std::sync::Arc;

use media_domain::capabilities::SizeRule;
use media_domain::{EditKind, ProviderId};
use media_ports::{BuildError, Credentials, FactoryContext, MediaGeneratorProvider, ProviderFactory, ProviderSettings};
use media_provider_openai::OpenAiImagesFactory;
use media_testkit::clock::TestClock;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, request, vendor};

fn id() -> ProviderId {
    ProviderId::parse("openai_images").unwrap()
}

fn settings(table: Value) -> ProviderSettings {
    ProviderSettings::new("providers.openai_images", table.as_object().cloned().unwrap())
}

fn factory() -> OpenAiImagesFactory {
    OpenAiImagesFactory::new(Arc::new(ScriptedTransport::default()))
}

fn build(table: Value, credentials: &[(&str, &str)]) -> Result<MediaGeneratorProvider, BuildError> {
    build_on(Arc::new(ScriptedTransport::default()), table, credentials)
}

fn build_on(
    transport: Arc<ScriptedTransport>,
    table: Value,
    credentials: &[(&str, &str)],
) -> Result<MediaGeneratorProvider, BuildError> {
    let mut resolved = Credentials::default();
    credentials.iter().for_each(|(key, value)| resolved.insert(*key, (*value).to_owned().into()));
    let context = FactoryContext { clock: Arc::new(TestClock::new()), credentials: resolved };
    OpenAiImagesFactory::new(transport).build(&id(), &settings(table), &context)
}

#[tokio::test]
async fn a_missing_key_names_its_variable() {
    let error = build(json!({}), &[]).unwrap_err();
    assert_eq!(error, BuildError::MissingCredential { variable: "OPENAI_API_KEY".to_owned() });
}

#[tokio::test]
async fn mistakes_are_named_by_their_key_and_tell_no_secret() {
    let key = [("api_key", vendor::KEY)];
    let cases = [
        (json!({"modle": "x"}), &key[..], "modle"),
        (json!({"model": " "}), &key[..], "providers.openai_images.model"),
        (json!({"timeout_s": 0}), &key[..], "providers.openai_images.timeout_s"),
        (json!({"max_response_mb": 0}), &key[..], "providers.openai_images.max_response_mb"),
        (json!({"base_url": "ftp://example.org"}), &key[..], "providers.openai_images.base_url"),
        (json!({"base_url": "https://user:hidden@example.org"}), &key[..], "providers.openai_images.base_url"),
        (json!({"base_url": "https://example.org/v1?key=hidden"}), &key[..], "providers.openai_images.base_url"),
        (json!({"capabilities": {"sizzes": 1}}), &key[..], "providers.openai_images.capabilities"),
        (json!({"moderation": "off"}), &key[..], "moderation"),
        (json!({"edit_capabilities": {"kinds": ["paint"]}}), &key[..], "providers.openai_images.edit_capabilities"),
        (json!({"partial_images": 4}), &key[..], "providers.openai_images.partial_images"),
        (json!({"input_fidelity": "high"}), &key[..], "providers.openai_images.input_fidelity"),
        (json!({}), &[("api_key", "k"), ("base_url", "hidden address")][..], "OPENAI_BASE_URL"),
    ];
    for (table, credentials, named) in cases {
        let error = build(table.clone(), credentials).unwrap_err();
        assert!(matches!(error, BuildError::Settings(_)), "{table}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(named) || table.get(named).is_some(), "{text}");
        assert!(!text.contains("hidden"), "{text}");
    }
}

/// Path and headers of an order under settings and environment.
async fn sent(table: Value, credentials: &[(&str, &str)], path: &str) -> http::HeaderMap {
    let exchange = Exchange::post(path).answers_json(200, &vendor::images(1));
    let transport = Arc::new(ScriptedTransport::new([exchange]));
    let provider = build_on(Arc::clone(&transport), table, credentials).unwrap();
    provider.generator.unwrap().generate_image(&context(), &request()).await.unwrap();
    transport.requests().remove(0).headers
}

#[tokio::test]
async fn settings_win_over_the_environment() {
    let environment = [
        ("api_key", vendor::KEY),
        ("base_url", "https://gateway.example.org/openai/"),
        ("organization", "org-env"),
        ("project", "proj-env"),
    ];
    let headers = sent(json!({}), &environment, "/openai/images/generations").await;
    assert_eq!(headers["authorization"], format!("Bearer {}", vendor::KEY));
    assert!(headers["authorization"].is_sensitive());
    assert_eq!(
        (&headers["openai-organization"], &headers["openai-project"]),
        (&"org-env".parse().unwrap(), &"proj-env".parse().unwrap())
    );

    let table = json!({"base_url": "http://localhost:9000", "organization": "org-set"});
    let headers = sent(table, &environment, "/images/generations").await;
    assert_eq!(
        (&headers["openai-organization"], &headers["openai-project"]),
        (&"org-set".parse().unwrap(), &"proj-env".parse().unwrap())
    );

    let headers = sent(json!({}), &[("api_key", vendor::KEY)], "/v1/images/generations").await;
    assert!(!headers.contains_key("openai-organization") && !headers.contains_key("openai-project"));
}

#[test]
fn models_are_described_without_key_or_connection() {
    let describe = |table| factory().describe(&id(), &settings(table)).unwrap();
    let newest = describe(json!({}));
    assert!(matches!(newest.capabilities.sizes, SizeRule::Grid(_)));
    assert!(!newest.capabilities.assumed && !newest.local_and_free);

    let earlier = describe(json!({"model": "gpt-image-1.5"}));
    assert!(matches!(&earlier.capabilities.sizes, SizeRule::OneOf(sizes) if sizes.len() == 3));

    let unknown = describe(json!({"model": "painter-9"}));
    assert_eq!((unknown.model.as_deref(), unknown.capabilities.assumed), (Some("painter-9"), true));
    assert!(!unknown.capabilities.seed && !unknown.capabilities.negative_prompt);

    let editing = newest.editing.unwrap();
    assert_eq!((editing.max_references, editing.max_source_bytes, editing.optional_mask), (15, 49_999_999, true));
    assert!(!editing.kinds.contains(&EditKind::Variation), "only dall-e-2 made variations");
    let fewer = describe(json!({"edit_capabilities": {"max_references": 3}})).editing.unwrap();
    assert_eq!((fewer.max_references, fewer.kinds), (3, editing.kinds));

    let overridden = describe(json!({"capabilities": {"max_count": 1, "seed": true}}));
    assert_eq!((overridden.capabilities.max_count, overridden.capabilities.seed), (1, true));
    assert_eq!(overridden.capabilities.formats, newest.capabilities.formats);
}

#[test]
fn the_kind_has_its_aliases_and_one_secret() {
    let factory = factory();
    assert_eq!((factory.kind(), factory.aliases()), ("openai_images", &["dalle3", "openai"][..]));
    let secret: Vec<_> = factory.credentials().iter().filter(|credential| credential.secret).collect();
    assert_eq!(secret.len(), 1);
    assert!(secret[0].required && secret[0].variables == ["OPENAI_API_KEY"]);
}
