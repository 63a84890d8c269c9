//! Tells code, comments and string literals of a Rust file apart, well enough for searching.

/// A Rust file taken apart. `code` and `comments` have the length and the line breaks of the file, with everything else
/// blanked, so that positions agree.
#[derive(Debug)]
pub(crate) struct RustText {
    /// Comments and the contents of literals blanked; quotes stay.
    pub(crate) code: String,
    /// `code` without the items under `#[cfg(test)]`.
    pub(crate) production: String,
    /// The comments alone.
    pub(crate) comments: String,
    pub(crate) literals: Vec<Literal>,
}

/// A string literal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// What stands between the quotes, escapes as written.
    pub(crate) text: String,
    /// Where its opening quote stands.
    pub(crate) start: usize,
    /// Just behind its closing delimiter.
    pub(crate) end: usize,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Line of the word `fn`, counted from 1.
    pub(crate) line: usize,
    /// From there to the closing brace, both included.
    pub(crate) length: usize,
}

impl RustText {
    pub(crate) fn new(text: &str) -> Self {
        let mut scanner = Scanner::new(text);
        scanner.scan();
        let code = String::from_utf8_lossy(&scanner.code).into_owned();
        let comments = String::from_utf8_lossy(&scanner.comments).into_owned();
        let production = without_test_items(&code);
        Self { code, production, comments, literals: scanner.literals }
    }

    /// The modules declared as `#[cfg(test)] mod name;`.
    pub(crate) fn test_modules(&self) -> Vec<String> {
        test_items(&self.code)
            .into_iter()
            .filter_map(|(start, end)| {
                let item = self.code[start..end].strip_suffix(';')?;
                let (_, name) = item.rsplit_once("mod ")?;
                Some(name.trim().to_owned())
            })
            .collect()
    }
}

/// The line of a byte position, counted from 1.
pub(crate) fn line_of(text: &str, position: usize) -> usize {
    text.as_bytes()[..position].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Positions at which `word` stands in `code` with no identifier running on at either end.
pub(crate) fn find_word(code: &str, word: &str) -> Vec<usize> {
    let bytes = code.as_bytes();
    let opens = word.bytes().next().is_some_and(is_identifier);
    let closes = word.bytes().last().is_some_and(is_identifier);
    code.match_indices(word)
        .map(|(start, _)| start)
        .filter(|start| !opens || *start == 0 || !is_identifier(bytes[start - 1]))
        .filter(|start| !closes || !bytes.get(start + word.len()).copied().is_some_and(is_identifier))
        .collect()
}

/// The functions with a body, in the order in which they begin.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    find_word(code, "fn")
        .into_iter()
        .filter_map(|start| {
            let signature = code[start + 2..].trim_start();
            let name: String =
                signature.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            let end = item_end(code, start)?;
            let has_body = !name.is_empty() && code[..end].ends_with('}');
            let line = line_of(code, start);
            has_body.then(|| Function { name, line, length: line_of(code, end - 1) - line + 1 })
        })
        .collect()
}

