//! Exporting images to Figma: a link is left at a node, since the API writes neither nodes nor pictures.

use async_trait::async_trait;
use media_domain::{DesignExportResult, FigmaAttachment, FigmaExportResult, ProviderErrorKind, RetryClass};
use media_http::Purpose;
use media_ports::{CallContext, DesignExporter, ExportAnswer, ExportRequest, ProviderError};

use crate::attachment::{Attachment, is_same_link};
use crate::error::{is_forbidden, names_no_node, told_until};
use crate::node::{FileKey, NodeId};
use crate::wire::{
    CommentMade, Comments, DevResources, DevResourcesMade, File, FrameOffset, NewComment, NewDevResource,
    NewDevResources, Vector,
};
use crate::{FigmaApiAdapter, RememberedAnswer};

/// What is done, in words that complete "failed to …".
const FIND_PAGE: &str = "find the file's first page";
const LINK: &str = "leave a dev resource";
const LOOK_FOR_LINK: &str = "look for the dev resource";
const COMMENT: &str = "leave a comment";
const LOOK_FOR_COMMENT: &str = "look for the comment";

/// What a first page is remembered by, beside the version of its file.
const FIRST_PAGE: &str = "first_page";

/// Largest list of pages, dev resources or comments that is read, in bytes.
const LIST_LIMIT: u64 = 16 << 20;

#[async_trait]
impl DesignExporter for FigmaApiAdapter {
    async fn export_design(
        &self,
        context: &CallContext,
        request: &ExportRequest,
    ) -> Result<ExportAnswer, ProviderError> {
        let context = context.with_deadline(self.clock().now() + self.settings.timeout());
        let attachment = Attachment::read(request)?;
        let attached = self.attached(&context, &attachment).await;
        let (node, attached_as) = attached.map_err(|error| told_until(error, self.clock().utc_now()))?;
        let result = FigmaExportResult {
            figma_url: node.as_ref().map_or_else(|| attachment.file.address(), |node| attachment.file.address_of(node)),
            figma_node_id: node.map(|node| node.to_string()).unwrap_or_default(),
            figma_file_key: attachment.file.to_string(),
            page_id: attachment.page_id.map(str::to_owned),
            attached_as,
        };
        Ok(ExportAnswer {
            provider: self.id.clone(),
            result: DesignExportResult::Figma(result),
            dry_run: false,
            attempts: Vec::new(),
            skipped: Vec::new(),
        })
    }
}

impl FigmaApiAdapter {
    /// Leaves a dev resource, or a comment where that is not to be had; answers at which node, if at any, and what it
    /// became.
    async fn attached(
        &self,
        context: &CallContext,
        attachment: &Attachment<'_>,
    ) -> Result<(Option<NodeId>, FigmaAttachment), ProviderError> {
        let node = match &attachment.node {
            Some(node) => {
                self.version(context, &attachment.file).await?;
                node.clone()
            }
            None => self.first_page(context, &attachment.file).await?,
        };
        let mut refusal = None;
        if let Some(link) = attachment.resource_link() {
            match self.linked(context, attachment, &node, link).await? {
                None => return Ok((Some(node), FigmaAttachment::DevResource)),
                Some(error) if !attachment.may_be_comment() => return Err(error),
                refused => refusal = refused,
            }
        }
        let commented = self.commented(context, attachment, &node).await.map_err(|mut error| {
            if let Some(refusal) = refusal {
                error.message.push_str(&format!("; before that, Figma refused the dev resource: {refusal}"));
            }
            error
        });
        commented.map(|node| (node, FigmaAttachment::Comment))
    }

    /// The first page. While it is remembered, only the file is looked at, which is the cheaper question.
    async fn first_page(&self, context: &CallContext, file: &FileKey) -> Result<NodeId, ProviderError> {
        let version = self.version(context, file).await?;
        let known = self.memory.first_pages.get(&file.to_string(), self.clock().now());
        if let Some(page) = known.and_then(|page| NodeId::parse(&page)) {
            return Ok(page);
        }
        let memory = self.of_version(file, version.as_deref());
        let recalled = match memory.recall(FIRST_PAGE).await {
            Some(RememberedAnswer::FirstPage { node_id }) => NodeId::parse(&node_id),
            _ => None,
        };
        let page = match recalled {
            Some(page) => page,
            None => {
                let page = self.told_first_page(context, file).await?;
                memory.remember(FIRST_PAGE, RememberedAnswer::FirstPage { node_id: page.to_string() }).await;
                page
            }
        };
        self.memory.first_pages.put(file.to_string(), page.to_string(), self.clock().now());
        Ok(page)
    }

    async fn told_first_page(&self, context: &CallContext, file: &FileKey) -> Result<NodeId, ProviderError> {
        let call = self.client.get(self.about("files", file, None)?, context, Purpose::Read, FIND_PAGE);
        let answer = call.query("depth", "1").body_limit(LIST_LIMIT).send_json::<File>().await?;
        let page = answer.document.document.children.first().and_then(|page| NodeId::parse(&page.id));
        page.ok_or_else(|| {
            let message = format!("{FIND_PAGE}: the answer names none; name a page or node of file {file}");
            ProviderError::new(ProviderErrorKind::NotFound, message)
        })
    }

