//! The registry of factories, and what factories are given.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeZone, Utc};
use media_domain::ProviderId;
use media_ports::{
    BuildError, Clock, Credential, Credentials, Descriptor, FactoryContext, FactoryRegistry, MediaGeneratorProvider,
    ProviderFactory, ProviderSettings, SettingsError,
};

use super::support::descriptor;

const API_KEY: Credential = Credential {
    key: "api_key",
    variables: &["FAKE_API_KEY", "FAKE_KEY"],
    required: true,
    required_for_export: false,
    secret: true,
};

/// A kind that is known but not built in.
#[derive(Debug)]
struct FakeFactory {
    kind: &'static str,
    aliases: &'static [&'static str],
}

impl ProviderFactory for FakeFactory {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    fn credentials(&self) -> &'static [Credential] {
        &[API_KEY]
    }

    fn describe(&self, id: &ProviderId, _settings: &ProviderSettings) -> Result<Descriptor, SettingsError> {
        Ok(descriptor(id.as_str(), "1.0.0"))
    }

    fn build(
        &self,
        _id: &ProviderId,
        _settings: &ProviderSettings,
        context: &FactoryContext,
    ) -> Result<MediaGeneratorProvider, BuildError> {
        context.required(&API_KEY)?;
        Err(BuildError::NotBuiltIn { reason: "not built in yet".to_owned() })
    }
}

fn fake(kind: &'static str, aliases: &'static [&'static str]) -> Arc<dyn ProviderFactory> {
    Arc::new(FakeFactory { kind, aliases })
}

fn registry() -> FactoryRegistry {
    let mut registry = FactoryRegistry::default();
    registry.register(fake("sdxl", &["stable-diffusion"])).unwrap();
    registry.register(fake("openai_images", &["dalle3", "openai"])).unwrap();
    registry
}

#[test]
fn a_kind_is_found_by_its_name_and_by_its_aliases() {
    let registry = registry();
    for (name, kind) in [
        ("sdxl", "sdxl"),
        ("stable-diffusion", "sdxl"),
        ("openai_images", "openai_images"),
        ("dalle3", "openai_images"),
    ] {
        assert_eq!(registry.get(name).unwrap().kind(), kind);
    }
    assert_eq!(registry.iter().map(|factory| factory.kind()).collect::<Vec<_>>(), ["openai_images", "sdxl"]);
}

#[test]
fn an_unknown_kind_lists_the_known_ones() {
    let error = registry().get("sdlx").unwrap_err();
    assert_eq!(
        (error.kind.as_str(), error.known.as_slice()),
        ("sdlx", ["openai_images", "sdxl"].map(str::to_owned).as_slice())
    );
    assert_eq!(error.to_string(), "unknown provider kind `sdlx`; known: openai_images, sdxl");
}

#[test]
fn a_taken_name_is_refused_and_leaves_nothing_behind() {
    for (kind, aliases, taken) in [
        ("sdxl", &[][..], "sdxl"),
        ("dalle3", &[][..], "dalle3"),
        ("flux", &["bfl", "sdxl"][..], "sdxl"),
        ("flux", &["bfl", "dalle3"][..], "dalle3"),
    ] {
        let mut registry = registry();
        let error = registry.register(fake(kind, aliases)).unwrap_err();
        assert_eq!(error.0, taken);
        assert!(registry.get("flux").is_err() && registry.get("bfl").is_err());
        assert_eq!(registry.iter().count(), 2);
        assert_eq!(registry.get("dalle3").unwrap().kind(), "openai_images");
    }
}

#[derive(Debug)]
struct StoppedClock(Instant);

impl Clock for StoppedClock {
    fn now(&self) -> Instant {
        self.0
    }

    fn utc_now(&self) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2024, 6, 1, 12, 0, 0).unwrap()
    }

    fn sleep_until(&self, _deadline: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        Box::pin(std::future::pending())
    }
}

fn factory_context(credentials: Credentials) -> FactoryContext {
    FactoryContext { clock: Arc::new(StoppedClock(Instant::now())), credentials }
}

fn with_key(value: &str) -> Credentials {
    let mut credentials = Credentials::default();
    credentials.insert("api_key", value.to_owned().into());
    credentials
}

#[test]
fn a_missing_credential_is_named_by_its_variable() {
    let build = |context: &FactoryContext| {
        let id = super::support::id("sdxl");
        registry().get("sdxl").unwrap().build(&id, &ProviderSettings::default(), context).unwrap_err()
    };
    let missing = build(&factory_context(Credentials::default()));
    assert_eq!(missing, BuildError::MissingCredential { variable: "FAKE_API_KEY".to_owned() });
    let not_built_in = build(&factory_context(with_key("sk-secret")));
    assert_eq!(not_built_in, BuildError::NotBuiltIn { reason: "not built in yet".to_owned() });
}

#[test]
fn a_credential_without_a_variable_is_named_by_its_key() {
    let credential = Credential { variables: &[], ..API_KEY };
    let error = factory_context(Credentials::default()).required(&credential).map(|_| ()).unwrap_err();
    assert_eq!(error, BuildError::MissingCredential { variable: "api_key".to_owned() });
}

#[test]
fn secrets_are_never_shown() {
    let credentials = with_key("sk-very-secret");
    let shown = format!("{credentials:?} {:?}", factory_context(credentials.clone()));
    assert!(shown.contains("api_key") && shown.contains("REDACTED"), "{shown}");
    assert!(!shown.contains("sk-very-secret"), "{shown}");
}

#[test]
fn a_later_credential_replaces_an_earlier() {
    use secrecy::ExposeSecret;

    let mut credentials = with_key("old");
    credentials.insert("api_key", "new".to_owned().into());
    assert_eq!(credentials.get("api_key").map(ExposeSecret::expose_secret), Some("new"));
    assert!(credentials.get("other").is_none());
}
