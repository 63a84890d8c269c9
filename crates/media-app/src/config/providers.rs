//! The tables of providers: which adapter, which settings, which credentials.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use config::{Value, ValueKind};
use media_domain::ProviderId;
use media_ports::{Credentials, Descriptor, FactoryRegistry, ProviderFactory, ProviderSettings, SettingsError};
use serde_json::Map;

use super::credentials::{self, Lookup};
use super::effective::{self, EffectiveValue};
use super::problem::{ConfigProblem, nearest};
use super::section::{Section, first_origin};
use super::{Environment, Origin};

/// One provider as configuration has it, ready for its factory.
#[derive(Debug, Clone)]
pub struct ProviderSetup {
    /// The id under which chains name it.
    pub id: ProviderId,
    /// The kind of adapter, aliases resolved.
    pub kind: String,
    /// Settings that only the factory understands.
    pub settings: ProviderSettings,
    /// Credentials that were found, by the factory's keys.
    pub credentials: Credentials,
    /// What it is, as the factory describes it from these settings.
    pub descriptor: Descriptor,
}

/// The tables of providers while configuration is being read.
#[derive(Debug)]
pub(super) struct ProviderTables<'a> {
    section: Section<'a>,
    registry: &'a FactoryRegistry,
    tables: BTreeMap<ProviderId, Table<'a>>,
}

#[derive(Debug)]
struct Table<'a> {
    factory: &'a Arc<dyn ProviderFactory>,
    section: Section<'a>,
    /// Who set the kind, when it was set.
    kind_origin: Option<Origin>,
}

impl<'a> ProviderTables<'a> {
    /// Reads which tables there are, and of which kind.
    pub(super) fn read(mut section: Section<'a>, registry: &'a FactoryRegistry) -> Self {
        let named = section.sections();
        let mut tables = Self { section, registry, tables: BTreeMap::new() };
        for (name, table) in named {
            tables.add(&name, table);
        }
        tables
    }

    fn add(&mut self, name: &str, mut section: Section<'a>) {
        let kind = section.take_sourced::<String>("kind");
        let kind_origin = kind.as_ref().map(|kind| kind.origin.clone());
        let wanted = kind.as_ref().map_or(name, |kind| kind.value.as_str());
        let factory = match self.registry.get(wanted) {
            Ok(factory) => factory,
            Err(_) => return self.unknown_kind(name, wanted, kind_origin, &section),
        };
        // A table under an alias, without a kind, is the table of the kind itself.
        let id = if kind.is_some() { name } else { factory.kind() };
        let id = match ProviderId::parse(id) {
            Ok(id) => id,
            Err(error) => return self.section.invalid(name, &error, None),
        };
        if self.tables.insert(id.clone(), Table { factory, section, kind_origin }).is_some() {
            self.section.invalid(name, &format!("`{id}` has two tables, one of them under an alias"), None);
        }
    }

    fn unknown_kind(&self, name: &str, wanted: &str, origin: Option<Origin>, table: &Section<'_>) {
        let known = self.registry.iter().map(|factory| factory.kind().to_owned()).collect::<Vec<_>>();
        let near = nearest(wanted, names(self.registry));
        let hint = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
        let known = known.join(", ");
        match origin {
            Some(origin) => {
                table.invalid("kind", &format!("unknown kind `{wanted}`{hint}; known: {known}"), Some(origin));
            }
            None => {
                let reason = format!("no kind has this name{hint}; set `kind` to one of: {known}");
                self.section.invalid(name, &reason, None);
            }
        }
    }

    /// Reads a chain's list of providers, aliases resolved; each of them has a table afterwards.
    pub(super) fn resolve_list(&mut self, chain: &mut Section<'a>) -> Option<Vec<ProviderId>> {
        let path = chain.path_of("providers");
        let list = chain.need_sourced::<Vec<String>>("providers")?;
        let origin = list.origin;
        if list.value.is_empty() {
            chain.problems().push(ConfigProblem::NoProvider { path, origin });
            return None;
        }
        let mut ids = Vec::new();
        for name in list.value {
            let Some(id) = self.resolve(&name) else {
                chain.problems().push(self.unknown_provider(path.clone(), name, origin.clone()));
                continue;
            };
            if ids.contains(&id) {
                let (path, id, origin) = (path.clone(), id.to_string(), origin.clone());
                chain.problems().push(ConfigProblem::RepeatedProvider { path, id, origin });
            }
            ids.push(id);
        }
        Some(ids)
    }

    /// The id that a name in a list stands for.
    fn resolve(&mut self, name: &str) -> Option<ProviderId> {
        if let Ok(id) = ProviderId::parse(name)
            && self.tables.contains_key(&id)
        {
            return Some(id);
        }
        let factory = self.registry.get(name).ok()?;
        let id = ProviderId::parse(factory.kind()).ok()?;
        let problems = self.section.problems();
        self.tables.entry(id.clone()).or_insert_with(|| Table {
            factory,
            section: Section::new(format!("providers.{id}"), empty(), problems),
            kind_origin: None,
        });
        Some(id)
    }

