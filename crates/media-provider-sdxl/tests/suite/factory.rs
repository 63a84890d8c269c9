//! From configuration to a provider.

use std::sync::Arc;

use media_domain::capabilities::SizeRule;
use media_domain::{EditKind, ProviderId};
use media_http::NoTransport;
use media_ports::{BuildError, Descriptor, MediaGeneratorProvider, Operation, ProviderFactory};
use media_provider_sdxl::SdxlFactory;
use media_testkit::factory::{build_provider, provider_settings};
use serde_json::{Value, json};

use crate::vendor;

fn factory() -> SdxlFactory {
    SdxlFactory::new(Arc::new(NoTransport))
}

fn build(table: Value, credentials: &[(&str, &str)]) -> Result<MediaGeneratorProvider, BuildError> {
    build_provider(&factory(), table, credentials)
}

fn describe(table: Value) -> Descriptor {
    factory().describe(&ProviderId::parse("sdxl").unwrap(), &provider_settings("sdxl", table)).unwrap()
}

#[tokio::test]
async fn only_the_hosted_forms_need_a_key() {
    let missing = |variable: &str| BuildError::MissingCredential { variable: variable.to_owned() };
    for api in ["v1", "v2beta"] {
        assert_eq!(build(json!({"api": api}), &[]).unwrap_err(), missing("SDXL_API_KEY"));
    }
    let own = [json!({"api": "automatic1111"}), json!({"api": "flat", "base_url": "http://gpu:8000"})];
    for table in own {
        assert!(build(table.clone(), &[]).is_ok(), "{table}");
    }
    let web_ui = |credentials: &[(&str, &str)]| build(json!({"api": "automatic1111"}), credentials).unwrap_err();
    assert_eq!(web_ui(&[("user", "painter")]), missing("A1111_PASSWORD"));
    assert_eq!(web_ui(&[("password", vendor::PASSWORD)]), missing("A1111_USER"));
}

#[tokio::test]
async fn mistakes_are_named_by_their_key_and_tell_no_secret() {
    let key = [("api_key", vendor::KEY)];
    let cases = [
        (json!({"modle": "x"}), &key[..], "modle"),
        (json!({"api": "v3"}), &key[..], "v2beta"),
        (json!({"model": " "}), &key[..], "providers.sdxl.model"),
        (json!({"model": ".."}), &key[..], "providers.sdxl.model"),
        (json!({"sampler": ""}), &key[..], "providers.sdxl.sampler"),
        (json!({"timeout_s": 0}), &key[..], "providers.sdxl.timeout_s"),
        (json!({"max_response_mb": 0}), &key[..], "providers.sdxl.max_response_mb"),
        (json!({"edit_strength": 1.5}), &key[..], "providers.sdxl.edit_strength"),
        (json!({"steps": 0}), &key[..], "providers.sdxl"),
        (json!({"steps": 9}), &key[..], "providers.sdxl.steps"),
        (json!({"guidance_scale": -1.0}), &key[..], "providers.sdxl.guidance_scale"),
        (json!({"guidance_scale": 36.0}), &key[..], "providers.sdxl.guidance_scale"),
        (json!({"path": "x"}), &key[..], "providers.sdxl.path"),
        (json!({"organization": "a\nb"}), &key[..], "providers.sdxl.organization"),
        (json!({"capabilities": {"sizzes": 1}}), &key[..], "providers.sdxl.capabilities"),
        (json!({"edit_capabilities": {"kindz": []}}), &key[..], "providers.sdxl.edit_capabilities"),
        (json!({"edit_capabilities": {"kinds": ["remove_background"]}}), &key[..], "for which there is no order"),
        (json!({"edit_capabilities": {"max_references": 1}}), &key[..], "providers.sdxl.edit_capabilities"),
        (json!({"edit_capabilities": {"optional_mask": true}}), &key[..], "providers.sdxl.edit_capabilities"),
        (json!({"api": "flat", "edit_capabilities": {}}), &key[..], "providers.sdxl.edit_capabilities"),
        (json!({"base_url": "https://user:hidden@example.org"}), &key[..], "providers.sdxl"),
        (json!({"api": "v2beta", "steps": 50}), &key[..], "providers.sdxl.steps"),
        (json!({"api": "v2beta", "guidance_scale": 11.0}), &key[..], "providers.sdxl.guidance_scale"),
        (json!({"api": "v2beta", "model": "core", "guidance_scale": 5.0}), &key[..], "providers.sdxl.guidance_scale"),
        (json!({"api": "automatic1111", "answer": "any"}), &key[..], "providers.sdxl.answer"),
        (json!({"api": "flat"}), &key[..], "providers.sdxl.base_url"),
        (json!({"api": "flat", "base_url": "http://gpu", "path": "a/../b"}), &key[..], "providers.sdxl.path"),
        (json!({"api": "flat", "base_url": "http://gpu", "health_path": ""}), &key[..], "providers.sdxl.health_path"),
        (json!({}), &[("api_key", "hidden\nkey")][..], "the credential in SDXL_API_KEY"),
    ];
    for (table, credentials, name) in cases {
        let error = build(table.clone(), credentials).unwrap_err().to_string();
        assert!(error.contains(name), "{table}: {error}");
        assert!(!error.contains("hidden") && !error.contains(vendor::KEY), "{error}");
    }
}

