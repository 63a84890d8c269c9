//! A vendor's OpenAPI document and the operations in it.

use std::fs;
use std::path::Path;

use anyhow::Context;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::exchange::Exchange;
use crate::provider::{Source, StandIn, Standing};
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

impl Operation<'_> {
    /// Method and path, as the document writes it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method.to_ascii_uppercase(), self.template)
    }
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
        self.path_items().flat_map(move |(template, path_item)| {
            METHODS.into_iter().filter_map(move |method| {
                let description = path_item.get(method)?;
                Some(Operation { document: self, template, method, description, path_item })
            })
        })
    }

    /// The operation of a request; paths without parameters come first.
    ///
    /// At the vendor's own host the path begins as the document's servers say. At another host, where a proxy or another
    /// server that speaks the same language is configured, it may also begin as one of its stand-ins does.
    pub(crate) fn find(&self, exchange: &Exchange, stand_ins: &'static [StandIn]) -> Option<Found<'_>> {
        let holders = [&self.root].into_iter().chain(self.path_items().map(|(_, item)| item));
        let at_vendor = holders.flat_map(servers_of).any(|server| server.host == exchange.host());
        let stand_ins: Vec<_> = stand_ins.iter().filter(|_| !at_vendor).collect();
        let mut found: Vec<_> = self
            .operations()
            .filter(|operation| operation.method.eq_ignore_ascii_case(&exchange.method))
            .filter_map(|operation| self.found(operation, &exchange.path, &stand_ins))
            .collect();
        found.sort_by_key(|found| found.path_values.len());
        found.into_iter().next()
    }

    fn found<'a>(&'a self, operation: Operation<'a>, path: &str, stand_ins: &[&'static StandIn]) -> Option<Found<'a>> {
        let holder = if operation.path_item.get("servers").is_some() { operation.path_item } else { &self.root };
        let own = servers_of(holder).find_map(|server| matched(path.strip_prefix(&server.base)?, operation.template));
        let elsewhere = || {
            stand_ins.iter().find_map(|stand_in| {
                let path = format!("{}{}", stand_in.stands_for, path.strip_prefix(stand_in.prefix)?);
                Some((matched(&path, operation.template)?, *stand_in))
            })
        };
        let (path_values, stand_in) = match own {
            Some(values) => (values, None),
            None => elsewhere().map(|(values, stand_in)| (values, Some(stand_in)))?,
        };
        Some(Found { operation, path_values, stand_in })
    }

    fn path_items(&self) -> impl Iterator<Item = (&str, &Value)> {
        let paths = self.root.get("paths").and_then(Value::as_object).into_iter().flatten();
        paths.map(|(template, path_item)| (template.as_str(), path_item))
    }
}

/// The operation that a request belongs to.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) operation: Operation<'a>,
    /// The values of its path parameters.
    pub(crate) path_values: Vec<(String, String)>,
    /// How the path begins, where it does not begin as the vendor's does.
    pub(crate) stand_in: Option<&'static StandIn>,
}

/// The servers that a document or a path of it names; where none is named, it is the one that the document came from.
/// Source: OpenAPI 3.1 §4.8.1.
fn servers_of(holder: &Value) -> impl Iterator<Item = Server<'_>> {
    let servers = holder.get("servers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let urls = servers.iter().filter_map(|server| server.get("url").and_then(Value::as_str));
    let unnamed = servers.is_empty().then_some("");
    urls.chain(unnamed).map(|url| {
        let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (host, path) = behind_scheme.split_at(behind_scheme.find('/').unwrap_or(behind_scheme.len()));
        Server { host, base: path.trim_end_matches('/').to_owned() }
    })
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
fn matched(path: &str, template: &str) -> Option<Vec<(String, String)>> {
    let mut values = Vec::new();
    let mut segments = path.strip_prefix('/')?.split('/');
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
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_belongs_to_a_template() {
        let value = |path| matched(path, "/models/{owner}/{name}");
        let both = vec![("owner".to_owned(), "a b".to_owned()), ("name".to_owned(), "c".to_owned())];
        assert_eq!(value("/models/a%20b/c"), Some(both));
        for other in ["/models/a", "/models/a/b/c", "//models/a/b", "/other/a/b", "/models//b", "models/a/b"] {
            assert_eq!(value(other), None, "{other}");
        }
    }

    #[test]
    fn a_path_begins_as_its_host_has_it() {
        let root = json!({
            "servers": [{"url": "https://vendor.example/v1"}],
            "paths": {
                "/images": {"post": {}},
                "/token": {"post": {}, "servers": [{"url": "https://vendor.example/auth"}]},
            },
        });
        let document = Document { file: "test", standing: Standing::Vendor, root };
        const STAND_INS: &[StandIn] =
            &[StandIn { prefix: "/proxy", stands_for: "" }, StandIn { prefix: "/all/v9", stands_for: "" }];
        let found = |host: &str, path: &str| {
            let exchange: Exchange = serde_json::from_value(json!({
                "provider": "test", "url": format!("https://{host}{path}?a=https://vendor.example/"), "method": "POST",
                "path": path, "query": [], "headers": {}, "content_type": "", "body": {"kind": "none"},
            }))
            .unwrap();
            document.find(&exchange, STAND_INS).map(|found| found.stand_in.map(|stand_in| stand_in.prefix))
        };
        assert_eq!(found("vendor.example", "/v1/images"), Some(None));
        assert_eq!(found("vendor.example", "/auth/token"), Some(None));
        assert_eq!(found("localhost:9000", "/v1/images"), Some(None));
        assert_eq!(found("localhost:9000", "/proxy/images"), Some(Some("/proxy")));
        assert_eq!(found("localhost:9000", "/all/v9/images"), Some(Some("/all/v9")));
        for (host, path) in [
            ("vendor.example", "/proxy/images"),
            ("vendor.example", "/auth/images"),
            ("vendor.example", "/v1/token"),
            ("localhost:9000", "/nonsense/v1/images"),
            ("localhost:9000", "/proxyimages"),
            ("localhost:9000", "/images"),
        ] {
            assert_eq!(found(host, path), None, "{host}{path}");
        }
    }
}
