//! Generating images: a node of a template file is rendered as it stands.

use std::sync::Arc;

use async_trait::async_trait;
use media_domain::{Capabilities, GenerationRequest, ImageFormat, JobHandle, ProviderErrorKind, ProviderId};
use media_http::base_url::BaseUrlError;
use media_http::{ApiClient, Purpose};
use media_ports::{CallContext, Clock, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};
use url::Url;

use crate::error::told_until;
use crate::mapping::{self, Render};
use crate::memory::Memory;
use crate::node::FileKey;
use crate::render_memory::VersionMemory;
use crate::template::{NodeSize, Template, Templates};
use crate::wire::{FileMeta, Images, Nodes};
use crate::{FigmaSettings, RememberedAnswer, RenderMemory};

/// Renders nodes of template files, and leaves links to finished images in files, through the REST API.
///
/// It repeats no call. A render is free of charge and only read, so nothing about one is ever uncertain; what counts is the
/// number of calls, which is why it remembers.
#[derive(Debug)]
pub struct FigmaApiAdapter {
    pub(crate) id: ProviderId,
    pub(crate) settings: FigmaSettings,
    pub(crate) templates: Templates,
    pub(crate) capabilities: Capabilities,
    pub(crate) client: ApiClient,
    pub(crate) memory: Memory,
    pub(crate) render_memory: Arc<dyn RenderMemory>,
}

/// What is done, in words that complete "failed to …".
const RENDER: &str = "render the template";
const MEASURE: &str = "measure the template";
const LOOK: &str = "look at the file";

/// Largest description of a node that is read, in bytes: it brings the components that the node uses.
const NODE_LIMIT: u64 = 16 << 20;

#[async_trait]
impl ImageGenerator for FigmaApiAdapter {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let started = self.clock().now();
        let context = context.with_deadline(started + self.settings.timeout());
        let template = self.templates.choose(request.options.style.as_deref())?;
        mapping::check_fit(&self.capabilities, request)?;
        let format = mapping::format(request, &self.capabilities)?;
        let rendered = self.rendered(&context, &template, request, format).await;
        let render = rendered.map_err(|error| told_until(error, self.clock().utc_now()))?;
        let mut answer = mapping::answer(render, &template, request, &self.id);
        answer.processing_time = self.clock().now().saturating_duration_since(started);
        Ok(answer)
    }

    async fn resolve(&self, _context: &CallContext, _handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Err(ProviderError::unsupported("ask what became of a job: Figma renders at once and keeps no jobs"))
    }
}

