//! What configuration can say of the provider.

use std::collections::BTreeMap;
use std::time::Duration;

use media_http::BaseUrl;
use media_http::base_url::BaseUrlError;
use media_ports::{ProviderSettings, SettingsError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

/// The provider's table in configuration; every key has a default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CanvaSettings {
    /// Where the API is; the vendor's own address when absent.
    pub base_url: Option<String>,
    /// Where tokens are exchanged; the vendor's own address when absent, or `oauth/token` below a `base_url` that is set.
    pub token_url: Option<String>,
    /// Where a person gives consent.
    pub authorize_url: String,
    /// What consent is asked for.
    pub scopes: Vec<String>,
    /// The brand template that is filled in; without one, nothing is generated.
    pub brand_template_id: Option<String>,
    /// The template's text field that takes the prompt; `prompt` by default.
    pub prompt_field: String,
    /// Texts for other fields of the template, by field.
    pub text_fields: BTreeMap<String, String>,
    /// Canva assets for image fields of the template, by field.
    pub image_fields: BTreeMap<String, String>,
    /// Title of the designs that come of it; the template's own when absent.
    pub title: Option<String>,
    /// Pages that are exported, from one; every page when empty.
    pub pages: Vec<u32>,
    /// How little a JPEG is compressed, from 1 to 100; 90 by default.
    pub jpeg_quality: u8,
    /// Quality of exports whose request names none; left to the vendor (`regular`) when absent.
    pub export_quality: Option<ExportQuality>,
    /// Whether the user's capabilities are asked for before a template is filled in; `false` lets the vendor refuse by
    /// itself, for trials whose users lack the capability.
    pub check_capabilities: bool,
    /// Longest time for one image or export, in seconds; 300 by default.
    pub timeout_s: u64,
    /// Capabilities that replace those of the table, by key.
    pub capabilities: Map<String, Value>,
}

/// The vendor's words for the quality of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportQuality {
    /// Everybody's.
    Regular,
    /// Fails when the design has premium elements that the user has neither bought nor in the plan.
    Pro,
}

/// What the calls of this adapter need, less what writing implies: at Canva a scope to write does not include the one to
/// read. Canva Connect OpenAPI document (2024-06-18), security of each operation, read 2026-11-20.
const SCOPES: &[&str] = &[
    "asset:read",
    "asset:write",
    "brandtemplate:content:read",
    "brandtemplate:meta:read",
    "design:content:read",
    "design:content:write",
    "design:meta:read",
    "profile:read",
];

impl Default for CanvaSettings {
    fn default() -> Self {
        Self {
            base_url: None,
            token_url: None,
            authorize_url: Self::DEFAULT_AUTHORIZE_URL.to_owned(),
            scopes: SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
            brand_template_id: None,
            prompt_field: "prompt".to_owned(),
            text_fields: BTreeMap::new(),
            image_fields: BTreeMap::new(),
            title: None,
            pages: Vec::new(),
            jpeg_quality: 90,
            export_quality: None,
            check_capabilities: true,
            timeout_s: 300,
            capabilities: Map::new(),
        }
    }
}

impl CanvaSettings {
    /// The vendor's own address.
    pub const DEFAULT_BASE_URL: &'static str = "https://api.canva.com/rest/v1";
    /// Where the vendor exchanges tokens; its document calls the same path below `/rest` deprecated. Canva Connect
    /// OpenAPI document (2024-06-18), read 2026-11-20.
    pub const DEFAULT_TOKEN_URL: &'static str = "https://api.canva.com/auth/v1/oauth/token";
    /// Where the vendor asks a person for consent.
    pub const DEFAULT_AUTHORIZE_URL: &'static str = "https://www.canva.com/api/oauth/authorize";
    /// Most characters of a design's title.
    pub const MAX_TITLE: usize = 255;

    /// Reads and checks the table.
    ///
    /// # Errors
    /// [`SettingsError`] naming the key.
    pub fn read(settings: &ProviderSettings) -> Result<Self, SettingsError> {
        let read: Self = settings.decode()?;
        read.check().map_err(|(key, reason)| settings.error(Some(key), reason))?;
        Ok(read)
    }

