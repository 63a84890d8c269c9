//! How the adapters read answers, and what must come of the documents' examples.

use media_provider_canva::wire as canva;
use media_provider_openai::wire as openai;
use serde::Deserialize;
use serde_json::Value;

/// Reads an answer and tells what is wrong with what came of it.
pub(crate) type Decode = fn(&Value) -> Result<(), String>;

/// How one kind of answer is read.
#[derive(Debug)]
pub(crate) struct Decoder {
    pub(crate) file: &'static str,
    /// Method and path, as the document writes it; empty for the errors of every operation.
    pub(crate) operation: &'static str,
    pub(crate) answer: Answer,
    pub(crate) decode: Decode,
}

/// A kind of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Success,
    /// One of the events of a success.
    Event,
    Failure,
}

const CANVA: &str = "canva.yaml";
const OPENAI: &str = "openai.yaml";

const fn success(file: &'static str, operation: &'static str, decode: Decode) -> Decoder {
    Decoder { file, operation, answer: Answer::Success, decode }
}

const fn event(file: &'static str, operation: &'static str, decode: Decode) -> Decoder {
    Decoder { file, operation, answer: Answer::Event, decode }
}

/// Of every operation that has examples and that an adapter calls; each has to find at least one example.
pub(crate) const DECODERS: &[Decoder] = &[
    success(CANVA, "POST /v1/asset-uploads", upload),
    success(CANVA, "GET /v1/asset-uploads/{jobId}", upload),
    success(CANVA, "POST /v1/autofills", autofill),
    success(CANVA, "GET /v1/autofills/{jobId}", autofill),
    success(CANVA, "POST /v1/exports", export),
    success(CANVA, "GET /v1/exports/{exportId}", export),
    Decoder { file: CANVA, operation: "", answer: Answer::Failure, decode: canva_error },
    success(OPENAI, "POST /images/generations", images),
    event(OPENAI, "POST /images/generations", image_event),
    event(OPENAI, "POST /images/edits", image_event),
    success(OPENAI, "GET /models", models),
];

fn read<'a, T: Deserialize<'a>>(value: &'a Value) -> Result<T, String> {
    T::deserialize(value).map_err(|error| error.to_string())
}

fn must(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{what} did not come out")) }
}

fn upload(value: &Value) -> Result<(), String> {
    job::<canva::UploadResult>(value, |result| result.asset.as_ref().is_some_and(|asset| !asset.id.is_empty()))
}

fn autofill(value: &Value) -> Result<(), String> {
    job::<canva::AutofillResult>(value, |result| {
        let design = result.result.as_ref().map(|result| &result.design);
        let link = design.and_then(|design| design.urls.as_ref()?.edit_url.as_deref());
        design.is_some_and(|design| !design.id.is_empty()) && link.is_some_and(|link| link.starts_with("https://"))
    })
}

fn export(value: &Value) -> Result<(), String> {
    job::<canva::ExportResult>(value, |result| {
        !result.urls.is_empty() && result.urls.iter().all(|url| url.starts_with("https://"))
    })
}

/// A job that ended well has a result, one that failed says why, and one at work has neither.
fn job<T: for<'a> Deserialize<'a>>(value: &Value, has_result: impl Fn(&T) -> bool) -> Result<(), String> {
    let canva::JobDocument::<T> { job } = read(value)?;
    must(!job.id.is_empty(), "the job's id")?;
    let reason = job.error.as_ref().is_some_and(|error| !error.code.is_empty() && !error.message.is_empty());
    match job.status.as_str() {
        "success" => must(has_result(&job.result) && job.error.is_none(), "the result of a job that is done"),
        "failed" => must(reason && !has_result(&job.result), "why a job failed"),
        "in_progress" => must(!has_result(&job.result) && job.error.is_none(), "that a job is at work"),
        other => Err(format!("`{other}` is no state that the adapter knows")),
    }
}

fn canva_error(value: &Value) -> Result<(), String> {
    let (code, message) = match read(value)? {
        canva::ErrorDocument::Api { code, message } => (code, message),
        canva::ErrorDocument::OAuth { error, error_description } => (error, error_description),
    };
    must(!code.is_empty(), "the code")?;
    must(!message.is_empty(), "the vendor's words")
}

