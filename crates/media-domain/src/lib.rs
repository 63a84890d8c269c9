#![doc = include_str!("../README.md")]

pub mod admission;
pub mod asset;
pub mod breaker;
pub mod budget;
pub mod capabilities;
pub mod choice;
pub mod content_hash;
pub mod dimensions;
pub mod editing;
pub mod event;
pub mod export;
pub mod failure;
pub mod failure_weight;
pub mod file_bytes;
pub mod file_size;
pub mod format;
pub mod generation;
pub mod idempotency;
pub mod ids;
pub mod job;
pub mod label;
pub mod library;
pub mod lifecycle;
pub mod metadata;
pub mod options;
pub mod performance;
pub mod period;
pub mod price;
pub mod quota;
pub mod rate_limit;
pub mod reservation;
pub mod retry_plan;
pub mod rules;
mod seconds;
pub mod sizes;
pub mod statistics;
pub mod suggestion;
pub mod tally;
pub mod text;
pub mod variant;

pub use admission::{Admission, ImageRequest};
pub use asset::{Approval, MediaAsset, ProcessingError, UsageEvent};
pub use breaker::{Breaker, BreakerRefusal, BreakerSettings, BreakerState, BreakerStatus, Permit};
pub use budget::{BudgetExceeded, BudgetLimit, BudgetPeriod, BudgetUsage};
pub use capabilities::{Capabilities, Compatibility};
pub use choice::{Candidate, LatencyAverage, Strategy, order_by_strategy};
pub use content_hash::ContentHash;
pub use dimensions::MediaDimensions;
pub use editing::{EditCapabilities, EditKind, EditRecord, EditRequest, Margins, SourceImage};
pub use event::{Event, EventKind};
pub use export::{CanvaExportResult, DesignExportRecord, DesignExportResult, FigmaAttachment, FigmaExportResult};
pub use failure::{Phase, ProviderErrorKind, RetryClass};
pub use failure_weight::{FailureWeight, counts_as_failure};
pub use file_bytes::FileBytes;
pub use file_size::FileSize;
pub use format::{ImageFormat, MediaFormat, MediaType, VideoFormat};
pub use generation::{
    Adaptation, AttemptRecord, GeneratedImage, GenerationRecord, GenerationRequest, ImageContent, SkippedProvider,
    Usage,
};
pub use idempotency::{IdempotencyKey, RequestFingerprint, ScopedKey};
pub use ids::{
    AssetId, EventId, ExportId, JobId, LibraryId, OwnerId, PerformanceId, ProviderId, RequestId, SuggestionId, UserId,
    VariantId,
};
pub use job::{IdempotencyClaim, Job, JobAttempt, JobHandle, JobState, Resolution, Retain};
pub use label::{Category, Tag};
pub use library::{LabelCount, LibraryStatistics, MediaLibrary};
pub use lifecycle::{MediaStatus, TransitionError};
pub use metadata::MediaMetadata;
pub use options::{Background, GenerationOptions, Quality};
pub use performance::{MediaPerformance, PerformanceCounts, PerformanceRates};
pub use period::{BudgetCycle, Period};
pub use price::{Price, PriceTable};
pub use quota::{CreditWeights, QuotaExceeded, QuotaLimit, QuotaPeriod, QuotaUsage};
pub use rate_limit::{RateLimit, RateLimiter};
pub use reservation::{BudgetClaim, QuotaClaim, Reservation};
pub use retry_plan::{FailedAttempt, RetryDecision, RetryPlan};
pub use rules::{RuleSet, SuggestionRule};
pub use statistics::{Evidence, Interval};
pub use suggestion::{Finding, MediaOptimizationSuggestion, OptimizationKind, SuggestionPriority};
pub use text::{Name, TextError};
pub use variant::{MediaVariant, PerformanceScore};
