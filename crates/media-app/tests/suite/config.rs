//! Configuration: layers, origins, complaints, secrets.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use media_app::config::{ConfigFlags, ConfigProblem, Durability, Origin};
use media_chain::{ChainPolicy, Onward};
use media_domain::RuleSet;

use crate::config_setup::{Given, id, of_file, of_variables, providers_of, value_at};

#[test]
fn built_in_defaults_are_what_is_promised() {
    let loaded = Given::default().load().expect("the defaults are sound");
    let settings = &loaded.settings;
    assert!(settings.dry_run);
    assert_eq!(settings.durability, Durability::Power);
    assert_eq!(settings.data_dir, Path::new("./media-data"));
    assert_eq!(settings.high_performing_ctr, 0.05);
    assert_eq!(settings.suggestions, RuleSet::default());
    let generation = &settings.multi_provider_config["media_generation"];
    assert_eq!(generation.description, "Generate images from text prompts");
    assert_eq!(
        providers_of(&loaded, "media_generation"),
        ["sdxl", "openai_images", "flux", "replicate_sdxl", "figma_api", "canva_api", "noop_media"]
    );
    assert_eq!(generation.policy, ChainPolicy::default());
    assert!(!generation.fail_on_placeholder);
    assert_eq!(providers_of(&loaded, "design_export"), ["figma_api", "canva_api"]);
    assert_eq!(loaded.file, None);
    assert!(loaded.warnings.is_empty());
}

#[test]
fn later_layers_win_and_are_named() {
    let file = "dry_run = false\nhigh_performing_ctr = 0.1\ndefault_user = \"studio\"";
    let variables = [("DRY_RUN_MODE", "true"), ("MEDIA__HIGH_PERFORMING_CTR", "0.2")];
    let flags = ConfigFlags { dry_run: Some(false), data_dir: Some("elsewhere".into()), ..ConfigFlags::default() };
    let loaded = Given { file: Some(file), variables: &variables, flags }.load().expect("sound");
    assert!(!loaded.settings.dry_run);
    assert_eq!(loaded.settings.high_performing_ctr, 0.2);
    for (path, origin) in [
        ("dry_run", "flag --live"),
        ("data_dir", "flag --data-dir"),
        ("high_performing_ctr", "variable MEDIA__HIGH_PERFORMING_CTR"),
        ("default_user", "file media.toml"),
        ("durability", "default"),
        ("multi_provider_config.media_generation.providers", "default"),
        ("providers.noop_media.kind", "default"),
    ] {
        assert_eq!(value_at(&loaded, path).origin, origin, "{path}");
    }
}

#[test]
fn the_file_is_named_by_flag_then_variable_then_place() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["flag", "variable"] {
        std::fs::write(folder.path().join(name), format!("default_user = \"{name}\"")).expect("written");
    }
    let user = |given: Given<'_>| given.load_in(folder.path()).expect("sound").settings.default_user.to_string();
    let in_place = || Some("default_user = \"place\"");
    let by_flag = ConfigFlags { config: Some("flag".into()), ..ConfigFlags::default() };
    let variables = [("MEDIA_CONFIG", "variable")];
    assert_eq!(user(Given { file: in_place(), variables: &variables, flags: by_flag }), "flag");
    assert_eq!(user(Given { file: in_place(), variables: &variables, ..Given::default() }), "variable");
    assert_eq!(user(Given { file: in_place(), ..Given::default() }), "place");
    let missing = Given { variables: &[("MEDIA_CONFIG", "nowhere.toml")], ..Given::default() }.problems();
    assert!(
        matches!(&missing[..], [ConfigProblem::Unreadable { origin: Origin::File(path), .. }] if path == "nowhere.toml")
    );
}

#[test]
fn dry_run_mode_takes_words_and_refuses_others() {
    for (word, expected) in [
        ("true", true),
        ("TRUE", true),
        ("1", true),
        ("Yes", true),
        ("on", true),
        ("false", false),
        ("False", false),
        ("0", false),
        ("no", false),
        ("OFF", false),
        ("", true),
        ("   ", true),
    ] {
        let loaded = of_variables(&[("DRY_RUN_MODE", word)]).load().expect("a known word");
        assert_eq!(loaded.settings.dry_run, expected, "{word:?}");
    }
    for word in ["maybe", "2", "truee", "dry"] {
        let problems = of_variables(&[("DRY_RUN_MODE", word)]).problems();
        assert!(
            matches!(&problems[..], [ConfigProblem::WrongType { path, origin: Origin::Variable(name), .. }]
                if path == "dry_run" && name == "DRY_RUN_MODE"),
            "{word:?}: {problems:?}"
        );
    }
}

