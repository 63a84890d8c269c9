//! The options of a generation, in neutral words.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::format::word_enum;
use crate::{ImageFormat, MediaDimensions};

word_enum! {
    /// How good the picture should be; each model's capabilities say which of these it has.
    Quality, "quality" {
        /// A sketch.
        Low = "low",
        /// The provider's middle way.
        Medium = "medium",
        /// The usual quality.
        Standard = "standard",
        /// High.
        High = "high",
        /// High definition.
        Hd = "hd",
        /// Higher still.
        Xhigh = "xhigh",
        /// The most the model can do.
        Max = "max",
    }
}

word_enum! {
    /// What lies behind the subject.
    Background, "background" {
        /// Whatever suits the model.
        Auto = "auto",
        /// Nothing.
        Transparent = "transparent",
        /// A solid or painted background.
        Opaque = "opaque",
    }
}

/// The options of a generation; what is absent is left to the provider.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerationOptions {
    /// What the picture should not show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negative_prompt: Option<String>,
    /// Makes the result repeatable, where the model supports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Number of inference steps.
    #[serde(skip_serializing_if = "Option::is_none", alias = "num_inference_steps")]
    pub steps: Option<NonZeroU32>,
    /// How closely to follow the prompt.
    #[serde(skip_serializing_if = "Option::is_none", alias = "cfg_scale")]
    pub guidance_scale: Option<f64>,
    /// How good the picture should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// A style in the provider's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// What lies behind the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<Background>,
    /// File format of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_format: Option<ImageFormat>,
}

/// Options that were read, and the names of those that nobody knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParsedOptions {
    /// What was understood.
    pub options: GenerationOptions,
    /// Width in pixels, if given among the options.
    pub width: Option<u32>,
    /// Height in pixels, if given among the options.
    pub height: Option<u32>,
    /// Names of options that are not known; to be reported, never dropped in silence.
    pub unknown: Vec<String>,
}

/// An option whose value cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("option `{name}`: {reason}")]
pub struct OptionError {
    /// Name of the option.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
}

impl GenerationOptions {
    /// Most inference steps that anyone may ask for; each model's own limit is lower.
    pub const MAX_STEPS: u32 = 1_000;

    /// Inference steps of providers that take them, when nobody says otherwise.
    pub const DEFAULT_STEPS: u32 = 50;
    /// Guidance scale of providers that take one, when nobody says otherwise.
    pub const DEFAULT_GUIDANCE_SCALE: f64 = 7.5;
    /// Longest style, in characters.
    pub const MAX_STYLE: usize = 1_000;

    /// Reads options from a loose map, as command lines and JSON bodies carry them.
    ///
    /// `size` is `WIDTHxHEIGHT`; `cfg_scale` is `guidance_scale`, `num_inference_steps` is `steps`. A number may be
    /// written as text. What is `null` counts as not given.
    ///
    /// ```
    /// # use media_domain::GenerationOptions;
    /// # use serde_json::json;
    /// let map = [("cfg_scale", json!(6.5)), ("size", json!("1536x1024")), ("sampler", json!("euler"))];
    /// let parsed = GenerationOptions::parse(&map.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())?;
    /// assert_eq!(parsed.options.guidance_scale, Some(6.5));
    /// assert_eq!((parsed.width, parsed.height), (Some(1536), Some(1024)));
    /// assert_eq!(parsed.unknown, ["sampler"]);
    /// # Ok::<(), media_domain::options::OptionError>(())
    /// ```
    ///
    /// # Errors
    /// [`OptionError`] for a known option with an unusable value (zero steps is one, not the default), and for one that
    /// is given twice under two names.
    pub fn parse(map: &BTreeMap<String, Value>) -> Result<ParsedOptions, OptionError> {
        let mut parsed = ParsedOptions::default();
        for (name, value) in map {
            if !parsed.take(name, value)? {
                parsed.unknown.push(name.clone());
            }
        }
        parsed.options.check()?;
        Ok(parsed)
    }

    /// Checks the values that a type cannot.
    ///
    /// # Errors
    /// [`OptionError`] for too many steps, a guidance scale that is negative or no number, and texts beyond all measure.
    pub fn check(&self) -> Result<(), OptionError> {
        check_length("negative_prompt", self.negative_prompt.as_deref(), crate::text::Prompt::LIMIT)?;
        check_length("style", self.style.as_deref(), Self::MAX_STYLE)?;
        if let Some(steps) = self.steps.filter(|steps| steps.get() > Self::MAX_STEPS) {
            return Err(option_error("steps", &format!("{steps} is more than {}", Self::MAX_STEPS)));
        }
        match self.guidance_scale {
            Some(scale) if !scale.is_finite() || scale < 0.0 => {
                Err(option_error("guidance_scale", &format!("{scale} is not a number from 0 up")))
            }
            _ => Ok(()),
        }
    }
}

impl ParsedOptions {
    /// Takes one option over; tells whether it is known.
    fn take(&mut self, name: &str, value: &Value) -> Result<bool, OptionError> {
        let options = &mut self.options;
        match name {
            "size" => {
                if let Some(text) = read::<String>(name, value)? {
                    let size: MediaDimensions = text.parse().map_err(|error| option_error(name, &error))?;
                    fill(&mut self.width, name, Some(size.width))?;
                    fill(&mut self.height, name, Some(size.height))?;
                }
            }
            "width" => fill(&mut self.width, name, read_number(name, value)?)?,
            "height" => fill(&mut self.height, name, read_number(name, value)?)?,
            "negative_prompt" => options.negative_prompt = read(name, value)?,
            "seed" => options.seed = read_number(name, value)?,
            "steps" | "num_inference_steps" => fill(&mut options.steps, name, read_number(name, value)?)?,
            "guidance_scale" | "cfg_scale" => fill(&mut options.guidance_scale, name, read_number(name, value)?)?,
            "quality" => options.quality = read(name, value)?,
            "style" => options.style = read(name, value)?,
            "background" => options.background = read(name, value)?,
            "output_format" => options.output_format = read(name, value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Fills a place that has several names, once.
fn fill<T>(place: &mut Option<T>, name: &str, value: Option<T>) -> Result<(), OptionError> {
    match (&place, value) {
        (_, None) => Ok(()),
        (Some(_), Some(_)) => Err(option_error(name, &"is given already, by another name")),
        (None, value) => {
            *place = value;
            Ok(())
        }
    }
}

fn check_length(name: &str, text: Option<&str>, limit: usize) -> Result<(), OptionError> {
    match text.map(|text| text.chars().count()).filter(|length| *length > limit) {
        Some(length) => Err(option_error(name, &format!("{length} characters are more than {limit}"))),
        None => Ok(()),
    }
}

fn option_error(name: &str, reason: &dyn std::fmt::Display) -> OptionError {
    OptionError { name: name.to_owned(), reason: reason.to_string() }
}

fn read<T: DeserializeOwned>(name: &str, value: &Value) -> Result<Option<T>, OptionError> {
    Option::deserialize(value).map_err(|error| option_error(name, &error))
}

/// Reads a number, also out of a text: command lines know nothing else.
fn read_number<T: DeserializeOwned>(name: &str, value: &Value) -> Result<Option<T>, OptionError> {
    match value.as_str().and_then(|text| text.trim().parse::<serde_json::Number>().ok()) {
        Some(number) => read(name, &Value::Number(number)),
        None => read(name, value),
    }
}
