//! Providers made by their factories, as the program makes them.

use std::sync::Arc;

use media_domain::ProviderId;
use media_ports::{
    BuildError, CredentialSource, Credentials, FactoryContext, MediaGeneratorProvider, ProviderFactory,
    ProviderSettings,
};
use serde_json::Value;

use crate::clock::TestClock;

/// What a factory is given: the test clock (which needs a tokio runtime) and these credentials, by key.
pub fn factory_context(credentials: &[(&str, &str)]) -> FactoryContext {
    let mut resolved = Credentials::default();
    credentials.iter().for_each(|(key, value)| resolved.insert(*key, (*value).to_owned().into()));
    FactoryContext { clock: Arc::new(TestClock::new()), credentials: resolved }
}

/// The same, as if each credential stood in the first variable that the factory names for it.
fn context_of(factory: &dyn ProviderFactory, credentials: &[(&str, &str)]) -> FactoryContext {
    let mut context = factory_context(&[]);
    for (key, value) in credentials {
        let declared = factory.credentials().iter().find(|credential| credential.key == *key);
        let variable = declared.and_then(|credential| credential.variables.first()).copied().unwrap_or(key);
        let source = CredentialSource::WellKnown(variable.to_owned());
        context.credentials.insert_from(source, *key, (*value).to_owned().into());
    }
    context
}

/// The table `providers.ID` with these values; panics for what is no table. `Value::Null` is an empty one.
#[expect(clippy::panic, reason = "a test wants to know at once")]
pub fn provider_settings(id: &str, table: Value) -> ProviderSettings {
    let values = match table {
        Value::Null => serde_json::Map::new(),
        Value::Object(values) => values,
        other => panic!("settings of a provider are a table, not {other}"),
    };
    ProviderSettings::new(format!("providers.{id}"), values)
}

/// Builds the provider of a factory's own kind from a table and credentials.
///
/// # Errors
/// As [`ProviderFactory::build`].
#[expect(clippy::panic, reason = "a test wants to know at once")]
pub fn build_provider(
    factory: &dyn ProviderFactory,
    table: Value,
    credentials: &[(&str, &str)],
) -> Result<MediaGeneratorProvider, BuildError> {
    let kind = factory.kind();
    let id = ProviderId::parse(kind).unwrap_or_else(|error| panic!("{error}"));
    factory.build(&id, &provider_settings(kind, table), &context_of(factory, credentials))
}
