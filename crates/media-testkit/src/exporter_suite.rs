//! What every exporter to a design tool must do.

#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use media_domain::{DesignExportResult, ImageFormat, Name, ProviderErrorKind, RetryClass};
use media_http::Transport;
use media_ports::{CallContext, DesignExporter, ExportAnswer, ExportDestination, ExportRequest, ProviderError};
use tokio::time::Instant;

use crate::generator::{context, context_until, unexpected};
use crate::harness::Suite;
use crate::pictures;
use crate::transport::{Exchange, ScriptedTransport};
use crate::vendor_call::{UNCERTAIN, VendorCall};
use crate::vendor_jobs::{Jobs, polling_cases};
use crate::vendor_script::{Scenario, VendorAnswer, scenario_cases};

/// A vendor's part in the suite of an exporter: the adapter supplies what the vendor would say, the suite knows what must
/// come of it.
pub trait ExporterScript: Debug + Send + Sync + 'static {
    /// Makes the adapter on a transport.
    fn exporter(&self, transport: Arc<dyn Transport>) -> Arc<dyn DesignExporter>;

    /// The exports that it serves, by name; at least one. The scenarios are played with the first.
    fn exports(&self) -> Vec<(&'static str, ExportRequest)>;

    /// All that goes over the wire when the vendor carries out an export.
    fn exported(&self, request: &ExportRequest) -> Vec<Exchange>;

    /// The call that changes something at the vendor's: its method and path, without an outcome.
    fn order(&self) -> Exchange;

    /// What goes over the wire before that call (looking whether the file is there, say); nothing by default.
    fn before_order(&self) -> Vec<Exchange> {
        Vec::new()
    }

    /// What the vendor says to the first export in a scenario that ends badly. [`Scenario::ModelGone`] means that file or
    /// node is not there.
    fn says(&self, scenario: Scenario) -> VendorAnswer;

    /// Whether the order becomes a job that is asked after.
    fn jobs(&self) -> Jobs;

    /// Texts that may appear in no error and no debug output (keys).
    fn secrets(&self) -> Vec<String>;
}

/// A request to export a small PNG, which people find at a link, without options.
#[expect(clippy::panic, reason = "the text is ours")]
pub fn export_request(destination: ExportDestination) -> ExportRequest {
    ExportRequest {
        name: Name::parse("Lighthouse at dusk").unwrap_or_else(|error| panic!("{error}")),
        image: pictures::png(64, 64, 7),
        format: ImageFormat::Png,
        link: Some("https://media.example.org/assets/7".to_owned()),
        destination,
        options: serde_json::Map::new(),
    }
}

/// Every case of an exporter: each export that it serves, a destination that it does not, and the scenarios. The delay of
/// a limit may be days: it is told, not waited for.
///
/// ```no_run
/// # use media_testkit::exporter_suite::{ExporterScript, exporter_suite};
/// # fn run(script: impl ExporterScript) -> std::process::ExitCode {
/// exporter_suite("figma_api", script).run()
/// # }
/// ```
pub fn exporter_suite(name: &'static str, script: impl ExporterScript) -> Suite {
    let script: Arc<dyn ExporterScript> = Arc::new(script);
    let exports = script.exports();
    let Some((_, first)) = exports.first().cloned() else { unexpected(&"a script without an export") };
    let mut suite = Suite::new(name);
    for (way, request) in exports {
        let script = Arc::clone(&script);
        suite = suite.case(&format!("exports::{way}"), move || exports_to(script, request));
    }
    let call = || ExportCall { script: Arc::clone(&script), request: first.clone() };
    let (other, early, late) = (call(), call(), call());
    suite = suite
        .case("another_destination_is_unsupported_without_a_call", move || another_destination(other))
        .case("cancelled_before_the_call_sends_nothing", move || cancelled_before(early))
        .case("a_deadline_that_has_passed_sends_nothing", move || deadline_passed(late));
    let scenarios: Vec<Scenario> = Scenario::ALL.iter().copied().filter(applies).collect();
    let call: Arc<dyn VendorCall> = Arc::new(call());
    polling_cases(scenario_cases(suite, &call, &scenarios), &call)
}

/// An export brings no images.
fn applies(scenario: &Scenario) -> bool {
    !matches!(scenario, Scenario::SeveralImages | Scenario::NoImages)
}

/// One export.
#[derive(Debug)]
struct ExportCall {
    script: Arc<dyn ExporterScript>,
    request: ExportRequest,
}

#[async_trait]
impl VendorCall for ExportCall {
    async fn call(&self, transport: Arc<dyn Transport>, context: &CallContext) -> Result<String, ProviderError> {
        let exporter = self.script.exporter(transport);
        let answer = exporter.export_design(context, &self.request).await?;
        assert_sound_export(&answer, &self.request);
        Ok(format!("{answer:?} {exporter:?}"))
    }

