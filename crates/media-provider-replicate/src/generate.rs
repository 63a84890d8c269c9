//! Generating images.

use async_trait::async_trait;
use media_domain::{
    Adaptation, Capabilities, Compatibility, GeneratedImage, GenerationRequest, ImageContent, ImageFormat, JobHandle,
    MediaDimensions, ProviderErrorKind, ProviderId, Usage,
};
use media_http::{ApiClient, Purpose, decode_base64, picture_format};
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};
use serde_json::{Map, Value};

use crate::mapping::{Asked, Input, check_fit, generation};
use crate::prediction::{DOING, Look, Success};
use crate::wire::Prediction;
use crate::{ModelInputs, ReplicateSdxlSettings, output};

/// Largest picture that the adapter fetches itself, in bytes.
const PICTURE_LIMIT: u64 = 64 << 20;

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
        answer.adaptations = input.left_out;
        answer.processing_time = self.client.clock().now().saturating_duration_since(started);
        Ok(answer)
    }

    /// Makes the answer of a success.
    ///
    /// # Errors
    /// `malformed_response` of class `billed`, with the document kept aside, when it holds no picture (any more).
    async fn answer(
        &self,
        context: &CallContext,
        success: Success,
        asked: Asked,
    ) -> Result<GenerationAnswer, ProviderError> {
        let Success { prediction, body } = success;
        let found = output::pictures(&prediction.output);
        if found.is_empty() {
            return Err(nothing_to_show(&prediction).billed(Some(body)));
        }
        let metadata = self.metadata(&prediction, asked.seed);
        let mut images = Vec::with_capacity(found.len());
        for picture in found {
            let (content, told) = self.content(context, picture).await?;
            images.push(GeneratedImage {
                content,
                format: told.or(asked.format).unwrap_or(ImageFormat::Png),
                width: asked.dimensions.width,
                height: asked.dimensions.height,
                metadata: metadata.clone(),
                provider_name: self.id.clone(),
            });
        }
        let mut answer = GenerationAnswer::new(self.id.clone(), images);
        answer.model = Some(self.settings.model.clone());
        answer.usage = Usage { cost_micros: self.cost_micros(&prediction), ..Usage::default() };
        Ok(answer)
    }

    /// A picture, and what its format is. The caller fetches what is behind an address; only what the API itself serves
    /// takes the credential, and is fetched here.
    async fn content(
        &self,
        context: &CallContext,
        picture: &str,
    ) -> Result<(ImageContent, Option<ImageFormat>), ProviderError> {
        if output::is_data(picture) {
            let bytes = decode_base64(picture).map_err(|error| {
                let message = format!("{DOING}: a picture in the answer cannot be read");
                ProviderError::new(ProviderErrorKind::MalformedResponse, message)
                    .billed(Some(picture.to_owned().into()))
                    .with_source(error)
            })?;
            let format = picture_format(&bytes);
            return Ok((ImageContent::Bytes(bytes.into()), format));
        }
        if let Ok(url) = self.client.vendor_url(picture) {
            let call = self.client.get(url, context, Purpose::Fetch, "fetch a picture").body_limit(PICTURE_LIMIT);
            let fetched = call.send_picture().await?;
            return Ok((ImageContent::Bytes(fetched.bytes.into()), Some(fetched.format)));
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

/// Refuses what would be left out where the caller wants all or nothing.
///
/// # Errors
/// `unsupported`; nothing has been sent.
pub(crate) fn check_left_out(context: &CallContext, left_out: &[Adaptation]) -> Result<(), ProviderError> {
    if left_out.is_empty() || context.preferences.compatibility != Some(Compatibility::Strict) {
        return Ok(());
    }
    let fields: Vec<_> = left_out.iter().map(|left| left.field.as_str()).collect();
    Err(ProviderError::unsupported(format!("{DOING}: the model has no input for {}", fields.join(", "))))
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
        check_fit(&self.capabilities, request)?;
        let input = generation(request, self)?;
        check_left_out(context, &input.left_out)?;
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
        if output::pictures(&success.prediction.output).is_empty() {
            let reason = nothing_to_show(&success.prediction).to_string();
            return Ok(ResolveAnswer::Failed { reason, billed: Some(true) });
        }
        let asked = Asked::of(success.prediction.input.as_object().unwrap_or(&Map::new()), &self.inputs);
        Ok(ResolveAnswer::Done(Box::new(self.answer(context, success, asked).await?)))
    }
}
