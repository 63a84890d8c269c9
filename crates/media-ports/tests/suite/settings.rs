//! Settings of a provider.

use media_ports::{BuildError, ProviderSettings};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FakeSettings {
    base_url: Option<String>,
    retries: Option<u32>,
    limits: Option<Limits>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    images: u32,
}

fn settings(values: serde_json::Value) -> ProviderSettings {
    ProviderSettings::new("providers.flux_eu", values.as_object().unwrap().clone())
}

#[test]
fn a_table_is_read_as_the_factory_s_type() {
    let read: FakeSettings =
        settings(json!({ "base_url": "https://api.eu.bfl.ai", "limits": { "images": 4 } })).decode().unwrap();
    assert_eq!(
        read,
        FakeSettings {
            base_url: Some("https://api.eu.bfl.ai".to_owned()),
            retries: None,
            limits: Some(Limits { images: 4 })
        }
    );
    let empty: FakeSettings = ProviderSettings::default().decode().unwrap();
    assert_eq!(empty, FakeSettings { base_url: None, retries: None, limits: None });
}

#[test]
fn an_error_names_the_table_and_what_is_wrong_in_it() {
    for (values, named) in [
        (json!({ "bas_url": "x" }), "bas_url"),
        (json!({ "retries": -1 }), "-1"),
        (json!({ "limits": {} }), "images"),
        (json!({ "limits": { "images": 1, "pictures": 2 } }), "pictures"),
    ] {
        let error = settings(values.clone()).decode::<FakeSettings>().unwrap_err();
        assert_eq!(error.path, "providers.flux_eu", "{values}");
        assert!(error.reason.contains(named), "{error}");
        assert!(error.to_string().starts_with("`providers.flux_eu`: "), "{error}");
        assert_eq!(BuildError::from(error.clone()).to_string(), error.to_string());
    }
}

#[test]
fn a_factory_s_own_error_names_the_key() {
    let settings = settings(json!({}));
    assert_eq!(settings.error(Some("model"), "is blank").path, "providers.flux_eu.model");
    assert_eq!(settings.error(None, "is empty").to_string(), "`providers.flux_eu`: is empty");
}

#[test]
fn values_are_not_shown_since_one_may_be_a_secret_in_the_wrong_place() {
    let settings = settings(json!({ "api_key": "sk-very-secret", "base_url": "https://example.org" }));
    let shown = format!("{settings:?}");
    assert!(shown.contains("api_key") && shown.contains("providers.flux_eu"), "{shown}");
    assert!(!shown.contains("sk-") && !shown.contains("example.org"), "{shown}");
    assert_eq!(settings.keys().collect::<Vec<_>>(), ["api_key", "base_url"]);
    assert_eq!(settings.path(), "providers.flux_eu");
}
