//! The documents' own response examples, decoded with the adapters' wire types.

use media_provider_canva::wire as canva;
use media_provider_openai::wire as openai;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::document::{Document, Operation};
use crate::schema;

/// Decodes an answer and tells what is wrong with it.
type Decode = fn(&Value) -> Result<(), String>;

/// How the answers of an operation are decoded.
struct Decoder {
    file: &'static str,
    method: &'static str,
    template: &'static str,
    decode: Decode,
}

const fn decoder<T: DeserializeOwned>(file: &'static str, method: &'static str, template: &'static str) -> Decoder {
    Decoder { file, method, template, decode: decode::<T> }
}

fn decode<T: DeserializeOwned>(value: &Value) -> Result<(), String> {
    T::deserialize(value).map(drop).map_err(|error| error.to_string())
}

const CANVA: &str = "canva.yaml";
const OPENAI: &str = "openai.yaml";

type UploadJob = canva::JobDocument<canva::UploadResult>;
type AutofillJob = canva::JobDocument<canva::AutofillResult>;
type ExportJob = canva::JobDocument<canva::ExportResult>;

/// Answers of success, of every operation that has examples and that an adapter calls.
const DECODERS: &[Decoder] = &[
    decoder::<UploadJob>(CANVA, "post", "/v1/asset-uploads"),
    decoder::<UploadJob>(CANVA, "get", "/v1/asset-uploads/{jobId}"),
    decoder::<AutofillJob>(CANVA, "post", "/v1/autofills"),
    decoder::<AutofillJob>(CANVA, "get", "/v1/autofills/{jobId}"),
    decoder::<ExportJob>(CANVA, "post", "/v1/exports"),
    decoder::<ExportJob>(CANVA, "get", "/v1/exports/{exportId}"),
    decoder::<openai::Images>(OPENAI, "post", "/images/generations"),
    decoder::<openai::Images>(OPENAI, "post", "/images/edits"),
    decoder::<openai::Models>(OPENAI, "get", "/models"),
];

/// Answers of failure, which each vendor writes in one way.
const ERROR_DECODERS: &[(&str, Decode)] =
    &[(CANVA, decode::<canva::ErrorDocument>), (OPENAI, decode::<openai::ErrorDocument>)];

/// How many examples of an operation's answers there are that we decode, and what is wrong with them.
pub(crate) fn check(operation: &Operation<'_>) -> (usize, Vec<String>) {
    let file = operation.document.file;
    let of_success = DECODERS.iter().find(|decoder| {
        decoder.file == file && decoder.method == operation.method && decoder.template == operation.template
    });
    let of_failure = ERROR_DECODERS.iter().find(|(of, _)| *of == file);
    let mut count = 0;
    let mut problems = Vec::new();
    for (status, example) in examples(operation) {
        let decode = match status.starts_with('2') {
            true => of_success.map(|decoder| decoder.decode),
            false => of_failure.map(|(_, decode)| *decode),
        };
        count += 1;
        match decode {
            Some(decode) => problems.extend(decode(&example).err().map(|why| format!("example of {status}: {why}"))),
            None => problems.push(format!("example of {status}: nothing decodes it in xtask/contract/src/examples.rs")),
        }
    }
    (count, problems)
}

fn examples(operation: &Operation<'_>) -> Vec<(String, Value)> {
    let mut found = response_examples(operation.document, operation.description);
    found.extend(told_examples(operation.description).map(|example| ("200".to_owned(), example)));
    found
}

/// Examples that OpenAI writes as text beside the operation; those of streams are no JSON.
fn told_examples(description: &Value) -> impl Iterator<Item = Value> {
    let told = description.pointer("/x-oaiMeta/examples");
    let listed = told.and_then(Value::as_array).into_iter().flatten();
    let texts = listed.chain(told).filter_map(|example| example.get("response").and_then(Value::as_str));
    texts.filter_map(|text| serde_json::from_str(text).ok())
}

/// The examples of an operation's answers, with the status.
fn response_examples(document: &Document, description: &Value) -> Vec<(String, Value)> {
    let responses = description.get("responses").and_then(Value::as_object).into_iter().flatten();
    let mut found = Vec::new();
    for (status, response) in responses {
        let response = schema::resolve(&document.root, response);
        let Some(content) = response.pointer("/content/application~1json") else { continue };
        found.extend(content.get("example").map(|example| (status.clone(), example.clone())));
        let named = content.get("examples").and_then(Value::as_object).into_iter().flatten();
        for (_, example) in named {
            let example = schema::resolve(&document.root, example);
            found.extend(example.get("value").map(|value| (status.clone(), value.clone())));
        }
    }
    found
}
