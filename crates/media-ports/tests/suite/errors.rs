//! The errors of providers and stores.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use media_domain::{JobHandle, Phase, ProviderErrorKind, RetryClass};
use media_ports::{HealthReport, HealthStatus, ProviderError, StoreError, StoreErrorKind, with_causes};

fn unavailable() -> ProviderError {
    ProviderError::new(ProviderErrorKind::Unavailable, "reach the vendor")
}

#[test]
fn kind_and_retry_class_are_told_apart() {
    let handle = JobHandle::new("job-7");
    for (error, kind, retry) in [
        (unavailable(), ProviderErrorKind::Unavailable, RetryClass::Elsewhere),
        (unavailable().never(), ProviderErrorKind::Unavailable, RetryClass::Never),
        (unavailable().again(None), ProviderErrorKind::Unavailable, RetryClass::Again { after: None }),
        (
            unavailable().again(Some(Duration::from_secs(12))),
            ProviderErrorKind::Unavailable,
            RetryClass::Again { after: Some(Duration::from_secs(12)) },
        ),
        (
            unavailable().uncertain(Phase::Running, Some(handle.clone())),
            ProviderErrorKind::Unavailable,
            RetryClass::Uncertain { phase: Phase::Running, handle: Some(handle) },
        ),
        (unavailable().billed(None), ProviderErrorKind::Unavailable, RetryClass::Billed),
        (ProviderError::unsupported("x"), ProviderErrorKind::Unsupported, RetryClass::Elsewhere),
        (ProviderError::cancelled("x"), ProviderErrorKind::Cancelled, RetryClass::Never),
    ] {
        assert_eq!((error.kind, &error.retry), (kind, &retry));
    }
}

#[test]
fn causes_are_told_in_one_line() {
    let cause = unavailable().with_source("no route to host").with_http_status(502);
    let error = ProviderError::new(ProviderErrorKind::Unavailable, "list models").with_source(cause);
    let told = "list models: reach the vendor (HTTP 502): no route to host";
    assert_eq!(with_causes(&error), told);
    assert_eq!(HealthReport::of_error(&error).status, HealthStatus::Unhealthy(told.to_owned()));
}

#[test]
fn salvaged_bytes_are_kept_and_never_shown() {
    let error = ProviderError::new(ProviderErrorKind::MalformedResponse, "read the answer")
        .billed(Some(Bytes::from_static(b"TOP-SECRET-PICTURE")))
        .with_http_status(200);
    assert_eq!(error.salvaged.as_deref(), Some(&b"TOP-SECRET-PICTURE"[..]));
    let shown = format!("{error} {error:?} {error:#?}");
    assert!(!shown.contains("SECRET"), "{shown}");
    // The bytes of "TOP" as a list of numbers.
    assert!(!shown.contains("84, 79, 80"), "{shown}");
    assert!(shown.contains("salvaged_bytes: Some(18)"), "{shown}");
}

#[test]
fn a_text_is_the_message_and_the_status_without_the_cause() {
    assert_eq!(unavailable().to_string(), "reach the vendor");
    let error = unavailable().with_http_status(503).with_source(std::io::Error::other("connection reset"));
    assert_eq!(error.to_string(), "reach the vendor (HTTP 503)");
    assert_eq!(error.http_status, Some(503));
    assert_eq!(error.source().unwrap().to_string(), "connection reset");
    assert!(unavailable().source().is_none());
}

#[test]
fn a_store_error_has_a_kind_a_text_and_a_cause() {
    let error = StoreError::new(StoreErrorKind::Conflict, "the asset has changed meanwhile");
    assert_eq!((error.kind, error.to_string().as_str()), (StoreErrorKind::Conflict, "the asset has changed meanwhile"));
    assert!(error.source().is_none());
    let error = error.with_source("row 7");
    assert_eq!(error.to_string(), "the asset has changed meanwhile");
    assert_eq!(error.source().unwrap().to_string(), "row 7");
}
