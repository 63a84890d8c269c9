//! The vendor's documents, as far as they are used. Figma REST API document 0.37.0, read 2026-11-20.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `GET /v1/images/{key}`.
#[derive(Debug, Deserialize)]
pub(crate) struct Images {
    /// Null in a success.
    #[serde(default)]
    pub(crate) err: Option<String>,
    /// Addresses by node; null for what could not be rendered.
    pub(crate) images: BTreeMap<String, Option<String>>,
}

/// `GET /v1/files/{key}/meta`.
#[derive(Debug, Deserialize)]
pub(crate) struct FileMeta {
    /// A number that grows with every change.
    pub(crate) version: Option<String>,
    /// When the file was last changed.
    pub(crate) last_touched_at: Option<String>,
}

/// `GET /v1/files/{key}/nodes`.
#[derive(Debug, Deserialize)]
pub(crate) struct Nodes {
    /// Nodes by id; null for what is not there.
    pub(crate) nodes: BTreeMap<String, Option<NodeEntry>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct NodeEntry {
    pub(crate) document: NodeDocument,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeDocument {
    /// Null for a node that is not shown.
    pub(crate) absolute_bounding_box: Option<Rectangle>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Rectangle {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// `GET /v1/files/{key}?depth=1`.
#[derive(Debug, Deserialize)]
pub(crate) struct File {
    pub(crate) document: Document,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Document {
    /// The pages.
    pub(crate) children: Vec<Page>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    pub(crate) id: String,
}

/// The body of `POST /v1/dev_resources`.
#[derive(Debug, Serialize)]
pub(crate) struct NewDevResources<'a> {
    pub(crate) dev_resources: [NewDevResource<'a>; 1],
}

#[derive(Debug, Serialize)]
pub(crate) struct NewDevResource<'a> {
    pub(crate) name: &'a str,
    pub(crate) url: &'a str,
    pub(crate) file_key: &'a str,
    pub(crate) node_id: &'a str,
}

/// What came of `POST /v1/dev_resources`: what could not be made stands beside what was.
#[derive(Debug, Deserialize)]
pub(crate) struct DevResourcesMade {
    pub(crate) links_created: Vec<DevResource>,
    #[serde(default)]
    pub(crate) errors: Vec<DevResourceError>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DevResourceError {
    pub(crate) error: String,
}

/// `GET /v1/files/{key}/dev_resources`.
#[derive(Debug, Deserialize)]
pub(crate) struct DevResources {
    pub(crate) dev_resources: Vec<DevResource>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DevResource {
    pub(crate) url: String,
    pub(crate) node_id: String,
}

/// The body of `POST /v1/files/{key}/comments`.
#[derive(Debug, Serialize)]
pub(crate) struct NewComment<'a> {
    pub(crate) message: &'a str,
    pub(crate) client_meta: FrameOffset<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct FrameOffset<'a> {
    pub(crate) node_id: &'a str,
    pub(crate) node_offset: Vector,
}

/// A place relative to the node's upper left corner.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Vector {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// `GET /v1/files/{key}/comments`.
#[derive(Debug, Deserialize)]
pub(crate) struct Comments {
    pub(crate) comments: Vec<Comment>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Comment {
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) client_meta: Option<Pin>,
    #[serde(default)]
    pub(crate) resolved_at: Option<String>,
}

/// Where a comment is pinned; a place on the canvas names no node.
#[derive(Debug, Deserialize)]
pub(crate) struct Pin {
    #[serde(default)]
    pub(crate) node_id: Option<String>,
}

/// What `POST /v1/files/{key}/comments` answers.
#[derive(Debug, Deserialize)]
pub(crate) struct CommentMade {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) client_meta: Option<Pin>,
}

/// `GET /v1/me`.
#[derive(Debug, Deserialize)]
pub(crate) struct Me {
    pub(crate) id: String,
    pub(crate) handle: String,
}

/// A refusal, in either of the two forms: `{status, err}` or `{error: true, status, message}`.
#[derive(Debug, Deserialize)]
pub(crate) struct ErrorDocument {
    #[serde(default)]
    pub(crate) err: Option<String>,
    #[serde(default)]
    pub(crate) message: Option<String>,
}
