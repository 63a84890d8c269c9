//! Finding the credentials of a provider.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use config::{Value, ValueKind};
use media_domain::ProviderId;
use media_ports::{Credential, Credentials, ProviderFactory};
use secrecy::SecretString;
use url::Url;

use super::effective::EffectiveValue;
use super::problem::ConfigProblem;
use super::section::Section;
use super::{Environment, Origin};

/// The key under which every kind that has one takes the address of its API.
const ADDRESS: &str = "base_url";
/// Largest file that is taken for a credential, in bytes.
const MAX_FILE_BYTES: u64 = 65_536;

/// Where credentials are looked for, and where it is told what was found.
pub(super) struct Lookup<'a> {
    pub(super) environment: &'a Environment,
    pub(super) id: &'a ProviderId,
    pub(super) effective: &'a mut Vec<EffectiveValue>,
    pub(super) warnings: &'a mut Vec<String>,
}

/// The credentials of one provider.
pub(super) struct ResolvedCredentials {
    pub(super) credentials: Credentials,
    /// Variables that the table refers to and that are not set, by the well-known variable that they stand in for.
    pub(super) unset_references: BTreeMap<String, String>,
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
) -> ResolvedCredentials {
    let mut credentials = Credentials::default();
    let mut unset_references = BTreeMap::new();
    for credential in factory.credentials() {
        let in_table = section.take(credential.key);
        let in_table = in_table.and_then(|value| read(credential, value, section, lookup));
        if let Some(InTable::Unset(variable)) = &in_table {
            unset_references.insert(shown_variable(credential).to_owned(), variable.clone());
        }
        let in_table = in_table.and_then(InTable::found);
        let well_known = from_variables(credential, section, lookup);
        let own_id = lookup.id.as_str() != factory.kind();
        let chosen = match (in_table, well_known) {
            (Some(table), _) if table.referenced || own_id => Some(table),
            (Some(table), Some(variable)) => Some(overridden(table, variable, credential, section)),
            (table, variable) => variable.or(table),
        };
        if let Some(found) = chosen {
            check_address(credential, &found, section);
            let path = section.path_of(credential.key);
            lookup.effective.push(if credential.secret {
                EffectiveValue::secret(path, &found.origin)
            } else {
                EffectiveValue::plain(path, found.text.as_str().into(), &found.origin)
            });
            credentials.insert(credential.key, SecretString::from(found.text));
        }
    }
    ResolvedCredentials { credentials, unset_references }
}

/// Checks a value that is to be an address: a plain text that only its factory could judge would be refused late.
fn check_address(credential: &Credential, found: &Found, section: &Section<'_>) {
    if credential.secret || credential.key != ADDRESS {
        return;
    }
    let url = Url::parse(found.text.trim()).ok();
    if url.is_none_or(|url| !matches!(url.scheme(), "http" | "https") || !url.has_host()) {
        // Not shown: it may hold a password.
        let reason = "is no http or https address, such as `https://api.example.com/v1`";
        section.invalid(credential.key, &reason, Some(found.origin.clone()));
    }
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

/// What a table says about a credential.
enum InTable {
    Found(Found),
    /// A variable to look at, which is not set.
    Unset(String),
}

impl InTable {
    fn found(self) -> Option<Found> {
        match self {
            Self::Found(found) => Some(found),
            Self::Unset(_) => None,
        }
    }
}

/// Reads what the table says: a text, or where to find it.
fn read(credential: &Credential, value: Value, section: &Section<'_>, lookup: &mut Lookup<'_>) -> Option<InTable> {
    let origin = Origin::from_text(value.origin());
    match value.kind {
        ValueKind::String(text) if text.trim().is_empty() => None,
        ValueKind::String(text) => Some(InTable::Found(Found { text, origin, referenced: false })),
        ValueKind::Table(_) => {
            let mut reference = Section::new(section.path_of(credential.key), value, section.problems());
            let variable = reference.take_typed::<String>("env");
            let file = reference.take_sourced::<String>("file");
            reference.finish();
            match (variable, file) {
                (Some(variable), None) => of_variable(credential, variable, section, lookup),
                (None, Some(file)) => {
                    of_file(credential, &file.value, file.origin, section, lookup).map(InTable::Found)
                }
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
) -> Option<InTable> {
    if !variable.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        // Not shown either: it may be the secret itself.
        section.invalid(credential.key, &"`env` names a variable, written in letters, digits and `_`", None);
        return None;
    }
    let path = section.path_of(credential.key);
    Some(match lookup.environment.variable(&variable) {
        Some(text) => {
            InTable::Found(Found { text: text.to_owned(), origin: Origin::Variable(variable), referenced: true })
        }
        None => {
            lookup.warnings.push(format!("`{path}` refers to the variable {variable}, which is not set"));
            InTable::Unset(variable)
        }
    })
}

fn of_file(
    credential: &Credential,
    file: &str,
    origin: Origin,
    section: &Section<'_>,
    lookup: &Lookup<'_>,
) -> Option<Found> {
    match read_file(&lookup.environment.resolve(file)) {
        Ok(text) => Some(Found { text, origin: Origin::File(file.to_owned()), referenced: true }),
        Err(reason) => {
            section.invalid(credential.key, &format!("the file {file} {reason}"), Some(origin));
            None
        }
    }
}

/// The text of a file without its last line break, or what is wrong with the file.
fn read_file(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("is larger than {MAX_FILE_BYTES} bytes, so it holds no credential"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "holds no text".to_owned())?;
    match text.trim_end_matches(['\r', '\n']) {
        text if text.trim().is_empty() => Err("is empty".to_owned()),
        text => Ok(text.to_owned()),
    }
}

/// The variable of a credential that is told to people.
pub(crate) fn shown_variable(credential: &Credential) -> &'static str {
    credential.variables.first().copied().unwrap_or(credential.key)
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
