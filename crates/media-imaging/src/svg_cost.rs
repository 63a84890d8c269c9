//! What an SVG file would cost to understand and to draw, reckoned before it is paid.

use std::collections::HashMap;

use media_ports::ImageError;
use resvg::usvg::{Group, Node, Paint, Path, Tree, roxmltree};

use crate::svg::broken;

/// Most XML nodes in a file.
pub(crate) const MAX_NODES: u32 = 200_000;
/// Most elements once every reference stands for what it refers to.
const MAX_DRAWN: u64 = 100_000;
/// Deepest nesting, references included.
const MAX_DEPTH: usize = 128;
/// Most text that entities may expand to, in bytes.
const MAX_EXPANSION: usize = 8 * 1_048_576;

/// Refuses entities that refer to entities, and those whose expansion would be long: the parser would repeat a text as
/// often as it is referred to.
pub(crate) fn check_entities(text: &str) -> Result<(), ImageError> {
    let Some(first) = text.find("<!ENTITY") else { return Ok(()) };
    let last = text.rfind("<!ENTITY").unwrap_or(first);
    let subset = &text[first..text[last..].find('>').map_or(text.len(), |end| last + end)];
    if subset.replace("&#", "").contains(['&', '%']) {
        return Err(broken("its entities refer to entities"));
    }
    let references = memchr::memchr_iter(b'&', text.as_bytes()).count();
    if references.saturating_mul(subset.len()) > MAX_EXPANSION {
        return Err(ImageError::TooLarge("its entities expand to too much text".to_owned()));
    }
    Ok(())
}

/// Reckons what every reference stands for, and what markers and style sheets multiply.
pub(crate) fn check_document(document: &roxmltree::Document<'_>) -> Result<(), ImageError> {
    let mut expansion = Expansion::new(document);
    let drawn = expansion.reckon(document.root_element(), 0)?;
    let plain = u64::try_from(document.descendants().count()).unwrap_or(u64::MAX).max(1);
    let markers = document.descendants().filter(|node| node.tag_name().name() == "marker");
    let marker_nodes = markers.map(|marker| expansion.reckon(marker, 0)).sum::<Result<u64, _>>()?;
    let outlines = document.descendants().flat_map(|node| [node.attribute("d"), node.attribute("points")]).flatten();
    let vertices = outlines.fold(0_u64, |sum, text| sum.saturating_add(text.len() as u64 / 8));
    let marked = vertices.saturating_mul(marker_nodes).saturating_mul(drawn.div_ceil(plain));
    check_drawn(drawn.saturating_add(marked).saturating_mul(style_factor(document, &mut expansion)?))
}

/// What references within style sheets multiply at the worst, where each of their targets lies within another.
fn style_factor(document: &roxmltree::Document<'_>, expansion: &mut Expansion<'_, '_>) -> Result<u64, ImageError> {
    let sheets = document.descendants().filter(|node| node.tag_name().name() == "style");
    let text = sheets.flat_map(|sheet| sheet.descendants()).filter_map(|node| node.text()).collect::<Vec<_>>().concat();
    let mut targets = references(&text).collect::<Vec<_>>();
    targets.sort_unstable();
    targets.dedup();
    let mut factor = 1_u64;
    for target in targets.into_iter().filter_map(|id| expansion.by_id.get(id).copied()).collect::<Vec<_>>() {
        if matches!(target.tag_name().name(), "clipPath" | "marker" | "mask" | "pattern") {
            // The container itself draws nothing.
            factor = factor.saturating_mul(expansion.reckon(target, 0)?.saturating_sub(1).max(1));
        }
    }
    Ok(factor)
}

/// The ids in every `url(#id)` of a text.
fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split("url(").skip(1).filter_map(|after| {
        let inside = after.split(')').next()?;
        inside.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'').strip_prefix('#')
    })
}

/// Reckons what drawing costs where patterns, masks and clips nest.
pub(crate) fn check_tree(tree: &Tree) -> Result<(), ImageError> {
    check_drawn(DrawingCost::default().group(tree.root()))
}

fn check_drawn(drawn: u64) -> Result<(), ImageError> {
    if drawn > MAX_DRAWN {
        return Err(ImageError::TooLarge(format!("more than {MAX_DRAWN} SVG elements to draw")));
    }
    Ok(())
}

