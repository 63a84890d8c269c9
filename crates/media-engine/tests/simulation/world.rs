//! One run: the storm, the person who clears up, and the calm in which everything must work again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use media_domain::{Job, JobState, Resolution};
use media_ports::{JobQuery, JobReader};
use media_testkit::memory_blob::MemoryBlobStore;
use media_testkit::memory_catalog::MemoryCatalog;
use tokio::task::JoinSet;

use crate::invariants::{self, Invariant, Violation};
use crate::pairing::pairs;
use crate::process::{Outside, Process};
use crate::sabotage::Sabotage;
use crate::scenario::{Crash, SLOTS, Scenario};
use crate::store::SLOWEST_COMMIT;
use crate::time::Timeline;
use crate::trace::Trace;
use crate::truth::Truth;
use crate::workload::{Answered, Outcome, Wish, wishes};

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) violations: Vec<Violation>,
    pub(crate) trace: Arc<Trace>,
    pub(crate) calls: usize,
    pub(crate) answers: usize,
}

/// Time beyond a chain's deadline in which a call must have ended: the grace of the last attempt, and commits.
const OVERTIME: Duration = Duration::from_secs(10);
/// How often somebody looks after unknown jobs.
const ROUND: Duration = Duration::from_secs(600);
/// Waits until a provider that named no time may be asked again.
const LONGEST_COOLING: Duration = Duration::from_secs(61);

/// Runs a seed from its beginning to its end; the same arguments give the same report.
pub(crate) fn run(seed: u64, requests: usize, sabotage: Option<Sabotage>) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async { World::new(Scenario::of(seed, requests, sabotage)).live().await })
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) outside: Outside,
    slots: Mutex<Slots>,
    outcomes: Mutex<Vec<Outcome>>,
}

#[derive(Debug)]
struct Slots {
    processes: Vec<Arc<Process>>,
    started: u64,
}

impl World {
    fn new(scenario: Scenario) -> Arc<Self> {
        let timeline = Timeline::begin(scenario.calendar_start);
        let outside = Outside {
            scenario: Arc::new(scenario),
            timeline,
            catalog: Arc::new(MemoryCatalog::new()),
            blobs: Arc::new(MemoryBlobStore::new()),
            truth: Arc::new(Truth::default()),
            trace: Arc::new(Trace::new(timeline)),
            breaker_events: Arc::default(),
        };
        let processes: Vec<_> = (1..=SLOTS as u64).map(|number| Arc::new(Process::start(&outside, number))).collect();
        let slots = Mutex::new(Slots { started: SLOTS as u64, processes });
        Arc::new(Self { outside, slots, outcomes: Mutex::default() })
    }

    async fn live(self: &Arc<Self>) -> Report {
        self.storm().await;
        self.settle().await;
        invariants::after_the_storm(self).await;
        self.clear_up().await;
        invariants::after_clearing_up(self).await;
        self.calm().await;
        let trace = self.outside.trace.clone();
        let calls = self.outside.truth.books().calls.len();
        Report { violations: trace.violations(), trace, calls, answers: self.outcomes.lock().unwrap().len() }
    }

    async fn storm(self: &Arc<Self>) {
        let scenario = &self.outside.scenario;
        let mut beside = JoinSet::new();
        for crash in scenario.crashes.clone() {
            let world = self.clone();
            beside.spawn(async move { world.crash(crash).await });
        }
        let world = self.clone();
        let operator = tokio::spawn(async move { world.look_after_jobs().await });
        let mut calls = JoinSet::new();
        for (number, wish) in wishes(scenario).into_iter().enumerate() {
            let world = self.clone();
            calls.spawn(async move { world.carry_out(number, wish).await });
        }
        while let Some(ended) = calls.join_next().await {
            if let Err(error) = ended {
                self.outside.trace.violated(Invariant::EveryCallEnds, error);
            }
        }
        beside.join_all().await;
        operator.abort();
        tokio::time::sleep_until(self.outside.timeline.at(scenario.calm_from)).await;
    }

    /// Waits until nothing goes on behind the answers.
    async fn settle(&self) {
        for process in self.processes() {
            process.engine.settle().await;
        }
        tokio::time::sleep(SLOWEST_COMMIT * 2).await;
    }

    fn processes(&self) -> Vec<Arc<Process>> {
        self.slots.lock().unwrap().processes.clone()
    }

    /// The process of a slot, or its neighbour while it is dead.
    async fn process(&self, slot: usize) -> Arc<Process> {
        loop {
            let processes = self.processes();
            let alive = (0..SLOTS).map(|step| &processes[(slot + step) % SLOTS]).find(|it| !it.life.has_ended());
            match alive {
                Some(process) => return process.clone(),
                None => tokio::time::sleep(Duration::from_secs(1)).await,
            }
        }
    }

    async fn carry_out(&self, number: usize, wish: Wish) {
        tokio::time::sleep_until(self.outside.timeline.at(wish.at)).await;
        let process = self.process(wish.slot).await;
        self.outside.trace.note(format!("wish {number}"), format!("to process {}: {wish:?}", process.number));
        let answer = self.answer(&process, &wish).await;
        self.outside.trace.note(format!("wish {number}"), answer.words());
        self.outcomes.lock().unwrap().push(Outcome { wish, answer });
    }

