//! Orders of images: what is told of an answer that the caller did not ask for.

use media_domain::generation::AttemptOutcome;
use media_domain::{AttemptRecord, GenerationRecord, SkippedProvider};
use media_engine::GenerateOutcome;

use super::orders::Orders;

/// Something that is told beside the results.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aside {
    /// What may be wrong.
    Warning(String),
    /// What is good to know.
    Note(String),
}

/// Fallbacks, adaptations, who was passed over, what went wrong with a picture, placeholders.
pub(super) fn surprises(orders: &Orders<'_>, outcome: &GenerateOutcome) -> Vec<Aside> {
    let record = &outcome.record;
    if outcome.replayed {
        return vec![Aside::Note("this is the answer of an earlier call: nothing was ordered".to_owned())];
    }
    let mut told: Vec<_> = failures(&record.attempts).collect();
    if outcome.outcome_unknown {
        let lost = "an attempt before it was lost and may have been billed: see `media-app jobs list --state unknown`";
        told.push(Aside::Warning(lost.to_owned()));
    }
    told.extend(record.adaptations.iter().map(|adaptation| {
        let used = adaptation.used.as_deref().unwrap_or("left out");
        Aside::Note(format!("{}: {} -> {used} ({})", adaptation.field, adaptation.requested, adaptation.reason))
    }));
    let problems = outcome.assets.iter().flat_map(|asset| &asset.processing_errors);
    told.extend(problems.map(|problem| Aside::Warning(format!("{}: {}", problem.step, problem.message))));
    let in_dry_run = record.dry_run || record.metadata.get("dry_run").is_some_and(|dry_run| dry_run == true);
    if in_dry_run && !orders.desk.session.settings.dry_run {
        told.push(Aside::Note(format!("{} is in dry run: it was not called", record.provider_name)));
    }
    let is_placeholder = !in_dry_run && has_placeholder(outcome);
    if is_placeholder {
        let placeholder = format!("{} delivered a placeholder and no generated picture", record.provider_name);
        told.push(Aside::Warning(placeholder));
    }
    told.extend(record.skipped.iter().filter_map(|skipped| passed_over(orders, record, skipped, is_placeholder)));
    told
}

fn has_placeholder(outcome: &GenerateOutcome) -> bool {
    outcome.assets.iter().any(|asset| asset.placeholder) || outcome.images.iter().any(|image| image.placeholder)
}

/// What is told of attempts that failed: of providers that delivered after all, how often each was asked.
fn failures(attempts: &[AttemptRecord]) -> impl Iterator<Item = Aside> {
    let failed = attempts.iter().enumerate().filter(|(_, attempt)| attempt.outcome != AttemptOutcome::Succeeded);
    failed.map(|(place, attempt)| {
        let (provider, why) = (&attempt.provider, attempt.message.as_deref().unwrap_or("it failed"));
        let of_it = |attempt: &&AttemptRecord| attempt.provider == *provider;
        let delivered = attempts.iter().skip(place).filter(of_it).any(|it| it.outcome == AttemptOutcome::Succeeded);
        match attempts.iter().filter(of_it).count() {
            2 if delivered => Aside::Note(format!("{provider} was asked twice: {why}")),
            times if delivered => Aside::Note(format!("{provider} was asked {times} times: {why}")),
            _ => Aside::Warning(format!("{provider} did not deliver: {why}")),
        }
    })
}

/// What is told of a provider that was passed over: a warning of the one that was asked for, a note of one that could
/// have been asked, nothing of one that is not set up – unless nobody else has delivered a picture either.
fn passed_over(
    orders: &Orders<'_>,
    record: &GenerationRecord,
    skipped: &SkippedProvider,
    is_placeholder: bool,
) -> Option<Aside> {
    let SkippedProvider { provider, reason } = skipped;
    // A stranger to the chain has been told of; who had to rest may have delivered later.
    if !orders.has(provider) || record.provider_name == *provider {
        return None;
    }
    if orders.provider.as_ref() == Some(provider) {
        return Some(Aside::Warning(format!("{provider} was asked for and passed over: {reason}")));
    }
    let is_worth_telling = is_placeholder || orders.desk.session.can_be_asked(provider);
    is_worth_telling.then(|| Aside::Note(format!("{provider} was passed over: {reason}")))
}
