//! Serialised forms that programs read.

use std::fmt::Debug;

use media_ports::{Descriptor, HealthReport, HealthStatus, Operation, Page, VerifyFinding};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::support::descriptor;

fn check_form<T: Debug + PartialEq + Serialize + DeserializeOwned>(value: &T, json: Value) {
    assert_eq!(serde_json::to_value(value).unwrap(), json);
    assert_eq!(&serde_json::from_value::<T>(json).unwrap(), value);
}

#[test]
fn health_tells_state_and_reason() {
    check_form(&HealthReport::healthy(), json!({ "status": { "state": "healthy" } }));
    check_form(
        &HealthReport::unhealthy("no credit"),
        json!({ "status": { "state": "unhealthy", "reason": "no credit" } }),
    );
    assert!(HealthReport::healthy().is_healthy() && !HealthReport::unhealthy("x").is_healthy());
    assert_eq!(HealthReport::unhealthy("x").status, HealthStatus::Unhealthy("x".to_owned()));
}

#[test]
fn operations_are_words() {
    for (operation, word) in [
        (Operation::GenerateImage, "generate_image"),
        (Operation::EditImage, "edit_image"),
        (Operation::ExportFigma, "export_figma"),
        (Operation::ExportCanva, "export_canva"),
    ] {
        check_form(&operation, json!(word));
        assert_eq!(operation.to_string(), word);
    }
}

#[test]
fn descriptors_are_read_back() {
    let descriptor = Descriptor { model: Some("gpt-image-1".to_owned()), ..descriptor("openai_images", "1.0.0") };
    let json = serde_json::to_value(&descriptor).unwrap();
    assert_eq!((&json["id"], &json["operations"]), (&json!("openai_images"), &json!(["generate_image"])));
    check_form(&descriptor, json);
}

#[test]
fn pages_and_findings() {
    check_form(&Page { items: vec![1, 2], next: Some("2".to_owned()) }, json!({ "items": [1, 2], "next": "2" }));
    check_form(
        &VerifyFinding { subject: "blob abc".to_owned(), problem: "is missing".to_owned() },
        json!({ "subject": "blob abc", "problem": "is missing" }),
    );
}
