//! The rules behind automatic suggestions, as configuration writes them.

use std::cmp::Reverse;

use config::{Value, ValueKind};
use media_domain::rules::RuleCondition;
use media_domain::{OptimizationKind, RuleSet, SuggestionRule};
use serde::Deserialize;

use super::providers::opaque;
use super::section::{Section, first_origin};

/// Reads the rules, the most urgent first.
pub(super) fn read(mut section: Section<'_>) -> Option<RuleSet> {
    let minimum_sample_size = section.need("minimum_sample_size");
    let require_conclusive = section.need("require_conclusive");
    let mut rules: Vec<_> =
        section.section("rules").sections().into_iter().filter_map(|(name, rule)| read_rule(&name, rule)).collect();
    section.finish();
    rules.sort_by_key(|rule| Reverse(rule.priority));
    Some(RuleSet { rules, minimum_sample_size: minimum_sample_size?, require_conclusive: require_conclusive? })
}

/// Reads one rule; one that is switched off is still checked.
fn read_rule(name: &str, mut section: Section<'_>) -> Option<SuggestionRule> {
    let enabled = section.take_typed("enabled").unwrap_or(true);
    let kind = match section.take_parsed::<OptimizationKind>("kind") {
        Some(kind) => Some(kind),
        None => name.parse().map_err(|error| section.invalid("kind", &error, None)).ok(),
    };
    let priority = section.need_parsed("priority");
    let estimated_improvement_percent = section.need_checked("estimated_improvement_percent", is_percentage);
    let condition = read_condition(&mut section);
    section.finish();
    let rule = SuggestionRule {
        condition: condition?,
        kind: kind?,
        priority: priority?,
        estimated_improvement_percent: estimated_improvement_percent?,
    };
    enabled.then_some(rule)
}

fn read_condition(section: &mut Section<'_>) -> Option<RuleCondition> {
    let value = section.take("when").unwrap_or_else(|| Value::new(None, ValueKind::Nil));
    let origin = first_origin(&value);
    let condition = RuleCondition::deserialize(opaque(value));
    condition.map_err(|error| section.invalid("when", &error, Some(origin))).ok()
}

fn is_percentage(percentage: &f64) -> Result<(), String> {
    if *percentage >= 0.0 { Ok(()) } else { Err(format!("{percentage} is below 0")) }
}
