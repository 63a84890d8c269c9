//! Whether a request is one that the document describes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::document::Operation;
use crate::exchange::{Body, Exchange, Part};
use crate::schema;

/// What is wrong with a request by the document's operation; empty when nothing is.
///
/// # Errors
/// When a schema of the document cannot be used.
pub(crate) fn problems(
    operation: &Operation<'_>,
    path_values: &[(String, String)],
    exchange: &Exchange,
) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    let headers: Vec<(String, String)> = exchange.headers.clone().into_iter().collect();
    for (place, values) in [("path", path_values), ("query", &exchange.query), ("header", &headers)] {
        check_place(operation, place, values, &mut problems)?;
    }
    check_credential(operation, exchange, &mut problems);
    check_body(operation, exchange, &mut problems)?;
    Ok(problems)
}

fn declared<'a>(operation: &'a Operation<'a>, place: &'a str) -> impl Iterator<Item = &'a Value> {
    let lists = [operation.path_item, operation.description].into_iter();
    let all = lists.filter_map(|holder| holder.get("parameters").and_then(Value::as_array)).flatten();
    let resolved = all.map(|parameter| schema::resolve(&operation.document.root, parameter));
    resolved.filter(move |parameter| parameter.get("in").and_then(Value::as_str) == Some(place))
}

fn check_place(
    operation: &Operation<'_>,
    place: &str,
    values: &[(String, String)],
    problems: &mut Vec<String>,
) -> anyhow::Result<()> {
    let document = &operation.document.root;
    let name_of = |parameter: &Value| parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let same = |a: &str, b: &str| if place == "header" { a.eq_ignore_ascii_case(b) } else { a == b };
    for parameter in declared(operation, place) {
        let name = name_of(parameter);
        let given: Vec<&String> = values.iter().filter(|(key, _)| same(key, &name)).map(|(_, value)| value).collect();
        if given.is_empty() && parameter.get("required") == Some(&Value::Bool(true)) && !is_credential(&name) {
            problems.push(format!("{place} parameter `{name}` is missing"));
        }
        let Some(of_value) = parameter.get("schema") else { continue };
        for text in given.into_iter().filter(|text| *text != "[masked]") {
            let value = schema::coerce(document, Some(of_value), text);
            let found = schema::problems(document, of_value, &value)?;
            problems.extend(found.into_iter().map(|problem| format!("{place} parameter `{name}`{problem}")));
        }
    }
    if place == "query" {
        for (key, _) in values {
            if !declared(operation, place).any(|parameter| name_of(parameter) == *key) {
                problems.push(format!("query parameter `{key}` is not in the document"));
            }
        }
    }
    Ok(())
}

/// Whether a header carries a credential, which is checked by the document's security schemes.
fn is_credential(header: &str) -> bool {
    header.eq_ignore_ascii_case("authorization")
}

/// The request must carry what one of the operation's security requirements asks for.
fn check_credential(operation: &Operation<'_>, exchange: &Exchange, problems: &mut Vec<String>) {
    let document = &operation.document.root;
    let requirements = operation.description.get("security").or_else(|| document.get("security"));
    let Some(requirements) = requirements.and_then(Value::as_array) else { return };
    let carried = |scheme: &String| {
        let Some(described) = document.pointer(&format!("/components/securitySchemes/{scheme}")) else { return false };
        let header = match described.get("type").and_then(Value::as_str) {
            Some("apiKey") => described.get("name").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase(),
            _ => "authorization".to_owned(),
        };
        exchange.headers.contains_key(&header)
    };
    let met = |requirement: &Value| requirement.as_object().is_some_and(|schemes| schemes.keys().all(carried));
    if !requirements.is_empty() && !requirements.iter().any(met) {
        problems.push("no credential that the document asks for".to_owned());
    }
}

fn check_body(operation: &Operation<'_>, exchange: &Exchange, problems: &mut Vec<String>) -> anyhow::Result<()> {
    let document = &operation.document.root;
    let described = operation.description.get("requestBody").map(|body| schema::resolve(document, body));
    let Some(described) = described else {
        if !matches!(exchange.body, Body::None) {
            problems.push("a body where the document has none".to_owned());
        }
        return Ok(());
    };
    if matches!(exchange.body, Body::None) {
        if described.get("required") == Some(&Value::Bool(true)) {
            problems.push("the body is missing".to_owned());
        }
        return Ok(());
    }
    let types = described.get("content").and_then(Value::as_object).cloned().unwrap_or_default();
    let Some(content) = types.get(&exchange.content_type).or_else(|| types.get("*/*")) else {
        let known: Vec<&String> = types.keys().collect();
        problems.push(format!("a body of type `{}`, where the document has {known:?}", exchange.content_type));
        return Ok(());
    };
    let Some(of_body) = content.get("schema") else { return Ok(()) };
    let value = match &exchange.body {
        Body::Json { value } => value.clone(),
        Body::Form { fields } => {
            let parts = fields.iter().map(|(name, text)| (name.clone(), Some(text.as_str())));
            collected(document, of_body, parts)
        }
        Body::Multipart { parts } => {
            collected(document, of_body, parts.iter().map(|Part { name, text }| (name.clone(), text.as_deref())))
        }
        Body::None | Body::Bytes {} => return Ok(()),
    };
    let found = schema::problems(document, of_body, &value)?;
    problems.extend(found.into_iter().map(|problem| format!("body {problem}")));
    if let Value::Object(fields) = &value {
        let unknown = fields.keys().filter(|name| schema::property(document, of_body, name).is_none());
        problems.extend(unknown.map(|name| format!("body: `{name}` is not in the document")));
    }
    Ok(())
}

