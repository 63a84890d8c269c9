//! A Rust source file of a workspace member, with what the rules ask about it.

use crate::finding::Finding;
use crate::rust_text::{RustText, find_word, line_of};

/// What a file is compiled into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Under `src/`, or a build script.
    Production,
    /// Under `tests/`, or a module that exists in test builds only.
    Test,
    /// Under `benches/` or `examples/`.
    Side,
}

/// A Rust source file.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Path relative to the root of the repository.
    pub(crate) path: String,
    /// Name of the package it belongs to.
    pub(crate) package: String,
    /// Layer of that package.
    pub(crate) layer: String,
    pub(crate) part: Part,
    pub(crate) text: String,
    pub(crate) rust: RustText,
}

impl SourceFile {
    pub(crate) fn new(path: &str, package: &str, layer: &str, part: Part, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            package: package.to_owned(),
            layer: layer.to_owned(),
            part,
            text: text.to_owned(),
            rust: RustText::new(text),
        }
    }

    /// Whether any of its code reaches the shipped libraries or the program.
    pub(crate) fn is_production(&self) -> bool {
        self.part == Part::Production
    }

    /// The code that the shipped libraries and the program are made of; empty for other files.
    pub(crate) fn production(&self) -> &str {
        if self.is_production() { &self.rust.production } else { "" }
    }

    /// Lines of production code that hold one of the words: the line and the first such word, once per line.
    pub(crate) fn production_lines_with<'w>(&self, words: &[&'w str]) -> Vec<(usize, &'w str)> {
        let code = self.production();
        let mut lines: Vec<(usize, &str)> = words
            .iter()
            .flat_map(|word| find_word(code, word).into_iter().map(|position| (line_of(code, position), *word)))
            .collect();
        lines.sort_by_key(|(line, _)| *line);
        lines.dedup_by_key(|(line, _)| *line);
        lines
    }

    /// A finding in this file.
    pub(crate) fn finding(&self, line: usize, rule: &'static str, message: impl Into<String>) -> Finding {
        Finding::new(&self.path, line, rule, message)
    }
}
