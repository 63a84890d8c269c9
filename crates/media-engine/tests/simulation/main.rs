//! A simulation of the whole gateway: seeded, discrete in its events, the same every time.
//!
//! # The model
//!
//! *One run* is one seed. It lasts one to three and a half simulated hours and begins two hours before a year ends, so that
//! days and months change under way. Everything runs on one thread under tokio's paused clock; all chance comes from the
//! seed ([`dice`]), drawn separately for each purpose, so that the same seed gives the same trace.
//!
//! *The product* is real: [`media_engine::MediaEngine`], chains built by `media_generator_chain` with provider states, one
//! breaker board per process, budgets, quotas, limits, retry plans. Only ports are simulated.
//!
//! *Processes* ([`process`]): two at a time over one in-memory catalogue, each with its own engine, board and owner id. A
//! process may die as by `kill -9`: from then on nothing that it does has any effect, its callers lose the line, and
//! another incarnation takes its place a little later and closes what was left open.
//!
//! *The store* ([`store`]) is the in-memory catalogue behind latency: commits of one process are carried out in order, some
//! take up to 600 ms, and a process may die before or after a commit that it waits for.
//!
//! *Vendors* ([`vendor`]) follow a script ([`scenario`]): latencies, outages in six manners (unreachable, 500, 504,
//! silence, garbage, wrong key), 429 with and without Retry-After, refusals of content, definite errors, answers lost after
//! the order was accepted, with a handle or without, images paid for that cannot be used, fewer images than asked for,
//! answers later than any attempt may take. Some adapters obey deadline and cancellation, others do not. What really
//! happened – calls, orders, bills – is kept in books of their own ([`truth`]), which the product never sees.
//!
//! *Callers* ([`workload`]): single calls and crowds, three users, three chains (ordered; fastest, moving on whatever
//! happens; cheapest, with tight budgets), preferred providers, cancellations, idempotency keys sent again while the first
//! call runs or long after, through the same process or the other one, now and then for another request, and identical
//! requests that ask to be coalesced.
//!
//! *A person* ([`world`]) has unknown jobs reconciled every ten minutes, and closes those older than an hour by the
//! vendors' books. When the storm is over everything left is closed so; then, in the calm, every vendor is asked for once
//! by every process.
//!
//! # What must hold
//!
//! Checked by [`invariants`], [`books`] and [`breakers`], some of it at every commit, the rest when nothing is under way:
//!
//! - **Never billed twice**: after an attempt that was lost or paid for in vain no other attempt of the job is made, unless
//!   the chain's policy says so; and no job has two billed orders of which the first was not lost or wasted.
//! - **Refusals stay where they are**: after a vendor has refused the content, no other is asked, unless the chain's policy
//!   names that other.
//! - **Attempts are reported**: the attempts of answers, errors and journal are the calls that adapters got, in order. The
//!   journal, and an answer that was put together from it, may have those besides that were kept back at the last moment;
//!   and of a process that died one more, which was never sent.
//! - **Keys answer once**: all deliveries under one key of one user are the same assets, to which reconciling may add what
//!   a lost attempt of the same job had made; and one of its jobs at most has billed orders.
//! - **Every call ends**: within its chain's deadline and ten seconds, with images or with an error that a caller can
//!   understand; never with a fault of the store or a thing that is missing.
//! - **Reservations are accounted for**: when nothing is under way, what is set aside is held by attempts of jobs listed as
//!   unknown, and every job has ended; once a person has closed those, nothing is set aside.
//! - **Books match the vendors**: each line of quota and budget is the sum of what the vendors billed, and of what unknown
//!   jobs hold; nothing billed is ever released. What is closed by hand, or paid for in vain, counts as it was claimed;
//!   other credits are counted by images that came.
//! - **A budget is never exceeded**: not used and set aside together, at no commit.
//! - **One probe at a time**: a lease is granted only after the time to stay open, and while no other is out, over all
//!   processes; and a call that begins when everybody has seen the breaker open (250 ms and two slow commits later) holds
//!   the lease of the moment, alone.
//! - **Probes come back**: as long as its process lives, a lease ends with its call and not by expiry.
//! - **Dead providers cost little**: in an outage a process makes at most threshold + (concurrency − 1) calls besides its
//!   probes. Counted are calls as the breaker sees them – the attempts that one request makes at one vendor without
//!   leaving it are one – that begin after the outage did and after the last call from before it has ended, and that
//!   nobody cancelled, whatever they met before; concurrency is the most of them under way when one ends, and a call is
//!   under way from when the breaker lets it pass until it hears how the call ended, commits included.
//! - **Providers come back**: in the calm, once every wait is over (the longest time to stay open, or a cool-down; the
//!   lease, where a process died), the first call for a vendor reaches it, in every process.
//!
//! That each of these can fail is shown by [`sabotage`]: a broken adapter or store, for each promise at least one, that it
//! catches.
//!
//! # Replaying
//!
//! A failing seed is printed with the command that replays it: `cargo xtask simulate --seed N --requests R --trace`.

