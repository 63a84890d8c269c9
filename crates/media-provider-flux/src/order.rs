//! The orders that the vendor takes. What a request leaves open is not sent.

use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Serialize, Serializer};

/// A picture, which becomes Base64 on its way into the body.
#[derive(Debug, Clone)]
pub(crate) struct Picture(pub(crate) Bytes);

impl Serialize for Picture {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(&self.0, &BASE64_STANDARD))
    }
}

/// An order: one form per family of models, because a model refuses fields that it does not know.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Order<'a> {
    Flux3(Flux3Order<'a>),
    Flux2(Flux2Order<'a>),
    Flex(FlexOrder<'a>),
    Pro11(Pro11Order<'a>),
    Dev(DevOrder<'a>),
    Ultra(UltraOrder<'a>),
    Kontext(KontextOrder<'a>),
    Fill(FillOrder<'a>),
    Expand(ExpandOrder<'a>),
}

/// `flux-3-image`.
#[derive(Debug, Serialize)]
pub(crate) struct Flux3Order<'a> {
    pub(crate) prompt: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) images: Vec<Picture>,
    pub(crate) aspect_ratio: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolution: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) safety_tolerance: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) grounding: Option<bool>,
}

/// `flux-2-pro`, `-max` and the models of `flux-2-klein`.
#[derive(Debug, Serialize)]
pub(crate) struct Flux2Order<'a> {
    pub(crate) prompt: &'a str,
    #[serde(flatten)]
    pub(crate) images: InputImages,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) safety_tolerance: Option<u8>,
    pub(crate) output_format: &'static str,
}

/// `flux-2-flex`, and models that the table does not know.
#[derive(Debug, Serialize)]
pub(crate) struct FlexOrder<'a> {
    #[serde(flatten)]
    pub(crate) flux_2: Flux2Order<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompt_upsampling: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) guidance: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) steps: Option<u32>,
}

/// `flux-pro-1.1`.
#[derive(Debug, Serialize)]
pub(crate) struct Pro11Order<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image_prompt: Option<Picture>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompt_upsampling: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) safety_tolerance: Option<u8>,
    pub(crate) output_format: &'static str,
}

/// `flux-dev`.
#[derive(Debug, Serialize)]
pub(crate) struct DevOrder<'a> {
    #[serde(flatten)]
    pub(crate) pro_11: Pro11Order<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) steps: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) guidance: Option<f64>,
}

/// `flux-pro-1.1-ultra`.
#[derive(Debug, Serialize)]
pub(crate) struct UltraOrder<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image_prompt: Option<Picture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image_prompt_strength: Option<f64>,
    pub(crate) aspect_ratio: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) raw: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompt_upsampling: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) safety_tolerance: Option<u8>,
    pub(crate) output_format: &'static str,
}

/// `flux-kontext-pro` and `-max`.
#[derive(Debug, Serialize)]
pub(crate) struct KontextOrder<'a> {
    pub(crate) prompt: &'a str,
    #[serde(flatten)]
    pub(crate) images: InputImages,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) aspect_ratio: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompt_upsampling: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) safety_tolerance: Option<u8>,
    pub(crate) output_format: &'static str,
}

/// What the models that inpaint and outpaint have in common.
#[derive(Debug, Serialize)]
pub(crate) struct RepaintOrder<'a> {
    pub(crate) image: Picture,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) steps: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) guidance: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompt_upsampling: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) safety_tolerance: Option<u8>,
    pub(crate) output_format: &'static str,
}

/// `flux-pro-1.0-fill`.
#[derive(Debug, Serialize)]
pub(crate) struct FillOrder<'a> {
    #[serde(flatten)]
    pub(crate) repaint: RepaintOrder<'a>,
    pub(crate) mask: Picture,
}

/// `flux-pro-1.0-expand`, with the pixels by which the picture grows.
#[derive(Debug, Serialize)]
pub(crate) struct ExpandOrder<'a> {
    #[serde(flatten)]
    pub(crate) repaint: RepaintOrder<'a>,
    pub(crate) top: u32,
    pub(crate) bottom: u32,
    pub(crate) left: u32,
    pub(crate) right: u32,
}

/// The pictures that an edit starts from, the one to be changed first.
#[derive(Debug, Default, Serialize)]
pub(crate) struct InputImages {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_image: Option<Picture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_image_2: Option<Picture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_image_3: Option<Picture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_image_4: Option<Picture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_image_5: Option<Picture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_image_6: Option<Picture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_image_7: Option<Picture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_image_8: Option<Picture>,
}

impl FromIterator<Picture> for InputImages {
    fn from_iter<I: IntoIterator<Item = Picture>>(pictures: I) -> Self {
        let mut pictures = pictures.into_iter();
        Self {
            input_image: pictures.next(),
            input_image_2: pictures.next(),
            input_image_3: pictures.next(),
            input_image_4: pictures.next(),
            input_image_5: pictures.next(),
            input_image_6: pictures.next(),
            input_image_7: pictures.next(),
            input_image_8: pictures.next(),
        }
    }
}
