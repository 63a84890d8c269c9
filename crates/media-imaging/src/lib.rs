#![doc = include_str!("../README.md")]

mod cover;
mod decode;
mod encode;
mod font;
mod gif;
mod inspect;
mod jpeg;
mod limits;
mod mask;
mod placeholder;
mod png;
mod reader;
mod resize;
mod service;
mod sniff;
mod svg;
mod svg_cost;
mod thumbnail;
mod webp;

pub use cover::cover;
pub use inspect::inspect;
pub use limits::ImageLimits;
pub use mask::{MaskError, repaint_mask};
pub use placeholder::render_placeholder;
pub use service::ImagingService;
pub use sniff::sniff;
pub use svg::sanitize_svg;
pub use thumbnail::thumbnail;
