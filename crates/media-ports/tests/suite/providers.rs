//! The registry of providers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use media_ports::{MediaGeneratorProvider, ProviderRegistry};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use super::support::{context, descriptor, id, provider};

/// Registers providers; a name with a fault is unhealthy for that reason.
fn registry(providers: &[(&str, Option<&str>)]) -> ProviderRegistry {
    let mut registry = ProviderRegistry::default();
    providers.iter().for_each(|(name, fault)| registry.register(provider(name, *fault).0));
    registry
}

fn names(providers: &[&MediaGeneratorProvider]) -> Vec<String> {
    providers.iter().map(|provider| provider.id().to_string()).collect()
}

#[test]
fn the_same_name_replaces_and_keeps_its_place() {
    let mut registry = registry(&[("sdxl", None), ("flux", None), ("noop_media", None)]);
    let (newer, _) = provider("flux", None);
    registry.register(MediaGeneratorProvider { descriptor: Arc::new(descriptor("flux", "2.0.0")), ..newer });
    assert_eq!(names(&registry.ordered(None)), ["sdxl", "flux", "noop_media"]);
    assert_eq!(registry.get(&id("flux")).unwrap().version(), "2.0.0");
}

#[test]
fn the_preferred_one_comes_first_and_the_rest_in_order() {
    let registry = registry(&[("sdxl", None), ("flux", None), ("noop_media", None)]);
    assert_eq!(names(&registry.ordered(Some(&id("noop_media")))), ["noop_media", "sdxl", "flux"]);
    assert_eq!(names(&registry.ordered(Some(&id("sdxl")))), ["sdxl", "flux", "noop_media"]);
    assert_eq!(names(&registry.ordered(Some(&id("unheard_of")))), ["sdxl", "flux", "noop_media"]);
    assert!(registry.get(&id("unheard_of")).is_none());
}

#[tokio::test]
async fn the_first_healthy_one_is_given() {
    let two_faulty = [("sdxl", Some("no credit")), ("flux", None), ("canva_api", Some("away")), ("noop_media", None)];
    for (preferred, expected) in [
        (None, "flux"),
        (Some("noop_media"), "noop_media"),
        (Some("flux"), "flux"),
        (Some("canva_api"), "flux"),
        (Some("unheard_of"), "flux"),
    ] {
        let preferred = preferred.map(id);
        let found = registry(&two_faulty).healthy_provider(&context(), preferred.as_ref()).await.unwrap();
        assert_eq!(found.id(), &id(expected), "{preferred:?}");
    }
}

#[tokio::test]
async fn nobody_is_asked_after_a_healthy_one() {
    let mut registry = ProviderRegistry::default();
    let (first, first_health) = provider("sdxl", None);
    let (second, second_health) = provider("flux", None);
    registry.register(first);
    registry.register(second);
    registry.healthy_provider(&context(), None).await.unwrap();
    assert_eq!(first_health.asked.load(Ordering::Relaxed), 1);
    assert_eq!(second_health.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn when_none_is_healthy_every_reason_is_told() {
    let registry = registry(&[("sdxl", Some("no credit")), ("flux", Some("connection refused"))]);
    let error = registry.healthy_provider(&context(), Some(&id("flux"))).await.unwrap_err();
    let expected = [(id("flux"), "connection refused".to_owned()), (id("sdxl"), "no credit".to_owned())];
    assert_eq!(error.unhealthy, expected);
    assert_eq!(error.to_string(), "all providers are currently unavailable; flux: connection refused; sdxl: no credit");
}

#[tokio::test]
async fn an_empty_registry_has_no_healthy_provider() {
    let error = ProviderRegistry::default().healthy_provider(&context(), None).await.unwrap_err();
    assert_eq!(error.to_string(), "all providers are currently unavailable");
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, rng_seed: RngSeed::Fixed(20_240_601), ..Config::default() })]

    #[test]
    fn every_provider_stands_in_the_order_once(
        registered in prop::collection::vec("[a-e]", 0..12),
        preferred in prop::option::of("[a-g]"),
    ) {
        let mut registry = ProviderRegistry::default();
        let mut expected: Vec<String> = Vec::new();
        for name in &registered {
            registry.register(provider(name, None).0);
            if !expected.contains(name) {
                expected.push(name.clone());
            }
        }
        if let Some(place) = preferred.as_ref().and_then(|name| expected.iter().position(|known| known == name)) {
            let first = expected.remove(place);
            expected.insert(0, first);
        }
        prop_assert_eq!(names(&registry.ordered(preferred.as_deref().map(id).as_ref())), expected);
    }
}
