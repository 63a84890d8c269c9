//! From neutral requests to a model's inputs, and from its output to pictures.

use std::num::NonZeroU32;

use media_domain::{
    Adaptation, Capabilities, EditRequest, GenerationOptions, GenerationRequest, ImageFormat, MediaDimensions,
};
use media_ports::fitting::nearest;
use serde_json::{Map, Value};

use crate::aspect_ratio::AspectRatio;
use crate::{ModelInputs, ReplicateSdxlAdapter};

/// What is sent to a model, and where it is not what was asked for.
#[derive(Debug, Default)]
pub(crate) struct Input {
    pub(crate) fields: Map<String, Value>,
    pub(crate) adaptations: Vec<Adaptation>,
}

/// Makes the input of a generation, which has been fitted to the model.
pub(crate) fn generation(request: &GenerationRequest, adapter: &ReplicateSdxlAdapter) -> Input {
    let inputs = &adapter.inputs;
    let mut input = Input { fields: inputs.constants.clone(), adaptations: Vec::new() };
    input.put("prompt", Some(&inputs.prompt), Some(request.prompt.as_str()));
    input.put("count", inputs.count.as_ref(), inputs.count.as_ref().map(|_| request.count));
    input.put_size(inputs, request.dimensions);
    if !inputs.take_a_size() {
        input.leave_out("size", request.dimensions.to_string());
    }
    input.put_options(&request.options, adapter);
    input
}

/// Makes the input of an edit, without its pictures. A number beyond what the model takes becomes the nearest that it does.
pub(crate) fn edit(request: &EditRequest, adapter: &ReplicateSdxlAdapter) -> Input {
    let inputs = &adapter.inputs;
    let constants = inputs.constants.iter().chain(&inputs.edit.constants);
    let fields = constants.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut input = Input { fields, adaptations: Vec::new() };
    input.put("prompt", Some(&inputs.prompt), request.prompt.as_ref().map(|prompt| prompt.as_str()));
    input.put("count", inputs.count.as_ref(), inputs.count.as_ref().map(|_| request.count));
    let strength = inputs.edit.strength.as_ref();
    input.put("strength", strength, strength.map(|_| adapter.settings.edit_strength));
    // SDXL without a mask draws the picture's own size, whatever it is told (replicate/cog-sdxl, predict.py, read
    // 2026-11-21). A constant of edits may leave the shape to the picture, unless somebody asks for one.
    let takes_a_size = inputs.take_a_size() && !(adapter.settings.is_sdxl() && request.mask.is_none());
    if takes_a_size && (request.dimensions.is_some() || !inputs.edit_has_its_own_shape()) {
        input.put_size(inputs, edited_size(request, &adapter.capabilities));
    }
    if let Some(asked) = request.dimensions.filter(|asked| !takes_a_size && *asked != request.source.dimensions) {
        input.leave_out("size", asked.to_string());
    }
    let options = input.fitted(&request.options, adapter);
    input.put_options(&options, adapter);
    input
}

/// The size of an edited picture: the nearest to its own that the model draws.
fn edited_size(request: &EditRequest, capabilities: &Capabilities) -> MediaDimensions {
    let target = request.target_dimensions();
    capabilities.sizes.nearest(target).unwrap_or(target)
}

impl Input {
    /// Puts a value under the model's name for the field, or notes that it is left out.
    fn put(&mut self, field: &str, name: Option<&String>, value: Option<impl Into<Value>>) {
        let Some(value) = value.map(Into::into) else { return };
        match (name, value) {
            (Some(name), value) => {
                self.fields.insert(name.clone(), value);
            }
            (None, Value::String(text)) => self.leave_out(field, text),
            (None, value) => self.leave_out(field, value.to_string()),
        }
    }

    fn leave_out(&mut self, field: &str, requested: String) {
        self.adapt(field, requested, None, "the model has no input for it".to_owned());
    }

    fn adapt(&mut self, field: &str, requested: String, used: Option<String>, reason: String) {
        self.adaptations.push(Adaptation { field: field.to_owned(), requested, used, reason });
    }

