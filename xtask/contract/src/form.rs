//! Forms, URL-encoded or in parts, as the one object that a document describes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::exchange::Part;
use crate::schema;

/// A field of a form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) content: Content<'a>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Content<'a> {
    Text(&'a str),
    File { content_type: Option<&'a str>, size: u64 },
}

impl<'a> Field<'a> {
    pub(crate) fn text(name: &'a str, text: &'a str) -> Self {
        Self { name, content: Content::Text(text) }
    }

    pub(crate) fn of_part(part: &'a Part) -> Self {
        let file = || Content::File { content_type: part.content_type.as_deref(), size: part.size };
        let text = part.text.as_deref().filter(|_| part.file_name.is_none());
        Self { name: &part.name, content: text.map_or_else(file, Content::Text) }
    }
}

/// A form read by what the document says of the body: `schema`, and `encoding` where there is one.
#[derive(Debug)]
pub(crate) struct Form<'a> {
    document: &'a Value,
    described: &'a Value,
    of_body: &'a Value,
    values: BTreeMap<String, Vec<Value>>,
    /// Names that were written with brackets.
    lists: BTreeSet<String>,
    problems: Vec<String>,
}

impl<'a> Form<'a> {
    /// The fields as one object, and what is wrong with single ones; a field that is a list, or comes several times, is a
    /// list.
    ///
    /// # Errors
    /// When a schema of the document cannot be used.
    pub(crate) fn read(
        document: &'a Value,
        described: &'a Value,
        of_body: &'a Value,
        fields: &[Field<'_>],
    ) -> anyhow::Result<(Value, Vec<String>)> {
        let mut form = Self {
            document,
            described,
            of_body,
            values: BTreeMap::new(),
            lists: BTreeSet::new(),
            problems: Vec::new(),
        };
        for field in fields {
            form.add(*field)?;
        }
        let Self { values, lists, problems, .. } = form;
        let object = values.into_iter().map(|(name, mut list)| {
            let of_field = schema::property(document, of_body, &name);
            let single = of_field.is_none_or(|of_field| Takes::of(document, of_field).single) && !lists.contains(&name);
            let value = if single && list.len() == 1 { list.pop().unwrap_or_default() } else { Value::Array(list) };
            (name, value)
        });
        Ok((Value::Object(object.collect::<Map<_, _>>()), problems))
    }

    fn add(&mut self, field: Field<'_>) -> anyhow::Result<()> {
        let name = self.declared_name(field.name);
        let Some(of_field) = schema::property(self.document, self.of_body, &name) else {
            // Whoever looks for undeclared fields finds it.
            self.values.entry(name).or_default().push(Value::Null);
            return Ok(());
        };
        let takes = Takes::of(self.document, of_field);
        self.check_kind(field, &name, &takes);
        let bracketed = field.name.strip_suffix("[]") == Some(&*name);
        if bracketed && !takes.list {
            self.problems.push(format!("body: `{}` has brackets, and the document has no list there", field.name));
        }
        let value = match field.content {
            Content::Text(text) => schema::coerce(self.document, Some(of_field), text),
            // A file has no text here; any text stands for it.
            Content::File { .. } => "file".into(),
        };
        if !bracketed && name != field.name {
            // The object has a place for the first of a list only.
            let found = schema::problems(self.document, of_field, &value)?;
            self.problems.extend(found.into_iter().map(|problem| format!("body /{}{problem}", field.name)));
            return Ok(());
        }
        self.lists.extend(bracketed.then(|| name.clone()));
        self.values.entry(name).or_default().push(value);
        Ok(())
    }

    /// The name under which the document has a field: itself; for members of a list, the name without brackets or that of
    /// the first member, which is all that documents spell out.
    fn declared_name(&self, name: &str) -> String {
        let bare = name.strip_suffix("[]").map(str::to_owned);
        let candidates = [Some(name.to_owned()), bare, Some(first_of(name))];
        let known = |name: &String| schema::property(self.document, self.of_body, name).is_some();
        candidates.into_iter().flatten().find(known).unwrap_or_else(|| name.to_owned())
    }

    fn check_kind(&mut self, field: Field<'_>, name: &str, takes: &Takes) {
        let problem = match field.content {
            Content::Text(_) if !takes.text => "is text, and the document has a file there".to_owned(),
            Content::Text(_) => return,
            Content::File { .. } if !takes.file => "is a file, and the document has text there".to_owned(),
            Content::File { size: 0, .. } => "is an empty file".to_owned(),
            Content::File { content_type: None, .. } => "is a file of no declared type".to_owned(),
            Content::File { content_type: Some(given), .. } => match self.types_of(name, takes) {
                Some(allowed) if !allowed.iter().any(|allowed| is_of_type(given, allowed)) => {
                    format!("is a file of type `{given}`, and the document has {allowed:?}")
                }
                _ => return,
            },
        };
        self.problems.push(format!("body: `{}` {problem}", field.name));
    }

    /// The types that a file may have, where the document tells.
    fn types_of(&self, name: &str, takes: &Takes) -> Option<Vec<String>> {
        let encoding =
            self.described.get("encoding").and_then(|encoding| encoding.get(name)?.get("contentType")?.as_str());
        let told = encoding.map(|list| list.split(',').map(|one| one.trim().to_owned()).collect());
        told.or_else(|| takes.media_type.clone().map(|one| vec![one]))
    }
}

/// What a field of a form may hold.
#[derive(Debug, Default)]
struct Takes {
    file: bool,
    text: bool,
    list: bool,
    single: bool,
    /// The type of the file.
    media_type: Option<String>,
}

impl Takes {
    fn of(document: &Value, of_field: &Value) -> Self {
        let of_field = schema::resolve(document, of_field);
        let text = |key: &str| of_field.get(key).and_then(Value::as_str);
        let parts: Vec<Self> = schema::branches(of_field).map(|branch| Self::of(document, branch)).collect();
        if !parts.is_empty() {
            return parts.into_iter().fold(Self::default(), Self::or);
        }
        if text("type") == Some("array") {
            let of_item = of_field.get("items").map(|items| Self::of(document, items));
            let of_item = of_item.unwrap_or(Self { text: true, ..Self::default() });
            return Self { list: true, single: false, ..of_item };
        }
        if text("type") == Some("null") {
            return Self::default();
        }
        let media_type = text("contentMediaType").filter(|_| text("contentEncoding").is_none());
        let file = media_type.is_some() || text("format") == Some("binary");
        // Any file is one of bytes.
        let media_type = media_type.filter(|name| *name != "application/octet-stream").map(str::to_owned);
        Self { file, text: !file, list: false, single: true, media_type }
    }

