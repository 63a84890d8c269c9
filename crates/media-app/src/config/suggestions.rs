//! The rules behind automatic suggestions, as configuration writes them.

use std::cmp::Reverse;

use media_domain::rules::RuleCondition;
use media_domain::{OptimizationKind, RuleSet, SuggestionPriority, SuggestionRule};
use serde::Deserialize;

use super::opaque::opaque;
use super::section::{Section, first_origin};
use crate::report::list_of;

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
    let rule = read_finding(name, &mut section);
    let checked = rule.clone().map(|rule| RuleSet { rules: vec![rule], ..RuleSet::default() }.check());
    if let Some(Err(error)) = checked {
        section.invalid("when", &error.reason, None);
    }
    section.finish();
    rule.filter(|_| enabled)
}

/// Reads when a rule fires and what it finds then.
fn read_finding(name: &str, section: &mut Section<'_>) -> Option<SuggestionRule> {
    let kind = read_kind(name, section);
    section.check_present("priority", "one of: low, medium, high");
    let priority = section.take_member("priority", SuggestionPriority::ALL);
    let estimated_improvement_percent = section.need_checked("estimated_improvement_percent", is_percentage);
    let condition = read_condition(section);
    Some(SuggestionRule {
        condition: condition?,
        kind: kind?,
        priority: priority?,
        estimated_improvement_percent: estimated_improvement_percent?,
    })
}

/// What the rule suggests: its `kind`, else its name.
fn read_kind(name: &str, section: &mut Section<'_>) -> Option<OptimizationKind> {
    if section.has("kind") {
        return section.take_member("kind", OptimizationKind::ALL);
    }
    let kind = name.parse().ok();
    if kind.is_none() {
        let known = list_of(OptimizationKind::ALL);
        section.invalid("kind", &format!("has no default, since the rule's name is no kind; known: {known}"), None);
    }
    // Asked for all the same, so that it counts among the known keys.
    section.take("kind");
    kind
}

fn read_condition(section: &mut Section<'_>) -> Option<RuleCondition> {
    section.check_present("when", "a table with `metric` and its threshold");
    let value = section.take("when")?;
    let origin = first_origin(&value);
    let condition = RuleCondition::deserialize(opaque(value));
    condition.map_err(|error| section.invalid("when", &error, Some(origin))).ok()
}

fn is_percentage(percentage: &f64) -> Result<(), String> {
    if *percentage >= 0.0 { Ok(()) } else { Err(format!("{percentage} is below 0")) }
}
