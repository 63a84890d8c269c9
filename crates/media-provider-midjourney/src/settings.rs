//! What configuration can say of the provider.

use std::time::Duration;

use media_http::BaseUrl;
use media_http::base_url::BaseUrlError;
use media_ports::{ProviderSettings, SettingsError};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The provider's table in configuration; every key has a default, save that there is no proxy without a `base_url`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MidjourneySettings {
    /// Where the proxy is, usually with `/mj` at the end; what `MJ_PROXY_URL` says when absent.
    pub base_url: Option<String>,
    /// Which of the two proxies it is; `novicezk` by default.
    pub dialect: Dialect,
    /// Which picture of the grid of four is taken, from 1; 1 by default. `false` in configuration, which is `None` here, takes
    /// the grid as it is.
    #[serde(deserialize_with = "picture_or_false")]
    pub upscale: Option<u8>,
    /// The version of the model: `7`, `6.1`, `niji 6`; the account's own when absent.
    pub model: Option<String>,
    /// How much the model's taste counts (`--s`), from 0 to 1,000; the account's own when absent.
    pub stylize: Option<u32>,
    /// How much the four pictures differ (`--c`), from 0 to 100; the vendor's own, 0, when absent.
    pub chaos: Option<u32>,
    /// How unusual the pictures are (`--w`), from 0 to 3,000; the vendor's own, 0, when absent.
    pub weird: Option<u32>,
    /// Further flags, sent as they are at the end of every prompt (`--relax --tile`).
    pub flags: Option<String>,
    /// Longest time for one picture, in seconds; 900 by default, since the slowest mode takes more than ten minutes.
    pub timeout_s: u64,
    /// Capabilities that replace those of the table, by key.
    pub capabilities: Map<String, Value>,
}

/// The proxies that speak the contract, which differ in how one picture is taken out of the four.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// novicezk/midjourney-proxy: `/submit/change`, which knows an order that it has had before; cancels nothing.
    #[default]
    Novicezk,
    /// trueai-org/midjourney-proxy: `/submit/action` with the button of a picture; cancels tasks.
    Trueai,
}

impl Default for MidjourneySettings {
    fn default() -> Self {
        Self {
            base_url: None,
            dialect: Dialect::default(),
            upscale: Some(1),
            model: None,
            stylize: None,
            chaos: None,
            weird: None,
            flags: None,
            timeout_s: 900,
            capabilities: Map::new(),
        }
    }
}

/// Flags that the adapter sends itself, in each of their names: none may be sent twice.
const OWN_FLAGS: &[&str] = &[
    "--ar",
    "--aspect",
    "--no",
    "--seed",
    "--style",
    "--q",
    "--quality",
    "--v",
    "--version",
    "--niji",
    "--s",
    "--stylize",
    "--c",
    "--chaos",
    "--w",
    "--weird",
];

impl MidjourneySettings {
    /// Reads and checks the table.
    ///
    /// # Errors
    /// [`SettingsError`] naming the key.
    pub fn read(settings: &ProviderSettings) -> Result<Self, SettingsError> {
        let read: Self = settings.decode()?;
        read.check().map_err(|(key, reason)| settings.error(Some(key), reason))?;
        Ok(read)
    }

    /// Longest time for one picture.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s)
    }

    /// Where the proxy is, if settings say.
    ///
    /// # Errors
    /// [`BaseUrlError`].
    pub fn base_url(&self) -> Result<Option<BaseUrl>, BaseUrlError> {
        self.base_url.as_deref().map(|text| BaseUrl::parse(text.trim())).transpose()
    }

    /// The flags of every prompt, in the vendor's words.
    pub(crate) fn flags(&self) -> Vec<String> {
        let number = |flag: &str, number: Option<u32>| number.map(|number| format!("{flag} {number}"));
        let given = [
            self.model.as_deref().map(model_flag),
            number("--s", self.stylize),
            number("--c", self.chaos),
            number("--w", self.weird),
            self.flags.as_deref().map(|flags| flags.trim().to_owned()),
        ];
        given.into_iter().flatten().filter(|flag| !flag.is_empty()).collect()
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        let wrong = |key, reason: &str| Err((key, reason.to_owned()));
        self.base_url().map_err(|error| ("base_url", error.to_string()))?;
        if self.model.as_deref().is_some_and(|model| !is_version(model)) {
            return wrong("model", "is no version, such as `7`, `6.1` or `niji 6`");
        }
        for (key, number, most) in
            [("stylize", self.stylize, 1_000), ("chaos", self.chaos, 100), ("weird", self.weird, 3_000)]
        {
            if number.is_some_and(|number| number > most) {
                return Err((key, format!("lies between 0 and {most}")));
            }
        }
        if self.timeout_s == 0 {
            return wrong("timeout_s", "is zero; nothing could be answered in time");
        }
        self.check_flags()
    }

    fn check_flags(&self) -> Result<(), (&'static str, String)> {
        let flags = self.flags.as_deref().unwrap_or_default();
        if !flags.trim().is_empty() && !flags.trim().starts_with("--") {
            return Err(("flags", "begins with no flag; write `--tile`, say".to_owned()));
        }
        match flags.split_whitespace().find(|word| OWN_FLAGS.contains(word)) {
            Some(flag) => Err(("flags", format!("`{flag}` is set by a key of its own, or by each request"))),
            None => Ok(()),
        }
    }
}

fn model_flag(model: &str) -> String {
    match model.trim().strip_prefix("niji") {
        Some(version) => format!("--niji {}", version.trim()),
        None => format!("--v {}", model.trim()),
    }
}

fn is_version(model: &str) -> bool {
    let version = model.trim();
    let version = version.strip_prefix("niji").map_or(version, str::trim);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    version.split('.').count() <= 2 && version.split('.').all(digits)
}

/// Reads a picture's number, or `false` for none of them.
fn picture_or_false<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Choice {
        Wanted(bool),
        Picture(u8),
    }
    match Choice::deserialize(deserializer) {
        Ok(Choice::Wanted(false)) => Ok(None),
        Ok(Choice::Picture(picture @ 1..=4)) => Ok(Some(picture)),
        _ => Err(serde::de::Error::custom("`upscale` is one of the four pictures, from 1 to 4, or false for the grid")),
    }
}
