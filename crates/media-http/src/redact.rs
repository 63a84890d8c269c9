//! Foreign texts as they may be shown.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// Cleans texts that a vendor wrote before they are shown: known secrets are struck out, queries cut off addresses, control
/// characters and overlong tails removed.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<SecretString>,
}

impl Redactor {
    /// Most characters of a cleaned text.
    pub const LIMIT: usize = 500;

    /// Makes a redactor that knows these secrets; what has fewer than four characters is no secret, and is not taken.
    pub fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        let known = secrets.into_iter().filter(|secret| secret.expose_secret().trim().len() >= 4);
        Self { secrets: known.collect() }
    }

    /// Knows one more secret.
    #[must_use]
    pub fn with(mut self, secret: SecretString) -> Self {
        self.secrets.extend(Self::new([secret]).secrets);
        self
    }

    /// Cleans a text.
    ///
    /// ```
    /// use media_http::Redactor;
    ///
    /// let redactor = Redactor::new(["sk-1234".to_owned().into()]);
    /// assert_eq!(redactor.clean("bad key sk-1234\n"), "bad key [redacted]");
    /// assert_eq!(redactor.clean("see https://a.org/b?signature=1, please"), "see https://a.org/b?…, please");
    /// ```
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret.expose_secret().trim(), "[redacted]");
        }
        let text = without_queries(&text);
        let mut clean: String =
            text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(Self::LIMIT + 1).collect();
        if let Some((cut, _)) = clean.char_indices().nth(Self::LIMIT) {
            clean.truncate(cut);
            clean.push('…');
        }
        clean.trim().to_owned()
    }
}

/// Cuts queries and fragments off the addresses in a text, and user information out of them: any may be a secret.
fn without_queries(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, address) = rest.split_at(start + "://".len());
        let end = address.find(|c: char| c.is_whitespace() || "\"'<>(),;`{}|\\".contains(c)).unwrap_or(address.len());
        let (address, after) = address.split_at(end);
        clean.push_str(before);
        let (shown, query) = address.split_at(address.find(['?', '#']).unwrap_or(address.len()));
        let host = shown.find('/').unwrap_or(shown.len());
        let user = shown[..host].rfind('@').map_or(0, |at| at + 1);
        clean.push_str(&shown[user..]);
        if !query.is_empty() {
            clean.push_str("?…");
        }
        rest = after;
    }
    clean.push_str(rest);
    clean
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} secrets)", self.secrets.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_what_may_be_secret() {
        let cases = [
            ("get 'https://user:pass@a.org/b?x=1#y' now", "get 'https://a.org/b?…' now"),
            ("https://a.org/b#token=1", "https://a.org/b?…"),
            ("(http://a.org:80/@b) ok?", "(http://a.org:80/@b) ok?"),
            ("what? https://", "what? https://"),
        ];
        for (text, clean) in cases {
            assert_eq!(Redactor::default().clean(text), clean);
        }
    }

    #[test]
    fn long_texts_are_cut_and_secrets_struck_out_before_the_cut() {
        let redactor = Redactor::new([SecretString::from("geheim"), SecretString::from(" ö ")]);
        let text = format!("{}geheim", "ä".repeat(Redactor::LIMIT - 3));
        let clean = redactor.clean(&text);
        assert!(!clean.contains("geh"), "{clean}");
        assert_eq!(clean.chars().count(), Redactor::LIMIT + 1);
        assert_eq!(format!("{redactor:?}"), "Redactor(1 secrets)");
    }
}
