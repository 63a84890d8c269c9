//! Finding the credentials of a provider.

use std::collections::BTreeMap;

use config::{Value, ValueKind};
use media_domain::ProviderId;
use media_ports::{Credential, CredentialSource, Credentials, ProviderFactory};
use secrecy::SecretString;
use url::Url;

use super::effective::EffectiveValue;
use super::problem::ConfigProblem;
use super::section::Section;
use super::{Environment, Origin, is_bare, key_file};

/// The key under which every kind that has one takes the address of its API.
const ADDRESS: &str = "base_url";
const NO_ADDRESS: &str = "is no http or https address, such as `https://api.example.com/v1`";
const NO_UNICODE: &str = "is set to what is no Unicode text";

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
    /// Why credentials are not there, by the well-known variable of each; the table has said it.
    pub(super) absences: BTreeMap<String, Absence>,
}

/// Why a credential is not there although its table speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// The table refers to a variable that is not set.
    Unset {
        /// The variable.
        variable: String,
    },
    /// The table has an empty text: there is to be none.
    SwitchedOff {
        /// The key, from the root.
        path: String,
    },
}

/// A credential that was found; never shown.
struct Found {
    text: String,
    origin: Origin,
    /// Where people find it when it is refused.
    source: CredentialSource,
    /// Whether the table says where to look, which no well-known variable overrides.
    referenced: bool,
}

/// Finds every credential that the factory declares.
///
/// What the table decides comes first: a reference (`{ env = … }`, `{ file = … }`), whether or not there is something
/// behind it, and an empty text, which means none. A plain text in the table of the kind itself gives way to a
/// well-known variable, as any file does to the environment; in a table under an id of its own it holds. Where the table
/// says nothing, the variable fills the gap.
pub(super) fn resolve(
    factory: &dyn ProviderFactory,
    section: &mut Section<'_>,
    lookup: &mut Lookup<'_>,
) -> ResolvedCredentials {
    let mut resolved = ResolvedCredentials { credentials: Credentials::default(), absences: BTreeMap::new() };
    let own_id = lookup.id.as_str() != factory.kind();
    for credential in factory.credentials() {
        let in_table = section.take(credential.key).map(|value| read(credential, value, section, lookup));
        let found = match in_table {
            None => from_variables(None, credential, section, lookup),
            Some(InTable::Wrong) => None,
            Some(InTable::Absent(absence)) => {
                resolved.absences.insert(shown_variable(credential).to_owned(), absence);
                None
            }
            Some(InTable::Found(table)) if table.referenced || own_id => Some(table),
            Some(InTable::Found(table)) => from_variables(Some(table), credential, section, lookup),
        };
        if let Some(found) = found {
            check_address(credential, &found, section);
            let path = section.path_of(credential.key);
            lookup.effective.push(if credential.secret {
                EffectiveValue::secret(path, &found.origin)
            } else {
                EffectiveValue::plain(path, found.text.as_str().into(), &found.origin)
            });
            resolved.credentials.insert_from(found.source, credential.key, SecretString::from(found.text));
        }
    }
    resolved
}

/// Checks a value that is to be an address: a plain text that only its factory could judge would be refused late.
fn check_address(credential: &Credential, found: &Found, section: &Section<'_>) {
    if !is_address(credential) {
        return;
    }
    // Not shown: it may hold a password.
    let reason = match Url::parse(found.text.trim()) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") || !url.has_host() => NO_ADDRESS,
        Ok(url) if !is_bare(&url) => "is to be an address without user, password, query and fragment",
        Ok(_) => return,
        Err(_) => NO_ADDRESS,
    };
    section.invalid(credential.key, &reason, Some(found.origin.clone()));
}

fn is_address(credential: &Credential) -> bool {
    !credential.secret && credential.key == ADDRESS
}

/// What a table says about a credential.
enum InTable {
    Found(Found),
    /// There is none, and nothing may stand in for it.
    Absent(Absence),
    /// What cannot be used; it has been told.
    Wrong,
}

