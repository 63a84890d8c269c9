//! Closing what nobody knows the end of.

use media_domain::{JobState, Phase, ProviderErrorKind as Kind, Resolution};
use media_engine::EngineError;
use media_ports::{CatalogWriter, Change, JobQuery, ProviderError};
use media_testkit::fakes::FakeProvider;
use media_testkit::sample;

use crate::setup::{engine, generation};

#[tokio::test]
async fn an_unknown_job_is_listed_and_closed_by_hand_once() {
    let lost = ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Submit, None);
    let setup = engine(vec![FakeProvider::new("only").then_fail(lost)]);
    setup.engine.generate_asset_from_prompt(generation()).await.unwrap_err();
    let unknown = setup.engine.jobs(&JobQuery { states: vec![JobState::Unknown], limit: 10 }).await.unwrap();
    let job_id = unknown[0].job_id;
    let closed = setup.engine.resolve_job(job_id, Resolution::Billed).await.unwrap();
    assert_eq!((closed.state, closed.resolution), (JobState::Resolved, Some(Resolution::Billed)));
    let twice = setup.engine.resolve_job(job_id, Resolution::NotBilled).await.unwrap_err();
    assert!(matches!(twice, EngineError::NotUnknown { state: JobState::Resolved, .. }), "{twice}");
    let none = setup.engine.resolve_job(sample::job_id(9), Resolution::Billed).await.unwrap_err();
    assert!(matches!(none, EngineError::NotFound { .. }), "{none}");
}

#[tokio::test]
async fn only_the_jobs_of_processes_that_are_gone_are_closed() {
    let setup = engine(vec![]);
    let library = setup.engine.default_library().await.unwrap().library_id;
    for (number, owner) in [(1, 7), (2, 8), (3, 7)] {
        let job = sample::job(number, sample::owner_id(owner), library);
        setup.catalog.commit(Change::PlanJob(Box::new(job)).into()).await.unwrap();
    }
    for number in [1, 2] {
        let attempt = Box::new(sample::attempt(1, "flux", 1));
        let dispatch = Change::DispatchAttempt { job_id: sample::job_id(number), attempt };
        setup.catalog.commit(dispatch.into()).await.unwrap();
    }
    setup.catalog.set_owner_alive(sample::owner_id(7), false);
    assert_eq!(setup.engine.recover_abandoned_jobs().await.unwrap(), [sample::job_id(1)]);
    let state = async |number| setup.engine.job(sample::job_id(number)).await.unwrap().state;
    assert_eq!(state(1).await, JobState::Unknown);
    assert_eq!(state(2).await, JobState::Dispatched, "a living process goes on");
    assert_eq!(state(3).await, JobState::Cancelled, "nothing had been sent");
}
