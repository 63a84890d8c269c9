//! Where a vendor's API is, and what belongs to it.

use std::fmt;

use serde::{Deserialize, Deserializer};
use url::Url;

use crate::display_url;

/// The address that a vendor's paths are put behind: `http` or `https`, without credentials, query and fragment.
///
/// ```
/// use media_http::BaseUrl;
///
/// let base = BaseUrl::parse("https://api.example.org/v1/")?;
/// assert_eq!(base.at("images/generations").as_str(), "https://api.example.org/v1/images/generations");
/// assert_eq!(base.join(["files", "a/b c"])?.as_str(), "https://api.example.org/v1/files/a%2Fb%20c");
/// assert!(BaseUrl::parse("https://user:pass@example.org").is_err());
/// # Ok::<(), media_http::base_url::BaseUrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why an address is not taken; none of the texts quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It is no address.
    #[error("cannot be read as an address")]
    Unreadable,
    /// It does not begin with `http` or `https`, or names no host.
    #[error("is no http or https address")]
    NotHttp,
    /// It carries a user name or a password.
    #[error("carries credentials; the key belongs into its own variable")]
    Credentials,
    /// It carries a query or a fragment.
    #[error("carries a query or a fragment; give the part before the `?` or `#`")]
    Query,
    /// A part of a path is empty, `.` or `..`.
    #[error("has an empty part or one of dots in its path")]
    Segment,
    /// The vendor named an address that is not its own.
    #[error("leads to another host than the vendor's")]
    Foreign,
}

impl BaseUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`BaseUrlError`].
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        Self::new(Url::parse(text.trim()).map_err(|_| BaseUrlError::Unreadable)?)
    }

    /// Takes an address.
    ///
    /// # Errors
    /// [`BaseUrlError`].
    pub fn new(url: Url) -> Result<Self, BaseUrlError> {
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(BaseUrlError::NotHttp);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        Ok(Self(url))
    }

    /// The address as it is.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The address of a path below, which is ours and holds nothing that a user or a vendor wrote.
    pub fn at(&self, path: &'static str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{}", self.0.path().trim_end_matches('/'), path.trim_start_matches('/')));
        url
    }

    /// The address of a path below, made of parts of which some are foreign: each is one part, whatever is in it.
    ///
    /// # Errors
    /// [`BaseUrlError::Segment`] for parts that would lead elsewhere.
    pub fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Result<Url, BaseUrlError> {
        let mut url = self.0.clone();
        let mut path = url.path_segments_mut().map_err(|()| BaseUrlError::NotHttp)?;
        path.pop_if_empty();
        for segment in segments {
            if matches!(segment, "" | "." | "..") {
                return Err(BaseUrlError::Segment);
            }
            path.push(segment);
        }
        drop(path);
        Ok(url)
    }

    /// Reads an address that the vendor answered, where credentials may be sent: on the same scheme, host and port as
    /// this one, or by `https` on one of the vendor's domains or below (`bfl.ai` covers `api.eu.bfl.ai`).
    ///
    /// ```
    /// use media_http::BaseUrl;
    ///
    /// let base = BaseUrl::parse("https://api.bfl.ai")?;
    /// assert!(base.vendor_url("https://api.eu4.bfl.ai/v1/get_result?id=7", &["bfl.ai"]).is_ok());
    /// assert!(base.vendor_url("https://notbfl.ai/v1/get_result?id=7", &["bfl.ai"]).is_err());
    /// # Ok::<(), media_http::base_url::BaseUrlError>(())
    /// ```
    ///
    /// # Errors
    /// [`BaseUrlError`].
    pub fn vendor_url(&self, text: &str, domains: &[&str]) -> Result<Url, BaseUrlError> {
        let url = self.0.join(text).map_err(|_| BaseUrlError::Unreadable)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::Credentials);
        }
        if self.covers(&url, domains) { Ok(url) } else { Err(BaseUrlError::Foreign) }
    }

    /// Whether an address belongs to the vendor, see [`vendor_url`](Self::vendor_url).
    pub fn covers(&self, url: &Url, domains: &[&str]) -> bool {
        let below = |host: &str, domain: &str| {
            host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
        };
        let on_domain = || {
            let host = url.host_str().unwrap_or_default();
            url.scheme() == "https" && url.port().is_none() && domains.iter().any(|domain| below(host, domain))
        };
        self.0.origin() == url.origin() || on_domain()
    }
}

impl TryFrom<Url> for BaseUrl {
    type Error = BaseUrlError;

    fn try_from(url: Url) -> Result<Self, BaseUrlError> {
        Self::new(url)
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|error| serde::de::Error::custom(format!("the address {error}")))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&display_url(&self.0))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_are_taken() {
        let refused = [
            ("no address", BaseUrlError::Unreadable),
            ("ftp://example.org", BaseUrlError::NotHttp),
            ("data:text/plain,x", BaseUrlError::NotHttp),
            ("https://key@example.org", BaseUrlError::Credentials),
            ("https://:key@example.org", BaseUrlError::Credentials),
            ("https://example.org/?key=x", BaseUrlError::Query),
            ("https://example.org/#x", BaseUrlError::Query),
        ];
        for (text, error) in refused {
            assert_eq!(BaseUrl::parse(text), Err(error), "{text}");
        }
        assert!(BaseUrl::parse(" http://localhost:7860/ ").is_ok());
    }

    #[test]
    fn foreign_parts_stay_parts() {
        let base = BaseUrl::parse("https://example.org/api/").unwrap();
        let url = base.join(["images", "../../etc?x#y", "ä%2F"]).unwrap();
        assert_eq!(url.as_str(), "https://example.org/api/images/..%2F..%2Fetc%3Fx%23y/%C3%A4%252F");
        for segment in ["", ".", ".."] {
            assert_eq!(base.join(["images", segment]), Err(BaseUrlError::Segment));
        }
        assert_eq!(BaseUrl::parse("http://h").unwrap().at("/sdapi/v1/txt2img").as_str(), "http://h/sdapi/v1/txt2img");
    }

    #[test]
    fn credentials_go_to_the_vendor_only() {
        let base = BaseUrl::parse("https://api.bfl.ai/v1").unwrap();
        let own = ["https://api.bfl.ai/x", "https://bfl.ai/x", "https://api.us1.bfl.ai/x?id=1", "/v1/get_result?id=1"];
        for text in own {
            assert!(base.vendor_url(text, &["bfl.ai"]).is_ok(), "{text}");
        }
        let foreign = [
            "http://api.bfl.ai/x",
            "https://api.bfl.ai:8443/x",
            "https://bfl.ai.example.org/x",
            "https://evilbfl.ai/x",
            "https://api.eu.bfl.ai:444/x",
            "http://api.eu.bfl.ai/x",
            "https://user@api.bfl.ai/x",
            "//example.org/x",
            "file:///etc/passwd",
        ];
        for text in foreign {
            assert!(base.vendor_url(text, &["bfl.ai"]).is_err(), "{text}");
        }
        assert!(base.vendor_url("https://api.eu.bfl.ai/x", &[]).is_err());
        let local = BaseUrl::parse("http://127.0.0.1:9000").unwrap();
        assert!(local.vendor_url("http://127.0.0.1:9000/jobs/1", &[]).is_ok());
        assert!(local.vendor_url("http://127.0.0.1:9001/jobs/1", &[]).is_err());
    }
}