    /// The options with numbers that the model takes; those without an input are left as they are.
    fn fitted(&mut self, options: &GenerationOptions, adapter: &ReplicateSdxlAdapter) -> GenerationOptions {
        let ReplicateSdxlAdapter { capabilities, inputs, .. } = adapter;
        let step_range = capabilities.steps.as_ref().filter(|_| inputs.steps.is_some());
        let scale_range = capabilities.guidance_scale.as_ref().filter(|_| inputs.guidance_scale.is_some());
        let (mut steps, mut guidance_scale) = (options.steps.map(NonZeroU32::get), options.guidance_scale);
        self.adaptations.extend(nearest("steps", &mut steps, step_range));
        self.adaptations.extend(nearest("guidance_scale", &mut guidance_scale, scale_range));
        GenerationOptions { steps: steps.and_then(NonZeroU32::new), guidance_scale, ..options.clone() }
    }

    fn put_size(&mut self, inputs: &ModelInputs, size: MediaDimensions) {
        if let (Some(width), Some(height)) = (&inputs.width, &inputs.height) {
            self.put("width", Some(width), Some(size.width));
            self.put("height", Some(height), Some(size.height));
        }
        if let Some(name) = &inputs.size {
            self.put("size", Some(name), Some(format!("{}x{}", size.width, size.height)));
        }
        if let Some(name) = &inputs.aspect_ratio {
            let nearest = AspectRatio::nearest(inputs.ratios(), size);
            self.put("aspect_ratio", Some(name), nearest.map(|ratio| ratio.to_string()));
        }
    }

    fn put_options(&mut self, options: &GenerationOptions, adapter: &ReplicateSdxlAdapter) {
        let (inputs, settings) = (&adapter.inputs, &adapter.settings);
        // Defaults go only where the model has an input for them; what was asked for and has none is told.
        let steps = settings.steps_for(options).filter(|_| inputs.steps.is_some() || options.steps.is_some());
        let scale = settings.guidance_scale_for(options);
        let scale = scale.filter(|_| inputs.guidance_scale.is_some() || options.guidance_scale.is_some());
        let quality = options.quality.map(|quality| {
            let word = adapter.capabilities.qualities.get(&quality);
            word.cloned().unwrap_or_else(|| quality.to_string())
        });
        self.put("negative_prompt", inputs.negative_prompt.as_ref(), options.negative_prompt.as_deref());
        self.put("seed", inputs.seed.as_ref(), options.seed);
        self.put("steps", inputs.steps.as_ref(), steps);
        self.put("guidance_scale", inputs.guidance_scale.as_ref(), scale);
        self.put("quality", inputs.quality.as_ref(), quality);
        self.put("style", inputs.style.as_ref(), options.style.as_deref());
        self.put("background", inputs.background.as_ref(), options.background.map(|background| background.to_string()));
        if let (Some(name), Some(format)) = (&inputs.output_format, options.output_format) {
            self.put("output_format", Some(name), Some(format.extension()));
        }
    }
}

/// What an order asked for, read out of the input that the vendor gives back with the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Zero by zero when it cannot be told.
    pub(crate) dimensions: MediaDimensions,
    pub(crate) format: Option<ImageFormat>,
    pub(crate) seed: Option<u64>,
}

impl Asked {
    /// Reads an input.
    pub(crate) fn of(input: &Map<String, Value>, inputs: &ModelInputs) -> Self {
        let value = |name: &Option<String>| input.get(name.as_ref()?);
        let text = |name: &Option<String>| value(name).and_then(Value::as_str);
        let side = |name: &Option<String>| value(name)?.as_u64()?.try_into().ok();
        let sides = side(&inputs.width).zip(side(&inputs.height));
        let sized = || {
            let (width, height) = text(&inputs.size)?.split_once('x')?;
            width.parse().ok().zip(height.parse().ok())
        };
        let shaped = || text(&inputs.aspect_ratio)?.parse().ok().map(AspectRatio::size);
        let dimensions = sides.or_else(sized).map(|(width, height)| MediaDimensions::new(width, height));
        Self {
            dimensions: dimensions.or_else(shaped).unwrap_or(MediaDimensions::new(0, 0)),
            format: text(&inputs.output_format).and_then(|word| {
                ImageFormat::ALL.iter().copied().find(|format| format.extension() == word || format.as_str() == word)
            }),
            seed: value(&inputs.seed).and_then(Value::as_u64),
        }
    }
}
