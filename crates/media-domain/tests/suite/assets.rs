//! Assets: what they start with, and what their verbs do.

use media_domain::asset::NewContent;
use media_domain::{
    Category, ContentHash, FileSize, ImageFormat, MediaAsset, MediaDimensions, MediaMetadata, MediaStatus, MediaType,
    Tag, VideoFormat,
};
use serde_json::json;

use super::support::{asset, at, banner, check_form, usage, user};

#[test]
fn a_new_asset_is_an_unused_draft_with_its_upload_date() {
    let asset = banner();
    assert_eq!(asset.status, MediaStatus::Draft);
    assert_eq!(asset.uploaded_at, at(0));
    assert_eq!((asset.usage_count, asset.last_used_at), (0, None));
    assert!(asset.tags.is_empty() && asset.categories.is_empty() && asset.campaigns_used_in.is_empty());
    assert!(asset.usage_history.is_empty() && asset.processing_errors.is_empty() && asset.description.is_empty());
    assert_eq!((asset.approval, asset.deleted_from, asset.version), (None, None, 1));
}

#[test]
fn labels_are_sets() {
    let mut asset = banner();
    assert!(asset.add_tag(Tag::parse("Hero").unwrap()));
    assert!(!asset.add_tag(Tag::parse(" hero").unwrap()));
    assert!(asset.add_category(Category::parse("Email").unwrap()));
    assert!(!asset.add_category(Category::parse("EMAIL").unwrap()));
    assert_eq!(asset.tags.iter().map(Tag::as_str).collect::<Vec<_>>(), ["hero"]);
    assert_eq!(asset.categories.iter().map(Category::as_str).collect::<Vec<_>>(), ["email"]);
}

#[test]
fn approval_tells_who_when_and_which_bytes() {
    let mut asset = banner();
    asset.approve(user(), "  looks good ", at(5)).unwrap();
    let approval = asset.approval.unwrap();
    assert_eq!((approval.approved_by, approval.approved_at), (user(), at(5)));
    assert_eq!((approval.notes.as_str(), approval.content_hash), ("looks good", asset.content_hash));
    assert_eq!(asset.status, MediaStatus::Approved);
}

#[test]
fn uses_are_counted_and_listed_newest_first() {
    let mut asset = banner();
    for (campaign, minutes) in [("summer", 10), ("autumn", 30), ("summer", 20)] {
        asset.mark_used(usage(campaign, minutes));
    }
    assert_eq!(asset.usage_count, 3);
    assert_eq!(asset.last_used_at, Some(at(30)));
    assert_eq!(asset.usage_history.iter().map(|usage| usage.used_at).collect::<Vec<_>>(), [at(30), at(20), at(10)]);
    assert_eq!(asset.campaigns_used_in.iter().map(|c| c.as_str()).collect::<Vec<_>>(), ["autumn", "summer"]);
}

#[test]
fn of_uses_at_the_same_time_the_last_recorded_is_first() {
    let mut asset = banner();
    asset.mark_used(usage("one", 0));
    asset.mark_used(usage("two", 0));
    assert_eq!(asset.usage_history.iter().map(|u| u.campaign.as_str()).collect::<Vec<_>>(), ["two", "one"]);
}

#[test]
fn the_usage_count_stops_at_the_largest() {
    let mut asset = banner();
    asset.usage_count = u64::MAX;
    asset.mark_used(usage("summer", 0));
    assert_eq!(asset.usage_count, u64::MAX);
}

#[test]
fn a_video_carries_its_own_facts() {
    let mut film = asset(MediaType::Video, VideoFormat::Mp4, 9_000_000);
    film.metadata.duration_seconds = Some(30.0);
    film.metadata.bitrate = Some(2_400_000);
    film.metadata.frame_rate = Some(25.0);
    let json = serde_json::to_value(&film).unwrap();
    assert_eq!(
        json["metadata"],
        json!({
            "file_size_bytes": 9_000_000, "format": "mp4", "duration_seconds": 30.0, "bitrate": 2_400_000,
            "frame_rate": 25.0
        })
    );
    assert!(!film.is_raster_still());
}