impl FigmaApiAdapter {
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        self.client.clock()
    }

    /// The address of a part of a file; the key comes last.
    pub(crate) fn about(&self, kind: &str, file: &FileKey, part: Option<&str>) -> Result<Url, ProviderError> {
        let path = ["v1", kind, file.as_str()].into_iter().chain(part);
        self.client.base_url().join(path).map_err(|error: BaseUrlError| {
            ProviderError::new(ProviderErrorKind::ConfigInvalid, format!("{LOOK}: its key leads nowhere"))
                .here()
                .with_source(error)
        })
    }

    async fn rendered(
        &self,
        context: &CallContext,
        template: &Template,
        request: &GenerationRequest,
        format: ImageFormat,
    ) -> Result<Render, ProviderError> {
        let _turn = self.memory.turn(context, self.clock()).await;
        let version = self.version(context, &template.file).await?;
        let memory = self.of_version(&template.file, version.as_deref());
        let size = match format.is_raster() {
            true => Some(self.size(context, template, &memory).await?),
            false => template.size,
        };
        let scale = size.filter(|_| format.is_raster()).map(|size| mapping::scale(size, request.dimensions));
        let question = mapping::question(template, format, scale);
        let known = match memory.recall(&question).await {
            Some(RememberedAnswer::Render { url }) => mapping::checked_address(url).ok(),
            _ => None,
        };
        let is_remembered = known.is_some();
        let url = match known {
            Some(url) => url,
            None => self.render(context, template, format, scale).await?,
        };
        if !is_remembered {
            memory.remember(&question, RememberedAnswer::Render { url: url.clone() }).await;
        }
        Ok(Render { url, format, scale, size, version, is_remembered })
    }

    /// The file's version, or when it was last changed; it tells whether a render is still true.
    pub(crate) async fn version(&self, context: &CallContext, file: &FileKey) -> Result<Option<String>, ProviderError> {
        let key = file.to_string();
        if let Some(version) = self.memory.versions.get(&key, self.clock().now()) {
            return Ok(version);
        }
        let call = self.client.get(self.about("files", file, Some("meta"))?, context, Purpose::Read, LOOK);
        let meta = call.send_json::<FileMeta>().await?.document;
        let version = meta.version.or(meta.last_touched_at);
        self.memory.versions.put(key, version.clone(), self.clock().now());
        Ok(version)
    }

    /// The node's size at scale 1.
    async fn size(
        &self,
        context: &CallContext,
        template: &Template,
        memory: &VersionMemory,
    ) -> Result<NodeSize, ProviderError> {
        let (file, node) = (&template.file, &template.node);
        let key = (file.to_string(), node.to_string());
        let known = template.size.or_else(|| self.memory.sizes.get(&key, self.clock().now()));
        if let Some(size) = known {
            return Ok(size);
        }
        let question = format!("size|{node}");
        let recalled = match memory.recall(&question).await {
            Some(RememberedAnswer::Size { width, height }) => NodeSize::new(width, height),
            _ => None,
        };
        let size = match recalled {
            Some(size) => size,
            None => self.measured(context, template).await?,
        };
        if recalled.is_none() {
            memory.remember(&question, RememberedAnswer::Size { width: size.width, height: size.height }).await;
        }
        self.memory.sizes.put(key, size, self.clock().now());
        Ok(size)
    }

    async fn measured(&self, context: &CallContext, template: &Template) -> Result<NodeSize, ProviderError> {
        let (file, node) = (&template.file, &template.node);
        let call = self.client.get(self.about("files", file, Some("nodes"))?, context, Purpose::Read, MEASURE);
        let call = call.query("ids", node.as_str()).query("depth", "1").body_limit(NODE_LIMIT);
        let mut nodes = call.send_json::<Nodes>().await?.document.nodes;
        let entry = nodes.remove(node.as_str()).flatten();
        let entry = entry.ok_or_else(|| missing(format!("{MEASURE}: there is no node {node} in file {file}")))?;
        let bounds = entry.document.absolute_bounding_box;
        bounds.and_then(|bounds| NodeSize::new(bounds.width, bounds.height)).ok_or_else(|| {
            let remedy = "choose a frame that is shown, or set node_width and node_height";
            missing(format!("{MEASURE}: node {node} of file {file} has no size; {remedy}"))
        })
    }

    /// Has the node rendered, and answers where the picture is.
    async fn render(
        &self,
        context: &CallContext,
        template: &Template,
        format: ImageFormat,
        scale: Option<u32>,
    ) -> Result<String, ProviderError> {
        let (file, node) = (&template.file, &template.node);
        let mut call = self
            .client
            .get(self.about("images", file, None)?, context, Purpose::Read, RENDER)
            .query("ids", node.as_str())
            .query("format", mapping::word(format))
            .query("use_absolute_bounds", "true");
        if let Some(scale) = scale {
            call = call.query("scale", &mapping::scale_text(scale));
        }
        let Images { err, mut images } = call.send_json::<Images>().await?.document;
        if let Some(reason) = err {
            let reason = self.client.redactor().clean(&reason);
            let message = format!("{RENDER}: the vendor says {reason:?}");
            return Err(ProviderError::new(ProviderErrorKind::InvalidRequest, message));
        }
        let url = images.remove(node.as_str()).flatten().ok_or_else(|| {
            let reason = "it does not exist, or has nothing that can be drawn";
            missing(format!("{RENDER}: the vendor could not render node {node} of file {file}; {reason}"))
        })?;
        mapping::checked_address(url)
    }
}

fn missing(message: String) -> ProviderError {
    ProviderError::new(ProviderErrorKind::NotFound, message)
}
