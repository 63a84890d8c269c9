//! Every kind of provider, one line each; the only file that names the provider crates.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use media_http::Transport;
use media_ports::registry::DuplicateKind;
use media_ports::{
    BuildError, CallContext, FactoryContext, FactoryRegistry, PlaceholderRenderer, ProviderError, TokenStore,
};
pub use media_provider_canva::end_of_access_token;
use media_provider_canva::{CanvaFactory, CanvaOAuth, Consent};
use media_provider_figma::{FigmaFactory, Remembered, RenderMemory};
use media_provider_flux::FluxFactory;
use media_provider_midjourney::MidjourneyFactory;
use media_provider_noop::NoOpFactory;
use media_provider_openai::OpenAiImagesFactory;
use media_provider_replicate::ReplicateSdxlFactory;
use media_provider_sdxl::SdxlFactory;
use url::{Url, form_urlencoded};

use super::file_memory::FileMemory;
use crate::config::ProviderSetup;

/// What factories are given of the world outside.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Carries HTTP requests; in dry run one that refuses them all.
    pub transport: Arc<dyn Transport>,
    /// Draws placeholders.
    pub renderer: Arc<dyn PlaceholderRenderer>,
    /// Keeps the tokens of consents.
    pub tokens: Arc<dyn TokenStore>,
    /// Remembers where renders are.
    pub renders: FileMemory,
}

/// Registers every kind of provider.
///
/// # Errors
/// [`DuplicateKind`] when two kinds share a name.
pub fn factory_registry(outside: &Outside) -> Result<FactoryRegistry, DuplicateKind> {
    let mut registry = FactoryRegistry::default();
    registry.register(Arc::new(SdxlFactory::new(outside.transport.clone())))?;
    registry.register(Arc::new(OpenAiImagesFactory::new(outside.transport.clone())))?;
    registry.register(Arc::new(FluxFactory::new(outside.transport.clone())))?;
    registry.register(Arc::new(ReplicateSdxlFactory::new(outside.transport.clone())))?;
    registry.register(Arc::new(figma(outside)))?;
    registry.register(Arc::new(canva(outside)))?;
    registry.register(Arc::new(NoOpFactory::new(outside.renderer.clone())))?;
    registry.register(Arc::new(MidjourneyFactory::new(outside.transport.clone())))?;
    Ok(registry)
}

fn figma(outside: &Outside) -> FigmaFactory {
    FigmaFactory::with_memory(outside.transport.clone(), Arc::new(RenderFiles(outside.renders.clone())))
}

/// Remembers what Figma has answered beyond the end of the process: a plan may allow six renders a month.
#[derive(Debug)]
struct RenderFiles(FileMemory);

#[async_trait]
impl RenderMemory for RenderFiles {
    async fn load(&self, key: &str) -> Option<Remembered> {
        let (files, key) = (self.0.clone(), key.to_owned());
        tokio::task::spawn_blocking(move || files.recall(&key)).await.ok()?
    }

    async fn save(&self, key: &str, remembered: &Remembered) {
        let (files, key, remembered) = (self.0.clone(), key.to_owned(), remembered.clone());
        // What cannot be kept is asked for anew; nothing else comes of it.
        let _ = tokio::task::spawn_blocking(move || files.remember(&key, &remembered)).await;
    }
}

fn canva(outside: &Outside) -> CanvaFactory {
    CanvaFactory::new(outside.transport.clone(), outside.tokens.clone())
}

/// The kind whose providers act for a person in Canva, who has to agree to it.
pub const CANVA_KIND: &str = CanvaFactory::KIND;

/// What hinders a provider that can be built, as far as that is known without a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// No call would succeed.
    Whole(String),
    /// Some operations would not.
    InPart(String),
}

/// Tells what hinders a provider: a consent that nobody has given, or that cannot be read, and a template that nobody
/// has named.
pub async fn hindrance(setup: &ProviderSetup, tokens: &dyn TokenStore) -> Option<Hindrance> {
    let lacks = |keys: &[&str]| keys.iter().all(|key| setup.settings.keys().all(|set| set != *key));
    match setup.kind.as_str() {
        CANVA_KIND => {
            let consent = consent_lacks(setup, tokens).await.map(Hindrance::Whole);
            let generates_nothing = "no template (`brand_template_id`): it exports and generates nothing";
            consent.or_else(|| lacks(&["brand_template_id"]).then(|| Hindrance::InPart(generates_nothing.to_owned())))
        }
        FigmaFactory::KIND if lacks(&["node_id", "templates"]) => Some(Hindrance::InPart(
            "no template (`node_id`, `templates`): it exports, and generates only from a node named as style"
                .to_owned(),
        )),
        _ => None,
    }
}

/// What is wrong with the consent that a provider without an access token of its own acts by.
async fn consent_lacks(setup: &ProviderSetup, tokens: &dyn TokenStore) -> Option<String> {
    if setup.credentials.get("api_key").is_some() {
        return None;
    }
    match tokens.load(&setup.id).await {
        Ok(Some(_)) => None,
        Ok(None) if setup.id.as_str() == CANVA_KIND => Some("no consent yet: `media-app auth canva`".to_owned()),
        Ok(None) => Some(format!("no consent yet: `media-app auth canva --provider {}`", setup.id)),
        Err(error) => Some(format!("the consent that is kept cannot be read: {error}")),
    }
}

/// The parameter by which an answer is known to belong to a question (RFC 6749 §4.1.2).
const STATE: &str = "state";

/// A person's consent that has been asked for and not been given yet.
#[derive(Debug)]
pub struct PendingConsent {
    oauth: CanvaOAuth,
    consent: Consent,
}

impl PendingConsent {
    /// Asks for consent on behalf of a provider of [`CANVA_KIND`]. `entropy` are random bytes, used once.
    ///
    /// # Errors
    /// [`BuildError`]: unusable settings, or a client whose id or secret is missing.
    pub fn of_canva(
        outside: &Outside,
        setup: &ProviderSetup,
        context: &FactoryContext,
        redirect_uri: &Url,
        entropy: [u8; 64],
    ) -> Result<Self, BuildError> {
        let oauth = canva(outside).oauth(&setup.id, &setup.settings, context)?;
        let consent = oauth.consent(redirect_uri, entropy);
        Ok(Self { oauth, consent })
    }

    /// The page on which the person agrees; it holds no secret.
    pub fn page(&self) -> &Url {
        self.consent.authorize_url()
    }

    /// Whether the query of a redirect answers this question: its `state` does.
    pub fn is_answered_by(&self, query: &str) -> bool {
        let own = self.page().query_pairs().find(|(key, _)| key == STATE);
        let answered = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == STATE);
        own.is_some_and(|own| answered.is_some_and(|answered| own == answered))
    }

    /// Exchanges the answer, which stands in the query of the redirect, for tokens, and keeps them. Returns when the
    /// first of them ends.
    ///
    /// # Errors
    /// [`ProviderError`]: no consent, an answer to another question, a refused exchange, a store that cannot be written.
    pub async fn complete(self, context: &CallContext, query: &str) -> Result<DateTime<Utc>, ProviderError> {
        self.oauth.complete(context, self.consent, query).await
    }
}
