//! Whether a request carries the credential that the document asks for, in the way it asks for it.

use serde_json::Value;

use crate::document::Operation;
use crate::exchange::{Exchange, MASK};

/// Whether a header carries a credential and is checked by the document's security schemes alone.
pub(crate) fn is_credential(header: &str) -> bool {
    header.eq_ignore_ascii_case("authorization")
}

/// What is wrong with the credential of a request. What it carries must meet one of the operation's requirements, and be
/// marked as a secret.
pub(crate) fn problem(operation: &Operation<'_>, exchange: &Exchange) -> Option<String> {
    let document = &operation.document.root;
    let requirements = operation.description.get("security").or_else(|| document.get("security"));
    let requirements = requirements.and_then(Value::as_array).filter(|list| !list.is_empty())?;
    let met = requirements.iter().filter_map(Value::as_object).any(|schemes| match schemes.is_empty() {
        // What may be left out may not be something else either.
        true => !exchange.headers.contains_key("authorization"),
        false => schemes.keys().all(|scheme| {
            document
                .pointer(&format!("/components/securitySchemes/{scheme}"))
                .is_some_and(|asked| carries(asked, exchange))
        }),
    });
    (!met).then(|| format!("no credential that the document asks for: {}", asked(document, requirements)))
}

fn carries(asked: &Value, exchange: &Exchange) -> bool {
    let text = |key: &str| asked.get(key).and_then(Value::as_str).unwrap_or_default();
    let authorization = exchange.headers.get("authorization").map_or("", String::as_str);
    let of_scheme = |scheme: &str| {
        let (given, secret) = authorization.split_once(' ').unwrap_or_default();
        given.eq_ignore_ascii_case(scheme) && secret == MASK
    };
    match (text("type"), text("in")) {
        ("apiKey", "query") => exchange.query.iter().any(|(name, _)| name == text("name")),
        ("apiKey", "header") => {
            let value = exchange.headers.get(&text("name").to_ascii_lowercase()).map_or("", String::as_str);
            // `Authorization` has a scheme even where a document calls it a key.
            value == MASK || (is_credential(text("name")) && value.ends_with(&format!(" {MASK}")))
        }
        ("http", _) => of_scheme(text("scheme")),
        ("oauth2" | "openIdConnect", _) => of_scheme("bearer"),
        _ => false,
    }
}

/// The requirements in words.
fn asked(document: &Value, requirements: &[Value]) -> String {
    let shown = |scheme: &String| {
        let described = document.pointer(&format!("/components/securitySchemes/{scheme}"));
        let text = |key: &str| described.and_then(|asked| asked.get(key)).and_then(Value::as_str).unwrap_or_default();
        format!("{} {}{}", text("type"), text("scheme"), text("name")).trim().to_owned()
    };
    let each = requirements.iter().filter_map(Value::as_object);
    let lines = each.map(|schemes| schemes.keys().map(shown).collect::<Vec<_>>().join(" and "));
    lines.map(|line| if line.is_empty() { "none".to_owned() } else { line }).collect::<Vec<_>>().join(", or ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::document::Document;
    use crate::exchange::Body;
    use crate::provider::Standing;

    fn is_fine(security: Value, header: Option<(&str, &str)>) -> bool {
        let root = json!({
            "security": security,
            "components": {"securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                "named": {"type": "apiKey", "in": "header", "name": "Authorization"},
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
                "oauth": {"type": "oauth2"},
            }},
            "paths": {"/make": {"post": {}}},
        });
        let document = Document { file: "test", standing: Standing::Vendor, root };
        let headers: BTreeMap<_, _> =
            header.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        let exchange = Exchange {
            provider: "test".into(),
            method: "POST".into(),
            url: "http://localhost/make".into(),
            path: "/make".into(),
            query: Vec::new(),
            headers,
            content_type: String::new(),
            body: Body::None,
        };
        let operation = document.operations().next().unwrap();
        problem(&operation, &exchange).is_none()
    }

    #[test]
    fn a_credential_is_carried_as_the_document_asks() {
        let authorization = |value| Some(("authorization", value));
        for (security, header) in [
            (json!([{"key": []}]), Some(("x-key", "[masked]"))),
            (json!([{"named": []}]), authorization("Bearer [masked]")),
            (json!([{"named": []}]), authorization("[masked]")),
            (json!([{"bearer": []}]), authorization("Bearer [masked]")),
            (json!([{"oauth": ["read"]}]), authorization("Bearer [masked]")),
            (json!([{"bearer": []}, {"basic": []}]), authorization("Basic [masked]")),
            (json!([{}, {"basic": []}]), authorization("Basic [masked]")),
            (json!([{}, {"basic": []}]), None),
            (json!([]), None),
        ] {
            assert!(is_fine(security.clone(), header), "{security} {header:?}");
        }
    }

    #[test]
    fn another_way_is_none() {
        let authorization = |value| Some(("authorization", value));
        for (security, header) in [
            (json!([{"key": []}]), None),
            (json!([{"key": []}]), authorization("Bearer [masked]")),
            (json!([{"key": []}]), Some(("x-key", "Bearer [masked]"))),
            (json!([{"key": []}]), Some(("x-key", "shown-to-everybody"))),
            (json!([{"bearer": []}]), authorization("[masked]")),
            (json!([{"bearer": []}]), authorization("Token [masked]")),
            (json!([{"bearer": []}]), authorization("Basic [masked]")),
            (json!([{"bearer": []}]), authorization("Bearer shown-to-everybody")),
            (json!([{"oauth": []}]), authorization("Basic [masked]")),
            (json!([{}, {"basic": []}]), authorization("Bearer [masked]")),
            (json!([{"bearer": [], "key": []}]), authorization("Bearer [masked]")),
            (json!([{"unknown": []}]), authorization("Bearer [masked]")),
        ] {
            assert!(!is_fine(security.clone(), header), "{security} {header:?}");
        }
    }
}