    fn order(&self) -> Exchange {
        self.script.order()
    }

    fn before_order(&self) -> Vec<Exchange> {
        self.script.before_order()
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        match scenario {
            Scenario::Ok => VendorAnswer::Exchanges(self.script.exported(&self.request)),
            other => self.script.says(other),
        }
    }

    fn jobs(&self) -> Jobs {
        self.script.jobs()
    }

    fn secrets(&self) -> Vec<String> {
        self.script.secrets()
    }

    fn is_paid(&self) -> bool {
        false
    }

    /// Nothing is paid for an export, but what was done there may not be done again.
    fn unreadable(&self) -> Option<Vec<RetryClass>> {
        Some(vec![RetryClass::Billed, UNCERTAIN])
    }

    fn scenario_name(&self, scenario: Scenario) -> &'static str {
        match scenario {
            Scenario::ModelGone => "not_found",
            other => other.name(),
        }
    }
}

/// Checks that an answer names what was made, where, and nothing that was not asked for.
#[track_caller]
fn assert_sound_export(answer: &ExportAnswer, request: &ExportRequest) {
    assert!(!answer.dry_run, "a real export");
    assert!(answer.attempts.is_empty() && answer.skipped.is_empty(), "a bare provider counts nothing");
    let is_address = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    match (&request.destination, &answer.result) {
        (ExportDestination::Figma { file_key, page_id }, DesignExportResult::Figma(figma)) => {
            assert_eq!((&figma.figma_file_key, &figma.page_id), (file_key, page_id), "the file and page asked for");
            assert!(!figma.figma_node_id.trim().is_empty(), "the node it is attached to");
            assert!(is_address(&figma.figma_url), "where people find it: {:?}", figma.figma_url);
        }
        (ExportDestination::Canva { design_title }, DesignExportResult::Canva(canva)) => {
            assert!(!canva.canva_asset_id.trim().is_empty(), "the asset it has become");
            assert_eq!(canva.canva_design_id.is_some(), design_title.is_some(), "a design if one was asked for");
            assert!(canva.canva_url.as_deref().is_none_or(is_address), "{:?}", canva.canva_url);
            assert!(design_title.is_none() || canva.canva_url.is_some(), "where people find the design");
        }
        (destination, result) => unexpected(&format!("{result:?} for {destination:?}")),
    }
}

async fn exports_to(script: Arc<dyn ExporterScript>, request: ExportRequest) {
    let transport = Arc::new(ScriptedTransport::new(script.exported(&request)));
    let exporter = script.exporter(Arc::clone(&transport) as _);
    let answer = exporter.export_design(&context(), &request).await.unwrap_or_else(|error| unexpected(&error));
    assert_sound_export(&answer, &request);
    transport.assert_exhausted();
}

impl ExportCall {
    /// Exports under a context to a vendor who expects nothing.
    async fn refused(&self, context: &CallContext, request: &ExportRequest) -> ProviderError {
        let transport = Arc::new(ScriptedTransport::default());
        let exporter = self.script.exporter(Arc::clone(&transport) as _);
        let outcome = exporter.export_design(context, request).await;
        assert!(transport.requests().is_empty(), "nothing should have been sent");
        match outcome {
            Ok(answer) => unexpected(&answer),
            Err(error) => error,
        }
    }
}

async fn another_destination(call: ExportCall) {
    let destination = match &call.request.destination {
        ExportDestination::Canva { .. } => ExportDestination::Figma { file_key: "abc".to_owned(), page_id: None },
        _ => ExportDestination::Canva { design_title: None },
    };
    let error = call.refused(&context(), &ExportRequest { destination, ..call.request.clone() }).await;
    assert_eq!(error.kind, ProviderErrorKind::Unsupported, "{error:?}");
}

async fn cancelled_before(call: ExportCall) {
    let context = context();
    context.cancellation.cancel();
    let error = call.refused(&context, &call.request).await;
    assert_eq!((error.kind, &error.retry), (ProviderErrorKind::Cancelled, &RetryClass::Never));
}

async fn deadline_passed(call: ExportCall) {
    let context = context_until(Instant::now());
    tokio::time::sleep(Duration::from_millis(2)).await;
    let error = call.refused(&context, &call.request).await;
    assert_eq!(error.kind, ProviderErrorKind::Timeout);
    let open = matches!(error.retry, RetryClass::Uncertain { .. } | RetryClass::Billed);
    assert!(!open, "nothing was sent, so nothing is open: {:?}", error.retry);
}
