//! A vendor's refusal, as an error of ours.

use std::time::SystemTime;

use media_domain::{ProviderErrorKind, RetryClass};
use media_ports::ProviderError;

use crate::{HttpResponse, Purpose, Redactor, Verdict};

/// How an adapter reads an answer without success; each adapter has one such function, in its `error.rs`. The time turns
/// dates into delays.
pub type ReadRefusal = fn(&HttpResponse, SystemTime) -> VendorRefusal;

/// What an answer without success says, in the vendor's own terms: the status speaks first, [`verdict`](Self::verdict)
/// over it.
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use media_domain::ProviderErrorKind;
/// use media_http::{HttpResponse, Purpose, Redactor, VendorRefusal};
/// use std::time::SystemTime;
///
/// let response = HttpResponse { status: StatusCode::FORBIDDEN, headers: HeaderMap::new(), body: "".into() };
/// let refusal = VendorRefusal::said("no such luck").because(ProviderErrorKind::ContentRejected);
/// let error = refusal.into_error(&response, "order images", &Purpose::Order, &Redactor::default(), SystemTime::now());
/// assert_eq!(error.kind, ProviderErrorKind::ContentRejected);
/// assert_eq!(error.to_string(), "order images: the vendor says \"no such luck\" (HTTP 403)");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VendorRefusal {
    /// Whether the body is the vendor's own error document: then even a 500 is a definite refusal.
    pub is_document: bool,
    /// The vendor's words; they are cleaned before they are shown.
    pub message: Option<String>,
    /// What overrules the status.
    pub verdict: Option<Verdict>,
    /// Whether it tells what became of the job that was asked after, and is no trouble with the question.
    pub is_about_job: bool,
    /// What the user can do about the order: a fragment such as "check `model`". It is told where something is ordered, and
    /// not where a job is asked after, a file fetched or something read that is free.
    pub hint: Option<&'static str>,
    /// What the user can do whatever was asked: about an account, a consent, a limit.
    pub advice: Option<&'static str>,
    /// The vendor's name for the request, for its support.
    pub request_id: Option<String>,
}

impl VendorRefusal {
    /// An answer that is no error document of the vendor's.
    pub fn silent() -> Self {
        Self::default()
    }

    /// An error document with these words.
    pub fn said(message: impl Into<String>) -> Self {
        Self { is_document: true, message: Some(message.into()), ..Self::default() }
    }

    /// Overrules the status: a definite refusal of this kind, after which another provider may be tried.
    #[must_use]
    pub fn because(self, kind: ProviderErrorKind) -> Self {
        self.judged(Verdict { kind, retry: RetryClass::Elsewhere })
    }

    /// Overrules the status.
    #[must_use]
    pub fn judged(mut self, verdict: Verdict) -> Self {
        self.verdict = Some(verdict);
        self
    }

    /// Says that the answer tells what became of the job that was asked after: a poll takes what it says for the job's end.
    #[must_use]
    pub fn of_job(mut self) -> Self {
        self.is_about_job = true;
        self
    }

    /// Adds what the user can do about the order; told of orders only.
    #[must_use]
    pub fn with_hint(mut self, hint: Option<&'static str>) -> Self {
        self.hint = hint;
        self
    }

    /// Adds what the user can do whatever was asked.
    #[must_use]
    pub fn with_advice(mut self, advice: Option<&'static str>) -> Self {
        self.advice = advice;
        self
    }

    /// Adds the vendor's name for the request, out of a header of the answer.
    #[must_use]
    pub fn with_request_id(mut self, response: &HttpResponse, header: &str) -> Self {
        self.request_id = response.headers.get(header).and_then(|id| id.to_str().ok()).map(str::to_owned);
        self
    }

    /// Makes the error. `doing` completes "failed to …".
    pub fn into_error(
        self,
        response: &HttpResponse,
        doing: &str,
        purpose: &Purpose,
        redactor: &Redactor,
        now: SystemTime,
    ) -> ProviderError {
        let (message, is_about_job) = (self.text(response, doing, purpose, redactor), self.is_about_job);
        let verdict = self
            .verdict
            .unwrap_or_else(|| Verdict::of_status(response.status, &response.headers, self.is_document, now));
        let error = verdict.into_error(response.status, message);
        match (purpose, error.kind) {
            (Purpose::Poll(_), _) if is_about_job => error,
            // A job whose content was refused has ended, however that is told.
            (Purpose::Poll(_), ProviderErrorKind::ContentRejected) => error,
            _ => purpose.judge(error),
        }
    }

    fn text(&self, response: &HttpResponse, doing: &str, purpose: &Purpose, redactor: &Redactor) -> String {
        let said = self.message.as_deref().map(|said| redactor.clean(said)).filter(|said| !said.is_empty());
        let mut text = match said {
            Some(said) => format!("{doing}: the vendor says {said:?}"),
            None => format!("{doing}: the vendor gives no reason"),
        };
        let redirects = response.status.is_redirection().then_some("check `base_url`: the server redirects");
        let hint = self.hint.filter(|_| purpose.is_order());
        if let Some(hint) = self.advice.or(hint).or(redirects) {
            text.push_str("; ");
            text.push_str(hint);
        }
        if let Some(id) = &self.request_id {
            text.push_str(&format!(" (request {})", redactor.clean(id)));
        }
        text
    }
}
