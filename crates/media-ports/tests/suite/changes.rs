//! Sets of changes.

use media_domain::{AssetId, LibraryId, VariantId};
use media_ports::{AssetOrder, AssetQuery, Change, ChangeSet, CommitReceipt, JobQuery, PerformanceQuery};
use uuid::Uuid;

fn link(library: u128) -> Change {
    let asset_id = AssetId::from_uuid(Uuid::from_u128(1));
    Change::LinkAsset { library_id: LibraryId::from_uuid(Uuid::from_u128(library)), asset_id }
}

#[test]
fn changes_stand_in_the_order_they_were_added() {
    let remove = Change::RemoveVariant(VariantId::from_uuid(Uuid::from_u128(9)));
    let mut set = ChangeSet::default().with(link(1)).with(remove.clone());
    set.push(link(2));
    assert_eq!(set.changes, [link(1), remove, link(2)]);
    assert_eq!(ChangeSet::from(link(1)).changes, [link(1)]);
    assert!(ChangeSet::default().changes.is_empty());
    assert_eq!(CommitReceipt::default().suggestions_opened, []);
}

#[test]
fn queries_ask_for_everything_by_default() {
    let all = AssetQuery::all();
    assert_eq!(AssetQuery { limit: 0, ..all.clone() }, AssetQuery::default());
    assert_eq!((all.limit, all.order), (50, AssetOrder::NewestFirst));
    assert_eq!(PerformanceQuery::default().asset_id, None);
    assert!(JobQuery::default().states.is_empty());
}
