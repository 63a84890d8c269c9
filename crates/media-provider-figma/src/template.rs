//! The nodes that stand in for pictures.

use std::collections::BTreeMap;

use media_ports::ProviderError;

use crate::FigmaSettings;
use crate::node::{FileKey, NodeId, node_of_file};
use crate::settings::TemplateSettings;

/// Why nothing is generated, and what to do; without a template the chain passes the provider over with these words.
pub(crate) const NO_TEMPLATE: &str =
    "no template configured: set file_key and node_id, or name a node as style, as FILE_KEY/NODE_ID or by its address";

/// A node that is rendered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    /// The file.
    pub(crate) file: FileKey,
    /// The node.
    pub(crate) node: NodeId,
    /// Its size, if configuration tells.
    pub(crate) size: Option<NodeSize>,
}

/// Size of a node, in pixels at scale 1; both sides are above zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct NodeSize {
    /// Width.
    pub(crate) width: f64,
    /// Height.
    pub(crate) height: f64,
}

impl NodeSize {
    /// Takes two sides, unless one is none.
    pub(crate) fn new(width: f64, height: f64) -> Option<Self> {
        let is_side = |side: f64| side.is_finite() && side > 0.0;
        (is_side(width) && is_side(height)).then_some(Self { width, height })
    }
}

/// The templates of a provider.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Templates {
    usual: Option<Template>,
    named: BTreeMap<String, Template>,
}

impl Templates {
    /// Reads the templates out of settings.
    ///
    /// # Errors
    /// The key that is wrong, and why.
    pub(crate) fn read(settings: &FigmaSettings) -> Result<Self, (String, &'static str)> {
        let FigmaSettings { file_key, node_id, node_width, node_height, .. } = settings;
        let usual = match node_id {
            Some(node_id) => {
                let usual = TemplateSettings {
                    file_key: None,
                    node_id: node_id.clone(),
                    node_width: *node_width,
                    node_height: *node_height,
                };
                Some(template(&usual, file_key.as_deref()).map_err(|(key, reason)| (key.to_owned(), reason))?)
            }
            None if file_key.is_some() && settings.templates.is_empty() => {
                return Err(("node_id".to_owned(), "is not set; name the node of the file that is rendered"));
            }
            None if node_width.is_some() || node_height.is_some() => {
                return Err(("node_id".to_owned(), "is not set, though the node's size is"));
            }
            None => None,
        };
        let named = settings.templates.iter().map(|(name, table)| {
            let read = template(table, file_key.as_deref());
            let read = read.map_err(|(key, reason)| (format!("templates.{name}.{key}"), reason))?;
            Ok((name.clone(), read))
        });
        Ok(Self { usual, named: named.collect::<Result<_, (String, &'static str)>>()? })
    }

    /// The template that a style names, in the settings or by itself; without a style the usual one.
    ///
    /// # Errors
    /// `unsupported`, raised here, when there is none.
    pub(crate) fn choose(&self, style: Option<&str>) -> Result<Template, ProviderError> {
        let Some(style) = style else {
            return self.usual.clone().ok_or_else(|| ProviderError::unsupported(self.lacking()));
        };
        let named = self.named.get(style).cloned().or_else(|| self.by_itself(style));
        named.ok_or_else(|| ProviderError::unsupported(format!("no template is named {style:.80?}; {}", self.known())))
    }

    /// A node that is named with its file. If it is a template of the settings, too, they may know its size.
    fn by_itself(&self, style: &str) -> Option<Template> {
        let (file, node) = node_of_file(style.trim())?;
        let mut known = self.usual.iter().chain(self.named.values());
        let known = known.find(|template| template.file == file && template.node == node).cloned();
        known.or(Some(Template { file, node, size: None }))
    }

    /// The usual template.
    pub(crate) fn usual(&self) -> Option<&Template> {
        self.usual.as_ref()
    }

    /// Whether there is no template at all.
    pub(crate) fn are_none(&self) -> bool {
        self.usual.is_none() && self.named.is_empty()
    }

    fn lacking(&self) -> String {
        if self.named.is_empty() {
            NO_TEMPLATE.to_owned()
        } else {
            format!("no template is configured for requests without a style: set node_id; {}", self.known())
        }
    }

    fn known(&self) -> String {
        let names = self.named.keys().map(String::as_str).chain(["or a node, as FILE_KEY/NODE_ID or by its address"]);
        format!("as style there is: {}", names.collect::<Vec<_>>().join(", "))
    }
}

fn template(table: &TemplateSettings, file_key: Option<&str>) -> Result<Template, (&'static str, &'static str)> {
    let file = table.file_key.as_deref().or(file_key).ok_or(("file_key", "is not set; name the file of the node"))?;
    let file = FileKey::parse(file)
        .ok_or(("file_key", "is no key: the letters and digits after `/design/` in the file's address"))?;
    let node = NodeId::parse(&table.node_id)
        .ok_or(("node_id", "is no node: two numbers, as in `1:2`, or `node-id=1-2` in an address"))?;
    let size = match (table.node_width, table.node_height) {
        (None, None) => None,
        (Some(width), Some(height)) => {
            Some(NodeSize::new(width, height).ok_or(("node_width", "and node_height are above zero"))?)
        }
        (Some(_), None) => return Err(("node_height", "is not set, though node_width is")),
        (None, Some(_)) => return Err(("node_width", "is not set, though node_height is")),
    };
    Ok(Template { file, node, size })
}
