//! The order in which providers are tried.

use std::time::Duration;

use chrono::TimeDelta;
use media_domain::choice::{Candidate, LatencyAverage, Strategy as Order, order_by_strategy, put_first};
use media_domain::{Price, choice};
use proptest::prelude::*;
use serde_json::json;

use super::support::{at, cases, check_form};

fn candidate(item: usize, micros: Option<u64>, latency_s: Option<u64>) -> Candidate<usize> {
    Candidate {
        item,
        maximum_price: micros.map_or(Price::Unpriced, |micros| Price::Known { micros }),
        latency: latency_s.map(Duration::from_secs),
        last_resort: false,
    }
}

fn ordered(strategy: Order, candidates: &[Candidate<usize>], random: f64) -> Vec<usize> {
    let mut candidates = candidates.to_vec();
    order_by_strategy(strategy, &mut candidates, random);
    candidates.iter().map(|candidate| candidate.item).collect()
}

#[test]
fn as_configured_by_default() {
    let candidates = [candidate(0, Some(9), Some(9)), candidate(1, Some(1), Some(1))];
    assert_eq!(ordered(Order::default(), &candidates, 0.5), [0, 1]);
}

#[test]
fn the_cheapest_first_and_what_has_no_price_last() {
    let prices = [Some(30), None, Some(7), Some(30), None, Some(0)];
    let candidates: Vec<_> = prices.iter().enumerate().map(|(i, price)| candidate(i, *price, None)).collect();
    assert_eq!(ordered(Order::Cheapest, &candidates, 0.5), [5, 2, 0, 3, 1, 4]);
}

#[test]
fn the_faster_of_a_pair_first_and_the_rest_as_configured() {
    let candidates = [candidate(0, None, Some(30)), candidate(1, None, Some(10)), candidate(2, None, Some(20))];
    // The pairs in order: 0 and 1, 0 and 2, 1 and 2.
    for (random, order) in [(0.0, [1, 0, 2]), (0.34, [2, 0, 1]), (0.99, [1, 0, 2]), (1.0, [1, 0, 2])] {
        assert_eq!(ordered(Order::Fastest, &candidates, random), order, "{random}");
    }
}

#[test]
fn an_unknown_latency_counts_as_the_shortest() {
    let candidates = [candidate(0, None, Some(1)), candidate(1, None, None)];
    assert_eq!(ordered(Order::Fastest, &candidates, 0.5), [1, 0]);
    let equal = [candidate(0, None, None), candidate(1, None, Some(0))];
    assert_eq!(ordered(Order::Fastest, &equal, 0.5), [0, 1], "as configured when neither is faster");
}

#[test]
fn a_last_resort_stays_last() {
    let placeholder = Candidate { last_resort: true, ..candidate(1, Some(0), Some(0)) };
    let candidates = [candidate(0, Some(50), Some(60)), placeholder, candidate(2, None, Some(20))];
    assert_eq!(ordered(Order::Cheapest, &candidates, 0.5), [0, 2, 1]);
    assert_eq!(ordered(Order::Fastest, &candidates, 0.5), [2, 0, 1]);
    assert_eq!(ordered(Order::Ordered, &candidates, 0.5), [0, 1, 2]);
    assert_eq!(ordered(Order::Fastest, &[placeholder], 0.5), [1]);
}

#[test]
fn whoever_is_preferred_comes_first() {
    let mut items = ["a", "b", "c", "d"];
    put_first(&mut items, 2);
    assert_eq!(items, ["c", "a", "b", "d"]);
    put_first(&mut items, 0);
    put_first(&mut items, 4);
    assert_eq!(items, ["c", "a", "b", "d"]);
}

#[test]
fn strategies_are_three_words() {
    let words: Vec<_> = choice::Strategy::ALL.iter().map(|strategy| strategy.as_str()).collect();
    assert_eq!(words, ["ordered", "cheapest", "fastest"]);
}

#[test]
fn a_measurement_counts_half_after_a_half_life() {
    let mut average = LatencyAverage::new(Duration::from_secs(60));
    assert_eq!(average.value(at(0)), None);
    average.observe(Duration::from_secs(4), at(0));
    assert_eq!(average.value(at(4)), Some(Duration::from_secs(4)), "it does not age by itself");
    assert_eq!(average.value(at(5)), None, "but is forgotten");
    average.observe(Duration::from_secs(10), at(1));
    assert_eq!(average.value(at(1)), Some(Duration::from_secs(8)));
    check_form(
        &average,
        json!({ "half_life_s": 60, "weighted_seconds": 12.0, "weight": 1.5, "updated_at": "2024-06-01T12:01:00Z" }),
    );
}

#[test]
fn a_clock_that_is_set_back_ages_nothing_twice() {
    let mut average = LatencyAverage::new(Duration::from_secs(60));
    average.observe(Duration::from_secs(4), at(1));
    average.observe(Duration::from_secs(8), at(0));
    average.observe(Duration::from_secs(9), at(1));
    assert_eq!(average.value(at(1)), Some(Duration::from_secs(7)));
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn every_candidate_is_tried_once(
        candidates in prop::collection::vec((prop::option::of(any::<u64>()), prop::option::of(0_u64..100), any::<bool>()), 0..12),
        strategy in prop::sample::select(Order::ALL), random in prop_oneof![0.0_f64..1.0, any::<f64>()],
    ) {
        let candidates: Vec<_> = candidates
            .into_iter()
            .enumerate()
            .map(|(i, (price, latency, last_resort))| Candidate { last_resort, ..candidate(i, price, latency) })
            .collect();
        let order = ordered(strategy, &candidates, random);
        let mut items = order.clone();
        items.sort_unstable();
        prop_assert_eq!(items, (0..candidates.len()).collect::<Vec<_>>());
        if strategy != Order::Ordered {
            prop_assert!(order.is_sorted_by_key(|item| candidates[*item].last_resort));
        }
    }

    #[test]
    fn every_pair_is_drawn_equally_often(count in 2_usize..9) {
        // Each candidate is slower than those before it, so that the front names the lower of the pair.
        let candidates: Vec<_> = (0..count).map(|i| candidate(i, None, Some(i as u64))).collect();
        let pairs = count * (count - 1) / 2;
        let mut fronts = vec![0; count];
        for draw in 0..pairs {
            let random = (draw as f64 + 0.5) / pairs as f64;
            fronts[ordered(Order::Fastest, &candidates, random)[0]] += 1;
        }
        prop_assert_eq!(fronts, (0..count).rev().collect::<Vec<_>>());
    }

    #[test]
    fn the_average_lies_among_what_was_measured(
        measured in prop::collection::vec((0_u64..100_000, -100_i64..400), 1..40), half_life in 0_u64..1_000,
    ) {
        let (mut average, mut now) = (LatencyAverage::new(Duration::from_secs(half_life)), at(0));
        for (latency_ms, seconds) in &measured {
            now += TimeDelta::seconds(*seconds);
            average.observe(Duration::from_millis(*latency_ms), now);
            let value = average.value(now).unwrap();
            let bounds = measured.iter().map(|(latency_ms, _)| *latency_ms);
            let (low, high) = (bounds.clone().min().unwrap(), bounds.max().unwrap());
            let value_ms = value.as_secs_f64() * 1_000.0;
            prop_assert!(low as f64 - 0.001 <= value_ms && value_ms <= high as f64 + 0.001, "{} ms", value_ms);
        }
    }
}