    fn or(self, other: Self) -> Self {
        Self {
            file: self.file || other.file,
            text: self.text || other.text,
            list: self.list || other.list,
            single: self.single || other.single,
            media_type: self.media_type.or(other.media_type),
        }
    }
}

fn is_of_type(given: &str, allowed: &str) -> bool {
    match allowed.strip_suffix('*') {
        Some(beginning) => given.starts_with(beginning),
        None => given.eq_ignore_ascii_case(allowed),
    }
}

/// The name with every number in brackets made zero.
fn first_of(name: &str) -> String {
    let mut pieces = name.split('[');
    let mut first = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        first.push('[');
        match piece.split_once(']') {
            Some((number, rest)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                first.push_str("0]");
                first.push_str(rest);
            }
            _ => first.push_str(piece),
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn described() -> Value {
        let file = json!({"type": "string", "format": "binary"});
        json!({
            "schema": {"type": "object", "properties": {
                "prompt": {"type": "string"},
                "n": {"type": "integer"},
                "mask": file,
                "photo": {"type": "string", "contentMediaType": "image/jpeg"},
                "image": {"anyOf": [file, {"type": "array", "items": file}]},
                "files": {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}},
                "words": {"type": "array", "items": {"type": "string"}},
                "prompts[0][text]": {"type": "string"},
                "prompts[0][weight]": {"type": "number"},
            }},
            "encoding": {"mask": {"contentType": "image/png, image/x-*"}},
        })
    }

    fn read(fields: &[Field<'_>]) -> (Value, Vec<String>) {
        let described = described();
        Form::read(&json!({}), &described, &described["schema"], fields).unwrap()
    }

    const fn file<'a>(name: &'a str, content_type: &'a str) -> Field<'a> {
        Field { name, content: Content::File { content_type: Some(content_type), size: 7 } }
    }

    #[test]
    fn a_form_as_described_is_one_object() {
        let (value, problems) = read(&[
            Field::text("prompt", "7"),
            Field::text("n", "7"),
            file("mask", "image/x-portable"),
            file("photo", "image/jpeg"),
            file("image[]", "image/png"),
            file("image[]", "image/png"),
            file("files", "image/png"),
            Field::text("words[]", "a"),
            Field::text("prompts[0][weight]", "0.5"),
            Field::text("prompts[12][weight]", "0.5"),
        ]);
        assert_eq!(problems, Vec::<String>::new());
        let expected = json!({"prompt": "7", "n": 7, "mask": "file", "photo": "file", "image": ["file", "file"],
            "files": ["file"], "words": ["a"], "prompts[0][weight]": 0.5});
        assert_eq!(value, expected);
        assert_eq!(read(&[file("image", "image/png")]).0, json!({"image": "file"}));
        assert_eq!(read(&[file("image[]", "image/png")]).0, json!({"image": ["file"]}));
    }

    #[test]
    fn a_field_that_is_another_is_told() {
        let empty = Field { name: "mask", content: Content::File { content_type: Some("image/png"), size: 0 } };
        let typeless = Field { name: "image", content: Content::File { content_type: None, size: 7 } };
        for (field, expected) in [
            (Field::text("mask", "a"), "body: `mask` is text"),
            (Field::text("image[]", "a"), "body: `image[]` is text"),
            (file("prompt", "image/png"), "body: `prompt` is a file, and"),
            (file("words", "image/png"), "body: `words` is a file, and"),
            (file("mask", "image/jpeg"), "body: `mask` is a file of type `image/jpeg`"),
            (file("photo", "image/png"), "body: `photo` is a file of type `image/png`"),
            (file("mask[]", "image/png"), "body: `mask[]` has brackets"),
            (Field::text("n[]", "1"), "body: `n[]` has brackets"),
            (Field::text("prompts[1][weight]", "heavy"), "body /prompts[1][weight]: "),
            (empty, "body: `mask` is an empty file"),
            (typeless, "body: `image` is a file of no declared type"),
        ] {
            let (_, problems) = read(&[field]);
            assert!(problems.len() == 1 && problems[0].starts_with(expected), "{expected}: {problems:?}");
        }
    }

    #[test]
    fn a_field_that_is_not_described_keeps_its_name() {
        let (value, problems) = read(&[Field::text("prompts[1][tone]", "a"), Field::text("other[]", "a")]);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(value, json!({"prompts[1][tone]": null, "other[]": null}));
    }
}