/// The attributes of which the text behind `#[` or `#![` starts with `name`, each up to its closing bracket.
pub(crate) fn attributes<'a>(code: &'a str, name: &str) -> Vec<(usize, &'a str)> {
    code.match_indices('#')
        .filter_map(|(start, _)| {
            let behind = code[start + 1..].strip_prefix('!').unwrap_or(&code[start + 1..]);
            let inner = behind.strip_prefix('[')?;
            let rest = inner.trim_start().strip_prefix(name)?;
            let runs_on = rest.bytes().next().is_some_and(is_identifier);
            let open = code.len() - behind.len();
            (!runs_on).then(|| (start, &code[start..closing(code, open).unwrap_or(code.len())]))
        })
        .collect()
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn without_test_items(code: &str) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for (start, end) in test_items(code) {
        for byte in &mut bytes[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Spans of the items that exist in test builds only, attribute included.
fn test_items(code: &str) -> Vec<(usize, usize)> {
    attributes(code, "cfg")
        .into_iter()
        .filter(|(_, text)| {
            let dense: String = text.split_whitespace().collect();
            dense.starts_with("#[cfg(test)") || dense.starts_with("#[cfg(all(test,")
        })
        .filter_map(|(start, text)| Some((start, item_end(code, behind_attributes(code, start + text.len()))?)))
        .collect()
}

fn behind_attributes(code: &str, mut position: usize) -> usize {
    loop {
        let rest = &code[position..];
        let blank = rest.len() - rest.trim_start().len();
        if !rest.trim_start().starts_with("#[") {
            return position + blank;
        }
        match closing(code, position + blank + 1) {
            Some(end) => position = end,
            None => return code.len(),
        }
    }
}

/// Just behind the `;` or the closing brace that ends the item at `start`.
fn item_end(code: &str, start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, byte) in code.as_bytes()[start..].iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => return None,
            b')' | b']' => depth -= 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(start + offset + 1);
                }
            }
            b';' if depth == 0 => return Some(start + offset + 1),
            _ => {}
        }
    }
    None
}

/// Just behind the bracket that closes the one at `open`.
fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, byte) in code.as_bytes()[open..].iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(open + offset + 1);
                }
            }
            _ => {}
        }
    }
    None
}

struct Scanner<'a> {
    text: &'a str,
    position: usize,
    code: Vec<u8>,
    comments: Vec<u8>,
    literals: Vec<Literal>,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        let blank: Vec<u8> = text.bytes().map(|byte| if byte == b'\n' { b'\n' } else { b' ' }).collect();
        Self { text, position: 0, code: blank.clone(), comments: blank, literals: Vec::new() }
    }

    fn scan(&mut self) {
        while self.position < self.text.len() {
            let start = self.position;
            let rest = &self.text.as_bytes()[start..];
            if rest.starts_with(b"//") {
                self.comment(rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()));
            } else if rest.starts_with(b"/*") {
                self.comment(block_comment_length(rest));
            } else if let Some(hashes) = self.raw_string_hashes() {
                self.raw_string(hashes);
            } else if rest[0] == b'"' {
                self.string();
            } else if rest[0] == b'\'' {
                self.character_or_lifetime();
            } else {
                self.keep(1);
            }
        }
    }

    fn keep(&mut self, length: usize) {
        let end = (self.position + length).min(self.text.len());
        self.code[self.position..end].copy_from_slice(&self.text.as_bytes()[self.position..end]);
        self.position = end;
    }

    fn comment(&mut self, length: usize) {
        let end = self.position + length;
        self.comments[self.position..end].copy_from_slice(&self.text.as_bytes()[self.position..end]);
        self.position = end;
    }

    /// The number of hashes when a raw string begins here.
    fn raw_string_hashes(&self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let behind = bytes[self.position..].strip_prefix(b"r")?;
        let before = self.position.checked_sub(1).map(|index| bytes[index]);
        let prefixed = matches!(before, Some(b'b' | b'c'))
            && !self.position.checked_sub(2).is_some_and(|index| is_identifier(bytes[index]));
        if before.is_some_and(is_identifier) && !prefixed {
            return None;
        }
        let hashes = behind.iter().take_while(|byte| **byte == b'#').count();
        (behind.get(hashes) == Some(&b'"')).then_some(hashes)
    }

    fn raw_string(&mut self, hashes: usize) {
        let opening = 1 + hashes + 1;
        let closing = format!("\"{}", "#".repeat(hashes));
        let content = &self.text[self.position + opening..];
        let length = content.find(&closing).unwrap_or(content.len());
        self.keep(opening);
        self.literal(length, closing.len());
    }

    fn string(&mut self) {
        let content = &self.text.as_bytes()[self.position + 1..];
        let mut length = 0;
        while length < content.len() && content[length] != b'"' {
            length += if content[length] == b'\\' { 2 } else { 1 };
        }
        self.keep(1);
        self.literal(length.min(content.len()), 1);
    }

    fn literal(&mut self, length: usize, delimiter: usize) {
        let start = self.position - 1;
        let text = self.text[self.position..self.position + length].to_owned();
        self.position += length;
        self.keep(delimiter);
        self.literals.push(Literal { text, start, end: self.position });
    }

    fn character_or_lifetime(&mut self) {
        let mut letters = self.text[self.position + 1..].char_indices();
        let length = match letters.next().map(|(_, letter)| letter) {
            Some('\\') => {
                letters.next();
                letters.find(|(_, letter)| *letter == '\'').map(|(index, _)| index)
            }
            Some(_) => letters.next().filter(|(_, letter)| *letter == '\'').map(|(index, _)| index),
            None => None,
        };
        self.keep(1);
        if let Some(length) = length {
            self.position += length;
            self.keep(1);
        }
    }
}

