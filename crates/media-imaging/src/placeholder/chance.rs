//! Numbers that look random and follow from the request alone.

use media_ports::PlaceholderRequest;
use sha2::{Digest, Sha256};

/// A stream of numbers (splitmix64), started by a hash of the request.
#[derive(Debug)]
pub(super) struct Chance(u64);

impl Chance {
    /// Starts from prompt, size, seed and image index.
    pub(super) fn of(request: &PlaceholderRequest) -> Self {
        let mut hash = Sha256::new();
        hash.update(request.dimensions.width.to_be_bytes());
        hash.update(request.dimensions.height.to_be_bytes());
        hash.update(request.seed.to_be_bytes());
        hash.update(request.image_index.to_be_bytes());
        hash.update(request.prompt.as_bytes());
        let digest = hash.finalize();
        Self(digest.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` up to, not including, `high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        // 24 bits are what the type holds exactly.
        let unit = (self.next() >> 40) as f32 / 16_777_216.0;
        low + (high - low) * unit
    }

    pub(super) fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }
}
