//! Addresses as they may be shown.

use url::Url;

/// The address without query, fragment and user information, any of which may be a secret.
///
/// ```
/// let url = url::Url::parse("https://user:pass@example.org/a/b?key=secret#part")?;
/// assert_eq!(media_http::display_url(&url), "https://example.org/a/b");
/// # Ok::<(), url::ParseError>(())
/// ```
pub fn display_url(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{}://{host}:{port}{}", url.scheme(), url.path()),
        None => format!("{}://{host}{}", url.scheme(), url.path()),
    }
}
