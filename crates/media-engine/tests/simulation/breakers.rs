//! Whether the breakers kept calls away, and let the right ones through.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use media_domain::RequestId;
use media_domain::breaker::{BreakerPhase, ProbeLease};

use crate::invariants::Invariant;
use crate::scenario::Outage;
use crate::store::{BreakerEvent, SLOWEST_COMMIT};
use crate::time::Millis;
use crate::truth::Books;
use crate::world::World;

/// Time in which a change of a breaker has reached every process: what is promised, and a slow commit before and after.
const SEEN: Millis = 250 + 2 * SLOWEST_COMMIT.as_millis() as Millis;
/// Time in which a probe that has ended gives its lease back: a pause before it would be repeated, and slow commits.
const PAUSE: Millis = 2_000 + 2 * SLOWEST_COMMIT.as_millis() as Millis;

/// One call as the breaker sees it: the attempts that one request makes at one vendor without leaving it.
#[derive(Debug, Clone)]
struct Visit {
    process: u64,
    request_id: RequestId,
    begun: Millis,
    ended: Option<Millis>,
    met_outage: bool,
    cancelled: bool,
}

pub(crate) fn check(world: &World, books: &Books) {
    let events = world.outside.breaker_events.lock().unwrap().clone();
    for vendor in 0..world.outside.scenario.vendors.len() {
        let events: Vec<_> = events.iter().filter(|event| event.vendor == vendor).copied().collect();
        let visits = visits(books, vendor);
        leases_in_time(world, vendor, &events);
        one_probe(world, vendor, &events, &visits);
        probes_come_back(world, vendor, &events, &visits);
        for outage in &world.outside.scenario.vendors[vendor].outages {
            cost_of(world, vendor, outage, &events, &visits);
        }
    }
}

/// The visits of one vendor. However long a repetition waits for its turn, the breaker sees one call as long as the request
/// asks nobody else.
fn visits(books: &Books, vendor: usize) -> Vec<Visit> {
    let mut visits: Vec<Visit> = Vec::new();
    let mut asked_last = BTreeMap::new();
    for call in &books.calls {
        let before = asked_last.insert((call.process, call.request_id), call.vendor);
        if call.vendor != vendor {
            continue;
        }
        let cancelled = call.told.as_ref().is_some_and(|told| told.is_cancelled());
        let mine = |visit: &&mut Visit| visit.request_id == call.request_id && visit.process == call.process;
        match visits.iter_mut().rev().find(mine).filter(|_| before == Some(vendor)) {
            Some(visit) => {
                visit.ended = call.ended;
                visit.cancelled = cancelled;
            }
            None => visits.push(Visit {
                process: call.process,
                request_id: call.request_id,
                begun: call.begun,
                ended: call.ended,
                met_outage: call.met_outage,
                cancelled,
            }),
        }
    }
    visits
}

fn lease(event: &BreakerEvent) -> Option<ProbeLease> {
    match event.state.phase {
        BreakerPhase::HalfOpen { lease, .. } => lease,
        BreakerPhase::Closed | BreakerPhase::Open { .. } => None,
    }
}

/// A lease is granted only once the time to stay open is over, and while no other is out.
fn leases_in_time(world: &World, vendor: usize, events: &[BreakerEvent]) {
    for pair in events.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        let Some(granted) =
            lease(after).filter(|granted| lease(before).is_none_or(|held| held.number != granted.number))
        else {
            continue;
        };
        let free_from = match before.state.phase {
            BreakerPhase::Open { until, .. } => Some(until),
            BreakerPhase::HalfOpen { lease, .. } => lease.map(|lease| lease.expires_at),
            BreakerPhase::Closed => None,
        };
        let free_from = free_from.map_or(0, |time| world.outside.timeline.moment_of(time));
        if after.at < free_from {
            let message = format!("{}: lease {} before its time", name(world, vendor), granted.number);
            world.outside.trace.violated(Invariant::OneProbeAtATime, message);
        }
    }
}

