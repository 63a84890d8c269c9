//! Configuration of how chains and providers are treated, and of what models cost.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use media_app::config::ConfigProblem;
use media_chain::{ChainPolicy, Onward, ProviderPolicy, Unpriced};
use media_domain::breaker::RateTrip;
use media_domain::price::{Price, PricedWork};
use media_domain::{
    BreakerSettings, BudgetCycle, BudgetLimit, CreditWeights, Quality, RateLimit, Retain, RetryPlan, Strategy,
};

use crate::config_setup::{id, of_file, of_variables, value_at};

fn policy_of(text: &str, chain: &str) -> ChainPolicy {
    of_file(text).load().expect("sound").settings.multi_provider_config[chain].policy.clone()
}

fn treatment(text: &str, provider: &str) -> ProviderPolicy {
    of_file(text).load().expect("sound").settings.providers[&id(provider)].policy.clone()
}

/// The path and the reason of the one problem that there is.
fn problem(text: &str) -> (String, String) {
    match of_file(text).problems().remove(0) {
        ConfigProblem::InvalidValue { path, reason, .. } => (path, reason),
        ConfigProblem::WrongType { path, expected, .. } => (path, expected),
        ConfigProblem::UnknownKey { path, nearest, .. } => (path, nearest.unwrap_or_default()),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_chain_says_whom_it_asks_first_and_what_it_may_spend() {
    let text = r#"
        [chain_defaults]
        budgets = [{ period = "day", usd = "12.50" }]
        unpriced = "refuse"
        [multi_provider_config.own]
        providers = ["flux", "sdxl"]
        strategy = "cheapest"
        on_content_rejected = "next"
        content_rejected_providers = ["stable-diffusion"]
        budgets = [{ period = "month", micros = 7 }, { period = "day", usd = 0.1 }]
    "#;
    let (own, other) = (policy_of(text, "own"), policy_of(text, "media_generation"));
    let budget = |period, micros| BudgetLimit { period, micros };
    assert_eq!(own.budgets, [budget(BudgetCycle::Month, 7), budget(BudgetCycle::Day, 100_000)]);
    assert_eq!((own.strategy, own.unpriced), (Strategy::Cheapest, Unpriced::Refuse));
    assert_eq!(own.on_content_rejected, Onward::Next);
    assert_eq!(own.content_rejected_to, [id("sdxl")].into());
    assert_eq!(other.budgets, [budget(BudgetCycle::Day, 12_500_000)]);
    assert_eq!((other.strategy, other.unpriced), (Strategy::Ordered, Unpriced::Refuse));
}

#[test]
fn dollars_are_read_to_the_micro() {
    for (written, micros) in [
        ("\"12.50\"", 12_500_000),
        ("12.5", 12_500_000),
        ("12", 12_000_000),
        ("0.000001", 1),
        ("0.1", 100_000),
        ("\"0\"", 0),
        ("\"1.\"", 1_000_000),
        ("\"18446744073709.551615\"", u64::MAX),
    ] {
        let text = format!("[chain_defaults]\nbudgets = [{{ period = \"day\", usd = {written} }}]");
        assert_eq!(policy_of(&text, "media_generation").budgets[0].micros, micros, "{written}");
    }
    for written in ["-1", "\"\"", "\".5\"", "1.2345678", "\"1e3\"", "\"$5\"", "\"18446744073710\"", "true", "nan"] {
        let text = format!("[chain_defaults]\nbudgets = [{{ period = \"day\", usd = {written} }}]");
        assert_eq!(problem(&text).0, "chain_defaults.budgets[0].usd", "{written}");
    }
}

#[test]
fn budgets_that_make_no_sense_are_refused() {
    for (budgets, path) in [
        (r#""lots""#, "chain_defaults.budgets"),
        (r#"[5]"#, "chain_defaults.budgets[0]"),
        (r#"[{ period = "day" }]"#, "chain_defaults.budgets[0].usd"),
        (r#"[{ usd = 1 }]"#, "chain_defaults.budgets[0].period"),
        (r#"[{ period = "year", usd = 1 }]"#, "chain_defaults.budgets[0].period"),
        (r#"[{ period = "day", usd = 1, micros = 1 }]"#, "chain_defaults.budgets[0].micros"),
        (r#"[{ period = "day", usd = 1, chain = 1 }]"#, "chain_defaults.budgets[0].chain"),
        (r#"[{ period = "day", usd = 1 }, { period = "day", usd = 2 }]"#, "chain_defaults.budgets[1].period"),
    ] {
        assert_eq!(problem(&format!("[chain_defaults]\nbudgets = {budgets}")).0, path, "{budgets}");
    }
}

#[test]
fn budgets_come_from_a_variable_as_json() {
    let variables = [("MEDIA__CHAIN_DEFAULTS__BUDGETS", r#"[{"period": "day", "usd": "5"}]"#)];
    let loaded = of_variables(&variables).load().expect("sound");
    assert_eq!(loaded.settings.multi_provider_config["design_export"].policy.budgets[0].micros, 5_000_000);
    assert_eq!(value_at(&loaded, "chain_defaults.budgets").origin, "variable MEDIA__CHAIN_DEFAULTS__BUDGETS");
}

#[test]
fn built_in_treatment_is_that_of_the_domain() {
    let treatment = treatment("", "flux");
    assert_eq!(treatment.breaker, BreakerSettings::default());
    assert_eq!(treatment.retry, RetryPlan::default());
    assert_eq!(treatment.credits, CreditWeights::default());
    assert_eq!((treatment.concurrency, treatment.rate, treatment.monthly_credits), (None, None, None));
}

#[test]
fn a_provider_is_treated_as_its_table_says_and_else_as_all() {
    let text = r#"
        [provider_defaults]
        concurrency = 3
        [provider_defaults.breaker]
        open_for_s = 30
        [providers.flux.policy]
        concurrency = 8
        rate = { requests = 50, per_s = 60, burst = 5 }
        monthly_credits = 500
        credits = { hd = 3, hd_from = "high" }
        retry = { max_repeats = 0, longest_wait_s = 0.5 }
        [providers.flux.policy.breaker]
        consecutive_failures = 2
        failure_rate = { threshold = 0.25 }
    "#;
    let (flux, sdxl) = (treatment(text, "flux"), treatment(text, "sdxl"));
    let five = NonZeroU32::new(5).expect("five");
    let per_minute = RateLimit::new(NonZeroU32::new(50).expect("fifty"), Duration::from_secs(60));
    assert_eq!(flux.concurrency, NonZeroUsize::new(8));
    assert_eq!(flux.rate, Some(RateLimit { burst: five, ..per_minute }));
    assert_eq!(flux.monthly_credits, Some(500));
    assert_eq!(flux.credits, CreditWeights { standard: 1, hd: 3, hd_from: Quality::High });
    let wait = Duration::from_millis(500);
    assert_eq!(flux.retry, RetryPlan { max_repeats: 0, longest_wait: wait, ..RetryPlan::default() });
    let failure_rate = Some(RateTrip { threshold: 0.25, ..RateTrip::default() });
    let open_for = Duration::from_secs(30);
    let breaker = BreakerSettings { consecutive_failures: 2, open_for, failure_rate, ..BreakerSettings::default() };
    assert_eq!(flux.breaker, breaker);
    assert_eq!(sdxl.breaker, BreakerSettings { open_for, ..BreakerSettings::default() });
    assert_eq!((sdxl.concurrency, sdxl.monthly_credits), (NonZeroUsize::new(3), None));
    let loaded = of_file(text).load().expect("sound");
    assert_eq!(value_at(&loaded, "providers.flux.policy.monthly_credits").origin, "file media.toml");
    assert_eq!(loaded.settings.providers[&id("flux")].settings.keys().count(), 0, "the policy is no setting");
}

#[test]
fn treatment_that_makes_no_sense_is_refused() {
    for (policy, path) in [
        ("concurrency = 0", "providers.flux.policy.concurrency"),
        ("concurency = 1", "providers.flux.policy.concurency"),
        ("rate = { requests = 5 }", "providers.flux.policy.rate.per_s"),
        ("rate = { requests = 5, per_s = 1, burst = 6 }", "providers.flux.policy.rate.burst"),
        ("breaker = { consecutive_failures = 0 }", "providers.flux.policy.breaker.consecutive_failures"),
        ("breaker = { open_for_s = 0 }", "providers.flux.policy.breaker.open_for_s"),
        ("breaker = { open_for_s = 60, longest_hold_s = 5 }", "providers.flux.policy.breaker.longest_hold_s"),
        ("breaker = { failure_rate = { threshold = 2 } }", "providers.flux.policy.breaker.failure_rate.threshold"),
        ("retry = { max_repeats = -1 }", "providers.flux.policy.retry.max_repeats"),
        ("credits = { hd_from = \"best\" }", "providers.flux.policy.credits.hd_from"),
        ("monthly_credits = \"many\"", "providers.flux.policy.monthly_credits"),
    ] {
        assert_eq!(problem(&format!("[providers.flux.policy]\n{policy}")).0, path, "{policy}");
    }
    assert_eq!(problem("[providers.flux]\npolicie = 1"), ("providers.flux.policie".to_owned(), "policy".to_owned()));
}

/// One image of a size and quality.
fn image(side: u64, quality: Quality) -> PricedWork {
    PricedWork { pixels: side * side, quality: Some(quality), images: 1, text_bytes: 0, input_images: 0 }
}

#[test]
fn the_built_in_prices_are_those_of_the_vendor() {
    let prices = treatment("", "flux").prices;
    // What the vendor's calculator shows for a square of 1024 pixels, at 30 dollars per million tokens.
    for (model, quality, micros) in [
        ("gpt-image-2", Quality::Low, 5_880),
        ("gpt-image-2", Quality::High, 210_720),
        ("gpt-image-2.5-flare", Quality::Medium, 13_170),
        ("gpt-image-2.5-flare", Quality::Max, 210_720),
    ] {
        assert_eq!(prices.maximum(model, image(1_024, quality)), Price::Known { micros }, "{model} {quality}");
    }
    assert_eq!(prices.maximum("gpt-image-2.6-flare", image(1_024, Quality::Low)), Price::Unpriced);
    assert_eq!(prices.maximum("gpt-image-9", image(1_024, Quality::Low)), Price::Unpriced);
    for price in prices.models.values() {
        assert!(price.source.starts_with("https://"));
    }
}

#[test]
fn a_price_of_ones_own_takes_the_place_of_a_built_in_one() {
    let text = r#"
        [prices."gpt-image-2"]
        source = "contract"
        as_of = "2026-06-01"
        per_image = [{ up_to_pixels = 1_048_576, usd = "0.01" }, { quality = "hd", micros = 20 }]
    "#;
    let prices = treatment(text, "flux").prices;
    assert_eq!(prices.maximum("gpt-image-2", image(1_024, Quality::Low)), Price::Known { micros: 10_000 });
    assert_eq!(prices.maximum("gpt-image-2", image(4_096, Quality::Hd)), Price::Known { micros: 20 });
    assert!(prices.models.contains_key("gpt-image-2.5-flare"), "the others stay");
}

#[test]
fn prices_that_make_no_sense_are_refused() {
    for (price, path) in [
        ("per_image = [{ usd = 1 }]", "prices.house.source"),
        ("source = \"s\"\nas_of = \"yesterday\"\nper_image = [{ usd = 1 }]", "prices.house.as_of"),
        ("source = \"s\"\nas_of = \"2026-06-01\"", "prices.house.per_image"),
        ("source = \"s\"\nas_of = \"2026-06-01\"\nper_image = [{ up_to_pixels = 1 }]", "prices.house.per_image[0].usd"),
        (
            "source = \"s\"\nas_of = \"2026-06-01\"\nper_token = { text_in_usd = 1 }",
            "prices.house.per_token.image_out_usd",
        ),
        (
            "source = \"s\"\nas_of = \"2026-06-01\"\nper_image = []\nper_token = { text_in_usd = 1, image_out_usd = 1 }",
            "prices.house.per_token",
        ),
    ] {
        let problems = of_file(&format!("[prices.house]\n{price}")).problems();
        let paths: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(paths.iter().any(|told| told.starts_with(&format!("`{path}`"))), "{path}: {paths:?}");
    }
}

#[test]
fn what_is_kept_is_said_by_the_chain_or_for_all_chains() {
    let kept =
        |text: &str, chain: &str| of_file(text).load().expect("sound").settings.multi_provider_config[chain].retain;
    assert_eq!(kept("", "media_generation"), Retain::Everything);
    let file = "[chain_defaults]\nretain = \"none\"\n[multi_provider_config.design_export]\nretain = \"all\"";
    assert_eq!(kept(file, "media_generation"), Retain::Nothing);
    assert_eq!(kept(file, "design_export"), Retain::Everything);
    assert_eq!(of_file("[chain_defaults]\nretain = \"some\"").problems().len(), 1);
}

#[test]
fn one_provider_can_be_in_dry_run() {
    let loaded = of_file("dry_run = false\n[providers.flux]\ndry_run = true").load().expect("sound");
    let dry = |provider: &str| loaded.settings.providers[&id(provider)].dry_run;
    assert_eq!((dry("flux"), dry("sdxl")), (true, false));
    assert_eq!(value_at(&loaded, "providers.flux.dry_run").origin, "file media.toml");
    let told = of_variables(&[("MEDIA__PROVIDERS__FLUX__DRY_RUN", "maybe")]).problems();
    assert!(
        matches!(&told[..], [ConfigProblem::WrongType { path, .. }] if path == "providers.flux.dry_run"),
        "{told:?}"
    );
}

#[test]
fn the_address_of_the_installation_is_one() {
    let public_url =
        |written: &str| of_file(&format!("public_url = {written:?}")).load().map(|loaded| loaded.settings.public_url);
    assert_eq!(public_url("https://media.example.com/").expect("sound").as_deref(), Some("https://media.example.com"));
    for wrong in
        ["media.example.com", "ftp://media.example.com", "https://a:b@media.example.com", "https://m.example?x=1"]
    {
        let problems = public_url(wrong).expect_err(wrong).problems;
        assert!(matches!(&problems[..], [ConfigProblem::InvalidValue { path, .. }] if path == "public_url"), "{wrong}");
    }
}
