//! A provider of fakes.

use std::collections::BTreeSet;
use std::sync::Arc;

use media_domain::{Capabilities, ProviderId};
use media_ports::{
    Descriptor, HealthReport, ImageEditor, ImageGenerator, MediaGeneratorProvider, Operation, ProviderError,
};

use super::{FakeEditor, FakeGenerator, FakeHealth, FakeOutcome};

/// Makes a [`MediaGeneratorProvider`] around a [`FakeGenerator`].
///
/// ```
/// use media_testkit::fakes::{FakeOutcome, FakeProvider};
///
/// let (provider, generator) = FakeProvider::new("flux").then(FakeOutcome::Hang).build();
/// assert_eq!(provider.id().as_str(), "flux");
/// assert!(generator.calls().is_empty());
/// ```
#[derive(Debug)]
pub struct FakeProvider {
    generator: FakeGenerator,
    health: HealthReport,
    lacks_generation: bool,
    editor: Option<Arc<FakeEditor>>,
}

impl FakeProvider {
    /// Starts a healthy provider that draws whatever it is asked for; panics for what is no provider id.
    #[expect(clippy::panic, reason = "a test wants to know at once")]
    pub fn new(id: &str) -> Self {
        let id = ProviderId::parse(id).unwrap_or_else(|error| panic!("{error}"));
        Self {
            generator: FakeGenerator::new(id),
            health: HealthReport::healthy(),
            lacks_generation: false,
            editor: None,
        }
    }

    /// Adds an outcome to the generator's script.
    #[must_use]
    pub fn then(mut self, outcome: FakeOutcome) -> Self {
        self.generator = self.generator.then(outcome);
        self
    }

    /// Adds an error to the generator's script.
    #[must_use]
    pub fn then_fail(self, error: ProviderError) -> Self {
        self.then(FakeOutcome::fail(error))
    }

    /// Sets what happens once the script has run out.
    #[must_use]
    pub fn otherwise(mut self, outcome: FakeOutcome) -> Self {
        self.generator = self.generator.otherwise(outcome);
        self
    }

    /// Sets what the generator says of itself.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.generator = self.generator.with_capabilities(capabilities);
        self
    }

    /// Declares it local and free: it may run after the deadline.
    #[must_use]
    pub fn local_and_free(mut self) -> Self {
        self.generator = self.generator.local_and_free();
        self
    }

    /// Makes its health check answer with a reason against it.
    #[must_use]
    pub fn unhealthy(mut self, reason: &str) -> Self {
        self.health = HealthReport::unhealthy(reason);
        self
    }

    /// Takes image generation away from it.
    #[must_use]
    pub fn without_generation(mut self) -> Self {
        self.lacks_generation = true;
        self
    }

    /// Makes it edit, too; whoever keeps a clone of the editor sees its log.
    #[must_use]
    pub fn with_editor(mut self, editor: Arc<FakeEditor>) -> Self {
        self.editor = Some(editor);
        self
    }

    fn operations(&self) -> BTreeSet<Operation> {
        let generates = (!self.lacks_generation).then_some(Operation::GenerateImage);
        let edits = self.editor.as_ref().map(|_| Operation::EditImage);
        generates.into_iter().chain(edits).collect()
    }

    /// Makes the provider, and a handle on its generator for its call log and script.
    pub fn build(self) -> (MediaGeneratorProvider, Arc<FakeGenerator>) {
        let operations = self.operations();
        let generator = Arc::new(self.generator);
        let descriptor = Descriptor {
            id: generator.id.clone(),
            kind: generator.id.clone(),
            version: "0.0.0".to_owned(),
            model: None,
            capabilities: generator.capabilities.clone(),
            editing: self.editor.as_ref().map(|editor| editor.capabilities.clone()),
            operations,
            local_and_free: generator.script.local_and_free,
        };
        let provider = MediaGeneratorProvider {
            descriptor: Arc::new(descriptor),
            generator: (!self.lacks_generation).then(|| Arc::clone(&generator) as Arc<dyn ImageGenerator>),
            editor: self.editor.map(|editor| editor as Arc<dyn ImageEditor>),
            exporter: None,
            health: Arc::new(FakeHealth(self.health)),
        };
        (provider, generator)
    }
}
