//! What a provider's model can do, as data, and how a request is fitted to it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::format::word_enum;
pub use crate::sizes::{SizeGrid, SizeRule};
use crate::{Adaptation, Background, GenerationOptions, GenerationRequest, ImageFormat, Quality};

word_enum! {
    /// What to do with a request that does not fit as it is.
    Compatibility, "compatibility" {
        /// Map it to the nearest that fits and say so.
        Adapt = "adapt",
        /// Refuse it.
        Strict = "strict",
    }
}

/// What one model of a provider can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Which sizes it draws.
    pub sizes: SizeRule,
    /// Most images in one call.
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
    /// Inference steps it takes, if it takes any.
    #[serde(default)]
    pub steps: Option<RangeInclusive<u32>>,
    /// Whether it takes a guidance scale.
    #[serde(default)]
    pub guidance_scale: bool,
    /// Whether it takes a style.
    #[serde(default)]
    pub style: bool,
    /// Qualities it has, with the vendor's word for each.
    #[serde(default)]
    pub qualities: BTreeMap<Quality, String>,
    /// Backgrounds it can be told to draw.
    #[serde(default)]
    pub backgrounds: BTreeSet<Background>,
    /// Whether edits take a mask.
    #[serde(default)]
    pub masks: bool,
    /// Whether nothing is known of the model and everything is let through.
    #[serde(default)]
    pub assumed: bool,
}

/// How a request fits a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Admission {
    /// The request as it can be sent.
    pub request: GenerationRequest,
    /// Differences from what was asked for, in the order of the fields.
    pub adaptations: Vec<Adaptation>,
    /// What cannot be served in any form; then nothing should be sent.
    pub unmet: Vec<Unmet>,
}

/// Something that a model cannot do in any form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Unmet {
    /// The field of the request.
    pub field: String,
    /// Why it cannot be served.
    pub reason: String,
}

impl Admission {
    /// Whether the request may be sent under the policy.
    ///
    /// # Errors
    /// What cannot be served; under [`Compatibility::Strict`] also what would have to be mapped or left out.
    pub fn check(&self, compatibility: Compatibility) -> Result<(), Vec<Unmet>> {
        let mut refused = self.unmet.clone();
        if compatibility == Compatibility::Strict {
            refused.extend(self.adaptations.iter().map(|a| Unmet { field: a.field.clone(), reason: a.reason.clone() }));
        }
        if refused.is_empty() { Ok(()) } else { Err(refused) }
    }
}

impl Capabilities {
    /// Lets everything through: for models that nothing is known of.
    pub fn permissive() -> Self {
        Self {
            sizes: SizeRule::Any,
            max_count: GenerationRequest::MAX_COUNT,
            formats: vec![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp],
            prompt_limit: crate::text::Prompt::LIMIT,
            seed: true,
            negative_prompt: true,
            steps: Some(1..=GenerationOptions::MAX_STEPS),
            guidance_scale: true,
            style: true,
            qualities: Quality::ALL.iter().map(|quality| (*quality, quality.to_string())).collect(),
            backgrounds: Background::ALL.iter().copied().collect(),
            masks: true,
            assumed: true,
        }
    }

    /// Fits a request to the model: what fits stays, the nearest is taken where there is one, what the model does
    /// not know is left out, and what cannot be is named.
    pub fn admit(&self, request: &GenerationRequest) -> Admission {
        let mut admission = Admission { request: request.clone(), adaptations: Vec::new(), unmet: Vec::new() };
        self.admit_prompt_and_count(&mut admission);
        self.admit_size(&mut admission);
        self.admit_format(&mut admission);
        self.admit_options(&mut admission);
        admission
    }

    fn admit_prompt_and_count(&self, admission: &mut Admission) {
        let length = admission.request.prompt.as_str().chars().count();
        if length > self.prompt_limit {
            admission.refuse(
                "prompt",
                format!("{length} characters are more than the {} the model takes", self.prompt_limit),
            );
        }
        let count = admission.request.count;
        if count > self.max_count {
            admission.refuse("count", format!("{count} images are more than the {} of one call", self.max_count));
        }
    }

