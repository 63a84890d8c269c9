//! Which of a provider's models serves which request.

use std::collections::BTreeMap;

use media_domain::EditKind;
use media_ports::Descriptor;

/// The models of a provider, by whose names prices are found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Models {
    /// The provider's own; empty when it has none.
    pub own: String,
    /// Those of kinds of edits that are ordered from another one.
    pub of_edits: BTreeMap<EditKind, String>,
}

impl Models {
    /// The models that a provider is described with.
    pub fn of(descriptor: &Descriptor) -> Self {
        Self {
            own: descriptor.model.clone().unwrap_or_default(),
            of_edits: descriptor.editing.as_ref().map(|editing| editing.models.clone()).unwrap_or_default(),
        }
    }

    /// The model of an edit.
    pub fn of_edit(&self, kind: EditKind) -> &str {
        self.of_edits.get(&kind).unwrap_or(&self.own)
    }
}
