//! Assets as they are put and come back.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::generation::AttemptOutcome;
use media_domain::{
    Adaptation, Approval, AttemptRecord, FileSize, GenerationRecord, ImageFormat, MediaAsset, MediaDimensions,
    MediaFormat, MediaMetadata, MediaStatus, MediaType, ProcessingError, ProviderErrorKind, SkippedProvider,
    VideoFormat,
};
use media_ports::change::InsertAsset;
use media_ports::{Change, StoreErrorKind};

use super::subject::insert;
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("asset_comes_back_as_it_was_put", comes_back)
        .case("asset_comes_back_with_everything_set", comes_back_with_everything_set)
        .case("asset_of_every_type_and_format_comes_back", every_type_and_format)
        .case("asset_with_odd_texts_comes_back", odd_texts)
        .case("asset_beyond_4_gib_comes_back", beyond_4_gib)
        .case("asset_of_the_largest_numbers_is_kept_exactly_or_refused", largest_numbers)
        .case("unknown_asset_is_none", unknown_is_none)
        .case("asset_id_taken_is_refused", id_taken_is_refused)
        .case("asset_for_an_unknown_library_is_refused", unknown_library_is_refused)
        .case("generation_record_comes_back", generation_record_comes_back)
        .case("asset_without_generation_record_has_none", no_generation_record)
}

async fn assert_comes_back(catalog: &CatalogUnderTest, asset: MediaAsset) {
    catalog.with_assets([asset.clone()]).await;
    assert_eq!(catalog.assets.asset(asset.asset_id).await.unwrap(), Some(asset));
}

async fn comes_back(catalog: CatalogUnderTest) {
    assert_comes_back(&catalog, sample::asset(1)).await;
}

async fn comes_back_with_everything_set(catalog: CatalogUnderTest) {
    let asset = MediaAsset {
        description: "A sunset".to_owned(),
        thumbnail_hash: Some(sample::hash("thumbnail")),
        metadata: full_metadata(),
        status: MediaStatus::Deleted,
        deleted_from: Some(MediaStatus::Approved),
        approval: Some(Approval {
            approved_by: sample::user("anna"),
            approved_at: sample::at_minute(5),
            notes: "good".to_owned(),
            content_hash: sample::hash("asset 1"),
        }),
        tags: sample::tags(["hero", "summer sale", "50%_off"]),
        categories: sample::categories(["web", "print"]),
        provider_name: Some(sample::provider("openai_images")),
        placeholder: true,
        processing_errors: vec![ProcessingError {
            step: "thumbnail".to_owned(),
            message: "the file has no pixels".to_owned(),
            at: sample::at_minute(6),
        }],
        ..sample::asset(1)
    };
    assert_comes_back(&catalog, asset).await;
}

fn full_metadata() -> MediaMetadata {
    MediaMetadata {
        duration_seconds: Some(12.25),
        color_count: Some(256),
        bitrate: Some(5_000_000),
        frame_rate: Some(29.97),
        frame_count: Some(367),
        bit_depth: Some(16),
        has_alpha: Some(true),
        has_color_profile: Some(false),
        ..MediaMetadata::new(FileSize::from_bytes(1), VideoFormat::Mp4)
    }
}

async fn every_type_and_format(catalog: CatalogUnderTest) {
    let images = ImageFormat::ALL.iter().map(|format| MediaFormat::Image(*format));
    let formats = images.chain(VideoFormat::ALL.iter().map(|format| MediaFormat::Video(*format)));
    for (number, (format, media_type)) in (1..).zip(formats.zip(MediaType::ALL.iter().cycle())) {
        let metadata = MediaMetadata::new(FileSize::from_bytes(1), format);
        assert_comes_back(&catalog, MediaAsset { media_type: *media_type, metadata, ..sample::asset(number) }).await;
    }
}

async fn odd_texts(catalog: CatalogUnderTest) {
    let texts = ["'; DROP TABLE assets; --", "100 % \"quoted\" \\ back", "Закат над морем 🌅", "e\u{301} ﷽ ﬁ"];
    for (number, text) in (1..).zip(texts) {
        let asset = MediaAsset {
            name: sample::name(text),
            description: format!("{text}\n\t{text}\0"),
            tags: sample::tags([text]),
            categories: sample::categories([text]),
            ..sample::asset(number)
        };
        assert_comes_back(&catalog, asset).await;
    }
}