#[test]
fn variables_that_disagree_are_refused_by_name() {
    let own_key = [("MEDIA__PROVIDERS__OPENAI_IMAGES__API_KEY", "one"), ("OPENAI_API_KEY", "two")];
    let whole_and_part = [("MEDIA__GENERATION", "4"), ("MEDIA__GENERATION__CONCURRENCY", "5")];
    for (variables, path) in [
        (&[("DRY_RUN_MODE", "true"), ("MEDIA__DRY_RUN", "false")], "dry_run"),
        (&[("SDXL_API_KEY", "one"), ("STABILITY_API_KEY", "two")], "providers.sdxl.api_key"),
        (&own_key, "providers.openai_images.api_key"),
        (&whole_and_part, "generation.concurrency"),
    ] {
        let problems = of_variables(variables).problems();
        let [ConfigProblem::Disagreement { path: found, variables: named }, ..] = &problems[..] else {
            panic!("{path}: {problems:?}");
        };
        assert_eq!(found, path);
        assert_eq!(
            named.iter().map(String::as_str).collect::<BTreeSet<_>>(),
            variables.iter().map(|(name, _)| *name).collect()
        );
    }
    for agreeing in [
        [("DRY_RUN_MODE", "true"), ("MEDIA__DRY_RUN", "1")],
        [("SDXL_API_KEY", "same"), ("STABILITY_API_KEY", "same")],
        [("SDXL_API_KEY", "only"), ("STABILITY_API_KEY", "")],
    ] {
        of_variables(&agreeing).load().expect("no disagreement");
    }
}

#[test]
fn unknown_keys_are_refused_with_their_path_and_the_nearest() {
    for (text, path, nearest) in [
        ("dryrun = true", "dryrun", Some("dry_run")),
        ("DRY_RUN = true", "DRY_RUN", Some("dry_run")),
        (
            "[multi_provider_config.media_generation]\nprovders = [\"sdxl\"]",
            "multi_provider_config.media_generation.provders",
            Some("providers"),
        ),
        ("[providers.flux]\nbase_ulr = \"http://x\"", "providers.flux.base_ulr", Some("base_url")),
        ("[image_limits]\nfrobnicate = 1", "image_limits.frobnicate", None),
        ("[suggestions.rules.compress]\npriorty = \"low\"", "suggestions.rules.compress.priorty", Some("priority")),
    ] {
        let problems = of_file(text).problems();
        let [ConfigProblem::UnknownKey { path: found, nearest: near, origin, .. }] = &problems[..] else {
            panic!("{path}: {problems:?}");
        };
        assert_eq!((found.as_str(), near.as_deref()), (path, nearest));
        assert_eq!(origin, &Some(Origin::File("media.toml".to_owned())));
    }
    let problems = of_variables(&[("MEDIA__DURABILTY", "power")]).problems();
    assert!(matches!(&problems[..], [ConfigProblem::UnknownKey { nearest: Some(near), .. }] if near == "durability"));
}

#[test]
fn wrong_types_name_path_and_origin() {
    for (text, path) in [
        ("dry_run = 3", "dry_run"),
        ("high_performing_ctr = \"high\"", "high_performing_ctr"),
        ("[generation]\nconcurrency = -1", "generation.concurrency"),
        ("providers = \"sdxl\"", "providers"),
        (
            "[multi_provider_config.media_generation]\nproviders = [1]",
            "multi_provider_config.media_generation.providers",
        ),
    ] {
        let problems = of_file(text).problems();
        assert!(
            matches!(&problems[..], [ConfigProblem::WrongType { path: found, origin: Origin::File(_), .. }] if found == path),
            "{path}: {problems:?}"
        );
    }
}

