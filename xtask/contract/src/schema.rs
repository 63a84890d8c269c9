//! JSON Schema inside OpenAPI documents.

use anyhow::anyhow;
use jsonschema::Draft;
use serde_json::{Map, Value};

/// What is wrong with a value by a schema of a document; empty when nothing is.
///
/// # Errors
/// When the schema itself cannot be used.
pub(crate) fn problems(document: &Value, schema: &Value, value: &Value) -> anyhow::Result<Vec<String>> {
    // References in the schema are relative to the document, so the document is what is compiled; a schema beside its
    // other members, which JSON Schema does not know, is where validation begins.
    let mut root = document.as_object().cloned().unwrap_or_default();
    root.insert("$defs".to_owned(), Value::Object(Map::from_iter([("checked".to_owned(), schema.clone())])));
    root.insert("$ref".to_owned(), "#/$defs/checked".into());
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .build(&Value::Object(root))
        .map_err(|error| anyhow!("the document's schema cannot be used: {error}"))?;
    Ok(validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect())
}

/// Follows a reference within the document, however often.
pub(crate) fn resolve<'a>(document: &'a Value, mut value: &'a Value) -> &'a Value {
    while let Some(target) = value.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#')) {
        match document.pointer(target) {
            Some(found) => value = found,
            None => break,
        }
    }
    value
}

/// The schema of a property, looked for through references and combinations.
pub(crate) fn property<'a>(document: &'a Value, schema: &'a Value, name: &str) -> Option<&'a Value> {
    let schema = resolve(document, schema);
    if let Some(found) = schema.pointer(&format!("/properties/{}", name.replace('~', "~0").replace('/', "~1"))) {
        return Some(resolve(document, found));
    }
    branches(schema).find_map(|branch| property(document, branch, name))
}

/// Text as the type that the schema asks for, where it can be read as that; text otherwise.
pub(crate) fn coerce(document: &Value, schema: Option<&Value>, text: &str) -> Value {
    let typed = serde_json::from_str::<Value>(text).ok();
    let typed = typed.filter(|value| schema.is_some_and(|schema| takes(document, schema, value)));
    typed.unwrap_or_else(|| text.into())
}

/// Whether a schema takes values of this one's type, when that is no text.
fn takes(document: &Value, schema: &Value, value: &Value) -> bool {
    let schema = resolve(document, schema);
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let fits = |name: &&str| match *name {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        _ => false,
    };
    types.iter().any(fits) || branches(schema).any(|branch| takes(document, branch, value))
}

/// The parts of combinations and alternatives.
pub(crate) fn branches(schema: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key).and_then(Value::as_array));
    lists.flatten()
}

/// Rewrites what OpenAPI 3.0 says otherwise than JSON Schema: `nullable`, and limits that are exclusive by a flag.
pub(crate) fn modernise(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.remove("nullable") == Some(Value::Bool(true)) {
                let plain = Value::Object(std::mem::take(fields));
                let null = Value::Object(Map::from_iter([("type".to_owned(), "null".into())]));
                fields.insert("anyOf".to_owned(), Value::Array(vec![plain, null]));
            }
            for (flag, limit) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                if let Some(Value::Bool(exclusive)) = fields.get(flag).cloned() {
                    fields.remove(flag);
                    if let Some(bound) = exclusive.then(|| fields.remove(limit)).flatten() {
                        fields.insert(flag.to_owned(), bound);
                    }
                }
            }
            fields.values_mut().for_each(modernise);
        }
        Value::Array(items) => items.iter_mut().for_each(modernise),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_lead_through_the_document() {
        let document = json!({"components": {"schemas": {"Size": {"type": "integer", "minimum": 1}}}});
        let schema = json!({"type": "object", "properties": {"n": {"$ref": "#/components/schemas/Size"}}});
        assert_eq!(problems(&document, &schema, &json!({"n": 2})).unwrap(), Vec::<String>::new());
        assert_eq!(problems(&document, &schema, &json!({"n": 0})).unwrap().len(), 1);
        assert_eq!(property(&document, &schema, "n"), document.pointer("/components/schemas/Size"));
    }

    #[test]
    fn text_becomes_what_the_schema_asks_for() {
        let number = json!({"anyOf": [{"type": "integer"}, {"type": "null"}]});
        assert_eq!(coerce(&json!({}), Some(&number), "7"), json!(7));
        assert_eq!(coerce(&json!({}), Some(&json!({"type": "string"})), "7"), json!("7"));
        assert_eq!(coerce(&json!({}), None, "7"), json!("7"));
    }

    #[test]
    fn old_words_are_rewritten() {
        let mut schema = json!({"type": "integer", "nullable": true, "minimum": 1, "exclusiveMinimum": true});
        modernise(&mut schema);
        assert!(problems(&json!({}), &schema, &json!(null)).unwrap().is_empty());
        assert!(problems(&json!({}), &schema, &json!(2)).unwrap().is_empty());
        assert_eq!(problems(&json!({}), &schema, &json!(1)).unwrap().len(), 1);
    }
}
