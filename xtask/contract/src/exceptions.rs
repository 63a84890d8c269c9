//! Where a document is known to lag behind its vendor.

use crate::ledger::Ledger;

/// Something that a document calls wrong and its vendor takes, or writes.
#[derive(Debug)]
pub(crate) struct Exception {
    /// The document.
    pub(crate) file: &'static str,
    /// Method and path, as the document writes it.
    pub(crate) operation: &'static str,
    /// How the problem's text begins: where it is, and what is there.
    pub(crate) problem: &'static str,
    /// Where it says that the vendor takes it.
    pub(crate) source: &'static str,
}

const OPENAI: &str = "openai.yaml";
const ORDER: &str = "POST /images/generations";
const EDIT: &str = "POST /images/edits";
/// What a third party read in the vendor's documentation; the vendor's document is of 2026-08-21 and knows neither 2.5 nor 2.6.
const GUIDE: &str = "dev.to/hassann/how-to-use-the-gpt-image-26-api-2mfd, after OpenAI's documentation of 2026-11-05, seen \
    2026-11-30: output also GIF and SVG, quality also xhigh and max; a third party's words";

const fn newer(operation: &'static str, problem: &'static str, source: &'static str) -> Exception {
    Exception { file: OPENAI, operation, problem, source }
}

/// Every exception, each with its source.
pub(crate) const EXCEPTIONS: &[Exception] = &[
    newer(ORDER, "body /output_format: \"svg\" is not one of", GUIDE),
    newer(ORDER, "body /output_format: \"gif\" is not one of", GUIDE),
    newer(ORDER, "body /quality: \"xhigh\" is not one of", GUIDE),
    newer(ORDER, "body /quality: \"max\" is not one of", GUIDE),
    newer(EDIT, "body /quality: \"xhigh\" is not one of", GUIDE),
    newer(EDIT, "body /quality: \"max\" is not one of", GUIDE),
    newer(
        "GET /models",
        "example of 200 is no JSON",
        "the document itself: its example has a comma behind the last model; read without it",
    ),
];

const KIND: &str = "exception";

impl Exception {
    fn name(&self) -> String {
        format!("{} {}: {}", self.file, self.operation, self.problem)
    }
}

/// Declares every exception: each has to be needed.
pub(crate) fn declare(exceptions: &[Exception], ledger: &mut Ledger) {
    for exception in exceptions {
        ledger.declare(KIND, exception.name(), exception.source);
    }
}

/// Whether an exception covers a problem; it is counted.
pub(crate) fn covers(
    exceptions: &[Exception],
    ledger: &mut Ledger,
    file: &str,
    operation: &str,
    problem: &str,
) -> bool {
    let mut known = exceptions.iter().filter(|known| known.file == file && known.operation == operation);
    let covering = known.find(|known| problem.starts_with(known.problem));
    covering.is_some_and(|exception| ledger.count(KIND, exception.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_covers_what_it_names_and_nothing_else() {
        let problem = "body /q: \"max\"";
        let known = [Exception { file: "a", operation: "GET /a", problem, source: "the test" }];
        let mut ledger = Ledger::default();
        declare(&known, &mut ledger);
        let mut covered = |file, operation, problem| covers(&known, &mut ledger, file, operation, problem);
        assert!(!covered("b", "GET /a", "body /q: \"max\" is not one of"));
        assert!(!covered("a", "PUT /a", "body /q: \"max\" is not one of"));
        assert!(!covered("a", "GET /a", "body /q: \"min\" is not one of"));
        assert!(covered("a", "GET /a", "body /q: \"max\" is not one of"));
        assert_eq!(ledger.unused().count(), 0);
    }

    #[test]
    fn every_exception_says_whence() {
        for exception in EXCEPTIONS {
            assert!(!exception.source.is_empty() && !exception.problem.is_empty(), "{exception:?}");
        }
    }
}
