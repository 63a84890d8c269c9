//! Taking server-sent events apart, as the bytes come in.

/// Reads the lines of an event stream, piece by piece, and keeps nothing but the name of the field that it is in. Source: WHATWG
/// HTML, "Server-sent events", §9.2.5 and §9.2.6, read 2026-11.
#[derive(Debug, Default)]
pub(crate) struct EventLines {
    place: Place,
    /// Whether the last byte was a carriage return, of which a line feed may be the other half.
    after_return: bool,
    /// Whether anything but a byte order mark has come.
    begun: bool,
}

#[derive(Debug)]
enum Place {
    /// In the name of a field, of which no more is kept than it takes to know it.
    Name(Vec<u8>),
    Value {
        field: Field,
        /// Whether the one space that may stand before the value can still come.
        before: bool,
    },
}

impl Default for Place {
    fn default() -> Self {
        Self::Name(Vec::new())
    }
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Data,
    Event,
    /// `id` and `retry`, which belong to reconnecting; comments; whatever else there may be.
    Other,
}

/// What comes next in the stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// A line of data begins.
    DataLine,
    /// Data goes on.
    Data(&'a [u8]),
    /// The event's name begins, and replaces an earlier one.
    NameLine,
    /// The name goes on.
    Name(&'a [u8]),
    /// The event is over.
    End,
}

/// Bytes that are kept of a field's name: one more than the longest that counts.
const NAME_LIMIT: usize = 6;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl EventLines {
    /// Takes the next token off the input; `None` once it is used up.
    pub(crate) fn next<'a>(&mut self, input: &mut &'a [u8]) -> Option<Token<'a>> {
        while let Some((&byte, rest)) = input.split_first() {
            if std::mem::take(&mut self.after_return) && byte == b'\n' {
                *input = rest;
                continue;
            }
            let token = match &mut self.place {
                Place::Name(_) => {
                    *input = rest;
                    self.name_byte(byte)
                }
                Place::Value { field, before } => {
                    let field = *field;
                    if std::mem::take(before) && byte == b' ' {
                        *input = rest;
                    }
                    self.value(field, input)
                }
            };
            if token.is_some() {
                return token;
            }
        }
        None
    }

    fn name_byte<'a>(&mut self, byte: u8) -> Option<Token<'a>> {
        let Place::Name(name) = &mut self.place else { return None };
        if !matches!(byte, b':' | b'\r' | b'\n') {
            if name.len() < NAME_LIMIT {
                name.push(byte);
            }
            if !self.begun && name == BYTE_ORDER_MARK {
                name.clear();
                self.begun = true;
            }
            return None;
        }
        self.begun = true;
        let name = std::mem::take(name);
        let field = match &name[..] {
            b"data" => Field::Data,
            b"event" => Field::Event,
            _ => Field::Other,
        };
        if byte == b':' {
            self.place = Place::Value { field, before: true };
        } else {
            self.after_return = byte == b'\r';
        }
        match field {
            Field::Data => Some(Token::DataLine),
            Field::Event => Some(Token::NameLine),
            Field::Other if name.is_empty() && byte != b':' => Some(Token::End),
            Field::Other => None,
        }
    }

    fn value<'a>(&mut self, field: Field, input: &mut &'a [u8]) -> Option<Token<'a>> {
        let length = memchr::memchr2(b'\r', b'\n', input).unwrap_or(input.len());
        let (text, rest) = input.split_at(length);
        *input = rest;
        if let Some((end, rest)) = rest.split_first() {
            self.after_return = *end == b'\r';
            self.place = Place::default();
            *input = rest;
        }
        match field {
            Field::Data if !text.is_empty() => Some(Token::Data(text)),
            Field::Event if !text.is_empty() => Some(Token::Name(text)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Names and data of the events of a stream that comes in pieces of this size.
    fn events(stream: &[u8], size: usize) -> Vec<(String, String)> {
        let mut lines = EventLines::default();
        let mut events = Vec::new();
        let (mut name, mut data) = (Vec::new(), None::<Vec<u8>>);
        for mut piece in stream.chunks(size) {
            while let Some(token) = lines.next(&mut piece) {
                match token {
                    Token::DataLine => match &mut data {
                        None => data = Some(Vec::new()),
                        Some(data) => data.push(b'\n'),
                    },
                    Token::Data(text) => data.as_mut().unwrap().extend_from_slice(text),
                    Token::NameLine => name.clear(),
                    Token::Name(text) => name.extend_from_slice(text),
                    Token::End => {
                        let name = String::from_utf8_lossy(&std::mem::take(&mut name)).into_owned();
                        let data = data.take().map(|data| String::from_utf8_lossy(&data).into_owned());
                        events.extend(data.map(|data| (name, data)));
                    }
                }
            }
        }
        events
    }

    #[test]
    fn streams_are_read_as_the_standard_has_them() {
        let cases: [(&str, &[(&str, &str)]); 14] = [
            ("data: one\n\n", &[("", "one")]),
            ("data: one\r\n\r\ndata: two\r\rdata: three\n\n", &[("", "one"), ("", "two"), ("", "three")]),
            ("data: one\ndata:two\ndata:  three\n\n", &[("", "one\ntwo\n three")]),
            ("data\n\n", &[("", "")]),
            ("data\ndata\n\n", &[("", "\n")]),
            ("event: add\ndata: 1\n\ndata: 2\n\n", &[("add", "1"), ("", "2")]),
            ("event: a\nevent: b\ndata: 1\n\n", &[("b", "1")]),
            ("event: alone\n\ndata: 1\n\n", &[("", "1")]),
            (": a comment\n:\n\ndata: 1\n: within\n\n", &[("", "1")]),
            ("id: 7\nretry: 10\nunknown: x\ndatabase: y\ndat: z\ndata: 1\n\n", &[("", "1")]),
            ("\u{feff}data: 1\n\n", &[("", "1")]),
            ("data: 1\n\n\u{feff}data: 2\n\n", &[("", "1")]),
            ("data: cut off", &[]),
            ("data: cut off\n", &[]),
        ];
        for (stream, expected) in cases {
            for size in [1, 2, 3, 1_000] {
                let expected: Vec<_> = expected.iter().map(|(n, d)| ((*n).to_owned(), (*d).to_owned())).collect();
                assert_eq!(events(stream.as_bytes(), size), expected, "{stream:?} in pieces of {size}");
            }
        }
    }

    proptest! {
        #[test]
        fn how_a_stream_is_cut_into_pieces_changes_nothing(
            stream in "(data|event|x|:| |\r|\n|\r\n|\u{feff}|a){0,60}", size in 1_usize..8,
        ) {
            prop_assert_eq!(events(stream.as_bytes(), size), events(stream.as_bytes(), usize::MAX));
        }
    }
}