/// Counts the elements that a node stands for, with each reference replaced by its target.
struct Expansion<'a, 'input> {
    by_id: HashMap<&'a str, roxmltree::Node<'a, 'input>>,
    /// `None` while a node is being reckoned.
    known: HashMap<roxmltree::NodeId, Option<u64>>,
}

impl<'a, 'input> Expansion<'a, 'input> {
    fn new(document: &'a roxmltree::Document<'input>) -> Self {
        let with_id = document.descendants().filter_map(|node| Some((node.attribute("id")?, node)));
        Self { by_id: with_id.collect(), known: HashMap::new() }
    }

    fn reckon(&mut self, node: roxmltree::Node<'a, 'input>, depth: usize) -> Result<u64, ImageError> {
        match self.known.get(&node.id()) {
            Some(Some(count)) => return Ok(*count),
            Some(None) => return Err(broken("an element refers to itself")),
            None => {}
        }
        if depth > MAX_DEPTH {
            return Err(ImageError::TooLarge(format!("SVG elements nested more than {MAX_DEPTH} deep")));
        }
        self.known.insert(node.id(), None);
        let mut count = 1_u64;
        for child in node.children().filter(roxmltree::Node::is_element) {
            count = count.saturating_add(self.reckon(child, depth + 1)?);
        }
        for target in self.targets_of(node) {
            count = count.saturating_add(self.reckon(target, depth + 1)?);
        }
        self.known.insert(node.id(), Some(count));
        Ok(count)
    }

    /// What a node refers to: the target of a `use`, and whatever paints, clips, masks or marks it.
    fn targets_of(&self, node: roxmltree::Node<'a, 'input>) -> Vec<roxmltree::Node<'a, 'input>> {
        let mut targets = Vec::new();
        for attribute in node.attributes() {
            if attribute.value().contains("url(") {
                targets.extend(references(attribute.value()).filter_map(|id| self.by_id.get(id)));
            } else if attribute.name() == "href" && matches!(node.tag_name().name(), "use" | "pattern") {
                let id = attribute.value().trim().strip_prefix('#');
                targets.extend(id.and_then(|id| self.by_id.get(id)));
            }
        }
        targets
    }
}

/// Counts what is drawn; what several elements share is reckoned once and counted each time.
#[derive(Default)]
struct DrawingCost {
    groups: HashMap<*const Group, u64>,
}

impl DrawingCost {
    fn group(&mut self, group: &Group) -> u64 {
        if let Some(known) = self.groups.get(&std::ptr::from_ref(group)) {
            return *known;
        }
        let mut cost = 1_u64;
        for child in group.children() {
            cost = cost.saturating_add(match child {
                Node::Group(group) => self.group(group),
                Node::Path(path) => self.path(path),
                Node::Image(_) => 20,
                Node::Text(text) => self.group(text.flattened()),
            });
        }
        if let Some(clip) = group.clip_path() {
            cost = cost.saturating_add(self.clip(clip));
        }
        if let Some(mask) = group.mask() {
            cost = cost.saturating_add(self.mask(mask));
        }
        let primitives = group.filters().iter().map(|filter| filter.primitives().len() as u64).sum::<u64>();
        cost = cost.saturating_add(primitives.saturating_mul(50));
        self.groups.insert(std::ptr::from_ref(group), cost);
        cost
    }

    fn clip(&mut self, clip: &resvg::usvg::ClipPath) -> u64 {
        let own = self.group(clip.root());
        clip.clip_path().map_or(own, |outer| own.saturating_add(self.clip(outer)))
    }

    fn mask(&mut self, mask: &resvg::usvg::Mask) -> u64 {
        let own = self.group(mask.root());
        mask.mask().map_or(own, |outer| own.saturating_add(self.mask(outer)))
    }

    fn path(&mut self, path: &Path) -> u64 {
        let paints = [path.fill().map(|fill| fill.paint()), path.stroke().map(|stroke| stroke.paint())];
        paints.into_iter().flatten().fold(1_u64, |cost, paint| match paint {
            Paint::Pattern(pattern) => cost.saturating_add(self.group(pattern.root())),
            Paint::Color(_) | Paint::LinearGradient(_) | Paint::RadialGradient(_) => cost,
        })
    }
}