fn images(value: &Value) -> Result<(), String> {
    let images: openai::Images = read(value)?;
    must(!images.data.is_empty(), "an image")?;
    let whole = |image: &openai::Image| image.b64_json.as_ref().is_some_and(|text| !text.is_empty());
    must(images.data.iter().all(whole), "the content of an image")?;
    must(images.created.is_some(), "when it was made")?;
    tokens(images.usage.as_ref())
}

fn image_event(value: &Value) -> Result<(), String> {
    let event: openai::ImageEvent = read(value)?;
    let kind = event.kind.clone().unwrap_or_default();
    must(event.b64_json.as_ref().is_some_and(|text| !text.is_empty()), "the content of an image")?;
    match kind.rsplit_once('.').map(|(_, last)| last) {
        Some("partial_image") => must(event.partial_image_index.is_some(), "which unfinished picture it is"),
        Some("completed") => {
            let images = event.into_images();
            must(images.data.len() == 1 && images.data[0].b64_json.is_some(), "the finished image")?;
            tokens(images.usage.as_ref())
        }
        _ => Err(format!("`{kind}` is no event that the adapter knows")),
    }
}

fn tokens(usage: Option<&Value>) -> Result<(), String> {
    let tokens: openai::Tokens = read(usage.unwrap_or(&Value::Null))?;
    let read = tokens.input_tokens_details.is_some_and(|details| details.image_tokens.is_some());
    must(tokens.input_tokens.is_some() && tokens.output_tokens.is_some() && read, "the tokens used")
}

fn models(value: &Value) -> Result<(), String> {
    let models: openai::Models = read(value)?;
    let listed = value["data"].as_array().map_or(&[][..], Vec::as_slice);
    must(!models.data.is_empty() && models.data.len() == listed.len(), "every model")?;
    let same = models.data.iter().zip(listed).all(|(model, written)| {
        let day = model.shutdown_date.map(|day| day.to_string());
        written["id"] == *model.id && written["shutdown_date"].as_str() == day.as_deref()
    });
    must(same, "the name of a model, and when it ends")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_may_come_out_empty() {
        let usage = json!({"input_tokens": 3, "output_tokens": 1, "input_tokens_details": {"text_tokens": 1, "image_tokens": 2}});
        let image = json!({"created": 1, "data": [{"b64_json": "..."}], "usage": usage});
        let event = |kind: &str| json!({"type": kind, "b64_json": "...", "partial_image_index": 0, "usage": usage});
        let job = |status: &str, rest: Value| {
            let mut job = json!({"id": "7", "status": status});
            job.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            json!({ "job": job })
        };
        let error = json!({"error": {"code": "a", "message": "b"}});
        let asset = json!({"asset": {"id": "7"}});
        let good: [(Decode, Value); 8] = [
            (images, image.clone()),
            (image_event, event("image_edit.completed")),
            (image_event, event("image_generation.partial_image")),
            (upload, job("success", asset.clone())),
            (upload, job("failed", error.clone())),
            (upload, job("in_progress", json!({}))),
            (canva_error, json!({"code": "a", "message": "b"})),
            (models, json!({"data": [{"id": "a", "shutdown_date": "2026-10-23"}, {"id": "b"}]})),
        ];
        for (decode, value) in good {
            assert_eq!(decode(&value), Ok(()), "{value}");
        }
        let bad: [(Decode, Value); 16] = [
            (images, json!({})),
            (images, json!({"created": 1, "data": [], "usage": usage})),
            (images, json!({"created": 1, "data": [{"b64": "..."}], "usage": usage})),
            (images, json!({"created": 1, "data": [{"b64_json": "..."}]})),
            (image_event, event("image_edit.other")),
            (image_event, json!({"type": "image_edit.completed", "b64_json": "..."})),
            (image_event, json!({"type": "image_edit.partial_image", "b64_json": "..."})),
            (upload, job("success", json!({}))),
            (upload, job("success", error)),
            (upload, job("failed", json!({}))),
            (upload, job("in_progress", asset)),
            (upload, job("done", json!({}))),
            (export, job("success", json!({"urls": []}))),
            (autofill, job("success", json!({"result": {"design": {"id": "7"}}}))),
            (canva_error, json!({"code": "a"})),
            (models, json!({"data": [{"id": "a", "shutdown": "2026-10-23", "shutdown_date": null}, {"name": "b"}]})),
        ];
        for (decode, value) in bad {
            assert!(decode(&value).is_err(), "{value}");
        }
    }
}