#![expect(clippy::unwrap_used, reason = "a test that does not hold should end at once")]

mod books;
mod breakers;
mod dice;
mod invariants;
mod pairing;
mod process;
mod sabotage;
mod scenario;
mod store;
mod time;
mod trace;
mod truth;
mod vendor;
mod workload;
mod world;

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use invariants::Invariant;
use sabotage::Sabotage;
use world::{Report, run};

/// Seeds of the suite, unless the environment says otherwise.
const SEEDS: u64 = 200;
/// Requests of each.
const REQUESTS: u64 = 200;

/// Runs seeds on all processors; answers a text for each that breaks a promise.
fn failures(first: u64, seeds: u64, requests: usize) -> Vec<String> {
    let next = AtomicU64::new(first);
    let failures = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds {
                break;
            }
            let report = run(seed, requests, None);
            if !report.violations.is_empty() {
                failures.lock().unwrap().push(told(seed, requests, &report));
            }
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    std::thread::scope(|scope| {
        (0..workers).for_each(|_| drop(scope.spawn(work)));
    });
    failures.into_inner().unwrap()
}

fn told(seed: u64, requests: usize, report: &Report) -> String {
    let mut text = format!("seed {seed} breaks {} promises:\n", report.violations.len());
    for violation in report.violations.iter().take(10) {
        writeln!(text, "  {violation}").unwrap();
    }
    write!(text, "  replay: cargo xtask simulate --seed {seed} --requests {requests} --trace").unwrap();
    text
}

/// A number that `cargo xtask simulate` hands over.
fn chosen(name: &str, otherwise: u64) -> u64 {
    std::env::var(format!("MEDIA_SIMULATION_{name}")).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn every_seed_keeps_every_promise() {
    let (first, seeds, requests) = (chosen("FIRST", 0), chosen("SEEDS", SEEDS), chosen("REQUESTS", REQUESTS));
    if chosen("TRACE", 0) != 0 {
        for seed in first..first + seeds {
            let report = run(seed, requests as usize, None);
            println!("{}\nseed {seed}: trace {}", report.trace.lines().join("\n"), report.trace.hash());
        }
    }
    let failures = failures(first, seeds, requests as usize);
    assert!(failures.is_empty(), "{} of {seeds} seeds fail\n{}", failures.len(), failures.join("\n"));
    println!("{seeds} seeds from {first} on, {requests} requests each: every promise is kept");
}

#[test]
fn thousands_of_requests_keep_every_promise() {
    let failures = failures(10_000, 2, 3_000);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_seed_replays_to_the_same_trace() {
    for seed in 0..4 {
        let (first, again) = (run(seed, 300, None), run(seed, 300, None));
        assert!(first.calls > 50 && first.answers >= 300, "{} calls, {} answers", first.calls, first.answers);
        for (line, same) in first.trace.lines().iter().zip(&again.trace.lines()) {
            assert_eq!(line, same, "seed {seed}");
        }
        assert_eq!(first.trace.hash(), again.trace.hash());
        assert_ne!(first.trace.hash(), run(seed + 1, 300, None).trace.hash());
    }
}

/// What is broken, and the promise that must be seen to fail.
const CAUGHT: [(Sabotage, Invariant); 13] = [
    (Sabotage::LostAnswersDenied, Invariant::NeverBilledTwice),
    (Sabotage::LostOrdersRepeated, Invariant::NeverBilledTwice),
    (Sabotage::RefusalsMasked, Invariant::RefusalsStayWhereTheyAre),
    (Sabotage::OutagesMasked, Invariant::DeadProvidersCostLittle),
    (Sabotage::AttemptsWipedOut, Invariant::AttemptsAreReported),
    (Sabotage::ReleasesForgotten, Invariant::ReservationsAreAccountedFor),
    (Sabotage::SettlementsHalved, Invariant::BooksMatchTheVendors),
    (Sabotage::BudgetsIgnored, Invariant::BudgetNeverExceeded),
    (Sabotage::KeysForgotten, Invariant::KeysAnswerOnce),
    (Sabotage::BreakersNotCompared, Invariant::OneProbeAtATime),
    (Sabotage::ProbesNeverEnd, Invariant::ProbesComeBack),
    (Sabotage::ProbesNeverEnd, Invariant::ProvidersComeBack),
    (Sabotage::AnswersDelayed, Invariant::EveryCallEnds),
];

#[test]
fn every_promise_is_seen_to_fail_when_it_is_broken() {
    for (sabotage, invariant) in CAUGHT {
        let broken = |seed: u64, sabotage| {
            run(seed, 150, sabotage).violations.iter().any(|violation| violation.invariant == invariant)
        };
        let seed = (0..40).find(|seed| !broken(*seed, None) && broken(*seed, Some(sabotage)));
        assert!(seed.is_some(), "{invariant:?} does not notice {sabotage:?}");
        println!("{invariant:?} notices {sabotage:?} with seed {}", seed.unwrap_or_default());
    }
}
