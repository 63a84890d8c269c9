//! How far long work has come.

use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use super::Output;

/// How far long work has come: a bar on a terminal, plain lines elsewhere, nothing for a single step.
#[derive(Debug)]
pub struct Progress<'a> {
    output: &'a Output,
    total: u64,
    done: AtomicU64,
    bar: Option<ProgressBar>,
}

impl<'a> Progress<'a> {
    /// Starts telling of `total` steps.
    pub fn start(output: &'a Output, total: u64) -> Self {
        let bar = (output.draws_bars() && total > 1).then(|| {
            let bar = ProgressBar::new(total);
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self { output, total, done: AtomicU64::new(0), bar }
    }

    /// Tells that one more step has ended, and how.
    pub fn step(&self, how: &str) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.bar {
            Some(bar) => {
                bar.set_message(how.to_owned());
                bar.inc(1);
            }
            None if self.total > 1 && self.output.tells_progress() => {
                self.output.note(&format!("{done}/{} {how}", self.total));
            }
            None => {}
        }
    }

    /// Does something that writes to the terminal, with the bar out of its way.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