    /// Longest time for one image or export.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s)
    }

    /// Where the API is.
    ///
    /// # Errors
    /// [`BaseUrlError`].
    pub fn api(&self) -> Result<BaseUrl, BaseUrlError> {
        BaseUrl::parse(self.base_url.as_deref().unwrap_or(Self::DEFAULT_BASE_URL))
    }

    /// Where tokens are exchanged. Whoever sends calls to an address of their own does not want the client's secret to
    /// go elsewhere.
    ///
    /// # Errors
    /// [`BaseUrlError`].
    pub fn token_endpoint(&self) -> Result<Url, BaseUrlError> {
        match (&self.token_url, &self.base_url) {
            (Some(url), _) => Ok(BaseUrl::parse(url)?.as_url().clone()),
            (None, Some(base_url)) => Ok(BaseUrl::parse(base_url)?.at("oauth/token")),
            (None, None) => Ok(BaseUrl::parse(Self::DEFAULT_TOKEN_URL)?.as_url().clone()),
        }
    }

    /// Where a person gives consent.
    ///
    /// # Errors
    /// [`BaseUrlError`].
    pub fn consent_page(&self) -> Result<Url, BaseUrlError> {
        Ok(BaseUrl::parse(&self.authorize_url)?.as_url().clone())
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        let wrong = |key, reason: &str| Err((key, reason.to_owned()));
        self.api().map_err(|error| ("base_url", error.to_string()))?;
        self.token_endpoint().map_err(|error| ("token_url", error.to_string()))?;
        self.consent_page().map_err(|error| ("authorize_url", error.to_string()))?;
        if self.scopes.is_empty() || !self.scopes.iter().all(|scope| is_scope(scope)) {
            return wrong("scopes", "is empty, or holds what is no scope");
        }
        if self.brand_template_id.as_deref().is_some_and(|id| !is_identifier(id)) {
            return wrong("brand_template_id", "is no template id: 1 to 50 letters, digits, `_` and `-`");
        }
        if self.title.as_ref().is_some_and(|title| !(1..=Self::MAX_TITLE).contains(&title.chars().count())) {
            return wrong("title", "has no characters, or more than 255");
        }
        if self.pages.contains(&0) {
            return wrong("pages", "counts from one");
        }
        if !(1..=100).contains(&self.jpeg_quality) {
            return wrong("jpeg_quality", "lies between 1 and 100");
        }
        if self.timeout_s == 0 {
            return wrong("timeout_s", "is zero; nothing could be answered in time");
        }
        self.check_fields()
    }

    fn check_fields(&self) -> Result<(), (&'static str, String)> {
        if self.prompt_field.trim().is_empty() {
            return Err(("prompt_field", "is blank; name the template's text field that takes the prompt".to_owned()));
        }
        if let Some(field) = self.image_fields.iter().find(|(_, asset)| !is_identifier(asset)).map(|(field, _)| field) {
            return Err(("image_fields", format!("`{field}`: is no asset id: 1 to 50 letters, digits, `_` and `-`")));
        }
        let twice = "is filled in twice; each field of the template takes one thing";
        for (key, fields) in [
            ("text_fields", self.text_fields.contains_key(&self.prompt_field)),
            ("image_fields", self.image_fields.contains_key(&self.prompt_field)),
        ] {
            if fields {
                return Err((key, format!("`{}`: {twice}", self.prompt_field)));
            }
        }
        match self.text_fields.keys().find(|field| self.image_fields.contains_key(*field)) {
            Some(field) => Err(("image_fields", format!("`{field}`: {twice}"))),
            None => Ok(()),
        }
    }
}

/// Whether a text has the form of the vendor's identifiers, as they stand in its paths: 1 to 50 letters, digits, `_` and
/// `-`. Canva Connect OpenAPI document (2024-06-18), read 2026-11-20.
pub(crate) fn is_identifier(text: &str) -> bool {
    (1..=50).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Whether a text is a scope as RFC 6749 §3.3 has it: it goes into a list that is parted by spaces.
fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
}
