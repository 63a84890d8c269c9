//! Assets along their lifecycle.

use media_domain::event::EventKind;
use media_domain::{AssetId, MediaAsset, MediaStatus, UserId};
use serde_json::json;

use crate::engine::MediaEngine;
use crate::error::EngineError;

/// A move along the lifecycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Approves a draft.
    Approve {
        /// Remarks; may be empty.
        notes: String,
        /// Whether a placeholder may be approved.
        force: bool,
    },
    /// Publishes.
    Publish,
    /// Archives.
    Archive,
    /// Takes an approval back.
    Withdraw,
    /// Hides.
    Delete,
    /// Brings back.
    Restore,
}

impl MediaEngine {
    /// Moves an asset along its lifecycle.
    ///
    /// # Errors
    /// `Transition` naming the moves allowed, `PlaceholderNeedsForce`, `NotFound`, `Conflict`.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn move_asset(
        &self,
        asset_id: AssetId,
        user_id: &UserId,
        step: &Move,
    ) -> Result<MediaAsset, EngineError> {
        self.change_asset(asset_id, |asset| {
            let from = asset.status;
            self.take_step(asset, user_id, step)?;
            Ok(self.event(EventKind::StatusChanged, asset_id, user_id, json!({ "from": from, "to": asset.status })))
        })
        .await
    }

    fn take_step(&self, asset: &mut MediaAsset, user_id: &UserId, step: &Move) -> Result<(), EngineError> {
        match step {
            Move::Approve { notes, force } => {
                // The lifecycle speaks first: what cannot be approved at all needs no force.
                asset.status.check_move(MediaStatus::Approved, asset.deleted_from)?;
                if asset.placeholder && !force {
                    return Err(EngineError::PlaceholderNeedsForce { asset_id: asset.asset_id });
                }
                asset.approve(user_id.clone(), notes, self.now())?;
            }
            Move::Publish => asset.publish()?,
            Move::Archive => asset.archive()?,
            Move::Withdraw => asset.withdraw()?,
            Move::Delete => asset.delete()?,
            Move::Restore => asset.restore()?,
        }
        Ok(())
    }
}
