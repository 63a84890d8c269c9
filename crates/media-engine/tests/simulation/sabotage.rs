//! Ways to break a promise on purpose, in the layers that the simulation puts around the product, so that every
//! invariant is seen to fail.

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// An adapter tells a lost answer as a definite refusal, so that the chain moves on.
    LostAnswersDenied,
    /// An adapter sends a lost order once more by itself.
    LostOrdersRepeated,
    /// An adapter tells a refusal of content as an outage.
    RefusalsMasked,
    /// An adapter tells an outage as the request's own fault, which no breaker counts.
    OutagesMasked,
    /// An adapter wipes out the attempts taken down before.
    AttemptsWipedOut,
    /// The store forgets that an attempt failed, and so to release what was set aside.
    ReleasesForgotten,
    /// The store settles an attempt for half of what it used.
    SettlementsHalved,
    /// The store heeds no limit of a budget.
    BudgetsIgnored,
    /// The store keeps a job without its idempotency key.
    KeysForgotten,
    /// The store lets every change of a breaker pass, whoever was first.
    BreakersNotCompared,
    /// The store forgets how a probe ended, and its lease lasts for ever.
    ProbesNeverEnd,
    /// The store takes an hour to say that a job has ended.
    AnswersDelayed,
}
