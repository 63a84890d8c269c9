//! Whether a request is one that the document describes.

use serde_json::Value;

use crate::body;
use crate::credential::{self, is_credential};
use crate::document::Operation;
use crate::exchange::{Exchange, MASK};
use crate::schema;
use crate::undeclared;

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
    problems.extend(credential::problem(operation, exchange));
    problems.extend(body::problems(operation, exchange)?);
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
    let same = |a: &str, b: &str| if place == "header" { a.eq_ignore_ascii_case(b) } else { a == b };
    for parameter in declared(operation, place) {
        let name = name_of(parameter);
        let given: Vec<&String> = values.iter().filter(|(key, _)| same(key, name)).map(|(_, value)| value).collect();
        if given.is_empty() && parameter.get("required") == Some(&Value::Bool(true)) && !is_credential(name) {
            problems.push(format!("{place} parameter `{name}` is missing"));
        }
        for text in given.into_iter().filter(|text| !text.ends_with(MASK)) {
            problems.extend(parameter_problems(document, parameter, place, text)?);
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

/// What is wrong with the value of a parameter, which is described by a schema or, as a document of its own, by its content.
fn parameter_problems(document: &Value, parameter: &Value, place: &str, text: &str) -> anyhow::Result<Vec<String>> {
    let name = name_of(parameter);
    let in_json = parameter.pointer("/content/application~1json/schema");
    let Some(of_value) = parameter.get("schema").or(in_json) else { return Ok(Vec::new()) };
    let value = match in_json.map(|_| serde_json::from_str(text)) {
        Some(Ok(value)) => value,
        Some(Err(error)) => return Ok(vec![format!("{place} parameter `{name}` is no JSON: {error}")]),
        None => schema::coerce(document, Some(of_value), text),
    };
    let found = undeclared::problems(document, of_value, &value)?;
    Ok(found.into_iter().map(|problem| format!("{place} parameter `{name}` {problem}")).collect())
}

fn name_of(parameter: &Value) -> &str {
    parameter.get("name").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::document::Document;
    use crate::provider::Standing;

    fn document() -> Document {
        let body = json!({"type": "object", "required": ["prompt"], "properties": {
            "prompt": {"type": "string"}, "n": {"type": "integer"},
            "image": {"type": "array", "items": {"type": "string", "format": "binary"}}}});
        let root = json!({
            "security": [{"key": []}],
            "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
            "paths": {
                "/loose/{id}": {"post": {
                    "parameters": [{"in": "query", "name": "wait", "schema": {"type": "boolean"}}],
                    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}},
                "/strict/{id}": {"post": {
                    "parameters": [{"in": "query", "name": "wait", "schema": {"type": "boolean"}}],
                    "requestBody": {"content": {"application/json": {"schema": {"required": ["prompt"]}}}}}},
                "/make/{id}": {"post": {
                "parameters": [
                    {"in": "path", "name": "id", "required": true, "schema": {"type": "integer"}},
                    {"in": "query", "name": "wait", "schema": {"type": "boolean"}},
                    {"in": "header", "name": "About", "content": {"application/json": {"schema":
                        {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}}},
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
            "headers": {"x-key": "[masked]", "about": "{\"name\":\"a\"}"}, "content_type": content_type, "body": body,
        }))
        .unwrap()
    }

    fn found(exchange: &Exchange) -> Vec<String> {
        let document = document();
        let found = document.find(exchange, &[]).unwrap();
        problems(&found.operation, &found.path_values, exchange).unwrap()
    }

    #[test]
    fn a_request_as_described_has_no_problem() {
        let json = json!({"kind": "json", "value": {"prompt": "a", "n": 1}});
        assert_eq!(found(&exchange("/make/7", json)), Vec::<String>::new());
        let text = |name: &str, text: &str| json!({"name": name, "file_name": null, "content_type": null, "size": 1, "text": text});
        let file =
            json!({"name": "image[]", "file_name": "a.png", "content_type": "image/png", "size": 7, "text": null});
        let parts = json!([text("prompt", "a"), text("n", "2"), file]);
        assert_eq!(found(&exchange("/make/7", json!({"kind": "multipart", "parts": parts}))), Vec::<String>::new());
    }

    #[test]
    fn every_departure_is_told() {
        let good = json!({"kind": "json", "value": {"prompt": "a"}});
        let without_key = Exchange { headers: BTreeMap::new(), ..exchange("/make/7", good.clone()) };
        let about = |text: &str| Exchange {
            headers: BTreeMap::from([("x-key".into(), MASK.into()), ("about".into(), text.into())]),
            ..exchange("/make/7", good.clone())
        };
        let unknown_query = Exchange { query: vec![("fast".into(), "1".into())], ..exchange("/make/7", good.clone()) };
        let other_type = Exchange { content_type: "text/plain".into(), ..exchange("/make/7", good.clone()) };
        let optional = exchange("/loose/7", json!({"kind": "none"}));
        assert_eq!(found(&optional), Vec::<String>::new());
        let cases = [
            (about("a"), "header parameter `About` is no JSON"),
            (about("{}"), "header parameter `About` : \"name\""),
            (about("{\"name\":\"a\",\"x\":1}"), "header parameter `About` /x: it is not"),
            (exchange("/make/seven", good.clone()), "path parameter `id`"),
            (without_key, "no credential"),
            (unknown_query, "query parameter `fast`"),
            (other_type, "a body of type"),
            (exchange("/make/7", json!({"kind": "none"})), "the body is missing"),
            (exchange("/strict/7", json!({"kind": "none"})), "the body is missing"),
            (exchange("/make/7", json!({"kind": "json", "value": {}})), "body : \"prompt\""),
            (exchange("/make/7", json!({"kind": "json", "value": {"prompt": "a", "m": 1}})), "body /m: it is not"),
        ];
        for (exchange, expected) in cases {
            let problems = found(&exchange);
            assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{expected}: {problems:?}");
        }
    }
}
