//! Foreign texts as they may be shown.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// Cleans texts that a vendor wrote before they are shown: known secrets are struck out, control characters and
/// overlong tails removed.
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

    /// Cleans a text.
    ///
    /// ```
    /// use media_http::Redactor;
    ///
    /// let redactor = Redactor::new(["sk-1234".to_owned().into()]);
    /// assert_eq!(redactor.clean("bad key sk-1234\n"), "bad key [redacted]");
    /// ```
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret.expose_secret().trim(), "[redacted]");
        }
        let mut clean: String =
            text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(Self::LIMIT + 1).collect();
        if let Some((cut, _)) = clean.char_indices().nth(Self::LIMIT) {
            clean.truncate(cut);
            clean.push('…');
        }
        clean.trim().to_owned()
    }
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
    fn long_texts_are_cut_and_secrets_struck_out_before_the_cut() {
        let redactor = Redactor::new([SecretString::from("geheim"), SecretString::from(" ö ")]);
        let text = format!("{}geheim", "ä".repeat(Redactor::LIMIT - 3));
        let clean = redactor.clean(&text);
        assert!(!clean.contains("geh"), "{clean}");
        assert_eq!(clean.chars().count(), Redactor::LIMIT + 1);
        assert_eq!(format!("{redactor:?}"), "Redactor(1 secrets)");
    }
}
