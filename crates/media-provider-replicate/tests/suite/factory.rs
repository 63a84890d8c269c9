//! From configuration to a provider.

use std::sync::Arc;

use media_domain::capabilities::SizeRule;
use media_domain::{EditKind, ImageFormat, ProviderId};
use media_http::NoTransport;
use media_ports::{BuildError, Descriptor, MediaGeneratorProvider, Operation, ProviderFactory};
use media_provider_replicate::ReplicateSdxlFactory;
use media_testkit::factory::{build_provider, provider_settings};
use serde_json::{Value, json};

use crate::{official, vendor};

fn factory() -> ReplicateSdxlFactory {
    ReplicateSdxlFactory::new(Arc::new(NoTransport))
}

fn build(table: Value, credentials: &[(&str, &str)]) -> Result<MediaGeneratorProvider, BuildError> {
    build_provider(&factory(), table, credentials)
}

fn describe(table: Value) -> Descriptor {
    let id = ProviderId::parse("replicate_sdxl").unwrap();
    factory().describe(&id, &provider_settings("replicate_sdxl", table)).unwrap()
}

#[tokio::test]
async fn a_key_is_needed_and_named() {
    let missing = BuildError::MissingCredential { variable: "REPLICATE_API_KEY".to_owned() };
    assert_eq!(build(Value::Null, &[]).unwrap_err(), missing);
    let factory = factory();
    assert_eq!((factory.kind(), factory.aliases().len()), ("replicate_sdxl", 0));
    assert_eq!(factory.credentials()[0].variables, ["REPLICATE_API_KEY", "REPLICATE_API_TOKEN"]);
}

#[tokio::test]
async fn mistakes_are_named_by_their_key_and_tell_no_secret() {
    let version = "7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc";
    let inputs = |inputs: Value| json!({"model": "acme/painter", "inputs": inputs});
    let edits = |kinds: &str| json!({"edit_capabilities": {"kinds": [kinds]}});
    let cases = [
        (json!({"modle": "x"}), "modle"),
        (json!({"model": "sdxl"}), ".model"),
        (json!({"model": "a/b/c"}), ".model"),
        (json!({"model": "../b"}), ".model"),
        (json!({"model": format!("stability-ai/sdxl:{version}")}), ".model"),
        (json!({"version": "7762fd07"}), ".version"),
        (json!({"timeout_s": 0}), ".timeout_s"),
        (json!({"wait_s": 61}), ".wait_s"),
        (json!({"edit_strength": 1.5}), ".edit_strength"),
        (json!({"usd_per_second": -1.0}), ".usd_per_second"),
        (json!({"steps": 501}), ".steps"),
        (json!({"guidance_scale": 0.5}), ".guidance_scale"),
        (json!({"guidance_scale": -1.0}), ".guidance_scale"),
        (json!({"model": "acme/painter", "steps": 4}), ".steps"),
        (json!({"model": "acme/painter", "guidance_scale": 4.0}), ".guidance_scale"),
        (json!({"capabilities": {"sizzes": 1}}), ".capabilities"),
        (json!({"edit_capabilities": {"kindz": []}}), ".edit_capabilities"),
        (json!({"edit_capabilities": {"kinds": []}}), ".edit_capabilities"),
        (json!({"edit_capabilities": {"max_references": 2}}), "inputs.edit.images"),
        (edits("outpaint"), ".edit_capabilities"),
        (json!({"model": "acme/painter", "edit_capabilities": {"kinds": ["edit"]}}), "inputs.edit.image"),
        (json!({"base_url": "https://user:hidden@example.org"}), "replicate_sdxl"),
        (inputs(json!({"sed": "seed"})), "sed"),
        (inputs(json!({"seed": " "})), ".inputs.seed"),
        (inputs(json!({"prompt": ""})), ".inputs.prompt"),
        (inputs(json!({"seed": "x", "count": "x"})), ".inputs.seed"),
        (inputs(json!({"width": "width"})), ".inputs.width"),
        (inputs(json!({"aspect_ratios": ["1:1"]})), ".inputs.aspect_ratios"),
        (inputs(json!({"aspect_ratio": "ratio", "aspect_ratios": ["1x1"]})), "16:9"),
        (inputs(json!({"aspect_ratio": "ratio", "aspect_ratios": ["0:1"]})), "16:9"),
        (inputs(json!({"edit": {"mask": "mask"}})), ".inputs.edit"),
    ];
    for (table, name) in cases {
        let error = build(table.clone(), &[("api_key", vendor::KEY)]).unwrap_err().to_string();
        assert!(error.contains(name), "{table}: {error}");
        assert!(!error.contains("hidden") && !error.contains(vendor::KEY), "{error}");
    }
    let error = build(Value::Null, &[("api_key", "hidden\nkey")]).unwrap_err().to_string();
    assert!(error.contains("REPLICATE_API_KEY") && !error.contains("hidden"), "{error}");
}