fn block_comment_length(bytes: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut index = 0;
    while index < bytes.len() {
        if bytes[index..].starts_with(b"/*") {
            depth += 1;
            index += 2;
        } else if bytes[index..].starts_with(b"*/") {
            depth -= 1;
            index += 2;
            if depth == 0 {
                return index;
            }
        } else {
            index += 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_with_positions_kept() {
        let cases = [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x \" y", 'z')"#, r#"f("      ", ' ')"#),
            ("r#\"a\"b\"# c", "r#\"   \"# c"),
            (r"x == '\'' && y<'a>", r"x == '  ' && y<'a>"),
            ("'\"' println", "' ' println"),
            ("for_r\"x\" r#fn", "for_r\" \" r#fn"),
            ("br\"\\\" z", "br\" \" z"),
        ];
        for (text, code) in cases {
            assert_eq!(RustText::new(text).code, code, "{text}");
        }
    }

    #[test]
    fn unfinished_text_does_not_panic() {
        for text in ["\"abc", "'", "'\\", "r#\"x", "/* x", "#[cfg(test)]", "fn", "fn x(", "\"\\", "#[", "}"] {
            let rust = RustText::new(text);
            assert_eq!(rust.code.len(), text.len());
            functions(&rust.code);
        }
    }

    #[test]
    fn literals_carry_their_text_and_place() {
        let rust = RustText::new("match id { \"flux\" => 1, r\"a\\b\" => 2 }");
        assert_eq!(rust.literals[0], Literal { text: "flux".into(), start: 11, end: 17 });
        assert_eq!(rust.literals[1].text, "a\\b");
    }

    #[test]
    fn test_items_are_taken_out_of_production_code() {
        let rust = RustText::new(
            "fn a() {}\n#[cfg(test)]\n#[path = \"x.rs\"]\nmod tests {\n fn b() { if x { } }\n}\nfn c() {}\n#[cfg(test)]\nmod more;\n",
        );
        let names: Vec<String> = functions(&rust.production).into_iter().map(|function| function.name).collect();
        assert_eq!(names, ["a", "c"]);
        assert_eq!(rust.test_modules(), ["more"]);
    }

    #[test]
    fn functions_are_measured_from_signature_to_brace() {
        let code = "trait T { fn none(&self); }\nfn long(\n  a: [u8; 4],\n) -> u8\n{\n  a[0]\n}\ntype F = fn(u8);\n";
        assert_eq!(functions(code), [Function { name: "long".into(), line: 2, length: 6 }]);
    }

    #[test]
    fn words_end_where_identifiers_end() {
        assert_eq!(find_word("eprintln!() println!()", "println!"), [12]);
        assert_eq!(find_word("tokio::timer tokio::time::sleep", "tokio::time"), [13]);
        assert_eq!(find_word("std::time::Instant::now()", "Instant::now"), [11]);
    }
}
