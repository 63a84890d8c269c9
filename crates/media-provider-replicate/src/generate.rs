//! Generating images.

use std::time::Duration;

use async_trait::async_trait;
use media_domain::{
    Adaptation, Capabilities, Compatibility, GeneratedImage, GenerationRequest, ImageContent, ImageFormat, JobHandle,
    MediaDimensions, ProviderErrorKind, ProviderId, Usage,
};
use media_http::base64_field::Base64Error;
use media_http::{ApiClient, Base64Files, FileAddress, Purpose, picture_format};
use media_ports::fitting::{refuse_if_strict, refuse_unmet};
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};
use serde_json::{Map, Value};

use crate::mapping::{Asked, Input, generation};
use crate::prediction::{DOING, Look, Success};
use crate::wire::Prediction;
use crate::{ModelInputs, ReplicateSdxlSettings, output};

/// Largest picture that the adapter fetches itself, in bytes.
const PICTURE_LIMIT: u64 = 64 << 20;

/// Longest time that the adapter takes to fetch all pictures of an answer itself; what has not come by then, the caller
/// fetches.
const FETCH_TIME: Duration = Duration::from_secs(30);

/// Orders images of any model at Replicate; unless settings say otherwise, of SDXL.
///
/// It sends one order per call and repeats none. The handle of a prediction is its identifier.
#[derive(Debug)]
pub struct ReplicateSdxlAdapter {
    pub(crate) id: ProviderId,
    pub(crate) settings: ReplicateSdxlSettings,
    pub(crate) inputs: ModelInputs,
    pub(crate) capabilities: Capabilities,
    pub(crate) client: ApiClient,
}

impl ReplicateSdxlAdapter {
    /// A context that ends with the time-out of an order, if not before.
    pub(crate) fn bounded(&self, context: &CallContext) -> CallContext {
        context.with_deadline(self.client.clock().now() + self.settings.timeout())
    }

    /// Places an order and makes the answer of its success. `size` is that of the pictures, where the input does not
    /// tell it.
    pub(crate) async fn place(
        &self,
        context: &CallContext,
        input: Input,
        size: MediaDimensions,
    ) -> Result<GenerationAnswer, ProviderError> {
        let started = self.client.clock().now();
        let success = self.predict(context, &input.fields).await?;
        let mut asked = Asked::of(&input.fields, &self.inputs);
        if asked.dimensions.is_empty() {
            asked.dimensions = size;
        }
        let mut answer = self.answer(context, success, asked).await?;
        answer.adaptations.splice(..0, input.adaptations);
        answer.processing_time = self.client.clock().now().saturating_duration_since(started);
        Ok(answer)
    }

    /// Makes the answer of a success. A picture that cannot be read takes none of the others away: what is left of the
    /// document is kept aside.
    ///
    /// # Errors
    /// `malformed_response` of class `billed`, with the document kept aside, when it holds no picture (any more), or none
    /// that can be read.
    async fn answer(
        &self,
        context: &CallContext,
        success: Success,
        asked: Asked,
    ) -> Result<GenerationAnswer, ProviderError> {
        let Success { prediction, mut files } = success;
        let found = output::pictures(&prediction.output);
        let metadata = self.metadata(&prediction, asked.seed);
        let fetching = context.with_deadline(self.client.clock().now() + FETCH_TIME);
        let mut answer = GenerationAnswer::new(self.id.clone(), Vec::with_capacity(found.len()));
        let mut trouble = None;
        for picture in &found {
            match self.content(&fetching, picture, &mut files).await {
                Ok((content, told)) => answer.images.push(GeneratedImage {
                    content,
                    format: told.or(asked.format).unwrap_or(ImageFormat::Png),
                    width: asked.dimensions.width,
                    height: asked.dimensions.height,
                    metadata: metadata.clone(),
                    provider_name: self.id.clone(),
                }),
                Err(error) => trouble = Some(error),
            }
        }
        if answer.images.is_empty() {
            let error = nothing_to_show(&prediction).billed(Some(files.into_rest()));
            return Err(match trouble {
                Some(trouble) => error.with_source(trouble),
                None => error,
            });
        }
        if let Some(trouble) = trouble {
            answer.salvaged.push(files.into_rest());
            answer.adaptations.push(unreadable(found.len(), answer.images.len(), &trouble));
        }
        answer.model = Some(self.settings.model.clone());
        answer.usage = Usage { cost_micros: self.cost_micros(&prediction), ..Usage::default() };
        Ok(answer)
    }