    async fn answer(&self, process: &Process, wish: &Wish) -> Answered {
        let generate = wish.generate();
        if let Some(after) = wish.cancel_after {
            let cancellation = generate.cancellation.clone();
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                cancellation.cancel();
            });
        }
        let limit = self.outside.scenario.longest_call() + OVERTIME;
        tokio::select! {
            biased;
            () = process.life.ended() => Answered::Lost,
            result = process.engine.generate_asset_from_prompt(generate) => Answered::of(result),
            () = tokio::time::sleep(limit) => {
                self.outside.trace.violated(Invariant::EveryCallEnds, format!("{wish:?} has not ended after {limit:?}"));
                Answered::Lost
            }
        }
    }

    async fn crash(&self, crash: Crash) {
        let Outside { timeline, trace, catalog, .. } = &self.outside;
        tokio::time::sleep_until(timeline.at(crash.at)).await;
        let victim = self.processes()[crash.slot].clone();
        if victim.life.has_ended() {
            return;
        }
        trace.note(format!("process {}", victim.number), "dies");
        victim.life.end();
        catalog.set_owner_alive(victim.owner, false);
        tokio::time::sleep(crash.back_after).await;
        let process = {
            let mut slots = self.slots.lock().unwrap();
            slots.started += 1;
            let process = Arc::new(Process::start(&self.outside, slots.started));
            slots.processes[crash.slot] = process.clone();
            process
        };
        trace.note(format!("process {}", process.number), "starts");
        process.engine.recover_abandoned_jobs().await.unwrap();
    }

    /// Asks the vendors about unknown jobs, and closes those of the hour before by what the vendors' books say.
    async fn look_after_jobs(&self) {
        loop {
            tokio::time::sleep(ROUND).await;
            let process = self.process(0).await;
            self.reconcile(&process).await;
            let an_hour_ago = self.outside.timeline.utc_now() - chrono::TimeDelta::hours(1);
            for job in self.unknown_jobs().await.into_iter().filter(|job| job.updated_at < an_hour_ago) {
                self.close_by_hand(&process, &job).await;
            }
        }
    }

    async fn reconcile(&self, process: &Process) {
        for job in process.engine.reconcilable_jobs(usize::MAX).await.unwrap() {
            let told = process.engine.reconcile_job(job.job_id).await;
            let words = told.map_or_else(|error| error.to_string(), |told| format!("{told:?}"));
            let words: String = words.chars().take(60).collect();
            self.outside.trace.note("operator", format!("reconciles job {}: {words}", job.job_id));
        }
    }

    /// As a person does who has looked into the vendors' own records.
    async fn close_by_hand(&self, process: &Process, job: &Job) {
        let billed = {
            let books = self.outside.truth.books();
            let pairs = pairs(job, &books.calls_of(job.request_id));
            let mut open = pairs.into_iter().filter(|(attempt, _)| attempt.state == JobState::Unknown);
            open.any(|(_, call)| call.is_some_and(|call| books.billed(call)))
        };
        let resolution = if billed { Resolution::Billed } else { Resolution::NotBilled };
        self.outside.trace.note("operator", format!("closes job {} as {resolution}", job.job_id));
        // Somebody else may have closed it meanwhile.
        let _closed_or_not = process.engine.resolve_job(job.job_id, resolution).await;
    }

    async fn clear_up(&self) {
        let process = self.process(0).await;
        self.reconcile(&process).await;
        for job in self.unknown_jobs().await {
            self.close_by_hand(&process, &job).await;
        }
    }

    /// Once every wait is over, the first call for a vendor reaches it, whatever was before and in every process.
    async fn calm(&self) {
        let scenario = &self.outside.scenario;
        let open_for = scenario.vendors.iter().map(|vendor| vendor.policy.breaker.open_for).max().unwrap_or_default();
        let mut wait = open_for.max(LONGEST_COOLING);
        if !scenario.crashes.is_empty() {
            // A probe that died with its process is given up when its lease ends.
            wait = wait.max(scenario.vendors[0].policy.breaker.probe_lease);
        }
        tokio::time::sleep(wait).await;
        let mut number = 0;
        for vendor in scenario.vendors.iter().filter(|vendor| !vendor.is_local) {
            for slot in 0..SLOTS {
                number += 1;
                let answer = self.answer(&*self.process(slot).await, &Wish::calm(number, slot, vendor.name)).await;
                let by = match &answer {
                    Answered::Delivered { attempts, .. } => attempts.last().map(ToString::to_string),
                    _ => None,
                };
                if by.as_deref() != Some(vendor.name) {
                    let words = answer.words();
                    let message = format!("{} was not asked by process {slot}: {by:?}, {words}", vendor.name);
                    self.outside.trace.violated(Invariant::ProvidersComeBack, message);
                }
                tokio::time::sleep(LONGEST_COOLING).await;
            }
        }
    }

    pub(crate) async fn jobs(&self) -> Vec<Job> {
        let query = JobQuery { states: Vec::new(), limit: usize::MAX };
        self.outside.catalog.jobs(&query).await.unwrap()
    }

    async fn unknown_jobs(&self) -> Vec<Job> {
        let query = JobQuery { states: vec![JobState::Unknown], limit: usize::MAX };
        self.outside.catalog.jobs(&query).await.unwrap()
    }

    pub(crate) fn with_outcomes(&self, look: impl FnOnce(&[Outcome])) {
        look(&self.outcomes.lock().unwrap());
    }

    pub(crate) fn incarnations_alive(&self) -> Vec<u64> {
        self.processes().iter().filter(|process| !process.life.has_ended()).map(|process| process.number).collect()
    }
}