#[tokio::test]
async fn an_unknown_input_is_told_of_its_own_table() {
    let cases = [
        (json!({"promt": "x"}), "providers.replicate_sdxl.inputs", "promt", "`negative_prompt`"),
        (json!({"edit": {"imgae": "x"}}), "providers.replicate_sdxl.inputs.edit", "imgae", "`strength`"),
        (json!({"aspect_ratios": 3}), "providers.replicate_sdxl.inputs", "3", "sequence"),
    ];
    for (inputs, path, wrong, known) in cases {
        let BuildError::Settings(error) = build(json!({"inputs": inputs}), &[("api_key", vendor::KEY)]).unwrap_err()
        else {
            panic!("{inputs}")
        };
        assert_eq!(error.path, path);
        assert!(error.reason.contains(wrong) && error.reason.contains(known), "{error}");
        assert!(!error.reason.contains("usd_per_second"), "only what belongs into the table: {error}");
    }
}

#[test]
fn sdxl_is_described_without_key_or_connection() {
    let sdxl = describe(Value::Null);
    assert_eq!(sdxl.model.as_deref(), Some("stability-ai/sdxl"));
    let capabilities = sdxl.capabilities;
    assert!(matches!(capabilities.sizes, SizeRule::Grid(grid) if grid.multiple_of == 8));
    assert_eq!((capabilities.max_count, capabilities.steps, capabilities.assumed), (4, Some(1..=500), false));
    assert!(
        capabilities.seed
            && capabilities.negative_prompt
            && capabilities.guidance_scale == Some(1.0..=50.0)
            && !capabilities.style
    );
    let kinds: Vec<_> = sdxl.editing.unwrap().kinds.into_iter().collect();
    assert_eq!(kinds, [EditKind::Edit, EditKind::Inpaint]);
    let operations: Vec<_> = sdxl.operations.into_iter().collect();
    assert!(operations.contains(&Operation::GenerateImage) && operations.contains(&Operation::EditImage));
}

#[test]
fn any_other_model_can_do_what_it_has_inputs_for() {
    let bare = describe(json!({"model": "acme/painter"}));
    let capabilities = bare.capabilities;
    assert!(capabilities.assumed && !capabilities.seed && !capabilities.style && capabilities.steps.is_none());
    assert_eq!((capabilities.max_count, capabilities.formats), (1, vec![ImageFormat::Png]));
    assert!(bare.editing.is_none() && !bare.operations.contains(&Operation::EditImage));

    let official = describe(official());
    let capabilities = official.capabilities;
    assert!(capabilities.seed && matches!(&capabilities.sizes, SizeRule::OneOf(sizes) if sizes.len() == 9));
    assert_eq!(capabilities.formats.len(), 3);
    assert_eq!(official.editing.unwrap().kinds.into_iter().collect::<Vec<_>>(), [EditKind::Edit]);

    let inputs = json!({"edit": {"images": "pictures", "mask": "mask"}, "count": "n"});
    let table = json!({"model": "acme/painter", "inputs": inputs, "edit_capabilities": {"max_references": 7}});
    let editing = describe(table).editing.unwrap();
    assert_eq!((editing.max_references, editing.max_count, editing.optional_mask), (7, 4, true));
}

#[test]
fn capabilities_can_be_told() {
    let overridden = describe(json!({"capabilities": {"max_count": 2}})).capabilities;
    assert_eq!((overridden.max_count, overridden.steps), (2, Some(1..=500)));
    let erasing = describe(json!({"edit_capabilities": {"kinds": ["erase", "variation"]}})).editing.unwrap();
    assert_eq!(erasing.kinds.into_iter().collect::<Vec<_>>(), [EditKind::Erase, EditKind::Variation]);
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let shown = format!("{:?}", build(Value::Null, &[("api_key", vendor::KEY)]).unwrap());
    assert!(!shown.contains(vendor::KEY), "{shown}");
}
