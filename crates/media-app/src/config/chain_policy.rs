//! How a chain behaves, as configuration writes it.

use std::collections::BTreeSet;
use std::time::Duration;

use media_chain::{ChainPolicy, Onward, Unpriced};
use media_domain::{BudgetCycle, BudgetLimit, Compatibility, ProviderId, Retain, Strategy};

use super::money;
use super::providers::ProviderTables;
use super::section::Section;

/// Longest time for a call and for an attempt.
const A_DAY: Duration = Duration::from_secs(86_400);

/// A chain's policy, whether it takes placeholders, and what is kept of its images.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ReadPolicy {
    pub(super) policy: ChainPolicy,
    pub(super) fail_on_placeholder: bool,
    pub(super) retain: Retain,
}

/// Reads the policy of chains that do not say otherwise.
pub(super) fn read_defaults<'a>(mut section: Section<'a>, tables: &mut ProviderTables<'a>) -> ReadPolicy {
    let defaults =
        ReadPolicy { policy: ChainPolicy::default(), fail_on_placeholder: false, retain: Retain::Everything };
    let read = read(&mut section, &defaults, tables);
    section.finish();
    read
}

/// Reads the policy of a chain; what is missing comes from the defaults.
pub(super) fn read<'a>(
    section: &mut Section<'a>,
    defaults: &ReadPolicy,
    tables: &mut ProviderTables<'a>,
) -> ReadPolicy {
    let policy = &defaults.policy;
    let onward = [("stop", Onward::Stop), ("next", Onward::Next)];
    let unpriced = [("allow", Unpriced::Allow), ("refuse", Unpriced::Refuse)];
    let policy = ChainPolicy {
        deadline: section.take_seconds("deadline_s", A_DAY).unwrap_or(policy.deadline),
        attempt_timeout: section.take_seconds("attempt_timeout_s", A_DAY).unwrap_or(policy.attempt_timeout),
        compatibility: section.take_member("compatibility", Compatibility::ALL).unwrap_or(policy.compatibility),
        on_uncertain: section.take_word("on_uncertain", &onward).unwrap_or(policy.on_uncertain),
        on_billed_failure: section.take_word("on_billed_failure", &onward).unwrap_or(policy.on_billed_failure),
        on_content_rejected: section.take_word("on_content_rejected", &onward).unwrap_or(policy.on_content_rejected),
        content_rejected_to: read_allowed(section, tables).unwrap_or_else(|| policy.content_rejected_to.clone()),
        strategy: section.take_member("strategy", Strategy::ALL).unwrap_or(policy.strategy),
        budgets: read_budgets(section).unwrap_or_else(|| policy.budgets.clone()),
        unpriced: section.take_word("unpriced", &unpriced).unwrap_or(policy.unpriced),
    };
    let fail_on_placeholder = section.take_typed("fail_on_placeholder").unwrap_or(defaults.fail_on_placeholder);
    let retain = section.take_member("retain", Retain::ALL).unwrap_or(defaults.retain);
    ReadPolicy { policy, fail_on_placeholder, retain }
}

/// Reads whom a refused request may be passed on to.
fn read_allowed<'a>(section: &mut Section<'a>, tables: &mut ProviderTables<'a>) -> Option<BTreeSet<ProviderId>> {
    const KEY: &str = "content_rejected_providers";
    let list = section.take_sourced::<Vec<String>>(KEY)?;
    Some(tables.resolve_names(section, KEY, list).into_iter().collect())
}

/// Reads the list of budgets, at most one for a day and one for a month.
fn read_budgets(section: &mut Section<'_>) -> Option<Vec<BudgetLimit>> {
    let mut budgets = Vec::<BudgetLimit>::new();
    for mut budget in section.list("budgets")? {
        budget.check_present("period", "`day` or `month`");
        let period = budget.take_member("period", BudgetCycle::ALL);
        let micros = money::need_amount(&mut budget, "usd");
        if let Some(period) = period.filter(|period| budgets.iter().any(|other| other.period == *period)) {
            budget.invalid("period", &format!("there is a budget for the {period} already"), None);
        }
        budget.finish();
        if let (Some(period), Some(micros)) = (period, micros) {
            budgets.push(BudgetLimit { micros, period });
        }
    }
    Some(budgets)
}
