//! The tables of providers: which adapter, which settings, which credentials.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use config::{Value, ValueKind};
use media_chain::ProviderPolicy;
use media_domain::ProviderId;
use media_ports::{
    BuildError, Credentials, Descriptor, FactoryRegistry, ProviderFactory, ProviderSettings, SettingsError,
};
use serde_json::Map;

use super::credentials::{self, Absence, Lookup, ResolvedCredentials};
use super::effective::{self, EffectiveValue};
use super::opaque::opaque;
use super::problem::{ConfigProblem, nearest};
use super::section::{Section, Sourced, first_origin};
use super::{Environment, Origin, provider_policy};

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
    /// Why credentials that its table speaks of are not there, by the well-known variable of each.
    pub absences: BTreeMap<String, Absence>,
    /// Whether it is never called, whatever the rest of the program does.
    pub dry_run: bool,
    /// What it is, as the factory describes it from these settings.
    pub descriptor: Descriptor,
    /// How it is treated, by every chain that names it.
    pub policy: ProviderPolicy,
}

impl ProviderSetup {
    /// The first variable that its table refers to and that is not set: the provider is not to be called without.
    pub fn unset_reference(&self) -> Option<&str> {
        self.absences.values().find_map(|absence| match absence {
            Absence::Unset { variable } => Some(variable.as_str()),
            Absence::SwitchedOff { .. } => None,
        })
    }

    /// A factory's complaint as the table explains it: a credential that is missing because of the table is told with
    /// what the table says, not with the well-known variable.
    pub fn explained(&self, error: BuildError) -> BuildError {
        let BuildError::MissingCredential { variable } = error else { return error };
        match self.absences.get(&variable) {
            None => BuildError::MissingCredential { variable },
            Some(Absence::Unset { variable }) => BuildError::MissingCredential { variable: variable.clone() },
            Some(Absence::SwitchedOff { path }) => BuildError::NotBuiltIn { reason: format!("`{path}` is empty") },
        }
    }
}

/// Where values are looked for besides the tables, and where it is told what was found.
pub(super) struct Resolved<'a> {
    pub(super) environment: &'a Environment,
    pub(super) effective: &'a mut Vec<EffectiveValue>,
    pub(super) warnings: &'a mut Vec<String>,
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
        let list = chain.need_sourced::<Vec<String>>("providers")?;
        if list.value.is_empty() {
            let (path, origin) = (chain.path_of("providers"), list.origin);
            chain.problems().push(ConfigProblem::NoProvider { path, origin });
            return None;
        }
        Some(self.resolve_names(chain, "providers", list))
    }

    /// Resolves a list of names; one that nobody has, or that is named twice, is a problem.
    pub(super) fn resolve_names(
        &mut self,
        section: &Section<'a>,
        key: &str,
        list: Sourced<Vec<String>>,
    ) -> Vec<ProviderId> {
        let (path, origin) = (section.path_of(key), list.origin);
        let mut ids = Vec::new();
        for name in list.value {
            let Some(id) = self.resolve(&name) else {
                section.problems().push(self.unknown_provider(path.clone(), name, origin.clone()));
                continue;
            };
            if ids.contains(&id) {
                let (path, id, origin) = (path.clone(), id.to_string(), origin.clone());
                section.problems().push(ConfigProblem::RepeatedProvider { path, id, origin });
            }
            ids.push(id);
        }
        ids
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
        treatment: &ProviderPolicy,
        resolved: &mut Resolved<'_>,
    ) -> BTreeMap<ProviderId, ProviderSetup> {
        let Resolved { environment, effective, warnings } = resolved;
        let mut setups = BTreeMap::new();
        for (id, table) in self.tables {
            let kind_origin = table.kind_origin.clone().unwrap_or(Origin::Default);
            let kind = table.factory.kind();
            effective.push(EffectiveValue::plain(table.section.path_of("kind"), kind.into(), &kind_origin));
            let mut lookup = Lookup { environment, id: &id, effective, warnings };
            if let Some(setup) = table.finish(&id, treatment, &mut lookup) {
                setups.insert(id, setup);
            }
        }
        effective.sort_by(|one, other| one.path.cmp(&other.path));
        setups
    }
}