    fn admit_size(&self, admission: &mut Admission) {
        let asked = admission.request.dimensions;
        match self.sizes.nearest(asked) {
            Some(nearest) if nearest == asked => {}
            Some(nearest) => {
                admission.adapt(
                    "size",
                    asked.to_string(),
                    Some(nearest.to_string()),
                    "the model does not draw this size",
                );
                admission.request.dimensions = nearest;
            }
            None => admission.refuse("size", "the model draws no size at all".to_owned()),
        }
    }

    fn admit_format(&self, admission: &mut Admission) {
        let Some(asked) = admission.request.options.output_format else { return };
        if self.formats.contains(&asked) {
            return;
        }
        let used = self.formats.first().copied();
        admission.adapt(
            "output_format",
            asked.to_string(),
            used.map(|f| f.to_string()),
            "the model does not write this format",
        );
        admission.request.options.output_format = used;
    }

    fn admit_options(&self, admission: &mut Admission) {
        let mut options = std::mem::take(&mut admission.request.options);
        admission.drop_unless(self.seed, "seed", &mut options.seed);
        admission.drop_unless(self.negative_prompt, "negative_prompt", &mut options.negative_prompt);
        admission.drop_unless(self.guidance_scale, "guidance_scale", &mut options.guidance_scale);
        admission.drop_unless(self.style, "style", &mut options.style);
        self.admit_steps(admission, &mut options);
        self.admit_quality(admission, &mut options);
        let known_background = options.background.is_none_or(|asked| self.backgrounds.contains(&asked));
        admission.drop_unless(known_background, "background", &mut options.background);
        admission.request.options = options;
    }

    fn admit_steps(&self, admission: &mut Admission, options: &mut GenerationOptions) {
        admission.drop_unless(self.step_range().is_some(), "steps", &mut options.steps);
        let (Some(asked), Some(range)) = (options.steps, self.step_range()) else { return };
        let used = asked.get().max(*range.start()).min(*range.end());
        if used != asked.get() {
            let reason = format!("the model takes {} to {} steps", range.start(), range.end());
            admission.adapt("steps", asked.to_string(), Some(used.to_string()), &reason);
            options.steps = std::num::NonZeroU32::new(used);
        }
    }

    /// The steps that can be sent: zero is none of them, and a range from high to low takes no steps at all.
    fn step_range(&self) -> Option<RangeInclusive<u32>> {
        let range = self.steps.as_ref()?;
        let usable = (*range.start()).max(1)..=*range.end();
        (!usable.is_empty()).then_some(usable)
    }

    fn admit_quality(&self, admission: &mut Admission, options: &mut GenerationOptions) {
        let Some(asked) = options.quality else { return };
        if self.qualities.contains_key(&asked) {
            return;
        }
        // The best that is not better than asked; failing that, the least the model has.
        let used =
            self.qualities.keys().rev().find(|quality| **quality < asked).or_else(|| self.qualities.keys().next());
        admission.adapt(
            "quality",
            asked.to_string(),
            used.map(|q| q.to_string()),
            "the model does not have this quality",
        );
        options.quality = used.copied();
    }
}

impl Admission {
    fn refuse(&mut self, field: &str, reason: String) {
        self.unmet.push(Unmet { field: field.to_owned(), reason });
    }

    fn adapt(&mut self, field: &str, requested: String, used: Option<String>, reason: &str) {
        self.adaptations.push(Adaptation { field: field.to_owned(), requested, used, reason: reason.to_owned() });
    }

    fn drop_unless<T: std::fmt::Display>(&mut self, supported: bool, field: &str, value: &mut Option<T>) {
        if supported {
            return;
        }
        if let Some(asked) = value.take() {
            self.adapt(field, asked.to_string(), None, "the model does not know this option");
        }
    }
}
