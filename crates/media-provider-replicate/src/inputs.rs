//! Which input of a model each neutral field goes to.

use media_ports::{ProviderSettings, SettingsError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::aspect_ratio::AspectRatio;

/// The inputs of a model by the neutral field that they take; a field without an input is one that the model does not
/// know.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelInputs {
    /// Takes the prompt; `prompt`.
    pub prompt: String,
    /// Takes what the picture should not show.
    pub negative_prompt: Option<String>,
    /// Takes the width in pixels; `height` goes with it.
    pub width: Option<String>,
    /// Takes the height in pixels.
    pub height: Option<String>,
    /// Takes the size as `WIDTHxHEIGHT`.
    pub size: Option<String>,
    /// Takes the nearest of `aspect_ratios`.
    pub aspect_ratio: Option<String>,
    /// The ratios that the model knows; [`AspectRatio::USUAL`] when there are none.
    pub aspect_ratios: Vec<AspectRatio>,
    /// Takes the number of images; without it, a call makes one.
    pub count: Option<String>,
    /// Takes the seed.
    pub seed: Option<String>,
    /// Takes the inference steps.
    pub steps: Option<String>,
    /// Takes the guidance scale.
    pub guidance_scale: Option<String>,
    /// Takes the quality, in the words of the capabilities.
    pub quality: Option<String>,
    /// Takes the style.
    pub style: Option<String>,
    /// Takes the background: `auto`, `transparent` or `opaque`.
    pub background: Option<String>,
    /// Takes the file format: `png`, `jpg` or `webp`.
    pub output_format: Option<String>,
    /// Inputs that are sent as they are, with every order; a field of the request goes before a constant of its name.
    pub constants: Map<String, Value>,
    /// Inputs of edits.
    pub edit: EditInputs,
}

/// The inputs of a model that changes pictures; without `image` and `images` it changes none.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EditInputs {
    /// Takes the picture.
    pub image: Option<String>,
    /// Takes a list of pictures: the one to change, unless `image` takes it, and those that the prompt may speak of.
    pub images: Option<String>,
    /// Takes the mask: white where the picture may be changed, black elsewhere.
    pub mask: Option<String>,
    /// Takes how far the edit may go from the picture: 0 leaves it as it is, 1 ignores it.
    pub strength: Option<String>,
    /// Inputs that are sent as they are, with every edit.
    pub constants: Map<String, Value>,
}

impl Default for ModelInputs {
    fn default() -> Self {
        Self {
            prompt: "prompt".to_owned(),
            negative_prompt: None,
            width: None,
            height: None,
            size: None,
            aspect_ratio: None,
            aspect_ratios: Vec::new(),
            count: None,
            seed: None,
            steps: None,
            guidance_scale: None,
            quality: None,
            style: None,
            background: None,
            output_format: None,
            constants: Map::new(),
            edit: EditInputs::default(),
        }
    }
}

impl ModelInputs {
    /// The inputs of stability-ai/sdxl (schema of version 7762fd07, read 2026-11-20). Its watermark and its safety checker
    /// stay as the model has them, which is on.
    pub fn sdxl() -> Self {
        let named = |name: &str| Some(name.to_owned());
        Self {
            negative_prompt: named("negative_prompt"),
            width: named("width"),
            height: named("height"),
            count: named("num_outputs"),
            seed: named("seed"),
            steps: named("num_inference_steps"),
            guidance_scale: named("guidance_scale"),
            edit: EditInputs {
                image: named("image"),
                mask: named("mask"),
                strength: named("prompt_strength"),
                ..EditInputs::default()
            },
            ..Self::default()
        }
    }

    /// The ratios that the model knows.
    pub fn ratios(&self) -> &[AspectRatio] {
        if self.aspect_ratios.is_empty() { &AspectRatio::USUAL } else { &self.aspect_ratios }
    }

    /// Whether any input takes a size or a shape.
    pub fn take_a_size(&self) -> bool {
        self.width.is_some() || self.size.is_some() || self.aspect_ratio.is_some()
    }

    /// Whether a constant of edits goes to an input that takes a size or a shape.
    pub fn edit_has_its_own_shape(&self) -> bool {
        let shapes = [&self.width, &self.height, &self.size, &self.aspect_ratio];
        shapes.into_iter().flatten().any(|name| self.edit.constants.contains_key(name))
    }

    /// Reads the table `inputs` and the table `edit` in it by themselves, so that a mistake is told of the table in which it
    /// is. A provider's table without them has none.
    ///
    /// # Errors
    /// [`SettingsError`] with the path of the table, for a key or a value that does not belong there.
    pub(crate) fn check_keys(settings: &ProviderSettings) -> Result<(), SettingsError> {
        let Some(inputs) = table_in(settings, "inputs")? else { return Ok(()) };
        if let Some(edit) = table_in(&inputs, "edit")? {
            edit.decode::<EditInputs>()?;
        }
        inputs.decode::<Self>()?;
        Ok(())
    }

    /// Checks the names.
    ///
    /// # Errors
    /// The key below `inputs`, and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let named = self.named();
        if let Some((key, _)) = named.iter().find(|(_, name)| name.trim().is_empty()) {
            return Err((key, "is blank; leave it out if the model has no such input".to_owned()));
        }
        for (at, (key, name)) in named.iter().enumerate() {
            if let Some((other, _)) = named[..at].iter().find(|(_, earlier)| earlier == name) {
                return Err((key, format!("goes to `{name}`, as {other} does; an input takes one field")));
            }
        }
        if self.width.is_some() != self.height.is_some() {
            return Err(("inputs.width", "goes with `height`: name both or none".to_owned()));
        }
        if self.aspect_ratio.is_none() && !self.aspect_ratios.is_empty() {
            return Err(("inputs.aspect_ratios", "means nothing without `aspect_ratio`".to_owned()));
        }
        let edit = &self.edit;
        if edit.image.is_none() && edit.images.is_none() && *edit != EditInputs::default() {
            return Err(("inputs.edit", "names no input for the picture: set `image` or `images`".to_owned()));
        }
        Ok(())
    }

    fn named(&self) -> Vec<(&'static str, &str)> {
        let optional = [
            ("inputs.negative_prompt", &self.negative_prompt),
            ("inputs.width", &self.width),
            ("inputs.height", &self.height),
            ("inputs.size", &self.size),
            ("inputs.aspect_ratio", &self.aspect_ratio),
            ("inputs.count", &self.count),
            ("inputs.seed", &self.seed),
            ("inputs.steps", &self.steps),
            ("inputs.guidance_scale", &self.guidance_scale),
            ("inputs.quality", &self.quality),
            ("inputs.style", &self.style),
            ("inputs.background", &self.background),
            ("inputs.output_format", &self.output_format),
            ("inputs.edit.image", &self.edit.image),
            ("inputs.edit.images", &self.edit.images),
            ("inputs.edit.mask", &self.edit.mask),
            ("inputs.edit.strength", &self.edit.strength),
        ];
        let given = optional.into_iter().filter_map(|(key, name)| Some((key, name.as_deref()?)));
        std::iter::once(("inputs.prompt", self.prompt.as_str())).chain(given).collect()
    }
}

/// The table of a key, as a table of its own; none where the key is absent, or holds something else.
fn table_in(settings: &ProviderSettings, key: &str) -> Result<Option<ProviderSettings>, SettingsError> {
    let mut values: Map<String, Value> = settings.decode()?;
    Ok(match values.remove(key) {
        Some(Value::Object(table)) => Some(ProviderSettings::new(format!("{}.{key}", settings.path()), table)),
        _ => None,
    })
}