async fn beyond_4_gib(catalog: CatalogUnderTest) {
    let metadata = MediaMetadata {
        bitrate: Some(5_000_000_000),
        ..MediaMetadata::new(FileSize::from_bytes(5 * 1_073_741_824 + 1), VideoFormat::Mov)
    };
    assert_comes_back(&catalog, MediaAsset { metadata, ..sample::asset(1) }).await;
}

async fn largest_numbers(catalog: CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    let mut kept = 0;
    for (number, size) in (1..).zip([u64::MAX, i64::MAX as u64, i64::MAX as u64, 1]) {
        let metadata = MediaMetadata {
            bitrate: Some(u64::MAX),
            ..MediaMetadata::new(FileSize::from_bytes(size), ImageFormat::Png)
        };
        let dimensions = MediaDimensions::new(u32::MAX, u32::MAX);
        let asset = MediaAsset { metadata, dimensions, ..sample::asset(number) };
        match catalog.writer.commit(insert(asset.clone(), &[library]).into()).await {
            Ok(_) => {
                assert_eq!(catalog.asset(number).await, asset);
                kept += 1;
            }
            Err(error) => {
                assert_eq!(error.kind, StoreErrorKind::Invalid);
                assert_eq!(catalog.assets.asset(asset.asset_id).await.unwrap(), None);
            }
        }
        assert_eq!(catalog.statistics(library).await.asset_count, kept);
    }
}

async fn unknown_is_none(catalog: CatalogUnderTest) {
    let id = sample::asset_id(1);
    assert_eq!(catalog.assets.asset(id).await.unwrap(), None);
    assert_eq!(catalog.assets.generation_record(id).await.unwrap(), None);
    assert_eq!(catalog.assets.usage_history(id, 10).await.unwrap(), []);
    assert_eq!(catalog.assets.variants(id).await.unwrap(), []);
    assert_eq!(catalog.assets.variant(sample::variant_id(1)).await.unwrap(), None);
    assert_eq!(catalog.assets.exports(id).await.unwrap(), []);
    assert_eq!(catalog.assets.events(id).await.unwrap(), []);
    assert_eq!(catalog.assets.assets_by_hash(sample::hash("x")).await.unwrap(), []);
}

async fn id_taken_is_refused(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let other = MediaAsset { name: sample::name("Another"), ..sample::asset(1) };
    assert_eq!(catalog.refused(insert(other, &[])).await, StoreErrorKind::AlreadyExists);
}

async fn unknown_library_is_refused(catalog: CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    let libraries = [library, sample::library_id("nowhere")];
    assert_eq!(catalog.refused(insert(sample::asset(1), &libraries)).await, StoreErrorKind::NotFound);
    assert_eq!(catalog.assets.asset(sample::asset_id(1)).await.unwrap(), None);
}

fn generated(number: u32, generation: GenerationRecord) -> Change {
    InsertAsset { asset: sample::asset(number), generation: Some(generation), library_ids: Vec::new() }.into()
}

async fn generation_record_comes_back(catalog: CatalogUnderTest) {
    let record = GenerationRecord {
        job_id: Some(sample::job_id(1)),
        adaptations: vec![Adaptation {
            field: "dimensions".to_owned(),
            requested: "1920x400".to_owned(),
            used: Some("1536x1024".to_owned()),
            reason: "the nearest".to_owned(),
        }],
        attempts: vec![AttemptRecord {
            provider: sample::provider("openai_images"),
            outcome: AttemptOutcome::Failed,
            error_kind: Some(ProviderErrorKind::RateLimited),
            message: Some("the vendor's \"limit\"".to_owned()),
            phase: None,
            duration_ms: 1_234,
        }],
        skipped: vec![SkippedProvider { provider: sample::provider("sdxl"), reason: "not built in yet".to_owned() }],
        ..sample::generation("закат\nover the sea")
    };
    catalog.commit([generated(1, record.clone()), generated(2, sample::generation("other"))]).await;
    assert_eq!(catalog.assets.generation_record(sample::asset_id(1)).await.unwrap(), Some(record));
}

async fn no_generation_record(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    assert_eq!(catalog.assets.generation_record(sample::asset_id(1)).await.unwrap(), None);
}
