//! The event log: what happened to an asset, when and by whom.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::format::word_enum;
use crate::{AssetId, EventId, UserId};

word_enum! {
    /// What happened.
    EventKind, "event" {
        /// An asset was generated.
        AssetGenerated = "asset_generated",
        /// An asset was added from a file.
        AssetAdded = "asset_added",
        /// An asset's lifecycle state changed.
        StatusChanged = "status_changed",
        /// An asset's labels or texts changed.
        AssetEdited = "asset_edited",
        /// An asset's file was replaced.
        ContentReplaced = "content_replaced",
        /// A suggestion was carried out.
        SuggestionApplied = "suggestion_applied",
        /// An asset was exported to a design tool.
        AssetExported = "asset_exported",
    }
}

/// One entry of the event log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Identifies the entry.
    pub event_id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// The asset it happened to.
    pub asset_id: AssetId,
    /// Who did it.
    pub user_id: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// Particulars (`from`, `to`, `provider` …).
    #[serde(default)]
    pub details: Map<String, Value>,
}
