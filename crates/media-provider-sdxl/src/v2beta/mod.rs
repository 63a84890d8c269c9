//! Stability AI, v2beta: core, ultra and the models of SD 3.5, and the tools that change pictures; ordered with forms.

mod aspect_ratio;
mod editing;
mod mapping;
mod wire;

use media_domain::{EditKind, EditRequest, GenerationRequest};
use media_http::{BaseUrl, HttpResponse, JsonAnswer, ReadRefusal};
use media_ports::ProviderError;
use url::Url;

pub(crate) use self::aspect_ratio::SIZES;
use self::wire::Picture;
use crate::SdxlSettings;
use crate::answer::Answer;
use crate::capability::SD3_GUIDANCE;
use crate::error;
use crate::fitting::Takes;
use crate::form::{Order, Probe, WireForm};
use crate::v1::balance_probe;

/// The v2beta API with one service or model.
#[derive(Debug)]
pub(crate) struct V2beta {
    settings: SdxlSettings,
    service: Service,
    model: String,
    base_url: BaseUrl,
}

/// The services that generate; each has a path of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Stable Image Core.
    Core,
    /// Stable Image Ultra.
    Ultra,
    /// The models of SD 3.5, by name.
    Sd3,
}

impl Service {
    /// The service behind a model's name; what is neither core nor ultra goes to the one that takes names.
    pub(crate) fn of(model: &str) -> Self {
        match model {
            "core" => Self::Core,
            "ultra" => Self::Ultra,
            _ => Self::Sd3,
        }
    }

    /// The options that it takes, with and without a picture.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Core | Self::Ultra => &["prompt", "negative_prompt", "seed", "style"],
            Self::Sd3 => &["prompt", "negative_prompt", "seed", "style", "guidance_scale"],
        }
    }

    fn url(self, base_url: &BaseUrl) -> Url {
        base_url.at(match self {
            Self::Core => "v2beta/stable-image/generate/core",
            Self::Ultra => "v2beta/stable-image/generate/ultra",
            Self::Sd3 => "v2beta/stable-image/generate/sd3",
        })
    }
}

impl V2beta {
    pub(crate) fn new(settings: &SdxlSettings, base_url: &BaseUrl, model: &str) -> Self {
        let (settings, base_url) = (settings.clone(), base_url.clone());
        Self { settings, service: Service::of(model), model: model.to_owned(), base_url }
    }
}

impl WireForm for V2beta {
    fn takes(&self, kind: Option<EditKind>) -> Takes {
        let options = match kind {
            None | Some(EditKind::Edit) => self.service.options(),
            Some(kind) => editing::options(kind),
        };
        let formats = kind.and_then(editing::formats);
        Takes { options, seeds: mapping::SEEDS, guidance_scale: Some(SD3_GUIDANCE), steps: None, formats }
    }

    fn order(&self, request: &GenerationRequest) -> Result<Order, ProviderError> {
        mapping::order(request, self)
    }

    fn edit(&self, request: &EditRequest) -> Result<Order, ProviderError> {
        editing::order(request, self)
    }

    fn read(&self, response: HttpResponse, doing: &str) -> Result<Answer, ProviderError> {
        match Answer::of_body(&response) {
            Some(read) => Ok(read),
            None => Ok(mapping::read(JsonAnswer::<Picture>::read(response, doing)?)),
        }
    }

    fn read_refusal(&self) -> ReadRefusal {
        error::read_v2beta
    }

    fn probes(&self) -> Vec<Probe> {
        vec![balance_probe(self.base_url.at("v1/user/balance"))]
    }
}
