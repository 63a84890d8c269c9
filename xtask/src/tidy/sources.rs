//! How every source file looks.

use crate::finding::Finding;
use crate::rust_text::{attributes, find_word, functions, line_of};
use crate::source_file::{Part, SourceFile};
use crate::workspace::Workspace;

/// Lines of a file outside tests, at most.
const FILE_LINES: usize = 500;

/// Lines of a function outside tests, at most.
const FUNCTION_LINES: usize = 60;

/// Words in comments that say something is not finished; written in two parts so that no search finds them here.
const UNFINISHED_WORDS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Macros that say the same.
const UNFINISHED_MACROS: [&str; 2] = [concat!("to", "do!"), concat!("unimple", "mented!")];

pub(crate) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.sources.iter().flat_map(source).collect()
}

fn source(source: &SourceFile) -> Vec<Finding> {
    let mut findings: Vec<Finding> = opening(source).into_iter().chain(file_length(source)).collect();
    findings.extend(function_lengths(source));
    findings.extend(unfinished(source));
    findings.extend(lint_attributes(source));
    findings.extend(ignored_tests(source));
    findings
}

fn opening(source: &SourceFile) -> Option<Finding> {
    let first = source.text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let says_what = (first.starts_with("//!") && first.len() > 4) || first.starts_with("#![doc");
    (!says_what).then(|| source.finding(1, "file-doc", "the file does not open with `//!` and what it holds"))
}

fn file_length(source: &SourceFile) -> Option<Finding> {
    if source.part == Part::Test {
        return None;
    }
    let in_tests = source.rust.production.lines().zip(source.rust.code.lines());
    let in_tests =
        in_tests.filter(|(production, code)| production.trim().is_empty() && !code.trim().is_empty()).count();
    let count = source.text.lines().count() - in_tests;
    (count > FILE_LINES).then(|| {
        source.finding(FILE_LINES, "file-length", format!("{count} lines outside tests, {FILE_LINES} at most"))
    })
}

fn function_lengths(source: &SourceFile) -> Vec<Finding> {
    if source.part == Part::Test {
        return Vec::new();
    }
    let long = functions(&source.rust.production).into_iter().filter(|function| function.length > FUNCTION_LINES);
    long.map(|function| {
        let message = format!("`{}` has {} lines, {FUNCTION_LINES} at most", function.name, function.length);
        source.finding(function.line, "function-length", message)
    })
    .collect()
}

fn unfinished(source: &SourceFile) -> Vec<Finding> {
    let in_comments = UNFINISHED_WORDS.iter().map(|word| (word, &source.rust.comments));
    let in_code = UNFINISHED_MACROS.iter().map(|word| (word, &source.rust.code));
    in_comments
        .chain(in_code)
        .flat_map(|(word, text)| find_word(text, word).into_iter().map(move |position| (word, line_of(text, position))))
        .map(|(word, line)| source.finding(line, "unfinished", format!("`{word}`: finish it or leave it out")))
        .collect()
}

fn lint_attributes(source: &SourceFile) -> Vec<Finding> {
    let code = &source.rust.code;
    let conditional: Vec<(usize, &str)> = attributes(code, "cfg_attr");
    let lint = |name: &'static str| {
        let within = format!("{name}(");
        let nested: Vec<(usize, &str)> =
            conditional.iter().filter(|(_, text)| !find_word(text, &within).is_empty()).copied().collect();
        attributes(code, name).into_iter().chain(nested)
    };
    let allows = lint("allow").map(|(start, _)| (start, "use `expect` with a reason instead of `allow`"));
    let expects = lint("expect")
        .filter(|(_, text)| find_word(text, "reason").is_empty())
        .map(|(start, _)| (start, "`expect` without a reason"));
    allows
        .chain(expects)
        .map(|(start, problem)| source.finding(line_of(code, start), "lint-attribute", problem))
        .collect()
}

fn ignored_tests(source: &SourceFile) -> Vec<Finding> {
    let code = &source.rust.code;
    let bare = attributes(code, "ignore").into_iter().filter(|(_, text)| !text.contains('='));
    bare.map(|(start, _)| source.finding(line_of(code, start), "ignored-test", "`ignore` without a reason")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(part: Part, text: &str) -> Vec<&'static str> {
        let file = SourceFile::new("crates/x/src/a.rs", "x", "domain", part, text);
        source(&file).into_iter().map(|finding| finding.rule).collect()
    }

    fn planted(line: &str) -> String {
        format!("//! A file.\n\n{line}\n")
    }

    #[test]
    fn planted_violations_are_found() {
        let cases = [
            ("#[allow(dead_code)]\nfn a() {}", "lint-attribute"),
            ("#![allow(dead_code)]", "lint-attribute"),
            ("#[cfg_attr(test, allow(dead_code))]\nfn a() {}", "lint-attribute"),
            ("#[expect(dead_code)]\nfn a() {}", "lint-attribute"),
            ("#[test]\n#[ignore]\nfn a() {}", "ignored-test"),
        ];
        for (line, rule) in cases {
            for part in [Part::Production, Part::Test, Part::Side] {
                assert_eq!(rules(part, &planted(line)), [rule], "{line}");
            }
        }
        for word in UNFINISHED_WORDS {
            assert_eq!(rules(Part::Test, &planted(&format!("// {word}: later"))), ["unfinished"]);
        }
        for word in UNFINISHED_MACROS {
            assert_eq!(rules(Part::Production, &planted(&format!("fn a() {{ {word}() }}"))), ["unfinished"]);
        }
    }

    #[test]
    fn what_gives_its_reason_is_left_alone() {
        let cases = [
            "#[expect(\n    dead_code,\n    reason = \"used by tests\"\n)]\nfn a() {}",
            "#[ignore = \"needs a key\"]\nfn a() {}",
            "const A: &str = \"#[allow(x)]\";",
            "// #[allow(x)] stands in a comment",
            "fn allow() {}",
        ];
        for line in cases {
            assert_eq!(rules(Part::Production, &planted(line)), [""; 0], "{line}");
        }
    }

    #[test]
    fn files_open_with_what_they_hold() {
        for text in ["", "use x;\n", "//!\n", "// A comment.\n"] {
            assert_eq!(rules(Part::Production, text), ["file-doc"], "{text}");
        }
        assert!(rules(Part::Production, "#![doc = include_str!(\"../README.md\")]\n").is_empty());
    }

    #[test]
    fn long_files_and_functions_are_found_outside_tests() {
        let function = |lines: usize| format!("fn long() {{\n{}}}\n", "    a();\n".repeat(lines - 2));
        assert!(rules(Part::Production, &planted(&function(FUNCTION_LINES))).is_empty());
        assert_eq!(rules(Part::Production, &planted(&function(FUNCTION_LINES + 1))), ["function-length"]);
        assert!(rules(Part::Test, &planted(&function(FUNCTION_LINES + 1))).is_empty());

        let lines = "const A: u8 = 1;\n".repeat(FILE_LINES);
        assert_eq!(rules(Part::Production, &planted(&lines)), ["file-length"]);
        let in_module = format!("//! A file.\n#[cfg(test)]\nmod tests {{\n{lines}}}\n");
        assert!(rules(Part::Production, &in_module).is_empty());
    }
}
