//! Fetching pictures that a vendor answered by address, and nothing else.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, Method, StatusCode};
use media_domain::{ProviderErrorKind, ProviderId};
use media_ports::{CallContext, ContentFetcher, ProviderError};
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::address::is_public;
use crate::picture::check_picture;
use crate::reqwest_transport::{self, TransportOptions};
use crate::{HttpRequest, HttpResponse, TransportError, Verdict, display_url};

/// Fetches files from addresses that somebody else wrote.
///
/// Only `https`, only public addresses (as written and as resolved, on every hop), at most five redirects, no proxy,
/// no credentials, no more bytes than allowed. Hosts that the operator trusts are exempt from the first two.
#[derive(Debug, Clone)]
pub struct GuardedDownloader {
    options: Arc<DownloadOptions>,
    client: Arc<OnceLock<Client>>,
}

/// What a download may do.
#[derive(Debug, Clone)]
pub struct DownloadOptions {
    /// Most bytes of a file; 64 MiB by default.
    pub max_bytes: u64,
    /// Most redirects; five by default.
    pub max_redirects: usize,
    /// Hosts with their ports that may be inside the house and may speak plain `http`, for each provider the one where the
    /// operator has configured it, see [`trust`](Self::trust). None by default.
    pub trusted: BTreeMap<ProviderId, (String, u16)>,
    /// How connections are made; the system's proxy is never used.
    pub transport: TransportOptions,
}

impl Default for DownloadOptions {
    fn default() -> Self {
        Self { max_bytes: 64 << 20, max_redirects: 5, trusted: BTreeMap::new(), transport: TransportOptions::default() }
    }
}

/// Why an address is not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefused {
    /// It is no address.
    #[error("the address cannot be read")]
    Unreadable,
    /// It does not begin with `https`.
    #[error("the address is not https")]
    NotHttps,
    /// It carries a user name or a password.
    #[error("the address carries credentials")]
    Credentials,
    /// It lies on this machine or in a network of the house.
    #[error("the address lies inside this network")]
    NotPublic,
}

impl DownloadOptions {
    /// Trusts the host and port of an address, which the operator has configured for a provider, in what that provider
    /// answers. On other ports, and for other providers, such a host is not asked at all.
    ///
    /// ```
    /// use media_domain::ProviderId;
    /// use media_http::DownloadOptions;
    /// use url::Url;
    ///
    /// let (studio, other) = (ProviderId::parse("studio")?, ProviderId::parse("other")?);
    /// let options = DownloadOptions::default().trust(&studio, &Url::parse("http://127.0.0.1:7860/api")?);
    /// let file = Url::parse("http://127.0.0.1:7860/file.png")?;
    /// assert!(options.check(&studio, &file).is_ok());
    /// assert!(options.check(&other, &file).is_err());
    /// assert!(options.check(&studio, &Url::parse("http://127.0.0.1:5432/")?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn trust(mut self, provider: &ProviderId, base_url: &Url) -> Self {
        self.trusted.extend(authority(base_url).map(|authority| (provider.clone(), authority)));
        self
    }

    fn trusts_name(&self, name: &str) -> bool {
        self.trusted.values().any(|(host, _)| host == name)
    }

    /// Checks an address as it is written; names are checked again once they are resolved.
    ///
    /// # Errors
    /// [`AddressRefused`].
    pub fn check(&self, provider: &ProviderId, url: &Url) -> Result<(), AddressRefused> {
        let host = url.host().ok_or(AddressRefused::Unreadable)?;
        let trusted = authority(url).is_some_and(|authority| self.trusted.get(provider) == Some(&authority));
        if url.scheme() != "https" && !(trusted && url.scheme() == "http") {
            return Err(AddressRefused::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressRefused::Credentials);
        }
        let public = match host {
            // A trusted name may resolve to anything, so it is only good for the port it was trusted with.
            Host::Domain(name) => !self.trusts_name(name),
            Host::Ipv4(address) => is_public(address.into()),
            Host::Ipv6(address) => is_public(address.into()),
        };
        if public || trusted { Ok(()) } else { Err(AddressRefused::NotPublic) }
    }
}

impl GuardedDownloader {
    /// Makes a downloader; nothing is opened yet.
    pub fn new(options: DownloadOptions) -> Self {
        Self { options: Arc::new(options), client: Arc::new(OnceLock::new()) }
    }

