//! The one engine of a process, and short ways to it.

use std::sync::{Arc, PoisonError, RwLock};

use media_domain::{AssetId, MediaLibrary, MediaOptimizationSuggestion, MediaPerformance};

use crate::assets::{AddAsset, AddOutcome};
use crate::engine::MediaEngine;
use crate::error::EngineError;
use crate::libraries::NewLibrary;
use crate::performance::{PerformanceReport, TrackPerformance};
use crate::suggestions::NewSuggestion;

static ENGINE: RwLock<Option<Arc<MediaEngine>>> = RwLock::new(None);

/// Makes an engine the one of this process; one that was there before is replaced and goes on for those who hold it.
pub fn install_media_engine(engine: Arc<MediaEngine>) {
    *ENGINE.write().unwrap_or_else(PoisonError::into_inner) = Some(engine);
}

/// The engine of this process.
///
/// # Errors
/// `NotInstalled`.
pub fn media_engine() -> Result<Arc<MediaEngine>, EngineError> {
    ENGINE.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(EngineError::NotInstalled)
}

/// Takes the engine of this process away; what it has stored stays.
pub fn reset_media_engine() {
    *ENGINE.write().unwrap_or_else(PoisonError::into_inner) = None;
}

/// Makes a library with the engine of this process.
///
/// # Errors
/// As [`MediaEngine::create_library`], and `NotInstalled`.
pub async fn create_library(new: NewLibrary) -> Result<MediaLibrary, EngineError> {
    media_engine()?.create_library(new).await
}

/// Adds a file with the engine of this process.
///
/// # Errors
/// As [`MediaEngine::add_asset`], and `NotInstalled`.
pub async fn add_asset(add: AddAsset) -> Result<AddOutcome, EngineError> {
    media_engine()?.add_asset(add).await
}

/// Tracks a measurement with the engine of this process.
///
/// # Errors
/// As [`MediaEngine::track_asset_performance`], and `NotInstalled`.
pub async fn track_performance(track: TrackPerformance) -> Result<MediaPerformance, EngineError> {
    media_engine()?.track_asset_performance(track).await
}

/// How an asset performs, by the engine of this process.
///
/// # Errors
/// As [`MediaEngine::asset_performance`], and `NotInstalled`.
pub async fn performance(asset_id: AssetId) -> Result<PerformanceReport, EngineError> {
    media_engine()?.asset_performance(asset_id).await
}

/// Keeps a suggestion with the engine of this process.
///
/// # Errors
/// As [`MediaEngine::suggest_optimization`], and `NotInstalled`.
pub async fn suggest_optimization(new: NewSuggestion) -> Result<MediaOptimizationSuggestion, EngineError> {
    media_engine()?.suggest_optimization(new).await
}
