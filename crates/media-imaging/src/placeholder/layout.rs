//! Breaking text into lines that fit.

use std::collections::HashMap;

use crate::font::Font;

use super::shaping;

/// Most characters of a prompt that are looked at; more would be too small to read on any picture.
const MAX_CHARACTERS: usize = 2_000;
const ELLIPSIS: char = '…';

/// Text whose widths are known, ready to be broken at any size.
pub(super) struct Text {
    words: Vec<Word>,
    space: f32,
    ellipsis: f32,
}

/// Characters without white space between them, with the width of each in ems.
struct Word {
    characters: Vec<(char, f32)>,
    starts_paragraph: bool,
}

impl Text {
    /// Measures a text; white space is folded, line breaks stay, control characters go.
    pub(super) fn measure(font: &Font, text: &str) -> Self {
        let mut widths = Widths { font, known: HashMap::new() };
        let (space, ellipsis) = (widths.of(' '), widths.of(ELLIPSIS));
        let cut = text.char_indices().nth(MAX_CHARACTERS).map(|(at, _)| at);
        let mut words = Vec::new();
        for paragraph in text[..cut.unwrap_or(text.len())].split(['\n', '\r', '\u{2028}', '\u{2029}']) {
            for (at, word) in paragraph.split_whitespace().enumerate() {
                let visible = word.chars().filter(|character| !character.is_control());
                let characters = visible.map(|character| (character, widths.of(character))).collect::<Vec<_>>();
                words.push(Word { characters, starts_paragraph: at == 0 && !words.is_empty() });
            }
        }
        if let (Some(_), Some(word)) = (cut, words.last_mut()) {
            word.characters.push((ELLIPSIS, ellipsis));
        }
        Self { words, space, ellipsis }
    }

    /// Breaks the text into at most `most_lines` lines of at most `width` ems. Where more would follow, the last one ends
    /// in an ellipsis.
    pub(super) fn lines(&self, width: f32, most_lines: usize) -> Lines {
        let mut breaker = Breaker { width, ended: Vec::new(), line: Vec::new(), used: 0.0 };
        for word in &self.words {
            breaker.add(word, self.space);
            // One line more than allowed is enough to know that something follows.
            if breaker.ended.len() > most_lines {
                break;
            }
        }
        breaker.end_line();
        let mut lines = breaker.ended;
        let is_complete = lines.len() <= most_lines;
        lines.truncate(most_lines);
        if let (false, Some(last)) = (is_complete, lines.last_mut()) {
            shorten(last, width, self.ellipsis);
        }
        let as_text = |line: Vec<(char, f32)>| line.into_iter().map(|(character, _)| character).collect();
        Lines { lines: lines.into_iter().map(as_text).collect(), is_complete }
    }
}

/// A text broken into lines.
pub(super) struct Lines {
    pub(super) lines: Vec<String>,
    /// Whether nothing was cut off.
    pub(super) is_complete: bool,
}

/// Takes characters off the end until an ellipsis fits, and adds it.
fn shorten(line: &mut Vec<(char, f32)>, width: f32, ellipsis: f32) {
    let mut used = line.iter().map(|(_, width)| width).sum::<f32>();
    while used + ellipsis > width || line.last().is_some_and(|(last, _)| *last == ' ') {
        let Some((_, taken)) = line.pop() else { break };
        used -= taken;
    }
    line.push((ELLIPSIS, ellipsis));
}

struct Breaker {
    width: f32,
    ended: Vec<Vec<(char, f32)>>,
    line: Vec<(char, f32)>,
    used: f32,
}

impl Breaker {
    fn add(&mut self, word: &Word, space: f32) {
        let length = word.characters.iter().map(|(_, width)| width).sum::<f32>();
        if word.starts_paragraph || (!self.line.is_empty() && self.used + space + length > self.width) {
            self.end_line();
        }
        if !self.line.is_empty() {
            self.push(' ', space);
        }
        for (character, width) in &word.characters {
            // A word longer than a line is broken where it must be; marks stay with their letter.
            if !self.line.is_empty() && *width > 0.0 && self.used + width > self.width {
                self.end_line();
            }
            self.push(*character, *width);
        }
    }

    fn push(&mut self, character: char, width: f32) {
        self.line.push((character, width));
        self.used += width;
    }

    fn end_line(&mut self) {
        if !self.line.is_empty() {
            self.ended.push(std::mem::take(&mut self.line));
        }
        self.used = 0.0;
    }
}

struct Widths<'a> {
    font: &'a Font,
    known: HashMap<char, f32>,
}

impl Widths<'_> {
    fn of(&mut self, character: char) -> f32 {
        *self.known.entry(character).or_insert_with(|| shaping::character_width(self.font, character))
    }
}
