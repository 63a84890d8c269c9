//! Which documents describe which provider, and what each of them is worth.

use std::fmt;

/// A provider and its documents.
#[derive(Debug)]
pub(crate) struct Provider {
    /// Name of the adapter's crate behind `media-provider-`.
    pub(crate) name: &'static str,
    /// Documents, the ones that rank higher first.
    pub(crate) documents: &'static [Source],
    /// The operations that the adapter calls, method and path as the documents write it: its tests have to send a request
    /// to each, and to no other.
    pub(crate) operations: &'static [&'static str],
    /// How paths begin at the servers that its tests configure in place of the vendor's, where that differs.
    pub(crate) stand_ins: &'static [StandIn],
    /// Requests that no document can have.
    pub(crate) skips: &'static [Skip],
}

/// How paths begin at a server that stands in for the vendor's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StandIn {
    /// What is configured.
    pub(crate) prefix: &'static str,
    /// What stands there in the document's paths.
    pub(crate) stands_for: &'static str,
}

/// A request that no document can have.
#[derive(Debug)]
pub(crate) struct Skip {
    /// Method and whole path, as they were sent.
    pub(crate) request: &'static str,
    /// Why no document has it.
    pub(crate) reason: &'static str,
}

/// A document in the folder of documents.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) file: &'static str,
    pub(crate) standing: Standing,
}

/// What a document is worth as proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Published by the vendor.
    Vendor,
    /// The vendor's document, kept by somebody else.
    Mirror,
    /// Written by somebody after reading; no proof.
    Restated,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Vendor => "vendor",
            Self::Mirror => "mirror",
            Self::Restated => "restated",
        })
    }
}

const fn source(file: &'static str, standing: Standing) -> Source {
    Source { file, standing }
}

const FLAT: &str = "the flat endpoint is a contract of our own";

const fn skip(request: &'static str, reason: &'static str) -> Skip {
    Skip { request, reason }
}

/// Every provider whose vendor has an API.
pub(crate) const PROVIDERS: &[Provider] = &[
    Provider {
        name: "sdxl",
        documents: &[source("stability.json", Standing::Restated), source("a1111.yaml", Standing::Restated)],
        operations: &[
            "GET /v1/engines/list",
            "GET /v1/user/balance",
            "POST /v1/generation/{engine_id}/text-to-image",
            "POST /v1/generation/{engine_id}/image-to-image",
            "POST /v2beta/stable-image/edit/erase",
            "POST /v2beta/stable-image/edit/inpaint",
            "POST /v2beta/stable-image/edit/outpaint",
            "POST /v2beta/stable-image/edit/remove-background",
            "POST /v2beta/stable-image/generate/core",
            "POST /v2beta/stable-image/generate/sd3",
            "POST /v2beta/stable-image/generate/ultra",
            "GET /sdapi/v1/sd-models",
            "POST /sdapi/v1/img2img",
            "POST /sdapi/v1/txt2img",
        ],
        stand_ins: &[],
        skips: &[
            skip("GET /flat/health", FLAT),
            skip("POST /flat/generate", FLAT),
            skip("POST /flat/sdxl", FLAT),
            skip("POST /flat/sdxl/v1/draw", FLAT),
        ],
    },
    Provider {
        name: "openai",
        documents: &[source("openai.yaml", Standing::Vendor)],
        operations: &["GET /models", "POST /images/generations", "POST /images/edits"],
        stand_ins: &[StandIn { prefix: "", stands_for: "" }, StandIn { prefix: "/openai", stands_for: "" }],
        skips: &[],
    },
    Provider {
        name: "flux",
        documents: &[source("bfl.json", Standing::Mirror), source("bfl-2026-10-overlay.yaml", Standing::Restated)],
        operations: &[
            "GET /v1/credits",
            "GET /v1/get_result",
            "POST /v1/flux-2-flex",
            "POST /v1/flux-2-klein-4b",
            "POST /v1/flux-2-klein-9b",
            "POST /v1/flux-2-klein-9b-preview",
            "POST /v1/flux-2-max",
            "POST /v1/flux-2-pro",
            "POST /v1/flux-3-image",
            "POST /v1/flux-dev",
            "POST /v1/flux-kontext-max",
            "POST /v1/flux-kontext-pro",
            "POST /v1/flux-pro-1.0-expand",
            "POST /v1/flux-pro-1.0-fill",
            "POST /v1/flux-pro-1.1",
            "POST /v1/flux-pro-1.1-ultra",
        ],
        stand_ins: &[StandIn { prefix: "/flux", stands_for: "" }],
        skips: &[
            skip("POST /v1/painter-9", "a test orders from a model that nobody knows"),
            skip("GET /v2/tasks/7", "an answer may name any address to ask at; a test makes one up"),
        ],
    },
    Provider {
        name: "replicate",
        documents: &[source("replicate.json", Standing::Mirror)],
        operations: &[
            "GET /account",
            "POST /files",
            "GET /files/{file_id}",
            "POST /predictions",
            "GET /predictions/{prediction_id}",
            "POST /predictions/{prediction_id}/cancel",
            "POST /models/{model_owner}/{model_name}/predictions",
        ],
        stand_ins: &[],
        skips: &[],
    },
    Provider {
        name: "figma",
        documents: &[source("figma.yaml", Standing::Vendor)],
        operations: &[
            "GET /v1/me",
            "GET /v1/files/{file_key}",
            "GET /v1/files/{file_key}/meta",
            "GET /v1/files/{file_key}/nodes",
            "GET /v1/files/{file_key}/comments",
            "POST /v1/files/{file_key}/comments",
            "GET /v1/files/{file_key}/dev_resources",
            "POST /v1/dev_resources",
            "GET /v1/images/{file_key}",
        ],
        stand_ins: &[StandIn { prefix: "/figma", stands_for: "" }],
        skips: &[],
    },
    Provider {
        name: "canva",
        documents: &[source("canva.yaml", Standing::Vendor)],
        operations: &[
            "GET /v1/users/me",
            "GET /v1/users/me/capabilities",
            "POST /v1/oauth/token",
            "POST /v1/asset-uploads",
            "GET /v1/asset-uploads/{jobId}",
            "POST /v1/autofills",
            "GET /v1/autofills/{jobId}",
            "POST /v1/designs",
            "POST /v1/exports",
            "GET /v1/exports/{exportId}",
        ],
        stand_ins: &[StandIn { prefix: "/canva", stands_for: "/v1" }],
        skips: &[],
    },
    Provider {
        name: "midjourney",
        documents: &[source("midjourney-proxy.yaml", Standing::Restated)],
        operations: &[
            "POST /submit/imagine",
            "POST /submit/change",
            "POST /submit/action",
            "GET /task/{id}/fetch",
            "POST /task/{id}/cancel",
            "GET /task/queue",
        ],
        stand_ins: &[StandIn { prefix: "/draw", stands_for: "" }],
        skips: &[],
    },
];
