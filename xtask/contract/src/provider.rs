//! Which documents describe which provider, and what each of them is worth.

use std::fmt;

/// A provider and its documents.
#[derive(Debug)]
pub(crate) struct Provider {
    /// Name of the adapter's crate behind `media-provider-`.
    pub(crate) name: &'static str,
    /// Documents, the ones that rank higher first.
    pub(crate) documents: &'static [Source],
    /// Beginnings of paths that no document can have: contracts of our own, and what tests make up (a model that nobody
    /// knows, a task's address that only an answer names).
    pub(crate) not_an_api: &'static [&'static str],
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

/// Every provider whose vendor has an API.
pub(crate) const PROVIDERS: &[Provider] = &[
    Provider {
        name: "sdxl",
        documents: &[source("stability.json", Standing::Restated), source("a1111.yaml", Standing::Restated)],
        not_an_api: &["/flat/"],
    },
    Provider { name: "openai", documents: &[source("openai.yaml", Standing::Vendor)], not_an_api: &[] },
    Provider {
        name: "flux",
        documents: &[source("bfl.json", Standing::Mirror), source("bfl-2026-10-overlay.yaml", Standing::Restated)],
        not_an_api: &["/v1/painter-9", "/v2/tasks/"],
    },
    Provider { name: "replicate", documents: &[source("replicate.json", Standing::Mirror)], not_an_api: &[] },
    Provider { name: "figma", documents: &[source("figma.yaml", Standing::Vendor)], not_an_api: &[] },
    Provider { name: "canva", documents: &[source("canva.yaml", Standing::Vendor)], not_an_api: &["/canva/"] },
    Provider { name: "midjourney", documents: &[source("midjourney-proxy.yaml", Standing::Restated)], not_an_api: &[] },
];
