//! Stability AI, v1: the SDXL engine, ordered with JSON.

mod mapping;
mod wire;

use media_domain::{EditKind, EditRequest, GenerationRequest, MediaDimensions};
use media_http::{BaseUrl, HttpResponse, JsonAnswer, ReadRefusal};
use media_ports::ProviderError;
use url::Url;

use self::wire::{Artifacts, Balance, Engine};
use crate::SdxlSettings;
use crate::answer::Answer;
use crate::error;
use crate::fitting::Takes;
use crate::form::{Expected, Order, OrderBody, Probe, WireForm};
use crate::mapping::unfit;
use crate::settings::Api;

/// The sizes that SDXL 1.0 draws, and the only ones that it takes a picture in (v1 reference, read 2026-11-20).
pub(crate) const SIZES: [MediaDimensions; 9] = [
    MediaDimensions::new(1024, 1024),
    MediaDimensions::new(1152, 896),
    MediaDimensions::new(1216, 832),
    MediaDimensions::new(1344, 768),
    MediaDimensions::new(1536, 640),
    MediaDimensions::new(896, 1152),
    MediaDimensions::new(832, 1216),
    MediaDimensions::new(768, 1344),
    MediaDimensions::new(640, 1536),
];

/// Whether an engine is SDXL 1.0, of which the sizes are known.
pub(crate) fn is_sdxl(engine: &str) -> bool {
    Api::V1.default_model() == Some(engine)
}

/// The v1 API with one engine.
#[derive(Debug)]
pub(crate) struct V1 {
    settings: SdxlSettings,
    engine: String,
    text_to_image: Url,
    image_to_image: Url,
    balance: Url,
    engines: Url,
}

impl V1 {
    /// # Errors
    /// What is wrong with the engine's name.
    pub(crate) fn new(settings: &SdxlSettings, base_url: &BaseUrl, engine: &str) -> Result<Self, String> {
        let of_engine = |operation| {
            base_url
                .join(["v1", "generation", engine, operation])
                .map_err(|error| format!("as part of a path it {error}"))
        };
        Ok(Self {
            settings: settings.clone(),
            engine: engine.to_owned(),
            text_to_image: of_engine("text-to-image")?,
            image_to_image: of_engine("image-to-image")?,
            balance: base_url.at("v1/user/balance"),
            engines: base_url.at("v1/engines/list"),
        })
    }
}

impl WireForm for V1 {
    fn takes(&self, _kind: Option<EditKind>) -> Takes {
        mapping::TAKES
    }

    fn order(&self, request: &GenerationRequest) -> Result<Order, ProviderError> {
        let body = OrderBody::json(&mapping::text_to_image(request, &self.settings)?)?;
        let metadata = mapping::metadata(&self.engine, &request.options, &self.settings);
        let expected = Expected::new(request.dimensions, request.count, metadata);
        Ok(Order { url: self.text_to_image.clone(), body, expected })
    }

    fn edit(&self, request: &EditRequest) -> Result<Order, ProviderError> {
        if is_sdxl(&self.engine) && !SIZES.contains(&request.source.dimensions) {
            let sizes = SIZES.map(|size| size.to_string()).join(", ");
            let size = request.source.dimensions;
            return Err(unfit(&format!(
                "the engine takes pictures of {sizes}, and this one is {size}; resize it first"
            )));
        }
        let body = OrderBody::Form(mapping::image_to_image(request, &self.settings)?);
        let metadata = mapping::metadata(&self.engine, &request.options, &self.settings);
        let expected = Expected::new(request.source.dimensions, request.count, metadata);
        Ok(Order { url: self.image_to_image.clone(), body, expected })
    }

    fn read(&self, response: HttpResponse, doing: &str) -> Result<Answer, ProviderError> {
        match Answer::of_body(&response) {
            Some(read) => Ok(read),
            None => Ok(mapping::read(JsonAnswer::<Artifacts>::read(response, doing)?)),
        }
    }

    fn read_refusal(&self) -> ReadRefusal {
        error::read_v1
    }

    fn probes(&self) -> Vec<Probe> {
        let engine = self.engine.clone();
        let listed = Probe {
            doing: "list engines",
            url: self.engines.clone(),
            judge: Box::new(move |body| Engine::judge_list(body, &engine)),
        };
        vec![balance_probe(self.balance.clone()), listed]
    }
}

/// Asks for the credits that are left; it serves v2beta too.
pub(crate) fn balance_probe(url: Url) -> Probe {
    Probe { doing: "ask for the balance", url, judge: Box::new(Balance::judge) }
}
