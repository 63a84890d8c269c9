//! From configuration to a provider.

use std::sync::Arc;

use media_domain::capabilities::SizeRule;
use media_domain::{EditKind, ProviderId};
use media_ports::{BuildError, Descriptor, Operation, ProviderFactory};
use media_provider_flux::FluxFactory;
use media_testkit::factory::{build_provider, provider_settings};
use media_testkit::transport::ScriptedTransport;
use serde_json::{Value, json};

use crate::{model, vendor};

fn factory() -> FluxFactory {
    FluxFactory::new(Arc::new(ScriptedTransport::default()))
}

fn describe(table: Value) -> Descriptor {
    factory().describe(&ProviderId::parse("flux").unwrap(), &provider_settings("flux", table)).unwrap()
}

#[tokio::test]
async fn a_missing_key_names_its_variable() {
    let error = build_provider(&factory(), json!({}), &[]).unwrap_err();
    assert_eq!(error, BuildError::MissingCredential { variable: "BFL_API_KEY".to_owned() });
}

#[tokio::test]
async fn mistakes_are_named_by_their_key_and_tell_no_secret() {
    let key = [("api_key", vendor::KEY)];
    let flux_3 = |key: &str, value: Value| json!({"model": "flux-3-image", key: value});
    let cases = [
        (json!({"modle": "x"}), &key[..], "modle"),
        (json!({"model": " "}), &key[..], "providers.flux.model"),
        (json!({"model": ".."}), &key[..], "providers.flux.model"),
        (json!({"model": "flux-pro-1.0-fill"}), &key[..], "providers.flux.model"),
        (json!({"timeout_s": 0}), &key[..], "providers.flux.timeout_s"),
        (json!({"base_url": "https://user:hidden@example.org"}), &key[..], "providers.flux"),
        (json!({"base_url": "https://example.org/v1?key=hidden"}), &key[..], "providers.flux"),
        (json!({"capabilities": {"sizzes": 1}}), &key[..], "providers.flux.capabilities"),
        (json!({"safety_tolerance": 6}), &key[..], "providers.flux.safety_tolerance"),
        (flux_3("safety_tolerance", json!(5)), &key[..], "providers.flux.safety_tolerance"),
        (flux_3("prompt_upsampling", json!(true)), &key[..], "providers.flux.prompt_upsampling"),
        (json!({"grounding": true}), &key[..], "providers.flux.grounding"),
        (json!({"raw": true}), &key[..], "providers.flux.raw"),
        (json!({"image_prompt_strength": 0.5}), &key[..], "providers.flux.image_prompt_strength"),
        (json!({"model": "flux-pro-1.1-ultra", "image_prompt_strength": 2}), &key[..], "image_prompt_strength"),
    ];
    for (table, credentials, named) in cases {
        let error = build_provider(&factory(), table.clone(), credentials).unwrap_err();
        assert!(matches!(error, BuildError::Settings(_)), "{table}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(named), "{text}");
        assert!(!text.contains("hidden"), "{text}");
    }
    let unusable = build_provider(&factory(), json!({}), &[("api_key", "line\nbreak-hidden")]).unwrap_err();
    assert_eq!(unusable, BuildError::UnusableCredential { found_in: "BFL_API_KEY".to_owned() });
}

#[test]
fn models_are_described_without_key_or_connection() {
    let usual = describe(json!({}));
    assert_eq!(usual.model.as_deref(), Some("flux-2-pro"));
    assert_eq!(usual.operations.into_iter().collect::<Vec<_>>(), [Operation::GenerateImage, Operation::EditImage]);
    let capabilities = usual.capabilities;
    assert!(matches!(capabilities.sizes, SizeRule::Grid(_)) && capabilities.seed && !capabilities.assumed);
    assert!(!capabilities.negative_prompt && capabilities.guidance_scale.is_none() && capabilities.steps.is_none());

    let flex = describe(model("flux-2-flex")).capabilities;
    assert!(flex.guidance_scale == Some(1.5..=10.0) && flex.steps == Some(1..=50));

    let newest = describe(model("flux-3-image")).capabilities;
    assert!(matches!(&newest.sizes, SizeRule::OneOf(sizes) if sizes.len() == 61) && !newest.seed);

    let unknown = describe(model("painter-9")).capabilities;
    assert!(unknown.assumed && unknown.sizes == SizeRule::Any && !unknown.negative_prompt);

    let overridden = describe(json!({"capabilities": {"prompt_limit": 10, "seed": false}})).capabilities;
    assert_eq!((overridden.prompt_limit, overridden.seed), (10, false));
    assert_eq!(overridden.formats, capabilities.formats);
}

#[test]
fn every_model_tells_how_it_changes_pictures() {
    let cases = [
        ("flux-3-image", EditKind::Edit, 9),
        ("flux-2-max", EditKind::Edit, 7),
        ("flux-2-klein-9b", EditKind::Edit, 3),
        ("flux-kontext-max", EditKind::Edit, 3),
        ("flux-pro-1.1", EditKind::Variation, 0),
        ("flux-pro-1.1-ultra", EditKind::Variation, 0),
        ("flux-dev", EditKind::Variation, 0),
        ("painter-9", EditKind::Edit, 7),
    ];
    for (name, own, references) in cases {
        let editing = describe(model(name)).editing.unwrap();
        assert!([own, EditKind::Inpaint, EditKind::Outpaint].iter().all(|kind| editing.kinds.contains(kind)), "{name}");
        assert_eq!((editing.kinds.len(), editing.max_references), (3, references), "{name}");
    }
}

#[test]
fn the_kind_has_one_secret_under_two_names() {
    let factory = factory();
    assert_eq!((factory.kind(), factory.aliases().len(), factory.credentials().len()), ("flux", 0, 1));
    let credential = factory.credentials()[0];
    assert!(credential.required && credential.secret && !credential.required_for_export);
    assert_eq!(credential.variables, ["BFL_API_KEY", "FLUX_API_KEY"]);
}
