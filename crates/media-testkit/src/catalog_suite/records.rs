//! Exports and events.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{CanvaExportResult, DesignExportRecord, DesignExportResult, EventKind};
use media_ports::{Change, StoreErrorKind};

use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("exports_come_back_oldest_first", exports_oldest_first)
        .case("export_of_an_unknown_asset_is_not_found", export_of_unknown)
        .case("events_come_back_oldest_first", events_oldest_first)
        .case("event_of_every_kind_comes_back", every_kind_of_event)
        .case("event_of_an_unknown_asset_is_not_found", event_of_unknown)
}

async fn exports_oldest_first(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1), sample::asset(2)]).await;
    let first = DesignExportRecord {
        dry_run: true,
        result: DesignExportResult::Canva(CanvaExportResult {
            canva_asset_id: "Msd59349ff".to_owned(),
            canva_design_id: Some("DAFVztcvd9z".to_owned()),
            canva_url: None,
        }),
        ..sample::export(1, 1)
    };
    let exports = [sample::export(3, 1), first.clone(), sample::export(2, 1), sample::export(4, 2)];
    catalog.commit(exports.map(Change::RecordExport)).await;
    let listed = catalog.assets.exports(sample::asset_id(1)).await.unwrap();
    assert_eq!(listed, [first, sample::export(2, 1), sample::export(3, 1)]);
}

async fn export_of_unknown(catalog: CatalogUnderTest) {
    assert_eq!(catalog.refused(Change::RecordExport(sample::export(1, 1))).await, StoreErrorKind::NotFound);
}

async fn events_oldest_first(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1), sample::asset(2)]).await;
    let event = |number, asset| sample::event(number, asset, EventKind::AssetEdited);
    catalog.commit([event(2, 1), event(1, 1), event(4, 2), event(3, 1)].map(Change::AppendEvent)).await;
    let listed = catalog.assets.events(sample::asset_id(1)).await.unwrap();
    assert_eq!(listed, [event(1, 1), event(2, 1), event(3, 1)]);
}

async fn every_kind_of_event(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let events: Vec<_> = (1..).zip(EventKind::ALL).map(|(number, kind)| sample::event(number, 1, *kind)).collect();
    catalog.commit(events.iter().cloned().map(Change::AppendEvent)).await;
    assert_eq!(catalog.assets.events(sample::asset_id(1)).await.unwrap(), events);
}

async fn event_of_unknown(catalog: CatalogUnderTest) {
    let change = Change::AppendEvent(sample::event(1, 1, EventKind::AssetAdded));
    assert_eq!(catalog.refused(change).await, StoreErrorKind::NotFound);
}
