//! Exporters that do wrong are caught, each by the cases that are about it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::Method;
use media_domain::{
    CanvaExportResult, DesignExportResult, FigmaAttachment, FigmaExportResult, ProviderErrorKind, RetryClass,
};
use media_http::{HttpRequest, HttpResponse, Transport, Verdict};
use media_ports::{CallContext, DesignExporter, ExportAnswer, ExportDestination, ExportRequest, ProviderError};
use serde_json::json;

use super::{ExporterScript, export_request, exporter_suite};
use crate::sample;
use crate::transport::Exchange;
use crate::vendor_jobs::Jobs;
use crate::vendor_script::{Scenario, VendorAnswer};

/// What an exporter does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sin {
    None,
    TakesAnyDestination,
    InventsNodes,
    NamesAnotherFile,
    SaysDryRun,
    WaitsForDays,
    OpensWhatItOnlyRead,
    RepeatsWhatItDid,
    TellsTheKey,
}

const KEY: &str = "do-not-tell";

#[derive(Debug)]
struct Exporter {
    sin: Sin,
    transport: Arc<dyn Transport>,
}

impl Exporter {
    async fn send(&self, method: Method, context: &CallContext) -> Result<HttpResponse, ProviderError> {
        let doing = if self.sin == Sin::TellsTheKey { KEY } else { "export an image" };
        let request = HttpRequest::new(method, "https://vendor.example/file".parse().unwrap(), context);
        let response = self.transport.send(request).await.map_err(|error| error.into_provider_error(doing))?;
        if !response.status.is_success() {
            let document = response.body.starts_with(b"{");
            let verdict = Verdict::of_status(response.status, &response.headers, document, SystemTime::UNIX_EPOCH);
            if let RetryClass::Again { after: Some(delay) } = verdict.retry
                && self.sin == Sin::WaitsForDays
            {
                tokio::time::sleep(delay.min(Duration::from_secs(300))).await;
            }
            return Err(verdict.into_error(response.status, doing));
        }
        let json = response.headers["content-type"] == "application/json";
        match json && serde_json::from_slice::<serde_json::Value>(&response.body).is_ok() {
            true => Ok(response),
            false => Err(ProviderError::new(ProviderErrorKind::MalformedResponse, doing).billed(None)),
        }
    }

    fn result(&self, destination: &ExportDestination) -> DesignExportResult {
        match destination {
            ExportDestination::Figma { file_key, page_id } => DesignExportResult::Figma(FigmaExportResult {
                figma_node_id: if self.sin == Sin::InventsNodes { String::new() } else { "1:2".to_owned() },
                figma_url: "https://vendor.example/file?node=1-2".to_owned(),
                figma_file_key: if self.sin == Sin::NamesAnotherFile { "another".to_owned() } else { file_key.clone() },
                page_id: page_id.clone(),
                attached_as: FigmaAttachment::Comment,
            }),
            _ => DesignExportResult::Canva(CanvaExportResult {
                canva_asset_id: "asset".to_owned(),
                canva_design_id: None,
                canva_url: None,
            }),
        }
    }
}

#[async_trait]
impl DesignExporter for Exporter {
    async fn export_design(
        &self,
        context: &CallContext,
        request: &ExportRequest,
    ) -> Result<ExportAnswer, ProviderError> {
        let figma = matches!(request.destination, ExportDestination::Figma { .. });
        if !figma && self.sin != Sin::TakesAnyDestination {
            return Err(ProviderError::unsupported("export an image: it serves Figma only"));
        }
        if figma {
            self.send(Method::GET, context).await.map_err(|mut error| {
                let open = matches!(error.retry, RetryClass::Uncertain { .. } | RetryClass::Billed);
                if open && self.sin != Sin::OpensWhatItOnlyRead {
                    error.retry = RetryClass::Again { after: None };
                }
                error
            })?;
            self.send(Method::POST, context).await.map_err(|mut error| {
                if self.sin == Sin::RepeatsWhatItDid {
                    error.retry = RetryClass::Again { after: None };
                }
                error
            })?;
        }
        Ok(ExportAnswer {
            provider: sample::provider("figma_api"),
            result: self.result(&request.destination),
            dry_run: self.sin == Sin::SaysDryRun,
            attempts: Vec::new(),
            skipped: Vec::new(),
        })
    }
}

