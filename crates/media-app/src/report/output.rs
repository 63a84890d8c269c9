//! Where results, notes and errors go.

use std::fmt;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::{ExitCode, Failure, render_json, render_text};

/// Results go to stdout, everything else to stderr. A reader that has gone away is no error.
pub struct Output {
    json: bool,
    quiet: bool,
    terminal: bool,
    results: Mutex<Box<dyn Write + Send>>,
    messages: Mutex<Box<dyn Write + Send>>,
}

impl Output {
    /// Writes to this process's stdout and stderr.
    pub fn of_process(json: bool, quiet: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        Self { terminal, ..Self::to(Box::new(io::stdout()), Box::new(io::stderr()), json, quiet) }
    }

    /// Writes results and messages to two places, neither of them a terminal.
    pub fn to(results: Box<dyn Write + Send>, messages: Box<dyn Write + Send>, json: bool, quiet: bool) -> Self {
        Self { json, quiet, terminal: false, results: Mutex::new(results), messages: Mutex::new(messages) }
    }

    /// Whether results are JSON.
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// Whether a progress bar may be drawn.
    pub(super) const fn draws_bars(&self) -> bool {
        self.terminal && !self.quiet
    }

    /// Whether progress is told at all.
    pub(super) const fn tells_progress(&self) -> bool {
        !self.quiet
    }

    /// Writes one result: as one line of JSON, or in words.
    ///
    /// # Errors
    /// Stdout that cannot be written to, for another reason than that nobody reads it.
    pub fn result<T: Serialize>(&self, value: &T, words: impl FnOnce() -> String) -> Result<(), Failure> {
        let text = if self.json {
            serde_json::to_string(value)
                .map_err(|error| Failure::doing(ExitCode::Internal, "the result cannot be written as JSON", error))?
        } else {
            words()
        };
        self.bytes(format!("{text}\n").as_bytes())
    }

    /// Writes several results: each as one line of JSON, or all of them in words.
    ///
    /// # Errors
    /// As [`Output::result`].
    pub fn results<T: Serialize>(&self, values: &[T], words: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.json {
            return values.iter().try_for_each(|value| self.result(value, String::new));
        }
        self.bytes(format!("{}\n", words()).as_bytes())
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// As [`Output::result`].
    pub fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        match results.write_all(bytes).and_then(|()| results.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::doing(ExitCode::Internal, "stdout cannot be written to", error))
            }
            _ => Ok(()),
        }
    }

    /// Tells something beside the result, unless that is unwanted.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.message(text);
        }
    }

    /// Warns.
    pub fn warn(&self, text: &str) {
        self.message(&format!("warning: {text}"));
    }

    /// Tells how a command failed.
    pub fn failure(&self, failure: &Failure) {
        if self.json {
            self.message(&render_json(failure).to_string());
        } else {
            self.message(&render_text(failure));
        }
    }

    fn message(&self, text: &str) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        // Where nobody can be told, that cannot be told either.
        let _ = writeln!(messages, "{text}").and_then(|()| messages.flush());
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("json", &self.json).field("quiet", &self.quiet).finish_non_exhaustive()
    }
}
