//! What a provider's model can do, as data, and how a request is fitted to it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

pub use crate::admission::{Admission, Unmet};
use crate::format::word_enum;
pub use crate::sizes::{SizeGrid, SizeRule};
use crate::{Background, GenerationOptions, GenerationRequest, ImageFormat, Quality};

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
    /// Guidance scales it takes, if it takes any.
    #[serde(default)]
    pub guidance_scale: Option<RangeInclusive<f64>>,
    /// Whether it takes a style.
    #[serde(default)]
    pub style: bool,
    /// Qualities it has, with the vendor's word for each.
    #[serde(default)]
    pub qualities: BTreeMap<Quality, String>,
    /// Backgrounds it can be told to draw.
    #[serde(default)]
    pub backgrounds: BTreeSet<Background>,
    /// Whether nothing is known of the model and everything is let through.
    #[serde(default)]
    pub assumed: bool,
}

impl Capabilities {
    /// Every guidance scale that can be asked for.
    pub const ANY_GUIDANCE_SCALE: RangeInclusive<f64> = 0.0..=f64::MAX;

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
            guidance_scale: Some(Self::ANY_GUIDANCE_SCALE),
            style: true,
            qualities: Quality::ALL.iter().map(|quality| (*quality, quality.to_string())).collect(),
            backgrounds: Background::ALL.iter().copied().collect(),
            assumed: true,
        }
    }

    /// Fits a request to the model: what fits stays, the nearest is taken where there is one, what the model does
    /// not know is left out, and what cannot be is named.
    pub fn admit(&self, request: &GenerationRequest) -> Admission {
        let mut admission = Admission::whole(request);
        admission.fit_words(Some(&request.prompt), self.prompt_limit);
        admission.fit_count(self.max_count);
        self.admit_size(&mut admission);
        self.admit_format(&mut admission);
        self.admit_options(&mut admission);
        admission
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
        let transparent = self.draws_transparent(&admission.request.options);
        let used = if !self.formats.contains(&asked) {
            self.formats.iter().find(|format| !transparent || format.has_alpha()).or(self.formats.first())
        } else if transparent && !asked.has_alpha() {
            self.formats.iter().find(|format| format.has_alpha()).or(Some(&asked))
        } else {
            return;
        };
        let used = used.copied();
        if used == Some(asked) {
            return;
        }
        let reason = match self.formats.contains(&asked) {
            true => "this format knows no transparency",
            false => "the model does not write this format",
        };
        admission.adapt("output_format", asked.to_string(), used.map(|f| f.to_string()), reason);
        admission.request.options.output_format = used;
    }

    /// Whether a transparent background is asked for that the model can draw.
    fn draws_transparent(&self, options: &GenerationOptions) -> bool {
        options.background == Some(Background::Transparent) && self.backgrounds.contains(&Background::Transparent)
    }

    fn admit_options(&self, admission: &mut Admission) {
        let mut options = std::mem::take(&mut admission.request.options);
        admission.drop_unless(self.seed, "seed", &mut options.seed);
        admission.drop_unless(self.negative_prompt, "negative_prompt", &mut options.negative_prompt);
        admission.drop_unless(self.style, "style", &mut options.style);
        self.admit_guidance_scale(admission, &mut options);
        self.admit_steps(admission, &mut options);
        self.admit_quality(admission, &mut options);
        self.admit_background(admission, &mut options);
        admission.request.options = options;
    }

    fn admit_background(&self, admission: &mut Admission, options: &mut GenerationOptions) {
        let known = options.background.is_none_or(|asked| self.backgrounds.contains(&asked));
        admission.drop_unless(known, "background", &mut options.background);
        let writable = self.formats.is_empty() || self.formats.iter().any(|format| format.has_alpha());
        if let Some(asked) = options.background.filter(|asked| *asked == Background::Transparent && !writable) {
            let reason = "none of the formats that the model writes knows transparency";
            admission.adapt("background", asked.to_string(), None, reason);
            options.background = None;
        }
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

    fn admit_guidance_scale(&self, admission: &mut Admission, options: &mut GenerationOptions) {
        let range = self.guidance_scale.as_ref().filter(|range| !range.is_empty());
        admission.drop_unless(range.is_some(), "guidance_scale", &mut options.guidance_scale);
        let (Some(asked), Some(range)) = (options.guidance_scale, range) else { return };
        let used = asked.max(*range.start()).min(*range.end());
        if used != asked {
            let reason = format!("the model takes {} to {}", range.start(), range.end());
            admission.adapt("guidance_scale", asked.to_string(), Some(used.to_string()), &reason);
            options.guidance_scale = Some(used);
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
