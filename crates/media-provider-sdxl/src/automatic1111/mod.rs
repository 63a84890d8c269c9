//! AUTOMATIC1111's web UI and Forge, which speaks the same: one server of one's own, one order after the other.

mod checkpoint;
mod mapping;
mod wire;

use media_domain::{EditKind, EditRequest, GenerationRequest};
use media_http::{BaseUrl, HttpResponse, JsonAnswer, ReadRefusal};
use media_ports::ProviderError;

use self::checkpoint::Checkpoint;
use self::wire::Images;
use crate::SdxlSettings;
use crate::answer::Answer;
use crate::error;
use crate::fitting::Takes;
use crate::form::{Order, Probe, WireForm};

/// The API of a web UI, started with `--api`.
#[derive(Debug)]
pub(crate) struct Automatic1111 {
    settings: SdxlSettings,
    base_url: BaseUrl,
}

impl Automatic1111 {
    pub(crate) fn new(settings: &SdxlSettings, base_url: &BaseUrl) -> Self {
        Self { settings: settings.clone(), base_url: base_url.clone() }
    }
}

impl WireForm for Automatic1111 {
    fn takes(&self, _kind: Option<EditKind>) -> Takes {
        mapping::TAKES
    }

    fn order(&self, request: &GenerationRequest) -> Result<Order, ProviderError> {
        mapping::txt2img(request, &self.settings, self.base_url.at("sdapi/v1/txt2img"))
    }

    fn edit(&self, request: &EditRequest) -> Result<Order, ProviderError> {
        mapping::img2img(request, &self.settings, self.base_url.at("sdapi/v1/img2img"))
    }

    fn read(&self, response: HttpResponse, doing: &str) -> Result<Answer, ProviderError> {
        Ok(mapping::read(JsonAnswer::<Images>::read(response, doing)?, self.settings.model.as_deref()))
    }

    fn read_refusal(&self) -> ReadRefusal {
        error::read_automatic1111
    }

    fn probes(&self) -> Vec<Probe> {
        let model = self.settings.model.clone();
        let judge = move |body: &[u8]| Checkpoint::judge_list(body, model.as_deref());
        vec![Probe { doing: "list models", url: self.base_url.at("sdapi/v1/sd-models"), judge: Box::new(judge) }]
    }
}
