//! The layers of configuration, merged: defaults, file, environment, flags.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use config::{Config, File, FileFormat, Map, Source, Value, ValueKind};

use super::problem::{ConfigError, ConfigProblem, Problems};
use super::{ConfigFlags, Environment, Origin};

/// The lowest layer.
const DEFAULTS: &str = include_str!("default.toml");
/// The same for what models cost, and the table that it is.
const PRICES: &str = include_str!("prices.toml");
const PRICES_KEY: &str = "prices";
/// The file that is read when nobody names one, and it exists.
const DEFAULT_FILE: &str = "media.toml";
/// What the generic environment variables start with.
const PREFIX: &str = "MEDIA__";
/// The variable that holds the map of chains, as TOML, JSON or the path of such a file.
const CHAINS_VARIABLE: &str = "MULTI_PROVIDER_CONFIG";
/// The variable that names the file.
const FILE_VARIABLE: &str = "MEDIA_CONFIG";
/// Environment variables with a name of their own, and the key each one sets.
const WELL_KNOWN: &[(&str, &str)] = &[("DRY_RUN_MODE", "dry_run"), ("MEDIA_DATA_DIR", "data_dir")];

/// The merged layers; every leaf carries its origin.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) root: Value,
    pub(super) file: Option<PathBuf>,
}

/// Merges the layers.
///
/// # Errors
/// A file that was named and cannot be read, or one that is no TOML.
pub(super) fn merge(
    flags: &ConfigFlags,
    environment: &Environment,
    problems: &Problems,
) -> Result<Merged, ConfigError> {
    let mut builder = Config::builder().add_source(Layer::of_toml(DEFAULTS, Origin::Default)?);
    let file = named_file(flags, environment);
    if let Some(path) = &file {
        builder = builder.add_source(Layer::of_file(path, environment)?);
    }
    if let Some(text) = environment.variable(CHAINS_VARIABLE) {
        builder = builder.add_source(Layer::of_chains(text, environment)?);
    }
    let mut merged = builder
        .add_source(Layer::of_environment(environment, problems))
        .add_source(Layer::of_flags(flags))
        .build()
        .map_err(|error| unreadable(Origin::Default, &error))?;
    add_prices(&mut merged.cache)?;
    Ok(Merged { root: merged.cache, file })
}

/// Adds the built-in prices of models that nobody else has priced: a table of one's own is not mixed with them.
fn add_prices(root: &mut Value) -> Result<(), ConfigError> {
    let Layer(mut layer) = Layer::of_toml(PRICES, Origin::Default)?;
    let built_in = layer.remove(PRICES_KEY).map(|prices| prices.kind);
    if let (ValueKind::Table(root), Some(ValueKind::Table(built_in))) = (&mut root.kind, built_in) {
        let empty = || value(ValueKind::Table(Map::new()), &Origin::Default);
        let prices = root.entry(PRICES_KEY.to_owned()).or_insert_with(empty);
        if let ValueKind::Table(models) = &mut prices.kind {
            built_in.into_iter().for_each(|(model, price)| {
                models.entry(model).or_insert(price);
            });
        }
    }
    Ok(())
}

/// The file to read: named by flag or variable, else the usual one where it exists.
fn named_file(flags: &ConfigFlags, environment: &Environment) -> Option<PathBuf> {
    let named = flags.config.clone().or_else(|| environment.variable(FILE_VARIABLE).map(PathBuf::from));
    named.or_else(|| environment.resolve(DEFAULT_FILE).is_file().then(|| PathBuf::from(DEFAULT_FILE)))
}

/// One layer: a tree of values that carry their origin.
#[derive(Debug, Clone)]
struct Layer(Map<String, Value>);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }
}

impl Layer {
    fn of_toml(text: &str, origin: Origin) -> Result<Self, ConfigError> {
        let parsed = Config::builder().add_source(File::from_str(text, FileFormat::Toml)).build();
        let root = parsed.map_err(|error| unreadable(origin.clone(), &error))?.cache;
        match stamped(root.kind, &origin).kind {
            ValueKind::Table(table) => Ok(Self(table)),
            _ => Ok(Self(Map::new())),
        }
    }

    fn of_file(path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let origin = Origin::File(path.display().to_string());
        let text = std::fs::read_to_string(environment.resolve(path));
        Self::of_toml(&text.map_err(|error| unreadable(origin.clone(), &error))?, origin)
    }

    /// Reads the map of chains from JSON, from TOML or from a file of either; the map may stand under its usual key.
    fn of_chains(text: &str, environment: &Environment) -> Result<Self, ConfigError> {
        let origin = Origin::Variable(CHAINS_VARIABLE.to_owned());
        let is_path = !text.contains(['{', '=', '\n']);
        let content = if is_path {
            std::fs::read_to_string(environment.resolve(text)).map_err(|error| unreadable(origin.clone(), &error))?
        } else {
            text.to_owned()
        };
        let mut map = if content.trim_start().starts_with('{') {
            let json: HashMap<String, serde_json::Value> =
                serde_json::from_str(&content).map_err(|error| unreadable(origin.clone(), &error))?;
            json.into_iter().map(|(key, value)| (key, of_json(value, &origin))).collect()
        } else {
            Self::of_toml(&content, origin.clone())?.0
        };
        let chains = map.remove("multi_provider_config").unwrap_or_else(|| value(ValueKind::Table(map), &origin));
        Ok(Self(Map::from_iter([("multi_provider_config".to_owned(), chains)])))
    }

