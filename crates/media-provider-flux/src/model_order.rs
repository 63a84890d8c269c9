//! The orders that the configured model is sent, be it for a picture or for a change of one.

use media_domain::{Capabilities, GenerationOptions, ImageFormat, MediaDimensions};

use crate::FluxSettings;
use crate::aspect_ratio::{self, Shape};
use crate::capability::Family;
use crate::mapping::{Numbers, resized};
use crate::order::{DevOrder, FlexOrder, Flux2Order, Flux3Order, KontextOrder, Order, Picture, Pro11Order, UltraOrder};
use crate::task::Plan;

/// What the configured model is asked for.
pub(crate) struct Brief<'a> {
    pub(crate) prompt: Option<&'a str>,
    /// The pictures to start from.
    pub(crate) pictures: Vec<Picture>,
    /// The size asked for; left to the model when absent.
    pub(crate) asked: Option<MediaDimensions>,
    /// The size to name to a model that cannot be left to choose.
    pub(crate) own: MediaDimensions,
    pub(crate) options: &'a GenerationOptions,
}

/// Makes the order, of what the model can do.
pub(crate) fn model_plan<'a>(brief: Brief<'a>, capabilities: &Capabilities, settings: &'a FluxSettings) -> Plan<'a> {
    let family = Family::of(&settings.model);
    let wanted = brief.asked.unwrap_or(brief.own);
    let shape = if family.is_told_shapes() { aspect_ratio::nearest(family, wanted) } else { None };
    let size = shape.map(|shape| shape.size).or_else(|| capabilities.sizes.nearest(wanted)).unwrap_or(wanted);
    let left_open = brief.asked.is_none() && family.keeps_sizes();
    let step_range = capabilities.steps.as_ref().filter(|_| family.steps().is_some());
    let scale_range = capabilities.guidance_scale.as_ref().filter(|_| family.guidance_scales().is_some());
    let Numbers { steps, guidance, adaptations } = Numbers::fitted(brief.options, step_range, scale_range);
    let format = brief.options.output_format.unwrap_or(ImageFormat::Png);
    Plan {
        model: &settings.model,
        dimensions: if left_open { wanted } else { size },
        format,
        adaptations: brief.asked.and_then(|asked| resized(asked, size)).into_iter().chain(adaptations).collect(),
        order: Draft { brief, size, shape, steps, guidance, format, settings }.order(family),
    }
}

/// All that an order can be made of.
struct Draft<'a> {
    brief: Brief<'a>,
    size: MediaDimensions,
    shape: Option<Shape>,
    steps: Option<u32>,
    guidance: Option<f64>,
    format: ImageFormat,
    settings: &'a FluxSettings,
}

impl<'a> Draft<'a> {
    fn order(self, family: Family) -> Order<'a> {
        let (steps, guidance, prompt_upsampling) = (self.steps, self.guidance, self.settings.prompt_upsampling);
        match family {
            Family::Flux3 => Order::Flux3(self.flux_3()),
            Family::Flux2 | Family::Flux2Klein => Order::Flux2(self.flux_2()),
            Family::Flux2Flex | Family::Other => {
                Order::Flex(FlexOrder { flux_2: self.flux_2(), prompt_upsampling, guidance, steps })
            }
            Family::Pro11 => Order::Pro11(self.pro_11()),
            Family::Dev => Order::Dev(DevOrder { pro_11: self.pro_11(), steps, guidance }),
            Family::Ultra => Order::Ultra(self.ultra()),
            Family::Kontext => Order::Kontext(self.kontext()),
        }
    }

    fn flux_3(self) -> Flux3Order<'a> {
        let asked = self.brief.asked.and(self.shape);
        Flux3Order {
            prompt: self.brief.prompt.unwrap_or_default(),
            images: self.brief.pictures,
            aspect_ratio: asked.map_or("auto", |shape| shape.aspect_ratio),
            resolution: asked.and_then(|shape| shape.resolution),
            safety_tolerance: self.settings.safety_tolerance,
            grounding: self.settings.grounding,
        }
    }

    fn flux_2(self) -> Flux2Order<'a> {
        let size = self.brief.asked.map(|_| self.size);
        Flux2Order {
            prompt: self.brief.prompt.unwrap_or_default(),
            images: self.brief.pictures.into_iter().collect(),
            seed: self.brief.options.seed,
            width: size.map(|size| size.width),
            height: size.map(|size| size.height),
            safety_tolerance: self.settings.safety_tolerance,
            output_format: self.format.as_str(),
        }
    }

    fn pro_11(self) -> Pro11Order<'a> {
        Pro11Order {
            prompt: self.brief.prompt,
            image_prompt: self.brief.pictures.into_iter().next(),
            width: self.size.width,
            height: self.size.height,
            prompt_upsampling: self.settings.prompt_upsampling,
            seed: self.brief.options.seed,
            safety_tolerance: self.settings.safety_tolerance,
            output_format: self.format.as_str(),
        }
    }

    fn ultra(self) -> UltraOrder<'a> {
        let image_prompt = self.brief.pictures.into_iter().next();
        UltraOrder {
            prompt: self.brief.prompt,
            image_prompt_strength: self.settings.image_prompt_strength.filter(|_| image_prompt.is_some()),
            image_prompt,
            aspect_ratio: self.shape.map_or("1:1", |shape| shape.aspect_ratio),
            raw: self.settings.raw,
            prompt_upsampling: self.settings.prompt_upsampling,
            seed: self.brief.options.seed,
            safety_tolerance: self.settings.safety_tolerance,
            output_format: self.format.as_str(),
        }
    }

    fn kontext(self) -> KontextOrder<'a> {
        KontextOrder {
            prompt: self.brief.prompt.unwrap_or_default(),
            images: self.brief.pictures.into_iter().collect(),
            aspect_ratio: self.brief.asked.and(self.shape).map(|shape| shape.aspect_ratio),
            prompt_upsampling: self.settings.prompt_upsampling,
            seed: self.brief.options.seed,
            safety_tolerance: self.settings.safety_tolerance,
            output_format: self.format.as_str(),
        }
    }
}
