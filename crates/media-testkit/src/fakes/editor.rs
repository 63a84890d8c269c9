//! An editor whose outcomes are scripted.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use media_domain::{Compatibility, EditCapabilities, EditKind, EditRequest, ImageFormat, ProviderId};
use media_ports::{CallContext, GenerationAnswer, ImageEditor, ProviderError};

use super::FakeOutcome;
use super::call::{Script, number_of, picture};

/// An editor that answers from a script, then draws small PNG files; it keeps a log of its calls.
///
/// It behaves as an adapter must: a request that has not been fitted to its capabilities, a call that was given up
/// before and one whose deadline has passed are refused, and not logged.
///
/// ```
/// use media_domain::ProviderId;
/// use media_testkit::fakes::{FakeEditor, FakeOutcome};
///
/// let editor = FakeEditor::new(ProviderId::parse("flux")?).then(FakeOutcome::Hang);
/// assert!(editor.calls().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FakeEditor {
    id: ProviderId,
    pub(super) capabilities: EditCapabilities,
    script: Script<EditRequest>,
}

impl FakeEditor {
    /// Makes an editor that carries out every kind of edit.
    pub fn new(id: ProviderId) -> Self {
        let capabilities = EditCapabilities {
            models: BTreeMap::new(),
            kinds: EditKind::ALL.iter().copied().collect(),
            source_formats: BTreeSet::from([ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp]),
            max_source_bytes: 50 << 20,
            max_source_pixels: None,
            max_references: 4,
            optional_mask: true,
            max_count: 4,
            formats: vec![ImageFormat::Png],
            prompt_limit: 4_000,
            seed: true,
            negative_prompt: true,
        };
        Self { id, capabilities, script: Script::new("edit an image") }
    }

    /// Adds an outcome to the script; each is used once, in order.
    #[must_use]
    pub fn then(self, outcome: FakeOutcome) -> Self {
        self.push(outcome);
        self
    }

    /// Sets what happens once the script has run out; an image by default.
    #[must_use]
    pub fn otherwise(mut self, outcome: FakeOutcome) -> Self {
        self.script.otherwise = outcome;
        self
    }

    /// Sets what the editor says of itself.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: EditCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Makes it answer even after the deadline, as what runs in this process and costs nothing may.
    #[must_use]
    pub fn local_and_free(mut self) -> Self {
        self.script.local_and_free = true;
        self
    }

    /// Adds an outcome to the script of an editor that is in use.
    pub fn push(&self, outcome: FakeOutcome) {
        self.script.push(outcome);
    }

    /// The requests it was called with, in order.
    pub fn calls(&self) -> Vec<EditRequest> {
        self.script.calls()
    }

    fn draw(&self, request: &EditRequest) -> GenerationAnswer {
        let words = request.prompt.as_ref().map_or(0, |prompt| number_of(prompt.as_str().as_bytes()));
        let seed = words ^ number_of(&request.source.bytes) ^ request.options.seed.unwrap_or_default();
        let size = request.target_dimensions();
        let images = (0..request.count).map(|index| picture(&self.id, size, seed ^ u64::from(index) << 32)).collect();
        GenerationAnswer::new(self.id.clone(), images)
    }
}

#[async_trait]
impl ImageEditor for FakeEditor {
    fn edit_capabilities(&self) -> &EditCapabilities {
        &self.capabilities
    }

    async fn edit_image(
        &self,
        context: &CallContext,
        request: &EditRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        request.check().map_err(|error| self.script.not_fitted(&error))?;
        let admission = self.capabilities.admit(request);
        admission.check(Compatibility::Strict).map_err(|unmet| self.script.not_fitted(&unmet))?;
        self.script.check_before(context)?;
        let outcome = self.script.take(request);
        self.script.carry_out(context, outcome, || self.draw(request)).await
    }
}
