//! The provider's table in configuration.

use serde::Deserialize;

/// The provider's table in configuration: there is nothing to set, and any key is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoOpSettings {}
