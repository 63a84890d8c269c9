//! What an export becomes in a file: a dev resource, or a comment.

use std::borrow::Cow;

use media_domain::FigmaAttachment;
use media_domain::text::Name;
use media_ports::{ExportDestination, ExportRequest, ProviderError};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::node::{FileKey, NodeId};

/// An export as it was asked for, checked.
#[derive(Debug)]
pub(crate) struct Attachment<'a> {
    pub(crate) file: FileKey,
    /// The page or node; the first page when absent.
    pub(crate) node: Option<NodeId>,
    /// The same as it was asked for.
    pub(crate) page_id: Option<&'a str>,
    pub(crate) name: &'a Name,
    pub(crate) link: Option<&'a str>,
    /// The only form that is wanted, if one is.
    pub(crate) only: Option<FigmaAttachment>,
}

impl<'a> Attachment<'a> {
    /// Reads a request; what Figma cannot take is refused before anything is sent.
    ///
    /// # Errors
    /// `unsupported`, raised here.
    pub(crate) fn read(request: &'a ExportRequest) -> Result<Self, ProviderError> {
        let ExportDestination::Figma { file_key, page_id } = &request.destination else {
            return Err(ProviderError::unsupported("export to another tool than Figma"));
        };
        let file = FileKey::parse(file_key).ok_or_else(|| {
            refused("the file key is none: it is the letters and digits after `/design/` in the file's address")
        })?;
        let read = |page: &str| {
            NodeId::parse(page).ok_or_else(|| {
                refused("the page is no node: two numbers, as in `1:2`, or `node-id=1-2` in its address")
            })
        };
        let node = page_id.as_deref().map(read).transpose()?;
        let link = request.link.as_deref().map(str::trim).filter(|link| !link.is_empty());
        if link.is_some_and(|link| !is_web_address(link)) {
            return Err(refused("the asset's link is no http or https address"));
        }
        let only = form(&request.options)?;
        if only == Some(FigmaAttachment::DevResource) && link.is_none() {
            return Err(refused("a dev resource needs a link to the asset, and there is none"));
        }
        Ok(Self { file, node, page_id: page_id.as_deref(), name: &request.name, link, only })
    }

    /// The link, if it is to become a dev resource.
    pub(crate) fn resource_link(&self) -> Option<&'a str> {
        self.link.filter(|_| self.only != Some(FigmaAttachment::Comment))
    }

    /// Whether a comment will do.
    pub(crate) fn may_be_comment(&self) -> bool {
        self.only != Some(FigmaAttachment::DevResource)
    }

    /// The comment's text.
    pub(crate) fn message(&self) -> Cow<'a, str> {
        match self.link {
            Some(link) => format!("{}\n{link}", self.name).into(),
            None => self.name.as_str().into(),
        }
    }
}

/// Whether two links lead to the same place, however they are written.
pub(crate) fn is_same_link(one: &str, other: &str) -> bool {
    let read = |text: &str| Url::parse(text.trim()).ok();
    read(one).is_some_and(|one| read(other) == Some(one))
}

/// Reads the one option that an export to Figma takes: `attach_as`.
fn form(options: &Map<String, Value>) -> Result<Option<FigmaAttachment>, ProviderError> {
    if let Some(key) = options.keys().find(|key| *key != "attach_as") {
        return Err(refused(&format!("there is no option {key:?}; there is `attach_as`")));
    }
    let read = options.get("attach_as").map(FigmaAttachment::deserialize).transpose();
    read.map_err(|_| refused("`attach_as` is \"dev_resource\" or \"comment\""))
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn refused(reason: &str) -> ProviderError {
    ProviderError::unsupported(format!("export to Figma: {reason}"))
}