    /// A picture, and what its format is. The caller fetches what is behind an address. What the API itself serves takes the
    /// credential, and is tried here first; if that fails, the address is handed on as any other, for the caller follows
    /// redirects, tries again what may pass, and leaves out only what does not come.
    async fn content(
        &self,
        context: &CallContext,
        picture: &FileAddress,
        files: &mut Base64Files,
    ) -> Result<(ImageContent, Option<ImageFormat>), Base64Error> {
        let picture = match picture {
            FileAddress::Here(text) => {
                let file = files.take_hashed(text)?;
                let format = picture_format(&file);
                return Ok((ImageContent::Bytes(file), format));
            }
            FileAddress::Text(url) => url.as_str(),
        };
        if let Ok(url) = self.client.vendor_url(picture) {
            let call = self.client.get(url, context, Purpose::Fetch, "fetch a picture").body_limit(PICTURE_LIMIT);
            if let Ok(fetched) = call.send_picture().await {
                return Ok((ImageContent::Bytes(fetched.bytes.into()), Some(fetched.format)));
            }
        }
        Ok((ImageContent::Url(picture.to_owned()), output::format_of(picture)))
    }

    fn metadata(&self, prediction: &Prediction, seed: Option<u64>) -> Map<String, Value> {
        let told = [
            ("model", Some(self.settings.model.clone().into())),
            ("version", prediction.version.as_deref().or(self.settings.model_version()).map(Into::into)),
            ("prediction_id", Some(prediction.id.clone().into())),
            ("seed", prediction.logged_seed().or(seed).map(Into::into)),
            ("predict_time_s", prediction.predict_time().map(Into::into)),
        ];
        told.into_iter().filter_map(|(key, value): (&str, Option<Value>)| Some((key.to_owned(), value?))).collect()
    }

    fn cost_micros(&self, prediction: &Prediction) -> Option<u64> {
        let micros = self.settings.usd_per_second? * prediction.predict_time()? * 1e6;
        Some(micros.round() as u64)
    }
}

fn nothing_to_show(prediction: &Prediction) -> ProviderError {
    let why = match prediction.data_removed {
        Some(true) => "the vendor has removed the pictures, as it does an hour after they were made",
        _ => "the prediction succeeded, and its output holds no picture that can be read",
    };
    ProviderError::new(ProviderErrorKind::MalformedResponse, format!("{DOING}: {why}")).with_http_status(200)
}

/// Says that fewer pictures came than the vendor made.
fn unreadable(made: usize, came: usize, trouble: &Base64Error) -> Adaptation {
    Adaptation {
        field: "count".to_owned(),
        requested: made.to_string(),
        used: Some(came.to_string()),
        reason: format!("a picture in the vendor's answer cannot be read ({trouble}); its text is kept aside"),
    }
}

#[async_trait]
impl ImageGenerator for ReplicateSdxlAdapter {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        refuse_unmet(self.capabilities.admit(request).check(Compatibility::Strict), DOING, "the model")?;
        let input = generation(request, self);
        refuse_if_strict(context, &input.adaptations, DOING)?;
        self.place(&self.bounded(context), input, request.dimensions).await
    }

    /// Asks after a prediction; the vendor knows results for an hour, and predictions for longer.
    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        let Some(url) = self.prediction_url(handle.as_str()) else {
            let message = "ask after images: the handle is no identifier of a prediction";
            return Err(ProviderError::new(ProviderErrorKind::InvalidRequest, message).never().here());
        };
        let success = match self.look_at(context, &url, Purpose::Read).await {
            Ok(Look::Running) => return Ok(ResolveAnswer::Running),
            Ok(Look::Ended { error, billed }) => {
                return Ok(ResolveAnswer::Failed { reason: error.to_string(), billed });
            }
            Ok(Look::Succeeded(success)) => *success,
            Err(error) if error.kind == ProviderErrorKind::NotFound => return Ok(ResolveAnswer::Gone),
            Err(error) => return Err(error),
        };
        let asked = Asked::of(success.prediction.input.as_object().unwrap_or(&Map::new()), &self.inputs);
        Ok(match self.answer(context, success, asked).await {
            Ok(answer) => ResolveAnswer::Done(Box::new(answer)),
            Err(error) => ResolveAnswer::Failed { reason: error.to_string(), billed: Some(true) },
        })
    }
}
