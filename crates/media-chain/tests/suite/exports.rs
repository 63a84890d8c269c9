//! Exports: each design tool has a chain of those that serve it.

use std::sync::Arc;

use async_trait::async_trait;
use media_chain::{ChainError, ChainErrorKind, ChainMember, ChainPolicy, MediaGeneratorChain};
use media_domain::{CanvaExportResult, DesignExportResult};
use media_imaging::{ImageLimits, ImagingService};
use media_ports::{
    CallContext, DesignExporter, ExportAnswer, ExportDestination, ExportRequest, Operation, ProviderError,
};
use media_testkit::exporter_suite::export_request;
use media_testkit::fakes::FakeProvider;
use media_testkit::sample;

use crate::setup::{Chain, chain_of};

/// Puts everything into Canva.
#[derive(Debug)]
struct Canva;

#[async_trait]
impl DesignExporter for Canva {
    async fn export_design(&self, _: &CallContext, _: &ExportRequest) -> Result<ExportAnswer, ProviderError> {
        let canva = CanvaExportResult { canva_asset_id: "live".to_owned(), canva_design_id: None, canva_url: None };
        Ok(ExportAnswer {
            provider: sample::provider("canva_api"),
            result: DesignExportResult::Canva(canva),
            dry_run: false,
            attempts: Vec::new(),
            skipped: Vec::new(),
        })
    }
}

fn member(id: &str, operations: &[Operation]) -> ChainMember {
    let (mut provider, _) = FakeProvider::new(id).without_generation().build();
    let mut descriptor = (*provider.descriptor).clone();
    descriptor.operations = operations.iter().copied().collect();
    provider.descriptor = Arc::new(descriptor);
    provider.exporter = Some(Arc::new(Canva));
    ChainMember::ready(provider)
}

fn to_canva(design_title: Option<&str>) -> ExportRequest {
    export_request(ExportDestination::Canva { design_title: design_title.map(str::to_owned) })
}

fn to_figma() -> ExportRequest {
    export_request(ExportDestination::Figma { file_key: "FILE".to_owned(), page_id: None })
}

fn chain(members: Vec<ChainMember>) -> Chain {
    let (chain, clock) = chain_of(ChainPolicy::default(), members);
    Chain { chain, fakes: Vec::new(), clock }
}

async fn export(chain: &Chain, request: &ExportRequest) -> Result<ExportAnswer, ChainError> {
    chain.chain.execute_export(&chain.context(), request).await
}

fn skipped(skipped: &[media_domain::SkippedProvider]) -> Vec<(&str, &str)> {
    skipped.iter().map(|skipped| (skipped.provider.as_str(), skipped.reason.as_str())).collect()
}

#[tokio::test(start_paused = true)]
async fn each_tool_is_served_by_those_that_export_to_it() {
    let figma = || member("figma_api", &[Operation::ExportFigma]);
    let draws = || member("flux", &[Operation::GenerateImage]);
    let chain = chain(vec![draws(), figma(), member("canva_api", &[Operation::ExportCanva])]);
    let answer = export(&chain, &to_canva(None)).await.unwrap();
    assert_eq!(answer.provider.as_str(), "canva_api");
    let others = [("flux", "it does not export to Canva"), ("figma_api", "it does not export to Canva")];
    assert_eq!(skipped(&answer.skipped), others);
    assert_eq!(answer.attempts.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn where_nobody_serves_the_tool_everybody_is_named_with_the_reason() {
    let chain = chain(vec![member("canva_api", &[Operation::ExportCanva])]);
    let failure = export(&chain, &to_figma()).await.unwrap_err();
    assert_eq!(failure.kind, ChainErrorKind::NoneAvailable);
    assert_eq!(skipped(&failure.skipped), [("canva_api", "it does not export to Figma")]);
}

fn rehearsing(design_tool: Operation, ready: bool) -> MediaGeneratorChain {
    let renderer = Arc::new(ImagingService::new(ImageLimits::default()));
    let descriptor = member("canva_api", &[design_tool]).descriptor;
    let member = match ready {
        true => ChainMember::described(descriptor),
        false => ChainMember::unready(descriptor, "CANVA_API_KEY is not set"),
    };
    chain_of(ChainPolicy::default(), vec![member.in_dry_run(renderer)]).0
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_export_to_canva_is_predictable_and_makes_a_design_only_if_asked() {
    let chain = Chain { chain: rehearsing(Operation::ExportCanva, true), ..chain(Vec::new()) };
    let canva = async |title: Option<&str>| {
        let answer = export(&chain, &to_canva(title)).await.unwrap();
        assert!(answer.dry_run);
        let DesignExportResult::Canva(canva) = answer.result else { panic!("not in Canva: {:?}", answer.result) };
        canva
    };
    let (bare, poster) = (canva(None).await, canva(Some("Poster")).await);
    assert_eq!((bare.canva_design_id.as_ref(), bare.canva_url.as_ref()), (None, None));
    assert_eq!(bare.canva_asset_id, poster.canva_asset_id, "the same picture is the same asset");
    assert_eq!(poster, canva(Some("Poster")).await);
    assert_ne!(poster.canva_design_id, canva(Some("Banner")).await.canva_design_id);
    assert!(poster.canva_url.unwrap().contains(&poster.canva_design_id.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_export_asks_for_the_credential_that_is_wanted() {
    let chain = Chain { chain: rehearsing(Operation::ExportCanva, false), ..chain(Vec::new()) };
    let failure = export(&chain, &to_canva(None)).await.unwrap_err();
    assert_eq!(skipped(&failure.skipped), [("canva_api", "CANVA_API_KEY is not set")]);
}
