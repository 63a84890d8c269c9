//! SVG: understood by a real SVG library or not at all, and given out only as that library writes it.

use std::sync::{Arc, OnceLock};

use image::{DynamicImage, RgbaImage};
use media_domain::{ImageFormat, MediaDimensions};
use media_ports::ImageError;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, ImageHrefResolver, ImageKind, Options, Tree, fontdb, roxmltree};

use crate::inspect::{Facts, look_into};
use crate::{ImageLimits, font, svg_cost};

/// Rewrites an SVG file so that it can be served: parsed by a real SVG library and written anew from what it understood.
///
/// Scripts, event handlers, links, animation, foreign objects, document types and everything that would be fetched are
/// gone; shapes, texts and embedded raster images stay.
///
/// # Errors
/// [`ImageError`]: empty, not SVG, too large or too costly to draw, broken.
///
/// ```
/// # use media_imaging::{ImageLimits, sanitize_svg};
/// let hostile = br#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>steal()</script></svg>"#;
/// assert!(!sanitize_svg(hostile, &ImageLimits::default())?.contains("script"));
/// # Ok::<(), media_ports::ImageError>(())
/// ```
pub fn sanitize_svg(bytes: &[u8], limits: &ImageLimits) -> Result<String, ImageError> {
    limits.check_file(bytes)?;
    let tree = parse(bytes, limits)?;
    Ok(tree.to_string(&usvg::WriteOptions { preserve_text: true, ..usvg::WriteOptions::default() }))
}

pub(crate) fn walk(bytes: &[u8], limits: &ImageLimits) -> Result<Facts, ImageError> {
    let dimensions = dimensions_of(&parse(bytes, limits)?);
    limits.check_dimensions(dimensions)?;
    Ok(Facts { has_alpha: Some(true), ..Facts::new(dimensions) })
}

/// Draws the file so that its longer side has `max_side` pixels.
fn draw(bytes: &[u8], max_side: u32, limits: &ImageLimits) -> Result<Pixmap, ImageError> {
    let tree = parse(bytes, limits)?;
    let scale = max_side as f32 / tree.size().width().max(tree.size().height());
    let side = |length: f32| ((length * scale).round() as u32).clamp(1, max_side.max(1));
    let (width, height) = (side(tree.size().width()), side(tree.size().height()));
    limits.check_dimensions(MediaDimensions::new(width, height))?;
    let mut pixmap =
        Pixmap::new(width, height).ok_or_else(|| ImageError::Internal(format!("no room for {width}x{height}")))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Ok(pixmap)
}

fn dimensions_of(tree: &Tree) -> MediaDimensions {
    // The conversion saturates; sizes are never negative.
    let side = |length: f32| (length.ceil() as u32).max(1);
    MediaDimensions::new(side(tree.size().width()), side(tree.size().height()))
}

fn parse(bytes: &[u8], limits: &ImageLimits) -> Result<Tree, ImageError> {
    limits.check_svg(bytes)?;
    let text = std::str::from_utf8(bytes).map_err(|_| broken("it is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    svg_cost::check_entities(text)?;
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        nodes_limit: svg_cost::MAX_NODES,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => {
            ImageError::TooLarge(format!("more than {} SVG nodes", svg_cost::MAX_NODES))
        }
        other => broken(other.to_string()),
    })?;
    svg_cost::check_document(&document)?;
    let tree = Tree::from_xmltree(&document, &drawing_options(limits)).map_err(|error| match error {
        usvg::Error::ElementsLimitReached => ImageError::TooLarge("too many SVG elements".to_owned()),
        other => broken(other.to_string()),
    })?;
    svg_cost::check_tree(&tree)?;
    Ok(tree)
}

/// Options under which nothing is read from files or the network.
fn drawing_options(limits: &ImageLimits) -> Options<'static> {
    let limits = *limits;
    Options {
        resources_dir: None,
        font_family: font::FAMILY.to_owned(),
        fontdb: Arc::clone(fonts()),
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(move |_, data, _| embedded_image(data, &limits)),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    }
}

/// An embedded image is looked into as any other file; SVG within SVG is left out.
fn embedded_image(data: Arc<Vec<u8>>, limits: &ImageLimits) -> Option<ImageKind> {
    if crate::sniff(&data)? == ImageFormat::Svg {
        return None;
    }
    match look_into(&data, limits).ok()?.0 {
        ImageFormat::Jpeg => Some(ImageKind::JPEG(data)),
        ImageFormat::Png => Some(ImageKind::PNG(data)),
        ImageFormat::Gif => Some(ImageKind::GIF(data)),
        ImageFormat::Webp => Some(ImageKind::WEBP(data)),
        ImageFormat::Svg => None,
    }
}

fn fonts() -> &'static Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    FONTS.get_or_init(|| {
        let mut database = fontdb::Database::new();
        database.load_font_source(fontdb::Source::Binary(Arc::new(font::DATA)));
        database.set_sans_serif_family(font::FAMILY);
        database.set_serif_family(font::FAMILY);
        database.set_monospace_family(font::FAMILY);
        database.set_cursive_family(font::FAMILY);
        database.set_fantasy_family(font::FAMILY);
        Arc::new(database)
    })
}

/// Draws a file as pixels whose longer side is `max_side`.
pub(crate) fn picture(bytes: &[u8], max_side: u32, limits: &ImageLimits) -> Result<DynamicImage, ImageError> {
    let pixmap = draw(bytes, max_side, limits)?;
    let (width, height) = (pixmap.width(), pixmap.height());
    let pixels = RgbaImage::from_raw(width, height, pixmap.take_demultiplied());
    pixels
        .map(DynamicImage::from)
        .ok_or_else(|| ImageError::Internal("the drawing has the wrong number of pixels".to_owned()))
}

pub(crate) fn broken(reason: impl Into<String>) -> ImageError {
    ImageError::Broken { format: ImageFormat::Svg, reason: reason.into() }
}
