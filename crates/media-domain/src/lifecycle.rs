//! The lifecycle of an asset: a table of the moves allowed, and nothing else.

use std::fmt;

use crate::format::word_enum;

word_enum! {
    /// Where an asset stands in its lifecycle.
    MediaStatus, "status" {
        /// Made, not looked at yet.
        Draft = "draft",
        /// Approved by a person.
        Approved = "approved",
        /// In use.
        Published = "published",
        /// Out of use, kept.
        Archived = "archived",
        /// Hidden; restorable until purged.
        Deleted = "deleted",
    }
}

/// One allowed move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Where the asset stands.
    pub from: MediaStatus,
    /// Where the move leads.
    pub to: MediaStatus,
}

const fn moves(from: MediaStatus, to: MediaStatus) -> Transition {
    Transition { from, to }
}

/// Every move allowed from a live state. A deleted asset can only go back to where it was.
pub const TRANSITIONS: &[Transition] = &[
    moves(MediaStatus::Draft, MediaStatus::Approved),
    moves(MediaStatus::Draft, MediaStatus::Deleted),
    moves(MediaStatus::Approved, MediaStatus::Published),
    // Withdrawn, or the bytes changed.
    moves(MediaStatus::Approved, MediaStatus::Draft),
    moves(MediaStatus::Approved, MediaStatus::Deleted),
    moves(MediaStatus::Published, MediaStatus::Archived),
    moves(MediaStatus::Published, MediaStatus::Deleted),
    // Published again.
    moves(MediaStatus::Archived, MediaStatus::Published),
    moves(MediaStatus::Archived, MediaStatus::Deleted),
];

impl MediaStatus {
    /// The states that can be moved to; `deleted_from` is where a deleted asset was.
    pub fn allowed_moves(self, deleted_from: Option<Self>) -> Vec<Self> {
        if self == Self::Deleted {
            return deleted_from.filter(|status| *status != Self::Deleted).into_iter().collect();
        }
        TRANSITIONS.iter().filter(|transition| transition.from == self).map(|transition| transition.to).collect()
    }

    /// Checks one move against the table.
    ///
    /// # Errors
    /// [`TransitionError`] naming the moves allowed; a move to where the asset is already is one too.
    pub fn check_move(self, to: Self, deleted_from: Option<Self>) -> Result<(), TransitionError> {
        let allowed = self.allowed_moves(deleted_from);
        if allowed.contains(&to) { Ok(()) } else { Err(TransitionError { from: self, to, allowed }) }
    }
}

/// A move that the lifecycle does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitionError {
    /// Where the asset stands.
    pub from: MediaStatus,
    /// Where it was to go.
    pub to: MediaStatus,
    /// The moves allowed from where it stands.
    pub allowed: Vec<MediaStatus>,
}

impl std::error::Error for TransitionError {}

impl fmt::Display for TransitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from == self.to {
            true => write!(f, "the asset is already {}", self.from)?,
            false => write!(f, "the asset is {} and cannot become {}", self.from, self.to)?,
        }
        let allowed = self.allowed.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(", ");
        match (self.from, allowed.as_str()) {
            (_, "") => f.write_str("; no move is allowed"),
            (MediaStatus::Deleted, _) => write!(f, "; allowed: to be restored, as {allowed}"),
            _ => write!(f, "; allowed: {allowed}"),
        }
    }
}