    fn unknown_provider(&self, path: String, id: String, origin: Origin) -> ConfigProblem {
        let kinds = self.registry.iter().map(|factory| factory.kind());
        let known: BTreeSet<&str> = kinds.chain(self.tables.keys().map(ProviderId::as_str)).collect();
        let near = nearest(&id, known.iter().copied().chain(names(self.registry)));
        let known = known.into_iter().map(str::to_owned).collect();
        ConfigProblem::UnknownProvider { path, nearest: near, known, id, origin }
    }

    /// Resolves credentials and asks every factory whether it understands its table.
    pub(super) fn finish(
        self,
        environment: &Environment,
        effective: &mut Vec<EffectiveValue>,
        warnings: &mut Vec<String>,
    ) -> BTreeMap<ProviderId, ProviderSetup> {
        let mut setups = BTreeMap::new();
        for (id, table) in self.tables {
            let kind_origin = table.kind_origin.clone().unwrap_or(Origin::Default);
            let kind = table.factory.kind();
            effective.push(EffectiveValue::plain(table.section.path_of("kind"), kind.into(), &kind_origin));
            let mut lookup = Lookup { environment, id: &id, effective: &mut *effective, warnings: &mut *warnings };
            if let Some(setup) = table.finish(&id, &mut lookup) {
                setups.insert(id, setup);
            }
        }
        effective.sort_by(|one, other| one.path.cmp(&other.path));
        setups
    }
}

impl Table<'_> {
    fn finish(mut self, id: &ProviderId, lookup: &mut Lookup<'_>) -> Option<ProviderSetup> {
        let credentials = credentials::resolve(self.factory.as_ref(), &mut self.section, lookup);
        let rest = self.section.rest();
        for (key, value) in &rest {
            effective::collect(&self.section.path_of(key), value, lookup.effective);
        }
        let origins: BTreeMap<String, Origin> =
            rest.iter().map(|(key, value)| (key.clone(), first_origin(value))).collect();
        let values: Map<_, _> = rest.into_iter().map(|(key, value)| (key, opaque(value))).collect();
        let settings = ProviderSettings::new(self.section.path(), values);
        let described = self.factory.describe(id, &settings);
        let descriptor = described.map_err(|error| self.section.problems().push(problem_of(error, &origins))).ok()?;
        let kind = self.factory.kind().to_owned();
        Some(ProviderSetup { id: id.clone(), kind, settings, credentials, descriptor })
    }
}

/// A factory's complaint as a problem; an unknown key gets the nearest known one.
fn problem_of(error: SettingsError, origins: &BTreeMap<String, Origin>) -> ConfigProblem {
    let quoted: Vec<&str> = error.reason.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((key, known)) if error.reason.starts_with("unknown field `") => ConfigProblem::UnknownKey {
            path: format!("{}.{key}", error.path),
            nearest: nearest(key, known.iter().copied()),
            known: known.iter().map(|word| (*word).to_owned()).collect(),
            origin: origins.get(*key).cloned(),
        },
        _ => {
            let key = error.path.rsplit('.').next().unwrap_or_default();
            ConfigProblem::InvalidValue { origin: origins.get(key).cloned(), path: error.path, reason: error.reason }
        }
    }
}

/// Every name that stands for a kind.
fn names(registry: &FactoryRegistry) -> impl Iterator<Item = &str> {
    registry.iter().flat_map(|factory| factory.aliases().iter().copied().chain([factory.kind()]))
}

fn empty() -> Value {
    Value::new(None, ValueKind::Table(config::Map::new()))
}

/// A value as its factory is to see it. The environment has texts only, so there a text that is `true`, `false`, a
/// plainly written number or a quoted text is read as TOML would; any other stays what it is.
pub(super) fn opaque(value: Value) -> serde_json::Value {
    let from_environment = matches!(Origin::from_text(value.origin()), Origin::Variable(_));
    match value.kind {
        ValueKind::Table(table) => table.into_iter().map(|(key, child)| (key, opaque(child))).collect(),
        ValueKind::Array(items) => items.into_iter().map(opaque).collect(),
        ValueKind::String(text) if from_environment => of_environment(&text),
        _ => plain(&value),
    }
}

fn of_environment(text: &str) -> serde_json::Value {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(quoted @ serde_json::Value::String(_)) => quoted,
        // Only what would be written the same again: `0012` and `1e5` are texts.
        Ok(value) if value.to_string().as_str() == text => value,
        _ => text.into(),
    }
}

/// A value as JSON.
pub(super) fn plain(value: &Value) -> serde_json::Value {
    match &value.kind {
        ValueKind::Nil => serde_json::Value::Null,
        ValueKind::Boolean(flag) => (*flag).into(),
        ValueKind::I64(number) => (*number).into(),
        ValueKind::U64(number) => (*number).into(),
        ValueKind::Float(number) => (*number).into(),
        ValueKind::I128(number) => number.to_string().into(),
        ValueKind::U128(number) => number.to_string().into(),
        ValueKind::String(text) => text.as_str().into(),
        ValueKind::Array(items) => items.iter().map(plain).collect(),
        ValueKind::Table(table) => table.iter().map(|(key, child)| (key.clone(), plain(child))).collect(),
    }
}