    fn of_environment(environment: &Environment, problems: &Problems) -> Self {
        let mut values = BTreeMap::<Vec<String>, Vec<(&str, &str)>>::new();
        let generic = environment.variables().filter_map(|(name, text)| Some((generic_keys(name)?, name, text)));
        let well_known = WELL_KNOWN
            .iter()
            .filter_map(|(name, key)| Some((vec![(*key).to_owned()], *name, environment.variable(name)?)));
        for (keys, name, text) in generic.chain(well_known) {
            values.entry(keys).or_default().push((name, text));
        }
        let mut root = Map::new();
        for (keys, said) in values {
            let Some((name, text)) = said.last() else { continue };
            let disagree = |variables: Vec<String>| {
                problems.push(ConfigProblem::Disagreement { path: keys.join("."), variables });
            };
            if said.iter().any(|(_, other)| !same_value(other, text)) {
                disagree(said.iter().map(|(name, _)| (*name).to_owned()).collect());
            }
            let leaf = value(ValueKind::String((*text).to_owned()), &Origin::Variable((*name).to_owned()));
            if let Some(first) = insert(&mut root, &keys, leaf) {
                disagree(vec![first, (*name).to_owned()]);
            }
        }
        report_unreadable(environment, problems);
        Self(root)
    }

    fn of_flags(flags: &ConfigFlags) -> Self {
        let mut root = Map::new();
        if let Some(path) = &flags.data_dir {
            let origin = Origin::Flag("--data-dir".to_owned());
            root.insert("data_dir".to_owned(), value(ValueKind::String(path.display().to_string()), &origin));
        }
        if let Some(dry_run) = flags.dry_run {
            let origin = Origin::Flag(if dry_run { "--dry-run" } else { "--live" }.to_owned());
            root.insert("dry_run".to_owned(), value(ValueKind::Boolean(dry_run), &origin));
        }
        Self(root)
    }
}

/// The keys that a generic variable names.
fn generic_keys(name: &str) -> Option<Vec<String>> {
    let path = name.get(..PREFIX.len()).filter(|start| start.eq_ignore_ascii_case(PREFIX))?;
    Some(name[path.len()..].split("__").map(str::to_ascii_lowercase).collect())
}

/// Tells which variables of ours hold what is no text: they are not taken for unset.
fn report_unreadable(environment: &Environment, problems: &Problems) {
    let of_ours = |name: &&str| {
        let has_name_of_its_own = WELL_KNOWN.iter().any(|(known, _)| known == name);
        generic_keys(name).is_some() || has_name_of_its_own || [CHAINS_VARIABLE, FILE_VARIABLE].contains(name)
    };
    for name in environment.unreadable().filter(of_ours) {
        let reason = "it is no Unicode text".to_owned();
        problems.push(ConfigProblem::Unreadable { origin: Origin::Variable(name.to_owned()), reason });
    }
}

/// Whether two texts mean the same: `true` and `1` do.
fn same_value(one: &str, other: &str) -> bool {
    let truth = |text: &str| super::from_config::truth(text);
    one == other || (truth(one).is_some() && truth(one) == truth(other))
}

/// Sets a value at a path of keys. Answers the variable that stands in the way: one for a table as a whole.
fn insert(root: &mut Map<String, Value>, keys: &[String], leaf: Value) -> Option<String> {
    let (first, rest) = keys.split_first()?;
    if rest.is_empty() {
        root.insert(first.clone(), leaf);
        return None;
    }
    let child = root.entry(first.clone()).or_insert_with(|| Value::new(None, ValueKind::Table(Map::new())));
    let origin = Origin::from_text(child.origin());
    match (&mut child.kind, origin) {
        (ValueKind::Table(table), _) => insert(table, rest, leaf),
        (_, Origin::Variable(name)) => Some(name),
        _ => None,
    }
}

fn value(kind: ValueKind, origin: &Origin) -> Value {
    Value::new(Some(&origin.to_string()), kind)
}

/// The same tree with an origin on every value.
fn stamped(kind: ValueKind, origin: &Origin) -> Value {
    let kind = match kind {
        ValueKind::Table(table) => {
            ValueKind::Table(table.into_iter().map(|(key, child)| (key, stamped(child.kind, origin))).collect())
        }
        ValueKind::Array(items) => ValueKind::Array(items.into_iter().map(|item| stamped(item.kind, origin)).collect()),
        leaf => leaf,
    };
    value(kind, origin)
}

/// JSON as values of one origin.
pub(super) fn of_json(json: serde_json::Value, origin: &Origin) -> Value {
    let kind = match json {
        serde_json::Value::Null => ValueKind::Nil,
        serde_json::Value::Bool(flag) => ValueKind::Boolean(flag),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => ValueKind::I64(integer),
            None => ValueKind::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => ValueKind::String(text),
        serde_json::Value::Array(items) => {
            ValueKind::Array(items.into_iter().map(|item| of_json(item, origin)).collect())
        }
        serde_json::Value::Object(map) => {
            ValueKind::Table(map.into_iter().map(|(key, child)| (key, of_json(child, origin))).collect())
        }
    };
    value(kind, origin)
}

/// A complaint about a whole layer, without the lines of it that a parser quotes: they may hold a secret.
fn unreadable(origin: Origin, error: &dyn std::fmt::Display) -> ConfigError {
    let text = error.to_string();
    let told = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|'));
    ConfigProblem::Unreadable { origin, reason: told.collect::<Vec<_>>().join(": ") }.into()
}