/// Reads what the table says: a text, or where to find it.
fn read(credential: &Credential, value: Value, section: &Section<'_>, lookup: &mut Lookup<'_>) -> InTable {
    let origin = Origin::from_text(value.origin());
    match value.kind {
        ValueKind::String(text) if text.trim().is_empty() => switched_off(credential, origin, section, lookup),
        ValueKind::String(text) => {
            let source = match &origin {
                Origin::Variable(variable) => CredentialSource::Variable(variable.clone()),
                _ => CredentialSource::Table(section.path_of(credential.key)),
            };
            InTable::Found(Found { text, origin, source, referenced: false })
        }
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
                    wrong(credential, section, reason, None)
                }
            }
        }
        _ => {
            // The value is not shown: it may be a secret written without quotes.
            let reason = "expected a text, `{ env = \"VARIABLE\" }` or `{ file = \"path\" }`";
            wrong(credential, section, reason, Some(origin))
        }
    }
}

fn wrong(credential: &Credential, section: &Section<'_>, reason: &str, origin: Option<Origin>) -> InTable {
    section.invalid(credential.key, &reason, origin);
    InTable::Wrong
}

/// An empty text: no credential. An address is no such thing: without one, the key would go to the vendor's own.
fn switched_off(credential: &Credential, origin: Origin, section: &Section<'_>, lookup: &mut Lookup<'_>) -> InTable {
    if is_address(credential) {
        return wrong(credential, section, NO_ADDRESS, Some(origin));
    }
    let path = section.path_of(credential.key);
    lookup.effective.push(EffectiveValue::plain(path.clone(), "".into(), &origin));
    InTable::Absent(Absence::SwitchedOff { path })
}

fn of_variable(credential: &Credential, variable: String, section: &Section<'_>, lookup: &mut Lookup<'_>) -> InTable {
    if !variable.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        // Not shown either: it may be the secret itself.
        return wrong(credential, section, "`env` names a variable, written in letters, digits and `_`", None);
    }
    if lookup.environment.is_unreadable(&variable) {
        return wrong(credential, section, NO_UNICODE, Some(Origin::Variable(variable)));
    }
    let path = section.path_of(credential.key);
    match lookup.environment.variable(&variable) {
        Some(text) => InTable::Found(Found {
            text: text.to_owned(),
            origin: Origin::Variable(variable.clone()),
            source: CredentialSource::Variable(variable),
            referenced: true,
        }),
        None => {
            lookup.warnings.push(format!("`{path}` refers to the variable {variable}, which is not set"));
            InTable::Absent(Absence::Unset { variable })
        }
    }
}

fn of_file(credential: &Credential, file: &str, origin: Origin, section: &Section<'_>, lookup: &Lookup<'_>) -> InTable {
    match key_file::read(&lookup.environment.resolve(file)) {
        Ok(text) => InTable::Found(Found {
            text,
            origin: Origin::File(file.to_owned()),
            source: CredentialSource::File(file.to_owned()),
            referenced: true,
        }),
        Err(reason) => wrong(credential, section, &format!("the file {file} {reason}"), Some(origin)),
    }
}

/// The variable of a credential that is told to people.
pub(crate) fn shown_variable(credential: &Credential) -> &'static str {
    credential.variables.first().copied().unwrap_or(credential.key)
}

/// The value of the well-known variables, else a plain text of the table. All variables that say something, the one
/// behind the table's text among them, must say the same.
fn from_variables(
    in_table: Option<Found>,
    credential: &Credential,
    section: &Section<'_>,
    lookup: &Lookup<'_>,
) -> Option<Found> {
    for name in credential.variables.iter().filter(|name| lookup.environment.is_unreadable(name)) {
        section.invalid(credential.key, &NO_UNICODE, Some(Origin::Variable((*name).to_owned())));
    }
    let set = credential.variables.iter().filter_map(|name| Some((*name, lookup.environment.variable(name)?)));
    let well_known: Vec<_> = set.collect();
    let said = in_table.iter().filter_map(|found| match &found.origin {
        Origin::Variable(name) => Some((name.as_str(), found.text.as_str())),
        _ => None,
    });
    let said: Vec<_> = said.chain(well_known.iter().copied()).collect();
    if said.iter().any(|(_, text)| said.iter().any(|(_, other)| text != other)) {
        let (path, variables) = (section.path_of(credential.key), said.iter().map(|(name, _)| (*name).to_owned()));
        section.problems().push(ConfigProblem::Disagreement { path, variables: variables.collect() });
    }
    let of_variable = well_known.first().map(|(name, text)| Found {
        text: (*text).to_owned(),
        origin: Origin::Variable((*name).to_owned()),
        source: CredentialSource::WellKnown((*name).to_owned()),
        referenced: false,
    });
    of_variable.or(in_table)
}