#[test]
fn each_form_is_described_without_key_or_connection() {
    let v1 = describe(json!({}));
    assert_eq!(v1.model.as_deref(), Some("stable-diffusion-xl-1024-v1-0"));
    assert!(matches!(&v1.capabilities.sizes, SizeRule::OneOf(sizes) if sizes.len() == 9));
    assert_eq!((v1.capabilities.steps.clone(), v1.capabilities.assumed), (Some(10..=150), false));

    let v2beta = describe(json!({"api": "v2beta"}));
    assert_eq!((v2beta.model.as_deref(), v2beta.capabilities.steps), (Some("sd3.5-large"), None));
    assert!(v2beta.capabilities.guidance_scale == Some(1.0..=10.0) && v2beta.capabilities.max_count == 1);

    let web_ui = describe(json!({"api": "automatic1111"}));
    assert_eq!((web_ui.model, web_ui.capabilities.style), (None, false));
    let flat = describe(json!({"api": "flat", "base_url": "http://gpu:8000", "model": "my-sdxl"}));
    assert_eq!((flat.model.as_deref(), flat.capabilities.assumed), (Some("my-sdxl"), true));
    assert_eq!(flat.operations.into_iter().collect::<Vec<_>>(), [Operation::GenerateImage]);

    let another = describe(json!({"model": "sdxl-2"})).capabilities;
    assert!(another.assumed && matches!(another.sizes, SizeRule::Grid(_)));
    assert!(describe(json!({"api": "v2beta", "model": "sd4"})).capabilities.assumed);
    let overridden = describe(json!({"capabilities": {"max_count": 2}}));
    assert_eq!((overridden.capabilities.max_count, overridden.capabilities.prompt_limit), (2, 2_000));
}

#[test]
fn what_can_be_edited_depends_on_form_and_model() {
    use EditKind::{Edit, Erase, Inpaint, Outpaint, RemoveBackground, Variation};
    let tools = [Inpaint, Erase, Outpaint, RemoveBackground];
    let cases = [
        (json!({}), vec![Edit]),
        (json!({"api": "v2beta", "model": "core"}), tools.to_vec()),
        (json!({"api": "v2beta", "model": "ultra"}), [&[Edit][..], &tools].concat()),
        (json!({"api": "automatic1111"}), vec![Edit, Inpaint, Variation]),
    ];
    for (table, kinds) in cases {
        let descriptor = describe(table.clone());
        let editing = descriptor.editing.unwrap();
        assert_eq!(editing.kinds.into_iter().collect::<Vec<_>>(), kinds, "{table}");
        assert!(descriptor.operations.contains(&Operation::EditImage));
    }
    let web_ui = json!({"api": "automatic1111", "edit_capabilities": {"kinds": ["edit"], "max_source_pixels": 65_536}});
    let fewer = describe(web_ui).editing.unwrap();
    assert_eq!((fewer.kinds.len(), fewer.max_source_pixels, fewer.optional_mask), (1, Some(65_536), true));
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let keys = [("api_key", vendor::KEY), ("user", vendor::USER), ("password", vendor::PASSWORD)];
    for api in ["v1", "v2beta", "automatic1111"] {
        let shown = format!("{:?}", build(json!({"api": api}), &keys).unwrap());
        for secret in [vendor::KEY, vendor::PASSWORD, &vendor::basic()] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn the_kind_has_its_alias_and_its_variables() {
    let factory = factory();
    assert_eq!((factory.kind(), factory.aliases()), ("sdxl", &["stable-diffusion"][..]));
    let variables: Vec<_> = factory.credentials().iter().flat_map(|credential| credential.variables).collect();
    assert_eq!(variables, [&"SDXL_API_KEY", &"STABILITY_API_KEY", &"A1111_USER", &"A1111_PASSWORD"]);
    assert!(factory.credentials().iter().all(|credential| !credential.required && !credential.required_for_export));
}