    fn client(&self) -> Result<&Client, TransportError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let resolver = GuardedResolver { options: Arc::clone(&self.options) };
        let client = reqwest_transport::client_builder(&self.options.transport)
            .map_err(reqwest_transport::unusable_client)?
            .no_proxy()
            .dns_resolver(Arc::new(resolver))
            .build()
            .map_err(reqwest_transport::unusable_client)?;
        Ok(self.client.get_or_init(|| client))
    }

    async fn hop(
        &self,
        context: &CallContext,
        provider: &ProviderId,
        url: &Url,
    ) -> Result<HttpResponse, ProviderError> {
        self.options.check(provider, url).map_err(|refused| unusable(url, "it is refused").with_source(refused))?;
        let request = HttpRequest::new(Method::GET, url.clone(), context).with_body_limit(self.options.max_bytes);
        let answer = match self.client() {
            Ok(client) => reqwest_transport::send_with(client, &self.options.transport, request).await,
            Err(error) => Err(error),
        };
        answer.map_err(|error| billed(error.into_provider_error(&format!("fetch {}", display_url(url)))))
    }
}

#[async_trait]
impl ContentFetcher for GuardedDownloader {
    async fn fetch_content(
        &self,
        context: &CallContext,
        provider: &ProviderId,
        url: &str,
    ) -> Result<Bytes, ProviderError> {
        let mut url = Url::parse(url).map_err(|_| {
            let message = "fetch the picture: the provider's address for it cannot be read";
            billed(ProviderError::new(ProviderErrorKind::MalformedResponse, message))
        })?;
        for _ in 0..=self.options.max_redirects {
            let response = self.hop(context, provider, &url).await?;
            if response.status == StatusCode::OK {
                return picture(response, &url);
            }
            if !response.status.is_redirection() {
                return Err(refused(&response, &url));
            }
            url = redirect_target(&response.headers, &url).ok_or_else(|| unusable(&url, "it leads nowhere"))?;
        }
        Err(unusable(&url, &format!("it was redirected more than {} times", self.options.max_redirects)))
    }
}

fn authority(url: &Url) -> Option<(String, u16)> {
    Some((url.host_str()?.to_owned(), url.port_or_known_default()?))
}

fn redirect_target(headers: &HeaderMap, from: &Url) -> Option<Url> {
    from.join(headers.get(LOCATION)?.to_str().ok()?).ok()
}

/// Takes the file if it begins as a picture does; whether it is whole, is for imaging to tell.
fn picture(response: HttpResponse, url: &Url) -> Result<Bytes, ProviderError> {
    let HttpResponse { headers, body, .. } = response;
    let bytes = body.into_bytes();
    match check_picture(&headers, &bytes) {
        Ok(_) => Ok(bytes),
        Err(reason) => {
            let mut error = unusable(url, reason);
            error.salvaged = Some(bytes).filter(|bytes| !bytes.is_empty());
            Err(error)
        }
    }
}

/// The server's refusal, of the kind that its status tells: what is gone stays gone, what is busy may be had later.
fn refused(response: &HttpResponse, url: &Url) -> ProviderError {
    // Only the kind counts, which no time changes.
    let verdict = Verdict::of_status(response.status, &response.headers, false, SystemTime::UNIX_EPOCH);
    let message = format!("fetch {}: the server refused it", display_url(url));
    billed(verdict.into_error(response.status, message))
}

fn unusable(url: &Url, reason: &str) -> ProviderError {
    let message = format!("fetch {}: {reason}", display_url(url));
    billed(ProviderError::new(ProviderErrorKind::MalformedResponse, message))
}

/// Whatever happens here, the picture has been paid for.
fn billed(error: ProviderError) -> ProviderError {
    error.billed(None)
}

/// Resolves names, and refuses those that lead inside the house. It is asked when the connection is made, so that a
/// name cannot change its mind between the check and the use.
#[derive(Debug)]
struct GuardedResolver {
    options: Arc<DownloadOptions>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let trusted = self.options.trusts_name(&host);
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            if !trusted {
                all_public(&addresses)?;
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// A name that leads to one address inside leads nowhere: which of them is connected to is not ours to choose.
fn all_public(addresses: &[SocketAddr]) -> Result<(), AddressRefused> {
    let all = addresses.iter().all(|address| is_public(address.ip()));
    if all { Ok(()) } else { Err(AddressRefused::NotPublic) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_inside_spoils_a_name() {
        let addresses =
            |texts: &[&str]| -> Vec<SocketAddr> { texts.iter().map(|text| text.parse().unwrap()).collect() };
        assert_eq!(all_public(&addresses(&["93.184.216.34:443", "[2606:4700::1]:443"])), Ok(()));
        for inside in ["10.0.0.1:443", "[::1]:443", "[::ffff:169.254.169.254]:443", "[64:ff9b::7f00:1]:443"] {
            let mixed = addresses(&["93.184.216.34:443", inside]);
            assert_eq!(all_public(&mixed), Err(AddressRefused::NotPublic), "{inside}");
        }
    }
}
