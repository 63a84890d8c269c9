//! Values as JSON: what only a factory or a rule understands.

use config::{Value, ValueKind};

use super::Origin;

/// A value as its factory is to see it. The environment has texts only, so there a text that is `true`, `false`, a
/// plainly written number or a quoted text is read as TOML would; any other stays what it is.
pub(super) fn opaque(value: Value) -> serde_json::Value {
    let from_environment = matches!(Origin::from_text(value.origin()), Origin::Variable(_));
    match value.kind {
        ValueKind::Table(table) => table.into_iter().map(|(key, child)| (key, opaque(child))).collect(),
        ValueKind::Array(items) => items.into_iter().map(opaque).collect(),
        ValueKind::String(text) if from_environment => of_environment(&text),
        _ => plain(&value),
    }
}

fn of_environment(text: &str) -> serde_json::Value {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(quoted @ serde_json::Value::String(_)) => quoted,
        // Only what would be written the same again: `0012` and `1e5` are texts.
        Ok(value) if value.to_string().as_str() == text => value,
        _ => text.into(),
    }
}

/// A value as JSON.
pub(super) fn plain(value: &Value) -> serde_json::Value {
    match &value.kind {
        ValueKind::Nil => serde_json::Value::Null,
        ValueKind::Boolean(flag) => (*flag).into(),
        ValueKind::I64(number) => (*number).into(),
        ValueKind::U64(number) => (*number).into(),
        ValueKind::Float(number) => (*number).into(),
        ValueKind::I128(number) => number.to_string().into(),
        ValueKind::U128(number) => number.to_string().into(),
        ValueKind::String(text) => text.as_str().into(),
        ValueKind::Array(items) => items.iter().map(plain).collect(),
        ValueKind::Table(table) => table.iter().map(|(key, child)| (key.clone(), plain(child))).collect(),
    }
}
