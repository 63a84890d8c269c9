//! What editors are asked in the cases.

use bytes::Bytes;
use media_domain::{
    EditCapabilities, EditKind, EditRequest, GenerationRequest, ImageFormat, Margins, MediaDimensions, SourceImage,
};

use crate::generator::plain_prompt;
use crate::pictures;

/// Size of the pictures in the cases, unless a vendor wants another.
pub(super) const PICTURE_SIZE: MediaDimensions = MediaDimensions::new(256, 256);

/// Largest file that a case makes, in bytes; a model that reads more is not tried with too large a one.
const LARGEST_FILE: u64 = 64 << 20;

/// Makes the requests for one editor: of what it can do, with pictures of a size that it reads.
#[derive(Debug, Clone)]
pub(super) struct Requests {
    pub(super) capabilities: EditCapabilities,
    pub(super) picture_size: MediaDimensions,
}

impl Requests {
    /// The request that the scenarios are played with: an edit of the first kind that the model makes.
    pub(super) fn plain(&self) -> EditRequest {
        self.edit(self.capabilities.kinds.first().copied().unwrap_or(EditKind::Edit))
    }

    /// A request for one edit of a kind: a PNG with the prompt, mask and margins that the kind wants.
    pub(super) fn edit(&self, kind: EditKind) -> EditRequest {
        let mut request = EditRequest::new(kind, self.picture(7));
        let wordless = kind == EditKind::RemoveBackground || self.capabilities.prompt_limit == 0;
        request.prompt = (!wordless).then(plain_prompt);
        request.mask = kind.needs_mask().then(|| self.mask());
        if kind == EditKind::Outpaint {
            request.margins = Margins { left: 64, right: 64, up: 0, down: 0 };
        }
        request
    }

    /// A picture as PNG.
    pub(super) fn picture(&self, seed: u64) -> SourceImage {
        self.source(pictures::png(self.picture_size.width, self.picture_size.height, seed))
    }

    /// A mask as PNG: its left half is transparent.
    pub(super) fn mask(&self) -> SourceImage {
        self.source(pictures::mask_png(self.picture_size.width, self.picture_size.height))
    }

    fn source(&self, bytes: Bytes) -> SourceImage {
        SourceImage { bytes, format: ImageFormat::Png, dimensions: self.picture_size }
    }

    /// Requests that are beyond what the model can do, by name.
    pub(super) fn beyond(&self) -> Vec<(&'static str, EditRequest)> {
        let capabilities = &self.capabilities;
        let mut beyond = Vec::new();
        if capabilities.max_count < GenerationRequest::MAX_COUNT {
            beyond.push(("too_many_results", EditRequest { count: capabilities.max_count + 1, ..self.plain() }));
        }
        let references = (0..=u64::from(capabilities.max_references)).map(|seed| self.picture(seed)).collect();
        beyond.push(("too_many_references", EditRequest { references, ..self.plain() }));
        if capabilities.kinds.contains(&EditKind::Edit) && !capabilities.optional_mask {
            let edit = self.edit(EditKind::Edit);
            beyond.push(("a_mask_it_does_not_take", EditRequest { mask: Some(self.mask()), ..edit }));
        }
        let unread = ImageFormat::ALL.iter().copied().find(|format| !capabilities.source_formats.contains(format));
        beyond.extend(unread.map(|format| ("a_file_it_does_not_read", of_format(self.plain(), format))));
        if capabilities.max_source_bytes < LARGEST_FILE {
            let bytes = vec![0; capabilities.max_source_bytes as usize + 1].into();
            let request = self.plain();
            let source = SourceImage { bytes, ..request.source };
            beyond.push(("too_large_a_file", EditRequest { source, ..request }));
        }
        beyond
    }

    /// Requests of the model's own kinds that lack what the kind needs, by name.
    pub(super) fn contradictory(&self) -> Vec<(String, EditRequest)> {
        let kinds = || self.capabilities.kinds.iter().copied();
        let wordless = kinds().filter(|kind| kind.needs_prompt());
        let wordless =
            wordless.map(|kind| (format!("{kind}_without_a_prompt"), EditRequest { prompt: None, ..self.edit(kind) }));
        let maskless = kinds().filter(|kind| kind.needs_mask());
        let maskless =
            maskless.map(|kind| (format!("{kind}_without_a_mask"), EditRequest { mask: None, ..self.edit(kind) }));
        wordless.chain(maskless).collect()
    }

    /// Requests with one option each that the model does not know.
    pub(super) fn options_beyond(&self) -> Vec<(&'static str, EditRequest)> {
        let mut missing = Vec::new();
        if !self.capabilities.seed {
            let mut request = self.plain();
            request.options.seed = Some(7);
            missing.push(("seed", request));
        }
        if !self.capabilities.negative_prompt {
            let mut request = self.plain();
            request.options.negative_prompt = Some("boats".to_owned());
            missing.push(("negative_prompt", request));
        }
        missing
    }
}

fn of_format(request: EditRequest, format: ImageFormat) -> EditRequest {
    EditRequest { source: SourceImage { format, ..request.source }, ..request }
}
