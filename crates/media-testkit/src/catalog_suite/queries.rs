//! Finding assets.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{
    FileSize, GenerationRecord, ImageFormat, LibraryId, MediaAsset, MediaMetadata, MediaStatus, MediaType, VideoFormat,
};
use media_ports::change::InsertAsset;
use media_ports::{AssetQuery, Change};

use super::subject::everything;
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("query_of_everything_is_newest_first", newest_first)
        .case("query_of_everything_on_an_empty_catalogue", nothing_there)
        .case("assets_of_one_time_are_ordered_by_id", one_time_by_id)
        .case("query_by_library", by_library)
        .case("query_by_one_and_several_tags", by_tags)
        .case("query_by_one_and_several_categories", by_categories)
        .case("query_by_media_type", by_media_type)
        .case("query_by_format", by_format)
        .case("query_by_provider", by_provider)
        .case("query_by_status", by_status)
        .case("query_finds_deleted_only_by_status", deleted_only_by_status)
        .case("query_by_everything_at_once", everything_at_once)
        .case("query_follows_changed_facts_and_labels", follows_changes)
        .case("query_follows_links", follows_links)
        .case("text_is_found_in_name_description_tags_and_prompt", text_in_every_place)
        .case("text_words_must_all_be_there", text_words_must_all_be_there)
        .case("text_is_found_by_beginnings_of_words", text_by_beginnings)
        .case("text_is_found_in_any_case_and_script", text_in_any_case_and_script)
        .case("text_with_signs_is_no_command", text_with_signs)
        .case("text_of_signs_only_is_no_error", text_of_signs_only)
        .case("text_follows_changes", text_follows_changes)
        .case("text_combines_with_filters_and_order", text_combines)
}

/// Six assets that differ in every respect a query knows; numbers 1, 3, 5 in library "a", 2, 3 in library "b".
async fn shelf(catalog: &CatalogUnderTest) -> [LibraryId; 2] {
    let [a, b] = catalog.with_libraries(["a", "b"]).await;
    let png = |bytes| MediaMetadata::new(FileSize::from_bytes(bytes), ImageFormat::Png);
    let shelved = [
        (
            MediaAsset {
                tags: sample::tags(["hero", "red"]),
                categories: sample::categories(["web"]),
                ..sample::asset(1)
            },
            vec![a],
        ),
        (MediaAsset { tags: sample::tags(["hero"]), media_type: MediaType::Icon, ..sample::asset(2) }, vec![b]),
        (
            MediaAsset {
                tags: sample::tags(["red"]),
                categories: sample::categories(["web", "print"]),
                provider_name: Some(sample::provider("sdxl")),
                ..sample::asset(3)
            },
            vec![a, b],
        ),
        (MediaAsset { status: MediaStatus::Published, metadata: png(9), ..sample::asset(4) }, vec![]),
        (
            MediaAsset {
                media_type: MediaType::Video,
                metadata: MediaMetadata::new(FileSize::from_bytes(9), VideoFormat::Mp4),
                provider_name: Some(sample::provider("flux")),
                ..sample::asset(5)
            },
            vec![a],
        ),
        (
            MediaAsset {
                status: MediaStatus::Deleted,
                deleted_from: Some(MediaStatus::Draft),
                tags: sample::tags(["hero", "red"]),
                ..sample::asset(6)
            },
            vec![a],
        ),
    ];
    let insert = |(asset, library_ids)| InsertAsset { asset, generation: None, library_ids }.into();
    catalog.commit(shelved.map(insert)).await;
    [a, b]
}

async fn assert_finds<const N: usize>(catalog: &CatalogUnderTest, query: AssetQuery, expected: [u32; N]) {
    let told = format!("{query:?}");
    assert_eq!(catalog.find(query).await, expected.map(sample::asset_id), "{told}");
}

async fn newest_first(catalog: CatalogUnderTest) {
    shelf(&catalog).await;
    assert_finds(&catalog, everything(), [5, 4, 3, 2, 1]).await;
    let page = catalog.assets.assets(&everything()).await.unwrap();
    assert_eq!((&page.items[4], page.next.as_ref()), (&catalog.asset(1).await, None));
}

