//! Documents of the vendor's, and the adapter in front of a transport.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use media_domain::ProviderId;
use media_http::Transport;
use media_ports::{
    CredentialSource, Credentials, FactoryContext, MediaGeneratorProvider, ProviderFactory, ProviderSettings,
};
use media_provider_openai::OpenAiImagesFactory;
use media_testkit::clock::TestClock;
use media_testkit::pictures;
use serde_json::{Value, json};

/// The key that may be told to nobody.
pub(crate) const KEY: &str = "sk-test-do-not-tell";

/// Builds a provider with a key, on a transport.
pub(crate) fn provider(transport: Arc<dyn Transport>, settings: Value) -> MediaGeneratorProvider {
    let id = ProviderId::parse("openai_images").unwrap();
    let table = settings.as_object().cloned().unwrap_or_default();
    let settings = ProviderSettings::new("providers.openai_images", table);
    let mut credentials = Credentials::default();
    let source = CredentialSource::WellKnown("OPENAI_API_KEY".to_owned());
    credentials.insert_from(source, "api_key", KEY.to_owned().into());
    let context = FactoryContext { clock: Arc::new(TestClock::new()), credentials };
    OpenAiImagesFactory::new(transport).build(&id, &settings, &context).unwrap()
}

/// A success with so many pictures.
pub(crate) fn images(count: u64) -> Value {
    let picture = |seed| json!({ "b64_json": BASE64_STANDARD.encode(pictures::png(64, 64, seed)) });
    json!({
        "created": 1_795_176_000,
        "data": (0..count).map(picture).collect::<Vec<_>>(),
        "background": "opaque",
        "output_format": "png",
        "size": "1024x1024",
        "quality": "medium",
        "usage": {
            "total_tokens": 1_066,
            "input_tokens": 10,
            "output_tokens": 1_056,
            "input_tokens_details": { "text_tokens": 10, "image_tokens": 0 }
        }
    })
}

/// An error document of the vendor's.
pub(crate) fn error(kind: &str, code: Option<&str>, message: &str) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": null, "code": code } })
}

/// The list of models, with one model in it.
pub(crate) fn models(id: &str, shutdown_date: Value) -> Value {
    json!({"object": "list", "data": [{"id": id, "created": 1, "owned_by": "openai", "shutdown_date": shutdown_date}]})
}
