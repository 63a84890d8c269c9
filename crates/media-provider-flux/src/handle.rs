//! The vendor's tasks as the journal keeps them.

use media_domain::{ImageFormat, JobHandle, MediaDimensions, ProviderErrorKind};
use media_http::ApiClient;
use media_http::base_url::BaseUrlError;
use media_ports::ProviderError;
use url::Url;
use url::form_urlencoded::{self, Serializer};

use crate::factory::DOMAINS;

/// A task, and what it takes to make an answer of its result after a restart.
///
/// The journal keeps the address under which the vendor tells of the task, as the vendor gave it: it names the region where
/// the task is, which nobody else knows of. The rest stands behind a `#`, which is sent to nobody.
#[derive(Clone)]
pub(crate) struct Ticket {
    /// Where the task is asked after.
    pub(crate) polling_url: Url,
    /// The model that is at work.
    pub(crate) model: String,
    /// What it costs, in credits.
    pub(crate) credits: Option<f64>,
    /// The size that was ordered.
    pub(crate) dimensions: MediaDimensions,
    /// The file format that was ordered.
    pub(crate) format: ImageFormat,
}

/// Longest address of a task that is believed, in bytes.
const ADDRESS_LIMIT: usize = 2_048;

impl Ticket {
    /// Reads the address of a task, where the key may be sent.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn address(client: &ApiClient, text: &str) -> Result<Url, String> {
        if text.len() > ADDRESS_LIMIT {
            return Err(format!("is longer than {ADDRESS_LIMIT} bytes"));
        }
        // A part of an address is none: it would lead to the configured host, wherever the task is.
        let absolute = Url::parse(text).map_err(|_| "cannot be read as an address".to_owned())?;
        let mut url = client.vendor_url(absolute.as_str()).map_err(|error| match error {
            BaseUrlError::Foreign => foreign(client, &absolute),
            other => other.to_string(),
        })?;
        url.set_fragment(None);
        Ok(url)
    }

    /// The form that the journal keeps.
    pub(crate) fn write(&self) -> JobHandle {
        let mut rest = Serializer::new(String::new());
        rest.append_pair("model", &self.model);
        rest.append_pair("size", &self.dimensions.to_string());
        rest.append_pair("format", self.format.as_str());
        if let Some(credits) = self.credits {
            rest.append_pair("credits", &credits.to_string());
        }
        let mut url = self.polling_url.clone();
        url.set_fragment(Some(&rest.finish()));
        JobHandle::new(url)
    }

    /// Reads what the journal has kept, which may be of another installation: the address is checked again. What is
    /// missing behind it is filled in with `model`, a size of zero and PNG.
    ///
    /// # Errors
    /// `invalid_request` of class `never` for what is no handle of ours.
    pub(crate) fn read(
        client: &ApiClient,
        handle: &JobHandle,
        model: &str,
        doing: &str,
    ) -> Result<Self, ProviderError> {
        let text = handle.as_str();
        let polling_url = Self::address(client, text).map_err(|reason| {
            let message = format!(
                "{doing}: nothing was sent, because the handle {reason}; set `base_url` to where the order was sent"
            );
            ProviderError::new(ProviderErrorKind::InvalidRequest, message).never().here()
        })?;
        let rest = text.split_once('#').map_or("", |(_, rest)| rest);
        let told = |name: &str| {
            let mut pairs = form_urlencoded::parse(rest.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        Ok(Self {
            polling_url,
            model: told("model").unwrap_or_else(|| model.to_owned()),
            credits: told("credits").and_then(|credits| credits.parse().ok()),
            dimensions: told("size").and_then(|size| size.parse().ok()).unwrap_or(MediaDimensions::new(0, 0)),
            format: told("format").and_then(|format| format.parse().ok()).unwrap_or(ImageFormat::Png),
        })
    }
}

/// Which host is named, and which there are.
fn foreign(client: &ApiClient, url: &Url) -> String {
    let named = match url.host_str() {
        Some(_) => url.origin().ascii_serialization(),
        None => format!("something of the kind `{}`", url.scheme()),
    };
    let domains = DOMAINS.join(", ");
    format!("leads to {named}, while the key is for {} and, by https, for hosts below {domains}", client.base_url())
}