#[derive(Debug)]
struct Script(Sin);

impl Script {
    fn says_no(&self, status: u16) -> VendorAnswer {
        self.ordered(self.order().answers_json(status, &json!({ "err": "no" })))
    }

    fn ordered(&self, last: Exchange) -> VendorAnswer {
        VendorAnswer::Exchanges(self.before_order().into_iter().chain([last]).collect())
    }
}

impl ExporterScript for Script {
    fn exporter(&self, transport: Arc<dyn Transport>) -> Arc<dyn DesignExporter> {
        Arc::new(Exporter { sin: self.0, transport })
    }

    fn exports(&self) -> Vec<(&'static str, ExportRequest)> {
        let figma = |page: Option<&str>| ExportDestination::Figma {
            file_key: "abc".to_owned(),
            page_id: page.map(str::to_owned),
        };
        vec![("file", export_request(figma(None))), ("page", export_request(figma(Some("0:1"))))]
    }

    fn exported(&self, _request: &ExportRequest) -> Vec<Exchange> {
        let done = self.order().answers_json(200, &json!({ "id": "7" }));
        self.before_order().into_iter().chain([done]).collect()
    }

    fn order(&self) -> Exchange {
        Exchange::post("/file")
    }

    fn before_order(&self) -> Vec<Exchange> {
        vec![Exchange::get("/file").answers_json(200, &json!({ "name": "a file" }))]
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        match scenario {
            Scenario::RateLimited => {
                self.ordered(self.order().answers_json(429, &json!({})).with_header("retry-after", "7"))
            }
            Scenario::RateLimitedWithoutDelay => self.says_no(429),
            Scenario::BadKey => self.says_no(401),
            Scenario::Forbidden => self.says_no(403),
            Scenario::NoCredit => VendorAnswer::NotApplicable("exports are free"),
            Scenario::BadRequest => self.says_no(400),
            Scenario::ModelGone => self.says_no(404),
            Scenario::ServerError => self.says_no(500),
            Scenario::ContentRejected => VendorAnswer::NotApplicable("it looks at no picture"),
            _ => VendorAnswer::Usual,
        }
    }

    fn jobs(&self) -> Jobs {
        Jobs::None("the answer tells where it is")
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned()]
    }
}

#[test]
fn who_does_right_passes() {
    assert_eq!(exporter_suite("right", Script(Sin::None)).failures(), Vec::<String>::new());
}

#[test]
fn who_does_wrong_is_caught_by_what_is_about_it() {
    let cases = [
        (Sin::TakesAnyDestination, "another_destination_is_unsupported_without_a_call"),
        (Sin::InventsNodes, "exports::file"),
        (Sin::NamesAnotherFile, "exports::page"),
        (Sin::SaysDryRun, "exports::file"),
        (Sin::WaitsForDays, "scenario::rate_limited_for_days"),
        (Sin::OpensWhatItOnlyRead, "before_the_order::lost_after_send"),
        (Sin::OpensWhatItOnlyRead, "before_the_order::not_json"),
        (Sin::RepeatsWhatItDid, "scenario::lost_after_send"),
        (Sin::RepeatsWhatItDid, "scenario::not_json"),
        (Sin::RepeatsWhatItDid, "scenario::not_found"),
        (Sin::TellsTheKey, "scenario::bad_key"),
    ];
    for (sin, case) in cases {
        let failed = exporter_suite("wrong", Script(sin)).failures();
        assert!(failed.iter().any(|name| name == case), "{sin:?} passes {case}; it fails {failed:?}");
    }
}
