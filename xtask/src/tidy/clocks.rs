//! Time comes through the `Clock` port.

use crate::finding::Finding;
use crate::source_file::SourceFile;
use crate::workspace::Workspace;

/// Reads the time.
const READING: [&str; 4] = ["SystemTime::now", "Instant::now", "Utc::now", "Local::now"];

/// Waits, by the runtime's timer or by blocking.
const WAITING: [&str; 6] =
    ["tokio::time", "time::sleep", "time::timeout", "time::interval", "thread::sleep", "recv_timeout"];

/// Layers that may do neither, without exception.
const STRICT: [&str; 3] = ["domain", "ports", "engine"];

/// Layers that may do so only where the table says.
const LISTED: [&str; 2] = ["support", "adapter"];

/// Where (the beginning of the path), which words, and why.
const MAY: [(&str, &[&str], &str); 3] = [
    (
        "crates/media-http/src/",
        &[
            "tokio::time",
            "time::sleep",
            "time::timeout",
            "time::interval",
            "Instant::now",
            "Utc::now",
            "SystemTime::now",
        ],
        "time-outs of connections, the pace of polling and dates in headers belong to the transport",
    ),
    (
        "crates/media-store-sqlite/src/",
        &["Instant::now", "recv_timeout", "thread::sleep"],
        "the writer thread bounds how long a group of commits is open; opening waits for another process's lock",
    ),
    (
        "crates/media-store-token/src/",
        &["tokio::time", "time::sleep"],
        "who waits for another process's lock asks again after a pause",
    ),
];

pub(crate) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.sources.iter().flat_map(source).collect()
}

fn source(source: &SourceFile) -> Vec<Finding> {
    let strict = STRICT.contains(&source.layer.as_str());
    if !strict && !LISTED.contains(&source.layer.as_str()) {
        return Vec::new();
    }
    let why = if strict {
        "time comes through the `Clock` port"
    } else {
        "adapters take time from the `Clock` port or the call's deadline; exceptions stand in xtask/src/tidy/clocks.rs"
    };
    let words: Vec<&str> =
        READING.iter().chain(&WAITING).copied().filter(|word| strict || !is_listed(source, word)).collect();
    let lines = source.production_lines_with(&words).into_iter();
    lines.map(|(line, word)| source.finding(line, "clock", format!("`{word}`: {why}"))).collect()
}

fn is_listed(source: &SourceFile, word: &str) -> bool {
    MAY.iter().any(|(start, words, _)| source.path.starts_with(start) && words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_file::Part;

    fn count(layer: &str, path: &str, text: &str) -> usize {
        source(&SourceFile::new(path, "media-x", layer, Part::Production, text)).len()
    }

    #[test]
    fn clocks_and_sleeps_are_found() {
        for text in
            ["Instant::now()", "chrono::Utc::now()", "tokio::time::sleep(d)", "use tokio::time;", "thread::sleep(d)"]
        {
            for layer in ["domain", "ports", "engine", "support", "adapter"] {
                assert_eq!(count(layer, "crates/media-x/src/lib.rs", text), 1, "{layer} {text}");
            }
        }
    }

    #[test]
    fn exceptions_hold_for_their_place_and_word_only() {
        assert_eq!(count("support", "crates/media-http/src/poll.rs", "tokio::time::sleep(d)"), 0);
        assert_eq!(count("adapter", "crates/media-store-sqlite/src/writer.rs", "Instant::now()"), 0);
        assert_eq!(count("adapter", "crates/media-store-sqlite/src/writer.rs", "tokio::time::sleep(d)"), 1);
        assert_eq!(count("app", "crates/media-app/src/clock.rs", "Utc::now()"), 0);
    }

    #[test]
    fn types_of_time_are_free() {
        assert_eq!(count("engine", "crates/media-x/src/lib.rs", "use std::time::{Duration, Instant}; clock.now()"), 0);
    }
}
