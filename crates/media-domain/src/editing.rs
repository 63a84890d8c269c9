//! Changing a picture that is there already: what is asked for, what a model can do, and how the two are fitted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::admission::Admission;
use crate::format::word_enum;
use crate::text::Prompt;
use crate::{AssetId, ContentHash, GenerationOptions, GenerationRequest, ImageFormat, MediaDimensions};

word_enum! {
    /// How a picture is to be changed.
    EditKind, "kind of edit" {
        /// As the prompt says, anywhere in the picture.
        Edit = "edit",
        /// As the prompt says, where the mask is transparent.
        Inpaint = "inpaint",
        /// What the mask shows transparent is taken out, and what may lie behind it drawn.
        Erase = "erase",
        /// The picture goes on beyond its margins.
        Outpaint = "outpaint",
        /// Another picture like this one.
        Variation = "variation",
        /// The subject stays, and everything behind it becomes transparent.
        RemoveBackground = "remove_background",
    }
}

impl EditKind {
    /// Whether a prompt must say what to draw.
    pub const fn needs_prompt(self) -> bool {
        matches!(self, Self::Edit | Self::Inpaint)
    }

    /// How to say that a picture is changed so: "remove the background of" a picture.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Inpaint => "inpaint",
            Self::Erase => "erase from",
            Self::Outpaint => "outpaint",
            Self::Variation => "vary",
            Self::RemoveBackground => "remove the background of",
        }
    }

    /// Whether a mask must say where.
    pub const fn needs_mask(self) -> bool {
        matches!(self, Self::Inpaint | Self::Erase)
    }
}

/// A picture that an edit starts from. Cloning it copies no pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceImage {
    /// The file's bytes.
    pub bytes: Bytes,
    /// The file's format, as its bytes tell it.
    pub format: ImageFormat,
    /// Width and height in pixels, as its bytes tell them.
    pub dimensions: MediaDimensions,
}

impl fmt::Debug for SourceImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceImage({}, {}, {} bytes)", self.format, self.dimensions, self.bytes.len())
    }
}

/// Pixels by which a picture is to grow on each side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Margins {
    /// On the left.
    pub left: u32,
    /// On the right.
    pub right: u32,
    /// Above.
    pub up: u32,
    /// Below.
    pub down: u32,
}

impl Margins {
    /// Whether the picture stays as large as it is.
    pub const fn is_empty(&self) -> bool {
        self.left == 0 && self.right == 0 && self.up == 0 && self.down == 0
    }
}

/// A request to change a picture, in neutral words.
#[derive(Debug, Clone, PartialEq)]
pub struct EditRequest {
    /// How it is to be changed.
    pub kind: EditKind,
    /// The picture.
    pub source: SourceImage,
    /// What the result should show.
    pub prompt: Option<Prompt>,
    /// Further pictures that the prompt may speak of.
    pub references: Vec<SourceImage>,
    /// Transparent where the picture may be changed; as large as the picture.
    pub mask: Option<SourceImage>,
    /// By how much an outpainted picture grows.
    pub margins: Margins,
    /// Width and height asked for; the picture's own when absent.
    pub dimensions: Option<MediaDimensions>,
    /// Number of results, from one up.
    pub count: u32,
    /// Everything else.
    pub options: GenerationOptions,
}

/// An edit that nobody could make.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditRequestError {
    /// It needs words.
    #[error("to {} a picture, a prompt must say what to draw", .0.verb())]
    PromptMissing(EditKind),
    /// It needs a mask.
    #[error("to {} a picture, a mask must say where", .0.verb())]
    MaskMissing(EditKind),
    /// The mask is not of the picture.
    #[error("the mask is {mask} and the picture {source_image}: both must be of one size")]
    MaskSize {
        /// Size of the mask.
        mask: MediaDimensions,
        /// Size of the picture.
        source_image: MediaDimensions,
    },
    /// An outpainted picture must grow.
    #[error("to outpaint a picture, at least one margin must be above zero")]
    NoMargins,
    /// Only an outpainted picture grows.
    #[error("margins are for outpainting, and to {} a picture leaves it as large as it is", .0.verb())]
    NeedlessMargins(EditKind),
    /// A result that nobody draws, or an option with an unusable value.
    #[error(transparent)]
    Request(#[from] crate::generation::RequestError),
}

impl EditRequest {
    /// Makes a request for one result without prompt, mask or options.
    pub fn new(kind: EditKind, source: SourceImage) -> Self {
        Self {
            kind,
            source,
            prompt: None,
            references: Vec::new(),
            mask: None,
            margins: Margins::default(),
            dimensions: None,
            count: 1,
            options: GenerationOptions::default(),
        }
    }

    /// Width and height that the result should have.
    pub fn target_dimensions(&self) -> MediaDimensions {
        let MediaDimensions { width, height } = self.source.dimensions;
        let Margins { left, right, up, down } = self.margins;
        let grown = MediaDimensions::new(
            width.saturating_add(left).saturating_add(right),
            height.saturating_add(up).saturating_add(down),
        );
        self.dimensions.unwrap_or(grown)
    }