async fn nothing_there(catalog: CatalogUnderTest) {
    assert_finds(&catalog, everything(), []).await;
    assert_finds(&catalog, AssetQuery { text: Some("sea".to_owned()), ..everything() }, []).await;
}

async fn one_time_by_id(catalog: CatalogUnderTest) {
    let at_once = |number| MediaAsset { uploaded_at: sample::start(), ..sample::asset(number) };
    catalog.with_assets([3, 1, 4, 2].map(at_once)).await;
    assert_finds(&catalog, everything(), [1, 2, 3, 4]).await;
}

async fn by_library(catalog: CatalogUnderTest) {
    let [a, b] = shelf(&catalog).await;
    assert_finds(&catalog, AssetQuery { library_id: Some(a), ..everything() }, [5, 3, 1]).await;
    assert_finds(&catalog, AssetQuery { library_id: Some(b), ..everything() }, [3, 2]).await;
    let nowhere = Some(sample::library_id("nowhere"));
    assert_finds(&catalog, AssetQuery { library_id: nowhere, ..everything() }, []).await;
}

async fn by_tags(catalog: CatalogUnderTest) {
    shelf(&catalog).await;
    assert_finds(&catalog, AssetQuery { tags: sample::tags(["hero"]), ..everything() }, [2, 1]).await;
    assert_finds(&catalog, AssetQuery { tags: sample::tags(["red", "hero"]), ..everything() }, [1]).await;
    assert_finds(&catalog, AssetQuery { tags: sample::tags(["hero", "hero"]), ..everything() }, [2, 1]).await;
    assert_finds(&catalog, AssetQuery { tags: sample::tags(["hero", "blue"]), ..everything() }, []).await;
    assert_finds(&catalog, AssetQuery { tags: sample::tags(["her"]), ..everything() }, []).await;
}

async fn by_categories(catalog: CatalogUnderTest) {
    shelf(&catalog).await;
    assert_finds(&catalog, AssetQuery { categories: sample::categories(["web"]), ..everything() }, [3, 1]).await;
    assert_finds(&catalog, AssetQuery { categories: sample::categories(["web", "print"]), ..everything() }, [3]).await;
    assert_finds(&catalog, AssetQuery { categories: sample::categories(["hero"]), ..everything() }, []).await;
}

async fn by_media_type(catalog: CatalogUnderTest) {
    shelf(&catalog).await;
    assert_finds(&catalog, AssetQuery { media_type: Some(MediaType::Banner), ..everything() }, [4, 3, 1]).await;
    assert_finds(&catalog, AssetQuery { media_type: Some(MediaType::Icon), ..everything() }, [2]).await;
    assert_finds(&catalog, AssetQuery { media_type: Some(MediaType::Gif), ..everything() }, []).await;
}

async fn by_format(catalog: CatalogUnderTest) {
    shelf(&catalog).await;
    let format = |format| AssetQuery { format: Some(format), ..everything() };
    assert_finds(&catalog, format(ImageFormat::Png.into()), [4, 3, 2, 1]).await;
    assert_finds(&catalog, format(VideoFormat::Mp4.into()), [5]).await;
    assert_finds(&catalog, format(ImageFormat::Webp.into()), []).await;
}

async fn by_provider(catalog: CatalogUnderTest) {
    shelf(&catalog).await;
    let provider = |id| AssetQuery { provider: Some(sample::provider(id)), ..everything() };
    assert_finds(&catalog, provider("sdxl"), [3]).await;
    assert_finds(&catalog, provider("flux"), [5]).await;
    assert_finds(&catalog, provider("openai_images"), []).await;
}

async fn by_status(catalog: CatalogUnderTest) {
    shelf(&catalog).await;
    let status = |status| AssetQuery { status: Some(status), ..everything() };
    assert_finds(&catalog, status(MediaStatus::Draft), [5, 3, 2, 1]).await;
    assert_finds(&catalog, status(MediaStatus::Published), [4]).await;
    assert_finds(&catalog, status(MediaStatus::Archived), []).await;
    assert_finds(&catalog, status(MediaStatus::Deleted), [6]).await;
}