    /// Leaves the link as a dev resource, once per node; answers the refusal where a comment may take its place.
    async fn linked(
        &self,
        context: &CallContext,
        attachment: &Attachment<'_>,
        node: &NodeId,
        link: &str,
    ) -> Result<Option<ProviderError>, ProviderError> {
        let file = &attachment.file;
        let resource = NewDevResource {
            name: attachment.name.as_str(),
            url: link,
            file_key: file.as_str(),
            node_id: node.as_str(),
        };
        let url = self.client.base_url().at("v1/dev_resources");
        let call = self.client.post(url, context, Purpose::Submit, LINK);
        let call = call.json(&NewDevResources { dev_resources: [resource] }).body_limit(LIST_LIMIT);
        let made = match call.send_json::<DevResourcesMade>().await {
            Ok(answer) => answer.document,
            Err(error) if is_plain_refusal(&error) && !names_no_node(&error.message) => return Ok(Some(error)),
            Err(error) => return Err(error),
        };
        if made.links_created.iter().any(|made| is_node(&made.node_id, node)) {
            return Ok(None);
        }
        let Some(refused) = made.errors.first() else {
            return Err(unreadable(&format!("{LINK}: the answer names neither what was made nor what was not")));
        };
        let reason = self.client.redactor().clean(&refused.error);
        let message = format!("{LINK}: the vendor says {reason:?}");
        if names_no_node(&refused.error) {
            return Err(ProviderError::new(ProviderErrorKind::NotFound, format!("{message}; check node {node}")));
        }
        if self.has_link(context, file, node, link).await? {
            return Ok(None);
        }
        Ok(Some(ProviderError::new(ProviderErrorKind::InvalidRequest, message)))
    }

    /// Whether the link stands at the node already; a token that may not ask does not know of any.
    async fn has_link(
        &self,
        context: &CallContext,
        file: &FileKey,
        node: &NodeId,
        link: &str,
    ) -> Result<bool, ProviderError> {
        let url = self.about("files", file, Some("dev_resources"))?;
        let call = self.client.get(url, context, Purpose::Read, LOOK_FOR_LINK);
        let asked = call.query("node_ids", node.as_str()).body_limit(LIST_LIMIT).send_json::<DevResources>().await;
        let known = unless_forbidden(asked.map(|answer| answer.document.dev_resources))?;
        Ok(known.iter().any(|known| is_node(&known.node_id, node) && is_same_link(&known.url, link)))
    }

    /// Pins a comment to the node, unless it is there already; answers the node that it is pinned to, by the vendor's own
    /// account. Of a node that it does not know, it may put the comment on the canvas, where it is at none.
    async fn commented(
        &self,
        context: &CallContext,
        attachment: &Attachment<'_>,
        node: &NodeId,
    ) -> Result<Option<NodeId>, ProviderError> {
        let (message, url) = (attachment.message(), self.about("files", &attachment.file, Some("comments"))?);
        let call = self.client.get(url.clone(), context, Purpose::Read, LOOK_FOR_COMMENT).body_limit(LIST_LIMIT);
        let known = unless_forbidden(call.send_json::<Comments>().await.map(|answer| answer.document.comments))?;
        let is_ours = |pin: &str, said: &str| is_node(pin, node) && said.trim() == message.trim();
        let there = known.iter().filter(|comment| comment.resolved_at.is_none()).any(|comment| {
            let pin = comment.client_meta.as_ref().and_then(|pin| pin.node_id.as_deref());
            pin.is_some_and(|pin| is_ours(pin, &comment.message))
        });
        if there {
            return Ok(Some(node.clone()));
        }
        let client_meta = FrameOffset { node_id: node.as_str(), node_offset: Vector::default() };
        let call = self.client.post(url, context, Purpose::Submit, COMMENT);
        let made = call.json(&NewComment { message: &message, client_meta }).send_json::<CommentMade>().await?.document;
        if made.id.trim().is_empty() {
            return Err(unreadable(&format!("{COMMENT}: the answer names no comment")));
        }
        Ok(made.client_meta.and_then(|pin| pin.node_id).and_then(|told| NodeId::parse(&told)))
    }
}

/// An answer that tells nothing of what was left: it may be there.
fn unreadable(message: &str) -> ProviderError {
    Purpose::Submit.judge(ProviderError::new(ProviderErrorKind::MalformedResponse, message).billed(None))
}

/// Whether the vendor refused this dev resource, while a comment may still be taken: no right, no plan, no such node.
fn is_plain_refusal(error: &ProviderError) -> bool {
    use ProviderErrorKind as Kind;
    error.retry == RetryClass::Elsewhere
        && matches!(error.kind, Kind::PermissionDenied | Kind::InvalidRequest | Kind::NotFound)
}

fn is_node(told: &str, node: &NodeId) -> bool {
    NodeId::parse(told).as_ref() == Some(node)
}

/// What was found, or nothing when the token is not allowed to look.
fn unless_forbidden<T>(found: Result<Vec<T>, ProviderError>) -> Result<Vec<T>, ProviderError> {
    match found {
        Err(error) if is_forbidden(&error) => Ok(Vec::new()),
        found => found,
    }
}
