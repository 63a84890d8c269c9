//! Adding, labelling, moving.

use std::sync::Arc;

use media_domain::event::EventKind;
use media_domain::{ContentHash, ImageFormat, MediaFormat, MediaStatus, Tag};
use media_engine::{AddOutcome, EngineError, LibraryRef, Move};
use media_ports::{AssetQuery, BlobStore, ImageError};
use media_testkit::fakes::FakeProvider;
use media_testkit::{pictures, sample};

use crate::setup::{dry_engine, engine, file, generation, picture};

fn approve(force: bool) -> Move {
    Move::Approve { notes: "fine".to_owned(), force }
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_and_leaves_nothing_behind() {
    let setup = engine(vec![]);
    let png = pictures::png(48, 32, 1);
    let cases = [
        (bytes::Bytes::new(), ImageError::Empty),
        (bytes::Bytes::from_static(b"a text file, whatever its name says"), ImageError::UnknownFormat),
    ];
    for (bytes, expected) in cases {
        match setup.engine.add_asset(file(bytes)).await.unwrap_err() {
            EngineError::Image { source, .. } => assert_eq!(source, expected),
            other => panic!("{other}"),
        }
    }
    let truncated = setup.engine.add_asset(file(png.slice(..png.len() - 20))).await.unwrap_err();
    assert!(matches!(truncated, EngineError::Image { source: ImageError::Broken { .. }, .. }), "{truncated}");
    assert!(setup.engine.libraries().await.unwrap().is_empty());
    assert!(setup.blobs.list_blobs(None, 1).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_format_is_told_by_the_bytes() {
    let setup = engine(vec![]);
    let mut misnamed = picture(1);
    misnamed.name = sample::name("photo.jpg");
    let asset = setup.added(misnamed).await;
    assert_eq!(asset.metadata.format, MediaFormat::Image(ImageFormat::Png));
    assert_eq!((asset.dimensions.width, asset.dimensions.height), (48, 32));
}

#[tokio::test]
async fn the_lifecycle_is_walked_refused_and_logged() {
    let setup = engine(vec![]);
    let asset = setup.added(picture(1)).await;
    let user = sample::user("ben");
    let moved = |step: Move| {
        let engine = setup.engine.clone();
        let user = user.clone();
        async move { engine.move_asset(asset.asset_id, &user, &step).await.map(|asset| asset.status) }
    };
    let refused = moved(Move::Publish).await.unwrap_err();
    let EngineError::Transition(refused) = refused else { panic!("{refused}") };
    assert_eq!(refused.allowed, [MediaStatus::Approved, MediaStatus::Deleted]);
    let steps = [
        (approve(false), MediaStatus::Approved),
        (Move::Withdraw, MediaStatus::Draft),
        (approve(false), MediaStatus::Approved),
        (Move::Publish, MediaStatus::Published),
        (Move::Archive, MediaStatus::Archived),
        (Move::Publish, MediaStatus::Published),
        (Move::Delete, MediaStatus::Deleted),
        (Move::Restore, MediaStatus::Published),
    ];
    for (step, expected) in steps {
        assert_eq!(moved(step).await.unwrap(), expected);
    }
    let asset = setup.engine.asset(asset.asset_id).await.unwrap();
    let approval = asset.approval.unwrap();
    assert_eq!((approval.approved_by, approval.content_hash), (user, asset.content_hash));
    let moves = setup.engine.events(asset.asset_id).await.unwrap();
    assert_eq!(moves.iter().filter(|event| event.kind == EventKind::StatusChanged).count(), 8);
}

#[tokio::test]
async fn a_placeholder_is_not_approved_without_force() {
    let setup = dry_engine(vec![FakeProvider::new("sdxl")]);
    let asset_id = setup.engine.generate_asset_from_prompt(generation()).await.unwrap().assets[0].asset_id;
    let user = sample::user("anna");
    let refused = setup.engine.move_asset(asset_id, &user, &approve(false)).await.unwrap_err();
    assert!(matches!(refused, EngineError::PlaceholderNeedsForce { .. }), "{refused}");
    assert_eq!(setup.engine.move_asset(asset_id, &user, &approve(true)).await.unwrap().status, MediaStatus::Approved);
}

#[tokio::test]
async fn new_bytes_void_an_approval_and_keep_the_labels() {
    let setup = engine(vec![]);
    let mut tagged = picture(1);
    tagged.tags = sample::tags(["hero"]);
    let asset = setup.added(tagged).await;
    let user = sample::user("anna");
    setup.engine.move_asset(asset.asset_id, &user, &approve(false)).await.unwrap();
    let bytes = pictures::png(20, 10, 2);
    let replaced = setup.engine.replace_content(asset.asset_id, &user, bytes.clone()).await.unwrap();
    assert_eq!((replaced.status, replaced.approval), (MediaStatus::Draft, None));
    assert_eq!((replaced.content_hash, replaced.dimensions.width), (ContentHash::of(&bytes), 20));
    assert_eq!(replaced.tags, sample::tags(["hero"]));
}

#[tokio::test]
async fn many_editors_at_once_lose_no_change() {
    let setup = Arc::new(engine(vec![]));
    let asset = setup.added(picture(1)).await;
    let edits = (0..4).map(|number| {
        let setup = setup.clone();
        tokio::spawn(async move {
            let tag = Tag::parse(format!("tag-{number}")).unwrap();
            let edit = move |asset: &mut media_domain::MediaAsset| {
                asset.add_tag(tag.clone());
            };
            setup.engine.edit_asset(asset.asset_id, &sample::user("anna"), edit).await.unwrap();
        })
    });
    futures::future::join_all(edits).await;
    assert_eq!(setup.engine.asset(asset.asset_id).await.unwrap().tags.len(), 4);
}

#[tokio::test]
async fn filters_work_together_and_deleted_assets_are_hidden() {
    let setup = engine(vec![]);
    for (seed, tags, category) in [(1, vec!["red", "wide"], "web"), (2, vec!["red"], "web"), (3, vec!["wide"], "print")]
    {
        let mut add = picture(seed);
        add.tags = sample::tags(tags);
        add.categories = sample::categories([category]);
        setup.added(add).await;
    }
    let library = setup.engine.libraries().await.unwrap()[0].library_id;
    let red = setup.engine.assets_by_tag(library, Tag::parse("red").unwrap()).await.unwrap();
    assert_eq!(red.len(), 2);
    let web = setup.engine.assets_by_category(library, media_domain::Category::parse("web").unwrap()).await.unwrap();
    assert_eq!(web.len(), 2);
    let query = || AssetQuery { tags: sample::tags(["red", "wide"]), ..AssetQuery::all() };
    let both = setup.engine.assets(&query()).await.unwrap().items;
    assert_eq!(both.len(), 1);
    setup.engine.move_asset(both[0].asset_id, &sample::user("anna"), &Move::Delete).await.unwrap();
    assert!(setup.engine.assets(&query()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn an_unknown_library_is_refused_before_anything_is_kept() {
    let setup = engine(vec![]);
    let mut add = picture(1);
    add.library = Some("Nowhere".parse::<LibraryRef>().unwrap());
    let refused = setup.engine.add_asset(add).await.unwrap_err();
    assert!(matches!(refused, EngineError::NotFound { .. }), "{refused}");
    assert!(setup.blobs.list_blobs(None, 1).await.unwrap().is_empty());
    assert!(matches!(setup.engine.add_asset(picture(1)).await.unwrap(), AddOutcome::Added(_)));
}

#[tokio::test]
async fn an_svg_is_kept_as_it_came_and_handed_out_without_its_script() {
    let hostile = br#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>steal()</script><rect width="9" height="9"/></svg>"#;
    let setup = engine(vec![]);
    let asset = setup.added(file(bytes::Bytes::from_static(hostile))).await;
    assert_eq!(asset.metadata.format, MediaFormat::Image(ImageFormat::Svg));
    let (_, kept) = setup.engine.asset_content(asset.asset_id).await.unwrap();
    let (_, served) = setup.engine.servable_content(asset.asset_id).await.unwrap();
    assert_eq!(kept, &hostile[..]);
    let served = String::from_utf8(served.to_vec()).unwrap();
    assert!(served.contains("<svg") && !served.contains("steal"), "{served}");
}
