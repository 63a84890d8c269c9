#![doc = include_str!("../README.md")]

pub mod asset;
pub mod capabilities;
pub mod content_hash;
pub mod dimensions;
pub mod event;
pub mod export;
pub mod failure;
pub mod file_size;
pub mod format;
pub mod generation;
pub mod ids;
pub mod job;
pub mod label;
pub mod library;
pub mod lifecycle;
pub mod metadata;
pub mod options;
pub mod performance;
pub mod rules;
pub mod sizes;
pub mod statistics;
pub mod suggestion;
pub mod text;
pub mod variant;

pub use asset::{Approval, MediaAsset, ProcessingError, UsageEvent};
pub use capabilities::{Admission, Capabilities, Compatibility};
pub use content_hash::ContentHash;
pub use dimensions::MediaDimensions;
pub use event::{Event, EventKind};
pub use export::{DesignExportRecord, FigmaExportResult};
pub use failure::{Phase, ProviderErrorKind, RetryClass};
pub use file_size::FileSize;
pub use format::{ImageFormat, MediaFormat, MediaType, VideoFormat};
pub use generation::{
    Adaptation, AttemptRecord, GeneratedImage, GenerationRecord, GenerationRequest, ImageContent, SkippedProvider,
    Usage,
};
pub use ids::{
    AssetId, EventId, ExportId, JobId, LibraryId, OwnerId, PerformanceId, ProviderId, RequestId, SuggestionId, UserId,
    VariantId,
};
pub use job::{Job, JobAttempt, JobHandle, JobState, Resolution};
pub use label::{Category, Tag};
pub use library::{LabelCount, LibraryStatistics, MediaLibrary};
pub use lifecycle::{MediaStatus, TransitionError};
pub use metadata::MediaMetadata;
pub use options::{Background, GenerationOptions, Quality};
pub use performance::{MediaPerformance, PerformanceCounts, PerformanceRates};
pub use rules::{RuleSet, SuggestionRule};
pub use statistics::{Evidence, Interval};
pub use suggestion::{Finding, MediaOptimizationSuggestion, OptimizationKind, SuggestionPriority};
pub use text::{Name, TextError};
pub use variant::{MediaVariant, PerformanceScore};
