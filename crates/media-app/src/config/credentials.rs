//! Finding the credentials of a provider.

use config::{Value, ValueKind};
use media_domain::ProviderId;
use media_ports::{Credential, Credentials, ProviderFactory};
use secrecy::SecretString;

use super::effective::EffectiveValue;
use super::problem::ConfigProblem;
use super::section::Section;
use super::{Environment, Origin};

/// Where credentials are looked for, and where it is told what was found.
pub(super) struct Lookup<'a> {
    pub(super) environment: &'a Environment,
    pub(super) id: &'a ProviderId,
    pub(super) effective: &'a mut Vec<EffectiveValue>,
    pub(super) warnings: &'a mut Vec<String>,
}

/// A credential that was found; never shown.
struct Found {
    text: String,
    origin: Origin,
    /// Whether the table says where to look, which no well-known variable overrides.
    referenced: bool,
}

/// Finds every credential that the factory declares.
///
/// A reference in the table (`{ env = … }`, `{ file = … }`) comes first. A plain text in the table of the kind itself
/// gives way to a well-known variable, as any file does to the environment; in a table under an id of its own it holds,
/// and the variable only fills a gap.
pub(super) fn resolve(
    factory: &dyn ProviderFactory,
    section: &mut Section<'_>,
    lookup: &mut Lookup<'_>,
) -> Credentials {
    let mut credentials = Credentials::default();
    for credential in factory.credentials() {
        let in_table = section.take(credential.key);
        let in_table = in_table.and_then(|value| read(credential, value, section, lookup));
        let well_known = from_variables(credential, section, lookup);
        let own_id = lookup.id.as_str() != factory.kind();
        let chosen = match (in_table, well_known) {
            (Some(table), _) if table.referenced || own_id => Some(table),
            (Some(table), Some(variable)) => Some(overridden(table, variable, credential, section)),
            (table, variable) => variable.or(table),
        };
        if let Some(found) = chosen {
            let path = section.path_of(credential.key);
            lookup.effective.push(if credential.secret {
                EffectiveValue::secret(path, &found.origin)
            } else {
                EffectiveValue::plain(path, found.text.as_str().into(), &found.origin)
            });
            credentials.insert(credential.key, SecretString::from(found.text));
        }
    }
    credentials
}

/// The well-known variable wins over the table, unless the table's text comes from a variable too and is another.
fn overridden(table: Found, variable: Found, credential: &Credential, section: &Section<'_>) -> Found {
    if let (Origin::Variable(first), Origin::Variable(second)) = (&table.origin, &variable.origin)
        && table.text != variable.text
    {
        disagree(credential, section, first, second);
    }
    variable
}

/// Reads what the table says: a text, or where to find it.
fn read(credential: &Credential, value: Value, section: &Section<'_>, lookup: &mut Lookup<'_>) -> Option<Found> {
    let origin = Origin::from_text(value.origin());
    match value.kind {
        ValueKind::String(text) if text.trim().is_empty() => None,
        ValueKind::String(text) => Some(Found { text, origin, referenced: false }),
        ValueKind::Table(_) => {
            let mut reference = Section::new(section.path_of(credential.key), value, section.problems());
            let variable = reference.take_typed::<String>("env");
            let file = reference.take_sourced::<String>("file");
            reference.finish();
            match (variable, file) {
                (Some(variable), None) => of_variable(credential, variable, section, lookup),
                (None, Some(file)) => of_file(credential, &file.value, file.origin, section, lookup),
                _ => {
                    let reason = "a reference names either `env`, a variable, or `file`, a path";
                    section.invalid(credential.key, &reason, None);
                    None
                }
            }
        }
        _ => {
            // The value is not shown: it may be a secret written without quotes.
            let reason = "expected a text, `{ env = \"VARIABLE\" }` or `{ file = \"path\" }`";
            section.invalid(credential.key, &reason, Some(origin));
            None
        }
    }
}

fn of_variable(
    credential: &Credential,
    variable: String,
    section: &Section<'_>,
    lookup: &mut Lookup<'_>,
) -> Option<Found> {
    if !variable.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        // Not shown either: it may be the secret itself.
        section.invalid(credential.key, &"`env` names a variable, written in letters, digits and `_`", None);
        return None;
    }
    let path = section.path_of(credential.key);
    match lookup.environment.variable(&variable) {
        Some(text) => Some(Found { text: text.to_owned(), origin: Origin::Variable(variable), referenced: true }),
        None => {
            lookup.warnings.push(format!("`{path}` refers to the variable {variable}, which is not set"));
            None
        }
    }
}

fn of_file(
    credential: &Credential,
    file: &str,
    origin: Origin,
    section: &Section<'_>,
    lookup: &Lookup<'_>,
) -> Option<Found> {
    let reason = match std::fs::read_to_string(lookup.environment.resolve(file)) {
        Ok(text) if !text.trim().is_empty() => {
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            return Some(Found { text, origin: Origin::File(file.to_owned()), referenced: true });
        }
        Ok(_) => format!("the file {file} is empty"),
        Err(error) => format!("cannot read the file {file}: {error}"),
    };
    section.invalid(credential.key, &reason, Some(origin));
    None
}

/// The value of the well-known variables, which must not disagree.
fn from_variables(credential: &Credential, section: &Section<'_>, lookup: &Lookup<'_>) -> Option<Found> {
    let set = credential.variables.iter().filter_map(|name| Some((*name, lookup.environment.variable(name)?)));
    let mut set = set.collect::<Vec<_>>().into_iter();
    let (first, text) = set.next()?;
    if let Some((second, _)) = set.find(|(_, other)| *other != text) {
        disagree(credential, section, first, second);
    }
    Some(Found { text: text.to_owned(), origin: Origin::Variable(first.to_owned()), referenced: false })
}

fn disagree(credential: &Credential, section: &Section<'_>, first: &str, second: &str) {
    section.problems().push(ConfigProblem::Disagreement {
        path: section.path_of(credential.key),
        first: first.to_owned(),
        second: second.to_owned(),
    });
}