#[test]
fn unusable_values_name_the_path() {
    for (text, path) in [
        ("durability = \"steel\"", "durability"),
        ("high_performing_ctr = 1.5", "high_performing_ctr"),
        ("default_user = \"\"", "default_user"),
        ("[generation]\nconcurrency = 0", "generation.concurrency"),
        ("[chain_defaults]\ndeadline_s = 0", "chain_defaults.deadline_s"),
        (
            "[multi_provider_config.own]\nproviders = [\"sdxl\"]\non_uncertain = \"retry\"",
            "multi_provider_config.own.on_uncertain",
        ),
        ("[multi_provider_config.own]\ndescription = \"x\"", "multi_provider_config.own.providers"),
        ("[multi_provider_config.Own]\nproviders = [\"sdxl\"]", "multi_provider_config.Own"),
        ("[providers.mine]\nkind = \"fluxx\"", "providers.mine.kind"),
        ("[providers.mine]\nbase_url = \"http://x\"", "providers.mine"),
        ("[providers.OpenAI]\nkind = \"openai_images\"", "providers.OpenAI"),
        ("[providers.flux]\napi_key = { file = \"absent\" }", "providers.flux.api_key"),
        ("[providers.flux]\napi_key = 12", "providers.flux.api_key"),
        ("[suggestions.rules.compress]\nwhen = { metric = \"weight\" }", "suggestions.rules.compress.when"),
        ("[suggestions.rules.refresh_design]\nwhen = { below = 7 }", "suggestions.rules.refresh_design.when"),
        (
            "[suggestions.rules.own]\npriority = \"low\"\nestimated_improvement_percent = 1\nwhen = { metric = \"file_size_bytes\", above = 1 }",
            "suggestions.rules.own.kind",
        ),
        ("[providers.openai_images]\nbase_url = \"ftp://x\"", "providers.openai_images.base_url"),
    ] {
        let problems = of_file(text).problems();
        assert!(
            matches!(&problems[..], [ConfigProblem::InvalidValue { path: found, .. }] if found == path),
            "{path}: {problems:?}"
        );
    }
}

#[test]
fn every_problem_is_told_at_once() {
    let problems = of_file("dryrun = true\ndurability = \"steel\"\n[generation]\nconcurrency = 0").problems();
    assert_eq!(problems.len(), 3);
}