/// A call that begins while the breaker is not closed, and everybody has seen that, holds the lease of the moment.
fn one_probe(world: &World, vendor: usize, events: &[BreakerEvent], visits: &[Visit]) {
    let mut used = BTreeSet::new();
    // What ends at once was given up by its caller before anything was sent.
    for visit in visits.iter().filter(|visit| visit.ended != Some(visit.begun)) {
        let Some(place) = events.iter().rposition(|event| event.at <= visit.begun) else { continue };
        let closed = |event: &&BreakerEvent| event.state.phase == BreakerPhase::Closed;
        let opened = events[..=place].iter().rev().take_while(|event| !closed(event)).last();
        let Some(opened) = opened.filter(|opened| opened.at + SEEN < visit.begun) else { continue };
        let held = lease(&events[place]);
        let granted = held.and_then(|held| {
            events[..=place].iter().find(|event| lease(event).is_some_and(|lease| lease.number == held.number))
        });
        let is_probe = granted.is_some_and(|granted| granted.process == visit.process)
            && held.is_some_and(|held| used.insert(held.number));
        if !is_probe {
            let message = format!(
                "{}: request {} of process {} at {} ms passed a breaker open since {} ms without a lease of its own",
                name(world, vendor),
                visit.request_id,
                visit.process,
                visit.begun,
                opened.at
            );
            world.outside.trace.violated(Invariant::OneProbeAtATime, message);
        }
    }
}

/// A lease ends with its call, not by expiry, as long as its process lives.
fn probes_come_back(world: &World, vendor: usize, events: &[BreakerEvent], visits: &[Visit]) {
    let alive = world.incarnations_alive();
    let longest = world.outside.scenario.longest_call() + Duration::from_secs(5);
    let now = world.outside.timeline.now();
    for (place, granted) in events.iter().enumerate() {
        let Some(held) = lease(granted).filter(|_| alive.contains(&granted.process)) else { continue };
        if events[..place].iter().any(|event| lease(event).is_some_and(|lease| lease.number == held.number)) {
            continue;
        }
        let given_back =
            events[place..].iter().find(|event| lease(event).is_none_or(|lease| lease.number != held.number));
        let given_back = given_back.map_or(now, |event| event.at);
        let mut calls = visits
            .iter()
            .filter(|visit| visit.process == granted.process && (granted.at..=given_back).contains(&visit.begun));
        let due = match calls.next().and_then(|call| call.ended) {
            Some(ended) => ended + PAUSE,
            None => granted.at + longest.as_millis() as Millis,
        };
        if given_back > due {
            let message =
                format!("{}: lease {} came back at {given_back} ms, due at {due} ms", name(world, vendor), held.number);
            world.outside.trace.violated(Invariant::ProbesComeBack, message);
        }
    }
}

/// A process pays for an outage with as many calls as open the breaker, those that are under way at the same time, and
/// its probes.
fn cost_of(world: &World, vendor: usize, outage: &Outage, events: &[BreakerEvent], visits: &[Visit]) {
    let threshold = world.outside.scenario.vendors[vendor].policy.breaker.consecutive_failures as usize;
    let processes: BTreeSet<u64> = visits.iter().map(|visit| visit.process).collect();
    for process in processes {
        let mine = || visits.iter().filter(|visit| visit.process == process);
        // As long as calls from before go well, failures are not in a row.
        let before = mine().filter(|visit| visit.begun < outage.from && !visit.met_outage);
        let dead_from = before.filter_map(|visit| visit.ended).max().unwrap_or_default().max(outage.from);
        let within = |at: Millis| (dead_from..outage.to).contains(&at);
        let dead: Vec<_> = mine().filter(|visit| visit.met_outage && !visit.cancelled && within(visit.begun)).collect();
        let at_once = dead.iter().map(|visit| dead.iter().filter(|other| overlap(visit, other)).count()).max();
        let mut leases: Vec<_> = events.iter().filter(|event| event.process == process && within(event.at)).collect();
        leases.retain(|event| lease(event).is_some());
        leases.dedup_by_key(|event| lease(event).map(|lease| lease.number));
        let allowed = threshold + at_once.unwrap_or(1) - 1 + leases.len();
        if dead.len() > allowed {
            let message = format!(
                "{} ({:?} from {} ms): {} calls of process {process}, {threshold} open the breaker, {at_once:?} at once, {} probes",
                name(world, vendor),
                outage.manner,
                outage.from,
                dead.len(),
                leases.len()
            );
            world.outside.trace.violated(Invariant::DeadProvidersCostLittle, message);
        }
    }
}

/// Whether the other call was under way when this one ended. The breaker lets a call pass before it is written down as
/// sent, and hears how it ended after that has been written down.
fn overlap(visit: &Visit, other: &Visit) -> bool {
    const WRITTEN: Millis = 2 * SLOWEST_COMMIT.as_millis() as Millis;
    let end = visit.ended.unwrap_or(Millis::MAX / 2);
    other.begun <= end + WRITTEN && other.ended.is_none_or(|ended| ended + WRITTEN >= end)
}

fn name(world: &World, vendor: usize) -> &'static str {
    world.outside.scenario.vendors[vendor].name
}
