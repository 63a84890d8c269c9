//! What every catalogue must do.

mod assets;
mod breakers;
mod budgets;
mod commits;
mod duplicates;
mod figures;
mod idempotency;
mod jobs;
mod libraries;
mod maintenance;
mod model;
mod pages;
mod parts;
mod performance;
mod queries;
mod quotas;
mod records;
mod recovery;
mod settlements;
mod statistics;
mod subject;
mod suggestions;
mod updates;
mod usage;
mod variants;

use std::future::Future;

pub use self::model::model_suite;
pub use self::subject::{CatalogUnderTest, OpenBackup, Owners};
pub use crate::cases::CaseTime;
use crate::cases::Cases;
use crate::harness::Suite;

/// What a catalogue can do, and how it is run.
#[derive(Debug, Clone, Copy)]
pub struct CatalogAbilities {
    /// How time passes in its cases.
    pub time: CaseTime,
    /// Whether it can write a copy of itself; then [`CatalogUnderTest::open_backup`] must be there.
    pub backup: bool,
}

/// Checks a catalogue; `make` opens an empty one for every case.
///
/// A change that is refused is always committed behind one that is not, and must leave nothing of either.
pub fn catalog_suite<F, Fut>(name: &'static str, abilities: CatalogAbilities, make: F) -> Suite
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = CatalogUnderTest> + Send + 'static,
{
    let subjects = [
        libraries::cases,
        assets::cases,
        updates::cases,
        usage::cases,
        variants::cases,
        records::cases,
        duplicates::cases,
        queries::cases,
        pages::cases,
        performance::cases,
        suggestions::cases,
        statistics::cases,
        jobs::cases,
        recovery::cases,
        idempotency::cases,
        quotas::cases,
        budgets::cases,
        settlements::cases,
        parts::cases,
        figures::cases,
        breakers::cases,
        commits::cases,
    ];
    let cases = subjects.into_iter().fold(Cases::new(name, abilities.time, make), |cases, add| add(cases));
    maintenance::cases(cases, abilities.backup).suite
}

type CatalogCases = Cases<CatalogUnderTest>;
