//! A vendor's OpenAPI document and the operations in it.

use std::fs;
use std::path::Path;

use anyhow::Context;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::exchange::Exchange;
use crate::provider::{Source, Standing};
use crate::schema;

/// A vendor's OpenAPI document.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) file: &'static str,
    pub(crate) standing: Standing,
    pub(crate) root: Value,
}

/// An operation of a document.
#[derive(Debug, Clone)]
pub(crate) struct Operation<'a> {
    pub(crate) document: &'a Document,
    /// The path as the document writes it.
    pub(crate) template: &'a str,
    pub(crate) method: &'a str,
    /// What the document says of it.
    pub(crate) description: &'a Value,
    /// What it says of every operation on the path.
    pub(crate) path_item: &'a Value,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

impl Document {
    /// Reads a document in YAML or JSON.
    pub(crate) fn read(path: &Path, source: &Source) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let is_json = path.extension().is_some_and(|extension| extension == "json");
        let mut root: Value = match is_json {
            true => serde_json::from_str(&text).with_context(|| path.display().to_string())?,
            false => {
                serde_saphyr::from_str_with_options(&text, strict()).with_context(|| path.display().to_string())?
            }
        };
        if root.get("openapi").and_then(Value::as_str).is_some_and(|version| version.starts_with("3.0")) {
            schema::modernise(&mut root);
        }
        Ok(Self { file: source.file, standing: source.standing, root })
    }

    /// Every operation.
    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let paths = self.root.get("paths").and_then(Value::as_object).into_iter().flatten();
        paths.flat_map(move |(template, path_item)| {
            METHODS.into_iter().filter_map(move |method| {
                let description = path_item.get(method)?;
                Some(Operation { document: self, template, method, description, path_item })
            })
        })
    }

    /// The operation of a request, and the values of its path parameters; paths without parameters come first.
    ///
    /// At the vendor's own host the path begins as the document's servers say. Anywhere else, where a proxy or another
    /// server that speaks the same language is configured, it ends as the operation does.
    pub(crate) fn find(&self, exchange: &Exchange) -> Option<(Operation<'_>, Vec<(String, String)>)> {
        let Exchange { method, path, .. } = exchange;
        let at_vendor =
            self.servers_of(&self.root).any(|server| exchange.url.contains(&format!("://{}/", server.host)));
        let beginnings = path.match_indices('/').map(|(at, _)| path[..at].to_owned()).filter(|_| !at_vendor);
        let elsewhere: Vec<String> = beginnings.collect();
        let mut found: Vec<_> = self
            .operations()
            .filter(|operation| operation.method.eq_ignore_ascii_case(method))
            .filter_map(|operation| {
                let holder =
                    if operation.path_item.get("servers").is_some() { operation.path_item } else { &self.root };
                let own = self.servers_of(holder).map(|server| server.base);
                let values =
                    own.chain(elsewhere.iter().cloned()).find_map(|base| matched(&base, operation.template, path))?;
                Some((operation, values))
            })
            .collect();
        found.sort_by_key(|(_, values)| values.len());
        found.into_iter().next()
    }

    /// The servers that the document or a path of it names.
    fn servers_of<'a>(&self, holder: &'a Value) -> impl Iterator<Item = Server<'a>> + use<'a> {
        let servers = holder.get("servers").and_then(Value::as_array).into_iter().flatten();
        let urls = servers.filter_map(|server| server.get("url").and_then(Value::as_str));
        urls.map(|url| {
            let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
            let (host, path) = behind_scheme.split_at(behind_scheme.find('/').unwrap_or(behind_scheme.len()));
            Server { host, base: path.trim_end_matches('/').to_owned() }
        })
    }
}

/// Only `true` and `false` are booleans: a property named `y` is one of that name.
fn strict() -> serde_saphyr::Options {
    serde_saphyr::options! { strict_booleans: true }
}

/// A server of the vendor's.
struct Server<'a> {
    host: &'a str,
    /// The path that stands before those of the operations.
    base: String,
}

/// The values of a template's parameters in a path, if the path is one of the template.
fn matched(base: &str, template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let mut values = Vec::new();
    let mut segments = path.strip_prefix(base)?.trim_start_matches('/').split('/');
    for expected in template.trim_start_matches('/').split('/') {
        let segment = segments.next()?;
        match expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => {
                values.push((name.to_owned(), percent_decode_str(segment).decode_utf8_lossy().into_owned()));
            }
            None if expected == segment => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_a_template() {
        let value = |path| matched("/v1", "/models/{owner}/{name}", path);
        let both = vec![("owner".to_owned(), "a b".to_owned()), ("name".to_owned(), "c".to_owned())];
        assert_eq!(value("/v1/models/a%20b/c"), Some(both));
        for other in ["/v1/models/a", "/v1/models/a/b/c", "/models/a/b", "/v1/other/a/b", "/v1/models//b"] {
            assert_eq!(value(other), None, "{other}");
        }
    }
}
