//! Libraries and their figures.

use media_domain::library::LibraryTotals;
use media_domain::{FileSize, LabelCount, LibraryId, LibraryStatistics, MediaLibrary, Name};
use serde_json::json;

use super::support::{at, check_form, uuid};

#[test]
fn a_new_library_has_a_name_and_nothing_else() {
    let library = MediaLibrary::new(LibraryId::from_uuid(uuid(2)), Name::parse("Brand").unwrap(), at(0));
    assert!(library.description.is_empty() && library.owner.is_empty());
    check_form(
        &library,
        json!({
            "library_id": "00000000-0000-0000-0000-000000000002", "name": "Brand", "description": "", "owner": "",
            "created_at": "2024-06-01T12:00:00Z"
        }),
    );
    assert_eq!(MediaLibrary::DEFAULT_NAME, "Default");
}

#[test]
fn statistics_follow_from_sums() {
    let totals = LibraryTotals {
        asset_count: 4,
        size: FileSize::from_bytes(3 * 1_048_576),
        usage: 10,
        campaigns: 2,
        impressions: 200,
        clicks: 50,
    };
    let tags = vec![LabelCount { label: "hero".to_owned(), count: 3 }];
    let statistics = LibraryStatistics::from_totals(totals, tags, Vec::new());
    check_form(
        &statistics,
        json!({
            "asset_count": 4, "total_size_bytes": 3_145_728, "total_size_mb": 3.0, "total_usage": 10,
            "average_usage": 2.5, "campaign_count": 2, "average_click_through_rate": 0.25,
            "tags": [{ "label": "hero", "count": 3 }], "categories": []
        }),
    );
}

#[test]
fn an_empty_library_divides_by_nothing() {
    let statistics = LibraryStatistics::from_totals(LibraryTotals::default(), Vec::new(), Vec::new());
    assert_eq!(statistics, LibraryStatistics::default());
    assert_eq!((statistics.average_usage, statistics.average_click_through_rate), (0.0, 0.0));
}
