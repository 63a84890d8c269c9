//! The forms in which Stable Diffusion is served: what each has to tell of itself.

use std::fmt;

use bytes::Bytes;
use media_domain::{
    Adaptation, EditKind, EditRequest, GenerationRequest, ImageFormat, MediaDimensions, ProviderErrorKind,
};
use media_http::{HttpResponse, MultipartForm, ReadRefusal};
use media_ports::ProviderError;
use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

use crate::answer::Answer;
use crate::fitting::Takes;

/// One of the forms: requests into orders, answers into pictures. Nothing in it sends, and nothing asks which it is.
pub(crate) trait WireForm: fmt::Debug + Send + Sync + 'static {
    /// What it takes of the options of a generation, or of a kind of edit; as to steps, the model's capabilities tell.
    fn takes(&self, kind: Option<EditKind>) -> Takes;

    /// The order that a request becomes, which has been fitted to the model and to what the form takes.
    fn order(&self, request: &GenerationRequest) -> Result<Order, ProviderError>;

    /// The order that an edit becomes, which has been fitted likewise.
    fn edit(&self, request: &EditRequest) -> Result<Order, ProviderError>;

    /// What is in a success. `doing` completes "failed to …".
    fn read(&self, response: HttpResponse, doing: &str) -> Result<Answer, ProviderError>;

    /// How an answer without success is read.
    fn read_refusal(&self) -> ReadRefusal;

    /// What is asked to learn whether the service works; all of it is free.
    fn probes(&self) -> Vec<Probe>;
}

/// An order as it is sent.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) url: Url,
    pub(crate) body: OrderBody,
    pub(crate) expected: Expected,
}

#[derive(Debug)]
pub(crate) enum OrderBody {
    Json(Bytes),
    Form(MultipartForm),
}

impl OrderBody {
    /// Writes a document as JSON.
    pub(crate) fn json(document: &impl Serialize) -> Result<Self, ProviderError> {
        let written = serde_json::to_vec(document).map_err(|error| {
            let message = "order images: the order cannot be written as JSON";
            ProviderError::new(ProviderErrorKind::Unexpected, message).never().with_source(error)
        })?;
        Ok(Self::Json(written.into()))
    }
}

/// What should come of an order.
#[derive(Debug)]
pub(crate) struct Expected {
    /// Width and height of the pictures, as far as they are known beforehand.
    pub(crate) dimensions: MediaDimensions,
    /// How many pictures.
    pub(crate) count: u32,
    /// The format asked for.
    pub(crate) format: Option<ImageFormat>,
    /// What is kept with every picture.
    pub(crate) metadata: Map<String, Value>,
    /// Where the order differs from what was asked for.
    pub(crate) adaptations: Vec<Adaptation>,
}

impl Expected {
    pub(crate) fn new(dimensions: MediaDimensions, count: u32, metadata: Map<String, Value>) -> Self {
        Self { dimensions, count, format: None, metadata, adaptations: Vec::new() }
    }
}

/// A question that is free.
pub(crate) struct Probe {
    /// Completes "failed to …".
    pub(crate) doing: &'static str,
    pub(crate) url: Url,
    /// What a success tells: something worth knowing, or why the service is of no use.
    pub(crate) judge: Box<Judge>,
}

pub(crate) type Judge = dyn Fn(&[u8]) -> Result<Option<String>, String> + Send + Sync;