async fn deleted_only_by_status(catalog: CatalogUnderTest) {
    let [a, _] = shelf(&catalog).await;
    let deleted = AssetQuery { status: Some(MediaStatus::Deleted), ..everything() };
    assert_finds(&catalog, AssetQuery { text: Some("asset 6".to_owned()), ..everything() }, []).await;
    assert_finds(&catalog, AssetQuery { text: Some("asset 6".to_owned()), ..deleted.clone() }, [6]).await;
    assert_finds(&catalog, AssetQuery { tags: sample::tags(["hero"]), library_id: Some(a), ..deleted }, [6]).await;
    catalog.edit(6, |asset| asset.restore().unwrap()).await;
    assert_finds(&catalog, everything(), [6, 5, 4, 3, 2, 1]).await;
}

async fn everything_at_once(catalog: CatalogUnderTest) {
    let [_, b] = shelf(&catalog).await;
    let query = AssetQuery {
        library_id: Some(b),
        tags: sample::tags(["red"]),
        categories: sample::categories(["print", "web"]),
        text: Some("asset".to_owned()),
        media_type: Some(MediaType::Banner),
        status: Some(MediaStatus::Draft),
        format: Some(ImageFormat::Png.into()),
        provider: Some(sample::provider("sdxl")),
        ..everything()
    };
    assert_finds(&catalog, query.clone(), [3]).await;
    assert_finds(&catalog, AssetQuery { status: Some(MediaStatus::Approved), ..query.clone() }, []).await;
    assert_finds(&catalog, AssetQuery { tags: sample::tags(["red", "hero"]), ..query.clone() }, []).await;
    assert_finds(&catalog, AssetQuery { text: Some("other".to_owned()), ..query }, []).await;
}

async fn follows_changes(catalog: CatalogUnderTest) {
    shelf(&catalog).await;
    let later = sample::at_minute(100);
    let change = |asset: &mut MediaAsset| {
        asset.tags = sample::tags(["blue"]);
        asset.categories = sample::categories(["mail"]);
        asset.media_type = MediaType::Icon;
        asset.uploaded_at = later;
    };
    catalog.edit(1, change).await;
    assert_finds(&catalog, AssetQuery { tags: sample::tags(["hero"]), ..everything() }, [2]).await;
    assert_finds(&catalog, AssetQuery { tags: sample::tags(["blue"]), ..everything() }, [1]).await;
    assert_finds(&catalog, AssetQuery { categories: sample::categories(["web"]), ..everything() }, [3]).await;
    assert_finds(&catalog, AssetQuery { categories: sample::categories(["mail"]), ..everything() }, [1]).await;
    assert_finds(&catalog, AssetQuery { media_type: Some(MediaType::Icon), ..everything() }, [1, 2]).await;
    let library_id = Some(sample::library_id("a"));
    assert_finds(&catalog, AssetQuery { library_id, ..everything() }, [1, 5, 3]).await;
}

async fn follows_links(catalog: CatalogUnderTest) {
    let [a, b] = shelf(&catalog).await;
    let unlink = Change::UnlinkAsset { library_id: a, asset_id: sample::asset_id(1) };
    let link = Change::LinkAsset { library_id: b, asset_id: sample::asset_id(1) };
    catalog.commit([unlink, link]).await;
    assert_finds(&catalog, AssetQuery { library_id: Some(a), ..everything() }, [5, 3]).await;
    let query = AssetQuery { library_id: Some(b), tags: sample::tags(["hero"]), ..everything() };
    assert_finds(&catalog, query, [2, 1]).await;
}

fn text(text: &str) -> AssetQuery {
    AssetQuery { text: Some(text.to_owned()), ..everything() }
}

fn named(number: u32, name: &str) -> MediaAsset {
    MediaAsset { name: sample::name(name), ..sample::asset(number) }
}

/// One asset with a text in each place that is searched.
async fn library_of_texts(catalog: &CatalogUnderTest) {
    let asset = MediaAsset {
        description: "a Description of light".to_owned(),
        tags: sample::tags(["tagged-word", "other"]),
        categories: sample::categories(["grouped"]),
        ..named(1, "Named Thing")
    };
    let generation: Option<GenerationRecord> = Some(sample::generation("A beautiful sunset over the sea"));
    let insert = InsertAsset { asset, generation, library_ids: Vec::new() };
    catalog.commit([insert.into()]).await;
    catalog.with_assets([named(2, "Second thing"), named(3, "Third")]).await;
}

