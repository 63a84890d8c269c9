//! Fields that a document does not know, however deep they stand.

use serde_json::{Map, Value};

use crate::schema;

/// What is wrong with a value by a schema, fields that it does not declare included.
///
/// # Errors
/// When the schema itself cannot be used.
pub(crate) fn problems(document: &Value, schema: &Value, value: &Value) -> anyhow::Result<Vec<String>> {
    let mut found = schema::problems(document, schema, value)?;
    let unknown = undeclared(document, schema, value);
    found.extend(unknown.into_iter().map(|place| format!("{place}: it is not in the document")));
    Ok(found)
}

/// The places of a value that its schema does not declare, as JSON pointers.
///
/// An object may hold more than is declared where its schema says so (`additionalProperties`), or declares nothing at all.
/// Of alternatives, the one that the discriminator names counts, else the one that the value fits best.
fn undeclared(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Walk { document, found: &mut found }.look(&[schema], value, "");
    found
}

struct Walk<'a> {
    document: &'a Value,
    found: &'a mut Vec<String>,
}

impl<'a> Walk<'a> {
    fn look(&mut self, schemas: &[&'a Value], value: &Value, at: &str) {
        let layers: Vec<&Value> = schemas.iter().flat_map(|schema| layers(self.document, schema, value)).collect();
        match value {
            Value::Object(fields) => self.look_into(&layers, fields, at),
            Value::Array(items) => {
                let of_items: Vec<&Value> = layers.iter().filter_map(|layer| layer.get("items")).collect();
                for (index, item) in items.iter().enumerate() {
                    self.look(&of_items, item, &format!("{at}/{index}"));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn look_into(&mut self, layers: &[&'a Value], fields: &Map<String, Value>, at: &str) {
        let declares = layers.iter().any(|layer| properties(layer).is_some_and(|known| !known.is_empty()));
        let further: Vec<&Value> = layers.iter().filter_map(|layer| layer.get("additionalProperties")).collect();
        for (key, inner) in fields {
            let place = format!("{at}/{key}");
            let known: Vec<&Value> = layers.iter().filter_map(|layer| properties(layer)?.get(key)).collect();
            if !known.is_empty() {
                self.look(&known, inner, &place);
            } else if further.iter().any(|schema| schema.is_object()) {
                self.look(&further, inner, &place);
            } else if declares && !further.contains(&&Value::Bool(true)) {
                self.found.push(place);
            }
        }
    }
}

fn properties(layer: &Value) -> Option<&Map<String, Value>> {
    layer.get("properties").and_then(Value::as_object)
}

/// Every schema that a value is under by this one: itself, all of what it combines, and one of its alternatives.
fn layers<'a>(document: &'a Value, schema: &'a Value, value: &Value) -> Vec<&'a Value> {
    let target = schema::resolve(document, schema);
    let mut found = vec![target];
    if !std::ptr::eq(target, schema) {
        found.push(schema);
    }
    for part in list(target, "allOf") {
        found.extend(layers(document, part, value));
    }
    for alternatives in ["oneOf", "anyOf"] {
        found.extend(chosen(document, target, list(target, alternatives), value));
    }
    found
}

fn list<'a>(schema: &'a Value, key: &str) -> &'a [Value] {
    schema.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The layers of one of the alternatives; of all where none fits, which validation tells.
fn chosen<'a>(document: &'a Value, schema: &'a Value, alternatives: &'a [Value], value: &Value) -> Vec<&'a Value> {
    if let Some(named) = discriminated(document, schema, alternatives, value) {
        return layers(document, named, value);
    }
    let fitting = alternatives.iter().filter(|one| alternatives.len() == 1 || fits(document, one, value));
    let best = fitting.map(|one| layers(document, one, value)).max_by_key(|layers| declared(layers, value));
    best.unwrap_or_else(|| alternatives.iter().flat_map(|one| layers(document, one, value)).collect())
}

/// The alternative that a value names itself.
fn discriminated<'a>(
    document: &'a Value,
    schema: &'a Value,
    alternatives: &'a [Value],
    value: &Value,
) -> Option<&'a Value> {
    let discriminator = schema.get("discriminator").filter(|_| !alternatives.is_empty())?;
    let name = value.get(discriminator.get("propertyName")?.as_str()?)?.as_str()?;
    let mapped = discriminator.get("mapping").and_then(|mapping| mapping.get(name)).and_then(Value::as_str);
    let path = match mapped.unwrap_or(name) {
        reference if reference.starts_with('#') => reference.trim_start_matches('#').to_owned(),
        bare => format!("/components/schemas/{bare}"),
    };
    document.pointer(&path)
}

fn fits(document: &Value, schema: &Value, value: &Value) -> bool {
    schema::problems(document, schema, value).is_ok_and(|problems| problems.is_empty())
}

/// How many fields of a value the layers declare.
fn declared(layers: &[&Value], value: &Value) -> usize {
    let keys = value.as_object().into_iter().flat_map(Map::keys);
    keys.filter(|key| layers.iter().any(|layer| properties(layer).is_some_and(|known| known.contains_key(*key))))
        .count()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(schema: &Value, value: &Value) -> Vec<String> {
        let document = json!({"components": {"schemas": {
            "Png": {"type": "object", "required": ["type"],
                "properties": {"type": {"enum": ["png"]}, "lossless": {"type": "boolean"}}},
            "Jpg": {"type": "object", "required": ["type"],
                "properties": {"type": {"enum": ["jpg"]}, "quality": {"type": "integer"}}},
        }}});
        undeclared(&document, schema, value)
    }

    #[test]
    fn fields_are_looked_at_however_deep() {
        let inner = json!({"type": "object", "properties": {"a": {"type": "array", "items": {
            "allOf": [{"properties": {"b": {}}}, {"properties": {"c": {"properties": {"d": {}}}}}]}}}});
        assert_eq!(found(&inner, &json!({"a": [{"b": 1, "c": {"d": 1}}]})), Vec::<String>::new());
        let wrong = json!({"x": 1, "a": [{"b": 1}, {"y": 1, "c": {"z": 1}}]});
        assert_eq!(found(&inner, &wrong), ["/a/1/c/z", "/a/1/y", "/x"]);
    }

    #[test]
    fn open_objects_hold_anything() {
        let holds = json!({"x": {"y": 1}});
        for open in [
            json!({"type": "object"}),
            json!({"properties": {"a": {}}, "additionalProperties": true}),
            json!({"properties": {"a": {}}, "additionalProperties": {"type": "object"}}),
        ] {
            assert_eq!(found(&open, &holds), Vec::<String>::new(), "{open}");
        }
        let typed = json!({"additionalProperties": {"properties": {"z": {}}}});
        assert_eq!(found(&typed, &holds), ["/x/y"]);
        for shut in [json!({"properties": {"a": {}}}), json!({"properties": {"a": {}}, "additionalProperties": false})]
        {
            assert_eq!(found(&shut, &holds), ["/x"], "{shut}");
        }
    }

    #[test]
    fn one_alternative_counts() {
        let alternatives =
            json!([{"$ref": "#/components/schemas/Png"}, {"$ref": "#/components/schemas/Jpg"}, {"type": "null"}]);
        let named = json!({"oneOf": alternatives, "discriminator": {"propertyName": "type",
            "mapping": {"png": "#/components/schemas/Png", "jpg": "Jpg"}}});
        for schema in [&named, &json!({"oneOf": alternatives}), &json!({"anyOf": alternatives})] {
            assert_eq!(found(schema, &json!({"type": "jpg", "quality": 7})), Vec::<String>::new());
            assert_eq!(found(schema, &json!({"type": "png", "quality": 7})), ["/quality"]);
            assert_eq!(found(schema, &json!(null)), Vec::<String>::new());
        }
        let loose = json!({"anyOf": [{"properties": {"a": {}}}, {"properties": {"a": {}, "b": {}}}]});
        assert_eq!(found(&loose, &json!({"a": 1, "b": 1})), Vec::<String>::new());
        assert_eq!(found(&loose, &json!({"b": 1, "c": 1})), ["/c"]);
    }
}
