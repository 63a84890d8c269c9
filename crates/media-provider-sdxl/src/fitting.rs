//! Options as the services take them, with every difference told.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use media_domain::{Adaptation, EditRequest, GenerationOptions, GenerationRequest, ImageFormat};
use media_ports::fitting::nearest;

/// What a service takes of the options of a generation, or of a kind of edit.
#[derive(Debug, Clone)]
pub(crate) struct Takes {
    /// The names of the options that there is a place for, and `prompt`.
    pub(crate) options: &'static [&'static str],
    /// The seeds that can be sent.
    pub(crate) seeds: RangeInclusive<u64>,
    /// The guidance scales of an edit; any when absent. Of those of a generation, the model's capabilities tell.
    pub(crate) guidance_scale: Option<RangeInclusive<f64>>,
    /// The steps of an edit; any when absent. Those of a generation likewise.
    pub(crate) steps: Option<RangeInclusive<u32>>,
    /// The file formats, of which the first is used for any other; as the model's capabilities say when absent.
    pub(crate) formats: Option<&'static [ImageFormat]>,
}

/// Styles of Stability AI, v1 and v2beta (API reference, read 2026-11-20).
const STYLE_PRESETS: &[&str] = &[
    "3d-model",
    "analog-film",
    "anime",
    "cinematic",
    "comic-book",
    "digital-art",
    "enhance",
    "fantasy-art",
    "isometric",
    "line-art",
    "low-poly",
    "modeling-compound",
    "neon-punk",
    "origami",
    "photographic",
    "pixel-art",
    "tile-texture",
];

impl Takes {
    /// The request as it can be sent, and what was changed to make it so.
    pub(crate) fn fit(&self, request: &GenerationRequest) -> (GenerationRequest, Vec<Adaptation>) {
        let mut fitted = request.clone();
        let adaptations = self.fit_options(&mut fitted.options, Vec::new());
        (fitted, adaptations)
    }

    /// The edit as it can be sent, and what was changed to make it so.
    pub(crate) fn fit_edit(&self, request: &EditRequest) -> (EditRequest, Vec<Adaptation>) {
        let mut fitted = request.clone();
        let mut told = Vec::new();
        if !self.options.contains(&"prompt")
            && let Some(prompt) = fitted.prompt.take()
        {
            told.push(difference("prompt", prompt.as_str(), None, NO_PLACE));
        }
        let mut told = self.fit_options(&mut fitted.options, told);
        told.extend(self.fit_steps(&mut fitted.options.steps));
        told.extend(nearest("guidance_scale", &mut fitted.options.guidance_scale, self.guidance_scale.as_ref()));
        (fitted, told)
    }

    fn fit_options(&self, options: &mut GenerationOptions, mut told: Vec<Adaptation>) -> Vec<Adaptation> {
        self.leave_out("negative_prompt", &mut options.negative_prompt, &mut told);
        self.leave_out("seed", &mut options.seed, &mut told);
        self.leave_out("steps", &mut options.steps, &mut told);
        self.leave_out("guidance_scale", &mut options.guidance_scale, &mut told);
        self.leave_out("quality", &mut options.quality, &mut told);
        self.leave_out("style", &mut options.style, &mut told);
        self.leave_out("background", &mut options.background, &mut told);
        told.extend(self.fit_seed(&mut options.seed));
        told.extend(fit_style(&mut options.style));
        told.extend(self.fit_format(&mut options.output_format));
        told
    }

    fn leave_out<T: ToString>(&self, field: &str, option: &mut Option<T>, told: &mut Vec<Adaptation>) {
        if !self.options.contains(&field)
            && let Some(asked) = option.take()
        {
            told.push(difference(field, asked, None, NO_PLACE));
        }
    }

    fn fit_seed(&self, seed: &mut Option<u64>) -> Option<Adaptation> {
        let asked = seed.take_if(|seed| !self.seeds.contains(seed))?;
        let (least, most) = (self.seeds.start(), self.seeds.end());
        Some(difference("seed", asked, None, &format!("the service takes seeds from {least} to {most}")))
    }

    fn fit_steps(&self, steps: &mut Option<NonZeroU32>) -> Option<Adaptation> {
        let mut used = steps.map(NonZeroU32::get);
        let told = nearest("steps", &mut used, self.steps.as_ref())?;
        *steps = used.and_then(NonZeroU32::new);
        Some(told)
    }

    fn fit_format(&self, format: &mut Option<ImageFormat>) -> Option<Adaptation> {
        let (asked, formats) = ((*format)?, self.formats?);
        if formats.contains(&asked) {
            return None;
        }
        *format = formats.first().copied();
        let used = format.map(|used| used.to_string());
        Some(difference("output_format", asked, used, "this kind of edit does not write the format"))
    }
}

const NO_PLACE: &str = "the service has no place for it";

fn fit_style(style: &mut Option<String>) -> Option<Adaptation> {
    let asked = style.take_if(|style| !STYLE_PRESETS.contains(&style.as_str()))?;
    let reason = format!("there is no such style; there are {}", STYLE_PRESETS.join(", "));
    Some(difference("style", asked, None, &reason))
}

fn difference(field: &str, asked: impl ToString, used: Option<String>, reason: &str) -> Adaptation {
    Adaptation { field: field.to_owned(), requested: asked.to_string(), used, reason: reason.to_owned() }
}
