//! `suggest`.

use media_domain::{AssetId, MediaOptimizationSuggestion};
use serde::Serialize;

use super::Desk;
use crate::report::{Column, ExitCode, Failure, table};

/// A suggestion that is open.
#[derive(Debug, Serialize)]
struct OpenSuggestion<'a> {
    #[serde(flatten)]
    suggestion: &'a MediaOptimizationSuggestion,
    /// Whether it has just been found.
    is_new: bool,
}

/// Applies the rules to an asset, then lists every suggestion that is open for it.
pub(super) async fn run(desk: &Desk<'_>, asset_id: AssetId) -> Result<ExitCode, Failure> {
    let new = desk.engine.auto_suggest_optimizations(asset_id).await?;
    let all = desk.engine.suggestions(asset_id).await?;
    let is_new =
        |suggestion: &MediaOptimizationSuggestion| new.iter().any(|new| new.suggestion_id == suggestion.suggestion_id);
    let open: Vec<_> = all
        .iter()
        .filter(|suggestion| !suggestion.is_applied)
        .map(|suggestion| OpenSuggestion { suggestion, is_new: is_new(suggestion) })
        .collect();
    desk.output.results(&open, || {
        let rows = open.iter().map(|OpenSuggestion { suggestion, is_new }| {
            vec![
                suggestion.suggestion_id.to_string(),
                suggestion.kind.to_string(),
                suggestion.priority.to_string(),
                format!("{:.1} %", suggestion.estimated_improvement_percent),
                if *is_new { "new".to_owned() } else { suggestion.created_at.format("%Y-%m-%d").to_string() },
                suggestion.description.clone(),
            ]
        });
        let columns = [
            Column::Text("id"),
            Column::Text("kind"),
            Column::Text("priority"),
            Column::Number("gain"),
            Column::Text("found"),
            Column::Text("why"),
        ];
        table(&columns, rows.collect(), "nothing to suggest")
    })?;
    Ok(ExitCode::Success)
}