#[test]
fn raster_stills_are_told_by_use_format_and_frames() {
    for (media_type, format, expected) in [
        (MediaType::Image, ImageFormat::Png, true),
        (MediaType::Infographic, ImageFormat::Jpeg, true),
        (MediaType::Thumbnail, ImageFormat::Webp, true),
        (MediaType::Banner, ImageFormat::Png, true),
        (MediaType::Icon, ImageFormat::Gif, true),
        (MediaType::Icon, ImageFormat::Svg, false),
        (MediaType::Gif, ImageFormat::Gif, false),
        (MediaType::Video, ImageFormat::Png, false),
    ] {
        assert_eq!(asset(media_type, format, 10).is_raster_still(), expected, "{media_type} {format}");
    }
    let mut animated = asset(MediaType::Image, ImageFormat::Webp, 10);
    animated.metadata.frame_count = Some(2);
    assert!(!animated.is_raster_still());
}

fn new_content() -> NewContent {
    NewContent {
        dimensions: MediaDimensions::new(64, 64),
        metadata: MediaMetadata::new(FileSize::from_bytes(7), ImageFormat::Webp),
        content_hash: ContentHash::of(b"second bytes"),
        thumbnail_hash: Some(ContentHash::of(b"preview")),
    }
}

#[test]
fn new_bytes_void_an_approval_and_keep_the_rest() {
    let mut asset = banner();
    asset.add_tag(Tag::parse("hero").unwrap());
    asset.mark_used(usage("summer", 1));
    asset.approve(user(), "", at(2)).unwrap();
    asset.replace_content(new_content()).unwrap();
    assert_eq!((asset.status, asset.approval.clone()), (MediaStatus::Draft, None));
    assert_eq!(asset.content_hash, ContentHash::of(b"second bytes"));
    assert_eq!(asset.dimensions, MediaDimensions::new(64, 64));
    assert_eq!((asset.tags.len(), asset.usage_count), (1, 1));
    asset.replace_content(NewContent { content_hash: ContentHash::of(b"third bytes"), ..new_content() }).unwrap();
    assert_eq!(asset.content_hash, ContentHash::of(b"third bytes"));
}

#[test]
fn what_was_published_or_is_deleted_keeps_its_bytes() {
    let mut published = banner();
    published.approve(user(), "", at(0)).unwrap();
    published.publish().unwrap();
    let mut deleted_draft = banner();
    deleted_draft.delete().unwrap();
    for mut asset in [published, deleted_draft] {
        let before = asset.clone();
        assert!(asset.replace_content(new_content()).is_err());
        assert_eq!(asset, before);
    }
}

#[test]
fn an_asset_is_read_back_as_it_was() {
    let mut asset = banner();
    asset.add_tag(Tag::parse("hero").unwrap());
    asset.add_category(Category::parse("email").unwrap());
    asset.mark_used(usage("summer", 1));
    asset.approve(user(), "fine", at(2)).unwrap();
    asset.delete().unwrap();
    let json = serde_json::to_value(&asset).unwrap();
    assert_eq!(json["status"], "deleted");
    assert_eq!(json["deleted_from"], "approved");
    assert_eq!(json["tags"], json!(["hero"]));
    assert_eq!(json["uploaded_at"], "2024-06-01T12:00:00Z");
    assert_eq!(json["approval"]["approved_by"], "anna");
    check_form(&asset, json);
}

#[test]
fn what_starts_empty_need_not_be_written() {
    let full = serde_json::to_value(banner()).unwrap();
    let needed = [
        "asset_id",
        "name",
        "media_type",
        "dimensions",
        "metadata",
        "content_hash",
        "uploaded_at",
        "status",
        "version",
    ];
    let short: serde_json::Map<_, _> = needed.iter().map(|key| ((*key).to_owned(), full[*key].clone())).collect();
    assert_eq!(serde_json::from_value::<MediaAsset>(short.clone().into()).unwrap(), banner());
    for key in needed {
        let mut missing = short.clone();
        missing.remove(key);
        assert!(serde_json::from_value::<MediaAsset>(missing.into()).is_err(), "{key}");
    }
}