/// The fields of a form as one object; a field that is a list, or comes several times, is a list.
fn collected<'a>(document: &Value, of_body: &Value, fields: impl Iterator<Item = (String, Option<&'a str>)>) -> Value {
    let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, text) in fields {
        let bare = name.strip_suffix("[]").unwrap_or(&name);
        // Documents write a list of files with or without the brackets.
        let name = [name.as_str(), bare].into_iter().find(|name| schema::property(document, of_body, name).is_some());
        let name = name.unwrap_or(bare).to_owned();
        let of_field = schema::property(document, of_body, &name);
        // A file has no text here; any text stands for it.
        let value = text.map_or_else(|| "file".into(), |text| schema::coerce(document, of_field, text));
        values.entry(name).or_default().push(value);
    }
    let object = values.into_iter().map(|(name, mut list)| {
        let of_field = schema::property(document, of_body, &name);
        let listed = of_field.is_some_and(|schema| schema.get("type").and_then(Value::as_str) == Some("array"));
        let value = if listed || list.len() > 1 { Value::Array(list) } else { list.pop().unwrap_or_default() };
        (name, value)
    });
    Value::Object(object.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::Document;
    use crate::provider::Standing;

    fn document() -> Document {
        let body = json!({"type": "object", "required": ["prompt"], "properties": {
            "prompt": {"type": "string"}, "n": {"type": "integer"},
            "image": {"type": "array", "items": {"type": "string"}}}});
        let root = json!({
            "security": [{"key": []}],
            "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
            "paths": {"/make/{id}": {"post": {
                "parameters": [
                    {"in": "path", "name": "id", "required": true, "schema": {"type": "integer"}},
                    {"in": "query", "name": "wait", "schema": {"type": "boolean"}},
                ],
                "requestBody": {"required": true, "content": {
                    "application/json": {"schema": body}, "multipart/form-data": {"schema": body}}},
            }}}
        });
        Document { file: "test", standing: Standing::Vendor, root }
    }

    fn exchange(path: &str, body: Value) -> Exchange {
        let content_type = if body["kind"] == "multipart" { "multipart/form-data" } else { "application/json" };
        serde_json::from_value(json!({
            "provider": "test", "url": format!("http://localhost{path}"), "method": "POST", "path": path, "query": [["wait", "true"]],
            "headers": {"x-key": "[masked]"}, "content_type": content_type, "body": body,
        }))
        .unwrap()
    }

    fn found(exchange: &Exchange) -> Vec<String> {
        let document = document();
        let (operation, values) = document.find(exchange).unwrap();
        problems(&operation, &values, exchange).unwrap()
    }

    #[test]
    fn a_request_as_described_has_no_problem() {
        let json = json!({"kind": "json", "value": {"prompt": "a", "n": 1}});
        assert_eq!(found(&exchange("/make/7", json)), Vec::<String>::new());
        let parts =
            json!([{"name": "prompt", "text": "a"}, {"name": "n", "text": "2"}, {"name": "image[]", "text": null}]);
        assert_eq!(found(&exchange("/make/7", json!({"kind": "multipart", "parts": parts}))), Vec::<String>::new());
    }

    #[test]
    fn every_departure_is_told() {
        let good = json!({"kind": "json", "value": {"prompt": "a"}});
        let without_key = Exchange { headers: BTreeMap::new(), ..exchange("/make/7", good.clone()) };
        let unknown_query = Exchange { query: vec![("fast".into(), "1".into())], ..exchange("/make/7", good.clone()) };
        let other_type = Exchange { content_type: "text/plain".into(), ..exchange("/make/7", good.clone()) };
        let cases = [
            (exchange("/make/seven", good), "path parameter `id`"),
            (without_key, "no credential"),
            (unknown_query, "query parameter `fast`"),
            (other_type, "a body of type"),
            (exchange("/make/7", json!({"kind": "none"})), "the body is missing"),
            (exchange("/make/7", json!({"kind": "json", "value": {}})), "body : \"prompt\""),
            (exchange("/make/7", json!({"kind": "json", "value": {"prompt": "a", "m": 1}})), "body: `m`"),
        ];
        for (exchange, expected) in cases {
            let problems = found(&exchange);
            assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{expected}: {problems:?}");
        }
    }
}
