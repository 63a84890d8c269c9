//! What the modules share: a fixed time, a made-up asset, and a property configuration that repeats.

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use media_domain::asset::NewAsset;
use media_domain::text::Campaign;
use media_domain::{
    AssetId, ContentHash, FileSize, MediaAsset, MediaDimensions, MediaFormat, MediaMetadata, MediaType, Name,
    UsageEvent, UserId,
};
use proptest::test_runner::{Config, RngSeed};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub(crate) fn at(minutes: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 6, 1, 12, 0, 0).unwrap() + TimeDelta::minutes(minutes)
}

pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) fn user() -> UserId {
    UserId::parse("anna").unwrap()
}

/// The banner of the worked example: 1920×400 PNG of 500,000 bytes.
pub(crate) fn banner() -> MediaAsset {
    asset(MediaType::Banner, media_domain::ImageFormat::Png, 500_000)
}

pub(crate) fn asset(media_type: MediaType, format: impl Into<MediaFormat>, bytes: u64) -> MediaAsset {
    MediaAsset::new(NewAsset {
        asset_id: AssetId::from_uuid(uuid(1)),
        name: Name::parse("Summer hero").unwrap(),
        media_type,
        dimensions: MediaDimensions::new(1920, 400),
        metadata: MediaMetadata::new(FileSize::from_bytes(bytes), format),
        content_hash: ContentHash::of(b"first bytes"),
        uploaded_at: at(0),
    })
}

pub(crate) fn usage(campaign: &str, minutes: i64) -> UsageEvent {
    UsageEvent { campaign: Campaign::parse(campaign).unwrap(), contact_id: None, used_at: at(minutes) }
}

/// Properties are tried with the same inputs in every run.
pub(crate) fn cases(cases: u32) -> Config {
    Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(20_240_601), ..Config::default() }
}

/// Checks that a value is written as `json`, and read back as it was.
pub(crate) fn check_form<T>(value: &T, json: serde_json::Value)
where
    T: Debug + PartialEq + Serialize + DeserializeOwned,
{
    assert_eq!(serde_json::to_value(value).unwrap(), json);
    assert_eq!(&serde_json::from_value::<T>(json).unwrap(), value);
}
