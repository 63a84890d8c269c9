//! Whether the body of a request is one that the document describes.

use serde_json::{Map, Value};

use crate::document::Operation;
use crate::exchange::{Body, Exchange};
use crate::form::{Field, Form};
use crate::schema;
use crate::undeclared;

/// What is wrong with the body of a request; empty when nothing is.
///
/// # Errors
/// When a schema of the document cannot be used.
pub(crate) fn problems(operation: &Operation<'_>, exchange: &Exchange) -> anyhow::Result<Vec<String>> {
    let document = &operation.document.root;
    let is_absent = matches!(exchange.body, Body::None);
    let described = operation.description.get("requestBody").map(|body| schema::resolve(document, body));
    let Some(described) = described else {
        let unasked = (!is_absent).then(|| "a body where the document has none".to_owned());
        return Ok(unasked.into_iter().collect());
    };
    let types = described.get("content").and_then(Value::as_object).cloned().unwrap_or_default();
    if is_absent {
        let missing = is_needed(document, described, &types)?.then(|| "the body is missing".to_owned());
        return Ok(missing.into_iter().collect());
    }
    match types.get(&exchange.content_type).or_else(|| types.get("*/*")) {
        Some(content) => content_problems(document, content, &exchange.body),
        None => {
            let known: Vec<&String> = types.keys().collect();
            Ok(vec![format!("a body of type `{}`, where the document has {known:?}", exchange.content_type)])
        }
    }
}

/// Whether there has to be a body: the document says so, or nothing at all would be none that it describes.
fn is_needed(document: &Value, described: &Value, types: &Map<String, Value>) -> anyhow::Result<bool> {
    if described.get("required") == Some(&Value::Bool(true)) {
        return Ok(true);
    }
    let nothing = Value::Object(Map::new());
    for content in types.values() {
        let Some(of_body) = content.get("schema") else { return Ok(false) };
        if schema::problems(document, of_body, &nothing)?.is_empty() {
            return Ok(false);
        }
    }
    Ok(!types.is_empty())
}

fn content_problems(document: &Value, content: &Value, body: &Body) -> anyhow::Result<Vec<String>> {
    let Some(of_body) = content.get("schema") else { return Ok(Vec::new()) };
    let fields: Vec<Field<'_>> = match body {
        Body::Json { value } => return value_problems(document, of_body, value),
        Body::Form { fields } => fields.iter().map(|(name, text)| Field::text(name, text)).collect(),
        Body::Multipart { parts } => parts.iter().map(Field::of_part).collect(),
        Body::None | Body::Bytes {} => return Ok(Vec::new()),
    };
    let (value, mut problems) = Form::read(document, content, of_body, &fields)?;
    problems.extend(value_problems(document, of_body, &value)?);
    Ok(problems)
}

fn value_problems(document: &Value, of_body: &Value, value: &Value) -> anyhow::Result<Vec<String>> {
    let found = undeclared::problems(document, of_body, value)?;
    Ok(found.into_iter().map(|problem| format!("body {problem}")).collect())
}
