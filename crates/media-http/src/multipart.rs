//! Forms with files: `multipart/form-data`.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use sha2::{Digest, Sha256};

use crate::RequestBody;

/// A form of named parts, as RFC 7578 has it. Files are sent from where they are, without a copy; the boundary is made of
/// a hash of the parts, so that the same form is the same bytes and no part can hold it.
///
/// ```
/// use bytes::Bytes;
/// use media_http::MultipartForm;
///
/// let form = MultipartForm::new()
///     .text("prompt", "a lighthouse")
///     .file("image[]", "source.png", "image/png", Bytes::from_static(b"\x89PNG"));
/// let (content_type, body) = form.into_body();
/// assert!(content_type.to_str()?.starts_with("multipart/form-data; boundary=media-"));
/// assert!(body.to_bytes().ends_with(b"--\r\n"));
/// # Ok::<(), http::header::ToStrError>(())
/// ```
#[derive(Clone, Default)]
pub struct MultipartForm {
    parts: Vec<Part>,
}

#[derive(Clone)]
struct Part {
    head: String,
    content: Bytes,
}

impl MultipartForm {
    /// Makes a form without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field of text.
    #[must_use]
    pub fn text(self, name: &str, value: impl Into<String>) -> Self {
        self.part(format!("name=\"{}\"", escaped(name)), None, Bytes::from(value.into()))
    }

    /// Adds a field of text if there is a value.
    #[must_use]
    pub fn optional_text(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.text(name, value.to_string()),
            None => self,
        }
    }

    /// Adds a file; vendors want a name for it, which need not be that of any real file.
    #[must_use]
    pub fn file(self, name: &str, file_name: &str, content_type: &'static str, content: Bytes) -> Self {
        let names = format!("name=\"{}\"; filename=\"{}\"", escaped(name), escaped(file_name));
        self.part(names, Some(content_type), content)
    }

    /// The value of the header `Content-Type`, and the body.
    pub fn into_body(self) -> (HeaderValue, RequestBody) {
        let boundary = self.boundary();
        let mut chunks = Vec::with_capacity(2 * self.parts.len() + 1);
        let mut between = format!("--{boundary}\r\n");
        for part in self.parts {
            chunks.push(Bytes::from(format!("{between}{}", part.head)));
            chunks.push(part.content);
            between = format!("\r\n--{boundary}\r\n");
        }
        let end = if chunks.is_empty() { "" } else { "\r\n" };
        chunks.push(Bytes::from(format!("{end}--{boundary}--\r\n")));
        let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
            .unwrap_or_else(|_| HeaderValue::from_static("multipart/form-data"));
        (content_type, RequestBody::from_chunks(chunks))
    }

    fn part(mut self, names: String, content_type: Option<&str>, content: Bytes) -> Self {
        let mut head = format!("Content-Disposition: form-data; {names}\r\n");
        if let Some(content_type) = content_type {
            head.push_str(&format!("Content-Type: {content_type}\r\n"));
        }
        head.push_str("\r\n");
        self.parts.push(Part { head, content });
        self
    }

    /// Nobody can write a part that holds the hash of itself.
    fn boundary(&self) -> String {
        let mut hasher = Sha256::new();
        for part in &self.parts {
            hasher.update(&part.head);
            hasher.update((part.content.len() as u64).to_be_bytes());
            hasher.update(&part.content);
        }
        let digits: String = hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("media-{digits}")
    }
}

impl fmt::Debug for MultipartForm {
    /// Shows how many parts there are, not what is in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MultipartForm({} parts)", self.parts.len())
    }
}

/// A name as it may stand in quotes. Source: WHATWG HTML, "multipart/form-data encoding algorithm", read 2026-11.
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_written_as_the_standard_has_it() {
        let form = MultipartForm::new()
            .text("prompt", "ein Löwe\r\n")
            .optional_text("seed", None::<u32>)
            .optional_text("n", Some(2))
            .file("im\"age\r\n", "a.png", "image/png", Bytes::from_static(b"\x00\xff"));
        let (content_type, body) = form.into_body();
        let boundary = content_type.to_str().unwrap().split_once("boundary=").unwrap().1.to_owned();
        let expected = [
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nein Löwe\r\n").as_bytes(),
            format!("\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n2").as_bytes(),
            format!(
                "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"im%22age%0D%0A\"; filename=\"a.png\"\r\n\
                 Content-Type: image/png\r\n\r\n"
            )
            .as_bytes(),
            b"\x00\xff",
            format!("\r\n--{boundary}--\r\n").as_bytes(),
        ]
        .concat();
        assert_eq!(body.to_bytes(), expected);
    }

    #[test]
    fn files_are_not_copied_and_the_same_form_is_the_same_bytes() {
        let file = Bytes::from(vec![7; 1 << 16]);
        let form = || MultipartForm::new().file("image", "a.png", "image/png", file.clone());
        let (content_type, body) = form().into_body();
        assert!(body.chunks().iter().any(|chunk| chunk.as_ptr() == file.as_ptr()));
        let again = form().into_body();
        assert_eq!((&content_type, body.to_bytes()), (&again.0, again.1.to_bytes()));
        let another = MultipartForm::new().file("image", "a.png", "image/png", Bytes::from_static(b"x"));
        assert_ne!(another.into_body().0, form().into_body().0);
    }

    #[test]
    fn a_form_without_parts_is_just_its_end() {
        let (content_type, body) = MultipartForm::new().into_body();
        let boundary = content_type.to_str().unwrap().split_once("boundary=").unwrap().1.to_owned();
        assert_eq!(body.to_bytes(), format!("--{boundary}--\r\n"));
    }
}