impl Table<'_> {
    fn finish(mut self, id: &ProviderId, treatment: &ProviderPolicy, lookup: &mut Lookup<'_>) -> Option<ProviderSetup> {
        let policy = self.policy(treatment, lookup);
        let dry_run = self.dry_run(lookup);
        let ResolvedCredentials { credentials, absences } =
            credentials::resolve(self.factory.as_ref(), &mut self.section, lookup);
        let rest = self.section.rest();
        for (key, value) in &rest {
            effective::collect(&self.section.path_of(key), value, lookup.effective);
        }
        let origins: BTreeMap<String, Origin> =
            rest.iter().map(|(key, value)| (key.clone(), first_origin(value))).collect();
        let values: Map<_, _> = rest.into_iter().map(|(key, value)| (key, opaque(value))).collect();
        let settings = ProviderSettings::new(self.section.path(), values);
        let described = self.factory.describe(id, &settings);
        let problem = |error| problem_of(error, &origins, &self.section);
        let descriptor = described.map_err(|error| self.section.problems().push(problem(error))).ok()?;
        let kind = self.factory.kind().to_owned();
        Some(ProviderSetup { id: id.clone(), kind, settings, credentials, absences, dry_run, descriptor, policy })
    }

    /// Reads whether the provider is in dry run, which is nothing to the factory.
    fn dry_run(&mut self, lookup: &mut Lookup<'_>) -> bool {
        const KEY: &str = "dry_run";
        let path = self.section.path_of(KEY);
        let Some(set) = self.section.take_sourced::<bool>(KEY) else { return false };
        lookup.effective.push(EffectiveValue::plain(path, set.value.into(), &set.origin));
        set.value
    }

    /// Reads the table `policy`, which is nothing to the factory.
    fn policy(&mut self, treatment: &ProviderPolicy, lookup: &mut Lookup<'_>) -> ProviderPolicy {
        let Some(table) = self.section.take("policy") else { return treatment.clone() };
        let path = self.section.path_of("policy");
        effective::collect(&path, &table, lookup.effective);
        let mut section = Section::new(path, table, self.section.problems());
        let policy = provider_policy::read(&mut section, treatment);
        section.finish();
        policy
    }
}

/// A factory's complaint as a problem; an unknown key gets the nearest known one.
fn problem_of(error: SettingsError, origins: &BTreeMap<String, Origin>, section: &Section<'_>) -> ConfigProblem {
    // A table below the provider's own has keys of its own.
    let known = if error.path == section.path() { section.known() } else { &[] };
    let quoted: Vec<&str> = error.reason.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((key, settings)) if error.reason.starts_with("unknown field `") => {
            let mut words: Vec<&str> = known.iter().map(String::as_str).collect();
            words.extend(settings.iter().copied().filter(|word| !known.iter().any(|known| known == word)));
            ConfigProblem::UnknownKey {
                path: format!("{}.{key}", error.path),
                nearest: nearest(key, words.iter().copied()),
                known: words.into_iter().map(str::to_owned).collect(),
                origin: origins.get(top_key(&error.path, section).unwrap_or(key)).cloned(),
            }
        }
        _ => {
            let origin = top_key(&error.path, section).and_then(|key| origins.get(key)).cloned();
            ConfigProblem::InvalidValue { origin, path: error.path, reason: error.reason }
        }
    }
}

/// The key of the provider's own table that a path leads to or through.
fn top_key<'a>(path: &'a str, section: &Section<'_>) -> Option<&'a str> {
    path.strip_prefix(section.path())?.strip_prefix('.')?.split('.').next()
}

/// Every name that stands for a kind.
fn names(registry: &FactoryRegistry) -> impl Iterator<Item = &str> {
    registry.iter().flat_map(|factory| factory.aliases().iter().copied().chain([factory.kind()]))
}

fn empty() -> Value {
    Value::new(None, ValueKind::Table(config::Map::new()))
}
