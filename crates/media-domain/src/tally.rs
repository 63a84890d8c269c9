//! What has been used of a limited supply, and what is set aside for work under way.

use serde::{Deserialize, Serialize};

/// What has been used of a limited supply, and what is set aside for work under way; nothing by default.
///
/// Nothing here goes below zero or wraps around: a settlement of more than was set aside takes away what there was,
/// and use beyond the limit leaves nothing remaining.
///
/// ```
/// use media_domain::tally::Tally;
///
/// let mut tally = Tally::default();
/// tally.reserve(10, 6)?;
/// assert_eq!(tally.reserve(10, 5).unwrap_err().remaining, 4);
/// tally.settle(6, 2);
/// assert_eq!((tally.used, tally.reserved, tally.remaining(10)), (2, 0, 8));
/// # Ok::<(), media_domain::tally::Shortfall>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// Set aside for work whose outcome is open.
    pub reserved: u64,
    /// Used up.
    pub used: u64,
}

/// Less remains than is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{needed} are needed and {remaining} remain")]
pub struct Shortfall {
    /// What remains.
    pub remaining: u64,
    /// What was asked for.
    pub needed: u64,
}

impl Tally {
    /// What is neither used nor set aside.
    pub const fn remaining(&self, limit: u64) -> u64 {
        limit.saturating_sub(self.used).saturating_sub(self.reserved)
    }

    /// Sets `amount` aside, wholly or not at all.
    ///
    /// # Errors
    /// [`Shortfall`] when less remains; nothing is changed then.
    pub const fn reserve(&mut self, limit: u64, amount: u64) -> Result<(), Shortfall> {
        let remaining = self.remaining(limit);
        if amount > remaining {
            return Err(Shortfall { remaining, needed: amount });
        }
        self.reserved = self.reserved.saturating_add(amount);
        Ok(())
    }

    /// Turns what was set aside into what was really used, be it less or more.
    pub const fn settle(&mut self, reserved: u64, used: u64) {
        self.release(reserved);
        self.used = self.used.saturating_add(used);
    }

    /// Gives back what was set aside: nothing was used.
    pub const fn release(&mut self, reserved: u64) {
        self.reserved = self.reserved.saturating_sub(reserved);
    }
}