    /// Checks what no provider could serve.
    ///
    /// # Errors
    /// [`EditRequestError`].
    pub fn check(&self) -> Result<(), EditRequestError> {
        if self.kind.needs_prompt() && self.prompt.is_none() {
            return Err(EditRequestError::PromptMissing(self.kind));
        }
        if self.kind.needs_mask() && self.mask.is_none() {
            return Err(EditRequestError::MaskMissing(self.kind));
        }
        if let Some(mask) = &self.mask
            && mask.dimensions != self.source.dimensions
        {
            let (mask, source_image) = (mask.dimensions, self.source.dimensions);
            return Err(EditRequestError::MaskSize { mask, source_image });
        }
        if self.kind == EditKind::Outpaint && self.margins.is_empty() {
            return Err(EditRequestError::NoMargins);
        }
        if self.kind != EditKind::Outpaint && !self.margins.is_empty() {
            return Err(EditRequestError::NeedlessMargins(self.kind));
        }
        let dimensions = self.target_dimensions();
        if dimensions.is_empty() || dimensions.width.max(dimensions.height) > GenerationRequest::MAX_SIDE {
            let limit = GenerationRequest::MAX_SIDE;
            return Err(crate::generation::RequestError::Dimensions { dimensions, limit }.into());
        }
        if !(1..=GenerationRequest::MAX_COUNT).contains(&self.count) {
            let limit = GenerationRequest::MAX_COUNT;
            return Err(crate::generation::RequestError::Count { count: self.count, limit }.into());
        }
        Ok(self.options.check().map_err(crate::generation::RequestError::from)?)
    }
}

/// What is kept with an asset of the edit that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditRecord {
    /// How the picture was changed.
    pub kind: EditKind,
    /// The asset whose file the picture was; absent for a picture that was no asset's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_asset_id: Option<AssetId>,
    /// The picture's content.
    pub source_hash: ContentHash,
    /// The mask's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask_hash: Option<ContentHash>,
    /// Contents of the further pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_hashes: Vec<ContentHash>,
    /// By how much the picture grew.
    #[serde(default, skip_serializing_if = "Margins::is_empty")]
    pub margins: Margins,
}

/// What one model of a provider can do to a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditCapabilities {
    /// The kinds of edits it makes.
    pub kinds: BTreeSet<EditKind>,
    /// The model that an edit of a kind is ordered from, where that is not the provider's own: its price counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub models: BTreeMap<EditKind, String>,
    /// File formats it reads.
    pub source_formats: BTreeSet<ImageFormat>,
    /// Largest file it reads, in bytes.
    pub max_source_bytes: u64,
    /// Most pixels it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_source_pixels: Option<u64>,
    /// Further pictures it takes besides the one that is changed.
    #[serde(default)]
    pub max_references: u32,
    /// Whether a mask may narrow an [`EditKind::Edit`].
    #[serde(default)]
    pub optional_mask: bool,
    /// Most results of one call.
    pub max_count: u32,
    /// File formats it writes; the first is used when another is asked for.
    pub formats: Vec<ImageFormat>,
    /// Longest prompt, in characters.
    pub prompt_limit: usize,
    /// Whether results are repeatable by seed.
    #[serde(default)]
    pub seed: bool,
    /// Whether it takes a negative prompt.
    #[serde(default)]
    pub negative_prompt: bool,
}

impl EditCapabilities {
    /// Fits an edit to the model: what fits stays, what the model does not know is left out, more results than it makes
    /// in one call are split, and what cannot be is named. The size of the result is left to the provider.
    pub fn admit(&self, request: &EditRequest) -> Admission<EditRequest> {
        let mut admission = Admission::whole(request);
        if !self.kinds.contains(&request.kind) {
            admission.refuse("kind", format!("the model does not {} a picture", request.kind.verb()));
        }
        admission.fit_words(request.prompt.as_ref(), self.prompt_limit);
        admission.fit_count(self.max_count);
        if request.references.len() > self.max_references as usize {
            let (given, limit) = (request.references.len(), self.max_references);
            admission
                .refuse("references", format!("{given} further pictures are more than the {limit} the model takes"));
        }
        if request.mask.is_some() && !request.kind.needs_mask() && !self.optional_mask {
            admission.refuse("mask", format!("the model takes no mask to {} a picture", request.kind.verb()));
        }
        self.admit_sources(&mut admission, request);
        self.admit_options(&mut admission);
        admission
    }

    fn admit_sources(&self, admission: &mut Admission<EditRequest>, request: &EditRequest) {
        let EditRequest { source, references, mask, .. } = request;
        let named = [("source", Some(source)), ("mask", mask.as_ref())];
        let pictures = named.into_iter().chain(references.iter().map(|image| ("references", Some(image))));
        for (field, problem) in pictures.filter_map(|(field, image)| Some((field, self.source_problem(image?)?))) {
            admission.refuse(field, problem);
        }
    }

    fn source_problem(&self, image: &SourceImage) -> Option<String> {
        let SourceImage { bytes, format, dimensions } = image;
        if !self.source_formats.contains(format) {
            return Some(format!("the model does not read {format}"));
        }
        if bytes.len() as u64 > self.max_source_bytes {
            return Some(format!("{} bytes are more than the {} the model reads", bytes.len(), self.max_source_bytes));
        }
        let pixels = u64::from(dimensions.width) * u64::from(dimensions.height);
        let limit = self.max_source_pixels.filter(|limit| pixels > *limit)?;
        Some(format!("{dimensions} has more than the {limit} pixels the model reads"))
    }

    fn admit_options(&self, admission: &mut Admission<EditRequest>) {
        let mut options = std::mem::take(&mut admission.request.options);
        admission.drop_unless(self.seed, "seed", &mut options.seed);
        admission.drop_unless(self.negative_prompt, "negative_prompt", &mut options.negative_prompt);
        if let Some(asked) = options.output_format
            && !self.formats.contains(&asked)
        {
            options.output_format = self.formats.first().copied();
            let used = options.output_format.map(|format| format.to_string());
            admission.adapt("output_format", asked.to_string(), used, "the model does not write this format");
        }
        admission.request.options = options;
    }
}
