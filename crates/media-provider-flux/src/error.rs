//! The vendor's refusals, as errors of ours.

use std::time::SystemTime;

use http::StatusCode;
use media_domain::{Phase, ProviderErrorKind, RetryClass};
use media_http::{HttpResponse, VendorRefusal, Verdict, is_json};
use media_ports::ProviderError;

use crate::wire::{ErrorDocument, State, Task};

/// Reads an answer without success: the status speaks first, the vendor's document over it.
pub fn read_refusal(response: &HttpResponse, _now: SystemTime) -> VendorRefusal {
    let hint = hint(response.status);
    match error_document(response) {
        None => VendorRefusal::silent().with_hint(hint),
        Some(ErrorDocument::Task(task)) => of_task(&task, response.status),
        Some(ErrorDocument::Refusal { detail }) => {
            let refusal = VendorRefusal::said(detail.text()).with_hint(hint);
            // The vendor says 403 to a wrong or missing key, and never 401 (its pages on errors, read 2026-11-20). One
            // without its document comes from something in front of it.
            if response.status == StatusCode::FORBIDDEN {
                refusal.because(ProviderErrorKind::Unauthenticated)
            } else {
                refusal
            }
        }
    }
}

/// A task may be told with a status that is no success: with 422 when it was refused for its content, with 503 and a delay
/// while it is at work (test notes of a client, 2026-09). Then the task counts, whatever the status is.
fn of_task(task: &Task, status: StatusCode) -> VendorRefusal {
    let refusal = VendorRefusal::said(task.reason()).of_job();
    match task.state() {
        State::RequestModerated | State::ContentModerated => refusal.because(ProviderErrorKind::ContentRejected),
        State::Failed => refusal.because(ProviderErrorKind::Unavailable),
        State::NotFound => refusal.judged(Verdict { kind: ProviderErrorKind::NotFound, ..AT_WORK }),
        State::Running | State::Ready if is_refusal(status) => refusal.judged(AT_WORK),
        State::Running | State::Ready => refusal,
    }
}

/// Said to an order, there is a task of which nobody knows the name; said to a look, it is what is told of the task.
const AT_WORK: Verdict = Verdict {
    kind: ProviderErrorKind::Unavailable,
    retry: RetryClass::Uncertain { phase: Phase::Submit, handle: None },
};

/// The state of the task with which a look ([`Purpose::Poll`](media_http::Purpose::Poll)) was answered although the status was
/// no success. It is told by the document alone: what only the status speaks of has been judged as the failure of a look, so
/// that it is neither `elsewhere` nor uncertain without a handle.
pub(crate) fn state_told(error: &ProviderError) -> Option<State> {
    match error.kind {
        ProviderErrorKind::ContentRejected => Some(State::ContentModerated),
        ProviderErrorKind::NotFound if error.retry == AT_WORK.retry => Some(State::NotFound),
        ProviderErrorKind::Unavailable if error.retry == AT_WORK.retry => Some(State::Running),
        ProviderErrorKind::Unavailable if error.retry == RetryClass::Elsewhere => Some(State::Failed),
        _ => None,
    }
}

/// A status from 400 to 499, save the one that asks for patience.
fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS
}

fn error_document(response: &HttpResponse) -> Option<ErrorDocument> {
    if !is_json(&response.headers) {
        return None;
    }
    let document = serde_json::from_slice(&response.body).ok()?;
    match document {
        // Without a name it is none.
        ErrorDocument::Task(Task { id: None, .. }) => None,
        document => Some(document),
    }
}

fn hint(status: StatusCode) -> Option<&'static str> {
    match status.as_u16() {
        402 => Some("buy credits, or take the provider out of the list"),
        404 => Some("check `model` and `base_url`"),
        422 => Some("the model does not take a field, or not its value"),
        429 => Some("the vendor works on 24 tasks of one key at a time"),
        _ => None,
    }
}
