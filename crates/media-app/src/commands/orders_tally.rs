//! Orders of images: how many images of those asked for have come.

use serde::Serialize;

/// What has come of the images asked for.
#[derive(Debug, Default, Serialize)]
pub(super) struct Tally {
    pub(super) asked: u32,
    pub(super) delivered: u32,
    pub(super) unknown: u32,
    pub(super) failed: u32,
    pub(super) not_ordered: u32,
}

impl Tally {
    pub(super) fn in_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn in_words(&self) -> String {
        let mut words = format!("{} asked, {} delivered, {} unknown", self.asked, self.delivered, self.unknown);
        for (count, what) in [(self.failed, "failed"), (self.not_ordered, "not ordered")] {
            if count > 0 {
                words.push_str(&format!(", {count} {what}"));
            }
        }
        words
    }
}
