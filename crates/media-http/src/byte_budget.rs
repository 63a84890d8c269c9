//! How many bytes of answers may be in memory at once.

use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A budget for the bytes of answers in flight. Clones share it.
///
/// An answer whose length is declared takes its share before its first byte is read, and waits while there is not enough;
/// one without a declared length takes what its limit allows, at most [`ASSUMED`](Self::ASSUMED), and gives back what it
/// did not need. A share is held until the last piece of the body, decoded pictures included, is dropped.
///
/// ```
/// use media_http::ByteBudget;
///
/// assert_eq!(ByteBudget::of_process().total(), ByteBudget::DEFAULT);
/// assert_eq!(ByteBudget::new(1 << 20).total(), 1 << 20);
/// ```
#[derive(Debug, Clone)]
pub struct ByteBudget {
    units: Arc<Semaphore>,
    total: u64,
}

/// Bytes to a unit of the semaphore, whose requests are counted in 32 bits.
const UNIT: u64 = 1 << 10;

impl ByteBudget {
    /// The budget of a process unless it is told otherwise: 512 MiB.
    pub const DEFAULT: u64 = 512 << 20;

    /// Most bytes that are taken at once for an answer without a declared length: 32 MiB.
    pub const ASSUMED: u64 = 32 << 20;

    /// Makes a budget of so many bytes, rounded up to whole KiB.
    pub fn new(bytes: u64) -> Self {
        let units = usize::try_from(bytes.div_ceil(UNIT)).unwrap_or(usize::MAX).min(u32::MAX as usize);
        Self { units: Arc::new(Semaphore::new(units)), total: bytes }
    }

    /// The one that everything in this process shares by default.
    pub fn of_process() -> Self {
        static OF_PROCESS: OnceLock<ByteBudget> = OnceLock::new();
        OF_PROCESS.get_or_init(|| Self::new(Self::DEFAULT)).clone()
    }

    /// How many bytes there are in all.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many bytes are free now.
    pub fn free(&self) -> u64 {
        self.units.available_permits() as u64 * UNIT
    }

    /// Takes a share; waits in turn until there is enough. `None` when there never will be.
    pub(crate) async fn take(&self, bytes: u64) -> Option<Share> {
        let mut share = Share { budget: self.clone(), permit: None };
        share.grow_to(bytes).await.then_some(share)
    }
}

/// A part of the budget, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: ByteBudget,
    permit: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Makes the share at least so large; waits in turn until there is enough. `false` when there never will be.
    pub(crate) async fn grow_to(&mut self, bytes: u64) -> bool {
        if bytes > self.budget.total {
            return false;
        }
        let missing = units(bytes).saturating_sub(self.units());
        if missing == 0 {
            return true;
        }
        // The semaphore is never closed.
        let Ok(more) = Arc::clone(&self.budget.units).acquire_many_owned(missing).await else { return false };
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            None => self.permit = Some(more),
        }
        true
    }

    /// Gives back what is not needed for so many bytes.
    pub(crate) fn shrink_to(&mut self, bytes: u64) {
        let surplus = self.units().saturating_sub(units(bytes));
        if let Some(permit) = &mut self.permit {
            drop(permit.split(surplus as usize));
        }
    }

    /// How many bytes the whole budget has.
    pub(crate) fn total(&self) -> u64 {
        self.budget.total
    }

    fn units(&self) -> u32 {
        self.permit.as_ref().map_or(0, |permit| permit.num_permits() as u32)
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn shares_wait_for_each_other_and_never_exceed_the_budget() {
        let budget = ByteBudget::new(10 * UNIT);
        let mut first = budget.take(8 * UNIT).await.unwrap();
        let mut second = Box::pin(budget.take(4 * UNIT));
        assert!(second.as_mut().now_or_never().is_none(), "there is not enough");
        first.shrink_to(6 * UNIT - 1);
        let second = second.await.unwrap();
        assert_eq!(budget.free(), 0);
        drop((first, second));
        assert_eq!(budget.free(), 10 * UNIT);
    }

    #[tokio::test]
    async fn what_never_fits_is_refused_at_once() {
        let budget = ByteBudget::new(10 * UNIT);
        assert!(budget.take(10 * UNIT + 1).await.is_none());
        let mut share = budget.take(1).await.unwrap();
        assert!(!share.grow_to(11 * UNIT).await);
        assert!(share.grow_to(10 * UNIT).await);
    }
}
