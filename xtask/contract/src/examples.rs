//! The documents' own examples of answers, read as the adapters read them.

use serde_json::{Map, Value};

use crate::decoders::{Answer, DECODERS, Decoder};
use crate::document::{Document, Operation};
use crate::ledger::Ledger;
use crate::schema;

/// An example of an answer.
#[derive(Debug, PartialEq)]
struct Example {
    status: String,
    /// Whether it is one of the events of an answer.
    is_event: bool,
    value: Value,
}

const KIND: &str = "decoder";

/// Declares every decoder: each has to find an example.
pub(crate) fn declare(ledger: &mut Ledger) {
    for decoder in DECODERS {
        ledger.declare(KIND, name(decoder), "");
    }
}

fn name(decoder: &Decoder) -> String {
    let operation = if decoder.operation.is_empty() { "every operation" } else { decoder.operation };
    format!("{} {operation}: {:?}", decoder.file, decoder.answer)
}

/// How many examples of an operation's answers there are, and what is wrong with them.
pub(crate) fn check(operation: &Operation<'_>, ledger: &mut Ledger) -> (usize, Vec<String>) {
    let (file, called) = (operation.document.file, operation.name());
    let mut problems = Vec::new();
    let mut examples = response_examples(operation.document, operation.description);
    for text in told_examples(operation.description) {
        let read = told(text);
        problems.extend(read.problem);
        examples.extend(read.examples);
    }
    for Example { status, is_event, value } in &examples {
        let answer = match (status.starts_with('2'), is_event) {
            (false, _) => Answer::Failure,
            (true, true) => Answer::Event,
            (true, false) => Answer::Success,
        };
        let suits = |decoder: &&Decoder| {
            let of_operation = decoder.operation.is_empty() || decoder.operation == called;
            decoder.file == file && decoder.answer == answer && of_operation
        };
        let found = match DECODERS.iter().find(suits) {
            Some(decoder) => {
                ledger.count(KIND, name(decoder));
                (decoder.decode)(value).err()
            }
            None => Some("nothing decodes it in xtask/contract/src/decoders.rs".to_owned()),
        };
        problems.extend(found.map(|why| format!("example of {status}: {why}")));
    }
    (examples.len(), problems)
}

/// Examples that OpenAI writes as text beside the operation.
fn told_examples(description: &Value) -> impl Iterator<Item = &str> {
    let told = description.pointer("/x-oaiMeta/examples");
    let listed = told.and_then(Value::as_array).into_iter().flatten();
    listed.chain(told).filter_map(|example| example.get("response").and_then(Value::as_str))
}

/// What an example that is written as text comes to.
struct Told {
    examples: Vec<Example>,
    problem: Option<String>,
}

fn told(text: &str) -> Told {
    let example = |is_event| move |value| Example { status: "200".to_owned(), is_event, value };
    let of_error = |error: serde_json::Error| Some(format!("example of 200 is no JSON: {error}"));
    let events: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data:")).collect();
    if !events.is_empty() {
        let read: Result<Vec<Value>, _> = events.into_iter().map(serde_json::from_str).collect();
        let problem = read.as_ref().err().map(|error| format!("example of 200 is no JSON: {error}"));
        let values = read.unwrap_or_default();
        return Told { examples: values.into_iter().map(example(true)).collect(), problem };
    }
    match serde_json::from_str(text) {
        Ok(value) => Told { examples: vec![example(false)(value)], problem: None },
        // YAML forgives a comma behind the last member.
        Err(error) => {
            let forgiven: Option<Value> = serde_saphyr::from_str(text).ok().filter(Value::is_object);
            Told { examples: forgiven.into_iter().map(example(false)).collect(), problem: of_error(error) }
        }
    }
}

/// The examples of an operation's answers, with the status.
fn response_examples(document: &Document, description: &Value) -> Vec<Example> {
    let responses = description.get("responses").and_then(Value::as_object).into_iter().flatten();
    let mut found = Vec::new();
    for (status, response) in responses {
        let response = schema::resolve(&document.root, response);
        let Some(content) = response.pointer("/content/application~1json") else { continue };
        let mut values: Vec<Value> = content.get("example").cloned().into_iter().collect();
        let named = content.get("examples").and_then(Value::as_object).into_iter().flatten();
        let named = named.map(|(_, example)| schema::resolve(&document.root, example));
        values.extend(named.filter_map(|example| example.get("value").cloned()));
        values.extend(content.get("schema").and_then(|schema| of_schema(&document.root, schema)));
        found.extend(values.into_iter().map(|value| Example { status: status.clone(), is_event: false, value }));
    }
    found
}

/// The example of a whole object that a schema has; or the object around such examples, if they are all that it must hold.
fn of_schema(document: &Value, schema: &Value) -> Option<Value> {
    let schema = schema::resolve(document, schema);
    if let Some(example) = schema.get("example").filter(|example| example.is_object()) {
        return Some(example.clone());
    }
    let properties = schema.get("properties").and_then(Value::as_object)?;
    let whole = properties.iter().filter_map(|(name, of_field)| Some((name.clone(), of_schema(document, of_field)?)));
    let object: Map<String, Value> = whole.collect();
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let complete = required.filter_map(Value::as_str).all(|name| object.contains_key(name));
    (!object.is_empty() && complete).then_some(Value::Object(object))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(told: Told) -> (Vec<Value>, bool) {
        (told.examples.into_iter().map(|example| example.value).collect(), told.problem.is_some())
    }

    #[test]
    fn text_is_an_answer_or_its_events_or_a_problem() {
        assert_eq!(values(told("{\"a\": 1}")), (vec![json!({"a": 1})], false));
        let events = "event: x\ndata: {\"a\": 1}\n\nevent: y\ndata: {\"a\": 2}\n";
        assert!(told(events).examples.iter().all(|example| example.is_event));
        assert_eq!(values(told(events)), (vec![json!({"a": 1}), json!({"a": 2})], false));
        assert_eq!(values(told("data: {\"a\": 1}\ndata: {\n")), (vec![], true));
        assert_eq!(values(told("{\"a\": [1,\n  2,\n]}")), (vec![json!({"a": [1, 2]})], true));
        assert_eq!(values(told("see above")), (vec![], true));
    }

    #[test]
    fn the_example_of_a_schema_is_one_of_the_answer() {
        let document = json!({"components": {"schemas": {"Job": {"example": {"id": "7"}}}}});
        let job = json!({"$ref": "#/components/schemas/Job"});
        let wrapped = |required: Value| json!({"required": required, "properties": {"job": job, "n": {"example": 1}}});
        assert_eq!(of_schema(&document, &job), Some(json!({"id": "7"})));
        assert_eq!(of_schema(&document, &wrapped(json!(["job"]))), Some(json!({"job": {"id": "7"}})));
        assert_eq!(of_schema(&document, &wrapped(json!(["n"]))), None);
        assert_eq!(of_schema(&document, &json!({"properties": {"n": {"example": 1}}})), None);
    }
}