async fn text_in_every_place(catalog: CatalogUnderTest) {
    library_of_texts(&catalog).await;
    for word in ["named", "description", "tagged", "word", "other", "sunset", "sea"] {
        assert_finds(&catalog, text(word), [1]).await;
    }
    assert_finds(&catalog, text("thing"), [2, 1]).await;
    assert_finds(&catalog, text("fourth"), []).await;
}

async fn text_words_must_all_be_there(catalog: CatalogUnderTest) {
    library_of_texts(&catalog).await;
    assert_finds(&catalog, text("sunset named light other"), [1]).await;
    assert_finds(&catalog, text("  thing\tsecond\n"), [2]).await;
    assert_finds(&catalog, text("sunset second"), []).await;
}

async fn text_by_beginnings(catalog: CatalogUnderTest) {
    library_of_texts(&catalog).await;
    assert_finds(&catalog, text("sun"), [1]).await;
    assert_finds(&catalog, text("thi"), [3, 2, 1]).await;
    assert_finds(&catalog, text("thir"), [3]).await;
    assert_finds(&catalog, text("un"), []).await;
}

async fn text_in_any_case_and_script(catalog: CatalogUnderTest) {
    catalog.with_assets([named(1, "Закат над Морем"), named(2, "CAFÉ Über"), named(3, "日本 海")]).await;
    for (wanted, number) in [("закат", 1), ("МОР", 1), ("café", 2), ("ÜBER", 2), ("日", 3), ("海", 3)] {
        assert_finds(&catalog, text(wanted), [number]).await;
    }
}

async fn text_with_signs(catalog: CatalogUnderTest) {
    catalog.with_assets([named(1, "Hero-Banner 2024"), named(2, "Hero and more"), named(3, "50% off, \"now\"")]).await;
    for (wanted, number) in [
        ("hero-banner", 1),
        ("\"hero\" banner", 1),
        ("hero* banner", 1),
        ("hero AND more", 2),
        ("(hero) (more)", 2),
        ("50%", 3),
        ("\"now\"", 3),
        ("off,now", 3),
    ] {
        assert_finds(&catalog, text(wanted), [number]).await;
    }
    for wanted in
        ["hero OR nothing", "hero NOT banner", "NEAR(hero banner)", "name:hero", "^hero x", "hero'; DROP TABLE"]
    {
        assert_finds(&catalog, text(wanted), []).await;
    }
}

async fn text_of_signs_only(catalog: CatalogUnderTest) {
    shelf(&catalog).await;
    for wanted in ["", " ", "\"", "*", "'", "()", "-", "%_", "🌅", "\0", "\\"] {
        assert!(catalog.assets.assets(&text(wanted)).await.is_ok(), "{wanted:?}");
    }
}

async fn text_follows_changes(catalog: CatalogUnderTest) {
    library_of_texts(&catalog).await;
    let change = |asset: &mut MediaAsset| {
        asset.name = sample::name("Renamed");
        asset.description = "other light".to_owned();
        asset.tags = sample::tags(["fresh"]);
    };
    catalog.edit(1, change).await;
    for gone in ["named", "description", "tagged"] {
        assert_finds(&catalog, text(gone), []).await;
    }
    for there in ["renamed", "light", "fresh", "sunset"] {
        assert_finds(&catalog, text(there), [1]).await;
    }
}

async fn text_combines(catalog: CatalogUnderTest) {
    let [a, _] = shelf(&catalog).await;
    assert_finds(&catalog, text("asset"), [5, 4, 3, 2, 1]).await;
    assert_finds(&catalog, AssetQuery { library_id: Some(a), ..text("asset") }, [5, 3, 1]).await;
    assert_finds(&catalog, AssetQuery { tags: sample::tags(["hero"]), ..text("ass") }, [2, 1]).await;
    assert_finds(&catalog, AssetQuery { tags: sample::tags(["hero"]), ..text("1") }, [1]).await;
}
