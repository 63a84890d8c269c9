//! One endpoint that takes the parameters of a diffusers pipeline. There is no standard for it: the order is what most
//! servers of this kind take, and the answer has one of a few shapes.

mod mapping;
mod wire;

use media_domain::{EditKind, EditRequest, GenerationRequest};
use media_http::{BaseUrl, HttpResponse, ReadRefusal};
use media_ports::ProviderError;
use url::Url;

use crate::SdxlSettings;
use crate::answer::Answer;
use crate::error;
use crate::fitting::Takes;
use crate::form::{Order, Probe, WireForm};
use crate::mapping::unfit;

/// A flat endpoint.
#[derive(Debug)]
pub(crate) struct Flat {
    settings: SdxlSettings,
    url: Url,
    health: Option<Url>,
}

impl Flat {
    /// # Errors
    /// The key of the path that is none, and why.
    pub(crate) fn new(settings: &SdxlSettings, base_url: &BaseUrl) -> Result<Self, (&'static str, String)> {
        let below = |key, path: Option<&str>| {
            let Some(path) = path else { return Ok(None) };
            let segments = path.trim_matches('/').split('/');
            base_url.join(segments).map(Some).map_err(|error| (key, error.to_string()))
        };
        Ok(Self {
            settings: settings.clone(),
            url: below("path", settings.path.as_deref())?.unwrap_or_else(|| base_url.as_url().clone()),
            health: below("health_path", settings.health_path.as_deref())?,
        })
    }
}

impl WireForm for Flat {
    fn takes(&self, _kind: Option<EditKind>) -> Takes {
        mapping::TAKES
    }

    fn order(&self, request: &GenerationRequest) -> Result<Order, ProviderError> {
        mapping::order(request, &self.settings, self.url.clone())
    }

    fn edit(&self, _request: &EditRequest) -> Result<Order, ProviderError> {
        Err(unfit("a flat endpoint takes no picture"))
    }

    fn read(&self, response: HttpResponse, doing: &str) -> Result<Answer, ProviderError> {
        mapping::read(response, self.settings.answer, doing)
    }

    fn read_refusal(&self) -> ReadRefusal {
        error::read_flat
    }

    fn probes(&self) -> Vec<Probe> {
        let probe = |url: &Url| Probe { doing: "ask for health", url: url.clone(), judge: Box::new(|_| Ok(None)) };
        self.health.iter().map(probe).collect()
    }
}
