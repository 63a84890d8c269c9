//! Where a page ends and the next one begins.

use media_domain::MediaAsset;
use media_ports::{AssetOrder, StoreErrorKind};
use uuid::Uuid;

use crate::columns::micros;
use crate::failure::Failure;

/// The place of a page's last asset in its order; both parts ascend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The negated upload time or usage count.
    pub(crate) rank: i64,
    /// The asset's UUID.
    pub(crate) asset_id: Uuid,
}

impl Cursor {
    /// The place of an asset.
    pub(crate) fn of(asset: &MediaAsset, order: AssetOrder) -> Self {
        let rank = match order {
            AssetOrder::NewestFirst => -micros(asset.uploaded_at),
            AssetOrder::MostUsedFirst => i64::try_from(asset.usage_count).map_or(i64::MIN, |count| -count),
        };
        Self { rank, asset_id: asset.asset_id.as_uuid() }
    }

    /// Writes it for the caller to hand back.
    pub(crate) fn write(self, order: AssetOrder) -> String {
        format!("{}.{}.{}", letter(order), self.rank, self.asset_id.simple())
    }

    /// Reads what a caller hands back.
    pub(crate) fn read(text: &str, order: AssetOrder) -> Result<Self, Failure> {
        let parsed = text.strip_prefix(letter(order)).and_then(|rest| {
            let (rank, asset_id) = rest.strip_prefix('.')?.split_once('.')?;
            Some(Self { rank: rank.parse().ok()?, asset_id: Uuid::try_parse(asset_id).ok()? })
        });
        parsed.ok_or_else(|| {
            let message = "continue a listing: the place to continue at is not one of this order's pages";
            Failure::new(StoreErrorKind::Invalid, message)
        })
    }
}

fn letter(order: AssetOrder) -> &'static str {
    match order {
        AssetOrder::NewestFirst => "n",
        AssetOrder::MostUsedFirst => "u",
    }
}