#[test]
fn lists_of_providers_are_checked() {
    let list = |list: &str| format!("[multi_provider_config.media_generation]\nproviders = {list}");
    assert!(matches!(&of_file(&list("[]")).problems()[..], [ConfigProblem::NoProvider { .. }]));
    for repeated in [r#"["sdxl", "sdxl"]"#, r#"["sdxl", "stable-diffusion"]"#] {
        assert!(
            matches!(&of_file(&list(repeated)).problems()[..], [ConfigProblem::RepeatedProvider { id, .. }] if id == "sdxl")
        );
    }
    let problems = of_file(&list(r#"["openai_image"]"#)).problems();
    let [ConfigProblem::UnknownProvider { nearest, known, .. }] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(nearest.as_deref(), Some("openai_images"));
    assert!(known.iter().any(|known| known == "noop_media"));
}

#[test]
fn aliases_and_own_ids_resolve() {
    let text = r#"
        [multi_provider_config.media_generation]
        providers = ["dalle3", "flux_eu", "noop_media"]
        [multi_provider_config.product_photos]
        providers = ["stable-diffusion"]
        deadline_s = 12.5
        on_uncertain = "next"
        [providers.flux_eu]
        kind = "flux"
        base_url = "https://api.eu.bfl.ai"
    "#;
    let loaded = of_file(text).load().expect("sound");
    assert_eq!(providers_of(&loaded, "media_generation"), ["openai_images", "flux_eu", "noop_media"]);
    assert_eq!(providers_of(&loaded, "product_photos"), ["sdxl"]);
    let policy = &loaded.settings.multi_provider_config["product_photos"].policy;
    assert_eq!((policy.deadline, policy.on_uncertain), (Duration::from_millis(12_500), Onward::Next));
    let flux = &loaded.settings.providers[&id("flux_eu")];
    assert_eq!((flux.kind.as_str(), flux.settings.path()), ("flux", "providers.flux_eu"));
    assert_eq!(flux.descriptor.id, id("flux_eu"));
    assert_eq!(flux.settings.keys().collect::<Vec<_>>(), ["base_url"]);
    let aliased = of_file("[providers.dalle3]\nmodel = \"m\"").load().expect("sound");
    assert_eq!(aliased.settings.providers[&id("openai_images")].descriptor.model.as_deref(), Some("m"));
}

#[test]
fn the_map_of_chains_comes_from_one_variable_too() {
    let json = r#"{"media_generation": {"providers": ["noop_media"]}}"#;
    let toml = "[media_generation]\nproviders = [\"noop_media\"]";
    let whole = "[multi_provider_config.media_generation]\nproviders = [\"noop_media\"]";
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("chains.json"), json).expect("written");
    for text in [json, toml, whole, "chains.json"] {
        let loaded = of_variables(&[("MULTI_PROVIDER_CONFIG", text)]).load_in(folder.path()).expect("sound");
        assert_eq!(providers_of(&loaded, "media_generation"), ["noop_media"], "{text}");
        let list = value_at(&loaded, "multi_provider_config.media_generation.providers");
        assert_eq!(list.origin, "variable MULTI_PROVIDER_CONFIG");
    }
    let problems = of_variables(&[("MULTI_PROVIDER_CONFIG", "{broken")]).problems();
    assert!(matches!(&problems[..], [ConfigProblem::Unreadable { .. }]));
}

#[test]
fn lists_in_variables_are_separated_by_commas() {
    let variables = [("MEDIA__MULTI_PROVIDER_CONFIG__MEDIA_GENERATION__PROVIDERS", "openai_images, noop_media")];
    let loaded = of_variables(&variables).load().expect("sound");
    assert_eq!(providers_of(&loaded, "media_generation"), ["openai_images", "noop_media"]);
}

#[test]
fn settings_from_variables_keep_what_looks_like_a_number_only_by_chance() {
    for (text, model) in [("0012", "0012"), ("1e5", "1e5"), ("\"4\"", "4"), ("gpt-image-1", "gpt-image-1")] {
        let loaded = of_variables(&[("MEDIA__PROVIDERS__OPENAI_IMAGES__MODEL", text)]).load().expect("sound");
        assert_eq!(loaded.settings.providers[&id("openai_images")].descriptor.model.as_deref(), Some(model));
    }
    let loaded = of_variables(&[("MEDIA__PROVIDERS__OPENAI_IMAGES__TIMEOUT_S", "30")]).load().expect("sound");
    assert_eq!(loaded.settings.providers[&id("openai_images")].descriptor.model.as_deref(), Some("30"));
}

#[test]
fn secrets_are_shown_nowhere() {
    let file = "[providers.flux]\napi_key = \"sesame-1\"\nbase_url = \"https://user:sesame-2@host/path?key=sesame-3\"";
    let loaded = Given { file: Some(file), variables: &[("OPENAI_API_KEY", "sesame-4")], ..Given::default() }.load();
    let loaded = loaded.expect("sound");
    let shown = serde_json::to_string(&loaded.effective).expect("JSON");
    assert!(!shown.contains("sesame") && !format!("{loaded:?}").contains("sesame-1"), "{shown}");
    assert!(!format!("{loaded:?}").contains("sesame-4"));
    let key = value_at(&loaded, "providers.flux.api_key");
    assert_eq!((key.value.as_str(), key.secret), (Some("********"), true));
    assert_eq!(value_at(&loaded, "providers.flux.base_url").value, "https://host/path");
    for misplaced in [
        "[providers.flux]\nsecret_key = \"sesame\"",
        "[providers]\nflux = \"sesame\"",
        "[providers.flux]\napi_key = { env = \"sesame-key\" }",
        "[providers.flux]\napi_key = [\"sesame\"]",
        "[providers.flux]\napi_key = \"sesame",
    ] {
        let refused = of_file(misplaced).load().expect_err("a mistake");
        assert!(!refused.to_string().contains("sesame") && !format!("{refused:?}").contains("sesame"), "{refused}");
    }
}

#[test]
fn rules_are_changed_added_and_switched_off_one_by_one() {
    let text = r#"
        [suggestions.rules.compress]
        when = { above = 1000 }
        [suggestions.rules.convert_to_webp]
        enabled = false
        [suggestions.rules.shrink_banners]
        kind = "resize"
        priority = "low"
        estimated_improvement_percent = 1
        when = { metric = "file_size_bytes", above = 10 }
    "#;
    let loaded = of_file(text).load().expect("sound");
    let rules: Vec<_> = loaded.settings.suggestions.rules.iter().map(|rule| rule.kind.as_str()).collect();
    assert_eq!(rules, ["refresh_design", "compress", "resize"]);
    let variables = [("MEDIA__SUGGESTIONS__RULES__COMPRESS__WHEN__ABOVE", "7")];
    let loaded = of_variables(&variables).load().expect("sound");
    let compress = &loaded.settings.suggestions.rules[1];
    assert_eq!(compress.condition, media_domain::rules::RuleCondition::FileSizeBytes { above: 7 });
}
