//! Where credentials come from, and where they must not come from.

use std::path::Path;

use media_app::config::{Absence, ConfigFlags, ConfigProblem, Environment, LoadedConfig, Origin, load};
use secrecy::ExposeSecret;

use crate::config_setup::{Given, id, of_file, of_variables, registry, value_at};

/// The API key that a provider would be given, with the origin that is shown for it.
fn key_of(loaded: &LoadedConfig, provider: &str) -> Option<(String, String)> {
    let key = loaded.settings.providers[&id(provider)].credentials.get("api_key")?.expose_secret().to_owned();
    Some((key, value_at(loaded, &format!("providers.{provider}.api_key")).origin.clone()))
}

#[test]
fn credentials_come_from_where_they_should() {
    let well_known = ("BFL_API_KEY", "from-variable");
    let found = |key: &str, origin: &str| Some((key.to_owned(), origin.to_owned()));
    let literal = "[providers.flux]\napi_key = \"from-file\"";
    let own_literal = "[providers.mine]\nkind = \"flux\"\napi_key = \"from-file\"";
    let own_gap = "[providers.mine]\nkind = \"flux\"";
    let reference = "[providers.flux]\napi_key = { env = \"MY_KEY\" }";
    for (file, variables, provider, expected) in [
        ("", vec![], "flux", None),
        ("", vec![well_known], "flux", found("from-variable", "variable BFL_API_KEY")),
        ("", vec![("FLUX_API_KEY", " padded ")], "flux", found("padded", "variable FLUX_API_KEY")),
        ("", vec![("BFL_API_KEY", "0012")], "flux", found("0012", "variable BFL_API_KEY")),
        (literal, vec![], "flux", found("from-file", "file media.toml")),
        (literal, vec![well_known], "flux", found("from-variable", "variable BFL_API_KEY")),
        (own_literal, vec![well_known], "mine", found("from-file", "file media.toml")),
        (own_gap, vec![well_known], "mine", found("from-variable", "variable BFL_API_KEY")),
        (reference, vec![well_known, ("MY_KEY", "mine")], "flux", found("mine", "variable MY_KEY")),
    ] {
        let loaded = Given { file: Some(file), variables: &variables, ..Given::default() }.load().expect("sound");
        assert_eq!(key_of(&loaded, provider), expected, "{file} {variables:?}");
    }
}

#[test]
fn a_key_in_a_file_loses_its_line_break() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("key"), "from-key-file\n").expect("written");
    let loaded = of_file("[providers.flux]\napi_key = { file = \"key\" }").load_in(folder.path()).expect("sound");
    assert_eq!(key_of(&loaded, "flux"), Some(("from-key-file".to_owned(), "file key".to_owned())));
}

#[test]
fn a_reference_to_a_variable_that_is_not_set_is_never_filled_by_another() {
    let file = "[providers.flux]\napi_key = { env = \"MY_KEY\" }\n[providers.mine]\nkind = \"flux\"\napi_key = { env = \"MY_KEY\" }";
    for variables in [&[("BFL_API_KEY", "of-another-host")][..], &[("BFL_API_KEY", "k"), ("MY_KEY", " ")], &[]] {
        let loaded =
            Given { file: Some(file), variables, ..Given::default() }.load().expect("a missing key is no error");
        for provider in ["flux", "mine"] {
            let setup = &loaded.settings.providers[&id(provider)];
            assert!(setup.credentials.get("api_key").is_none(), "{provider}");
            assert_eq!(setup.unset_reference(), Some("MY_KEY"));
        }
        assert!(loaded.warnings.iter().all(|warning| warning.contains("MY_KEY")), "{:?}", loaded.warnings);
        assert_eq!(loaded.warnings.len(), 2);
    }
}

#[test]
fn an_empty_text_switches_a_credential_off() {
    let variables = [("BFL_API_KEY", "well-known"), ("OPENAI_API_KEY", "well-known"), ("OPENAI_ORG_ID", "well-known")];
    let file = "[providers.flux]\napi_key = \"\"\n[providers.mine]\nkind = \"flux\"\napi_key = \" \"";
    let loaded = Given { file: Some(file), variables: &variables, ..Given::default() }.load().expect("sound");
    for provider in ["flux", "mine"] {
        let setup = &loaded.settings.providers[&id(provider)];
        assert!(setup.credentials.get("api_key").is_none(), "{provider}");
        let path = format!("providers.{provider}.api_key");
        let shown = value_at(&loaded, &path);
        assert_eq!((shown.value.as_str(), shown.origin.as_str()), (Some(""), "file media.toml"));
        assert_eq!(setup.absences["BFL_API_KEY"], Absence::SwitchedOff { path });
        assert_eq!(setup.unset_reference(), None);
    }
    assert!(key_of(&loaded, "openai_images").is_some(), "without an entry the variable fills the gap");
    assert!(loaded.warnings.is_empty());
}

#[test]
fn an_address_that_is_none_is_refused_with_the_file_that_holds_it() {
    for base_url in ["", "ftp://host", "https://user:sesame@host/v1", "https://host/v1?key=sesame"] {
        let file = format!("[providers.openai_images]\nbase_url = {base_url:?}");
        let problems =
            Given { file: Some(&file), variables: &[("OPENAI_BASE_URL", "https://other")], ..Given::default() };
        // A text in the table of the kind itself gives way to the variable, but for what it must not be.
        let problems = match base_url {
            "" => problems.problems(),
            _ => of_file(&file).problems(),
        };
        let [ConfigProblem::InvalidValue { path, origin, reason }] = &problems[..] else { panic!("{problems:?}") };
        assert_eq!(path, "providers.openai_images.base_url");
        assert_eq!(origin.as_ref(), Some(&Origin::File("media.toml".to_owned())));
        assert!(!reason.contains("sesame"), "{reason}");
    }
}

#[test]
fn every_variable_that_disagrees_is_named_at_once() {
    let variables =
        [("MEDIA__PROVIDERS__SDXL__API_KEY", "one"), ("SDXL_API_KEY", "two"), ("STABILITY_API_KEY", "three")];
    let problems = of_variables(&variables).problems();
    let [ConfigProblem::Disagreement { variables: named, .. }] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(named, &variables.map(|(name, _)| name));
    assert!(
        problems[0].to_string().ends_with("STABILITY_API_KEY disagree; unset all but one of them"),
        "{}",
        problems[0]
    );
}

/// Loads with the key in a file of these bytes.
fn with_key_file(write: impl FnOnce(&Path)) -> Result<LoadedConfig, Vec<ConfigProblem>> {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("key"));
    let loaded = of_file("[providers.flux]\napi_key = { file = \"key\" }").load_in(folder.path());
    loaded.map_err(|error| error.problems)
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_key() {
    let loaded =
        with_key_file(|file| std::fs::write(file, "\u{feff}from-key-file\r\n").expect("written")).expect("sound");
    assert_eq!(key_of(&loaded, "flux").map(|(key, _)| key).as_deref(), Some("from-key-file"));
}

#[cfg(unix)]
#[test]
fn only_a_regular_file_is_opened_for_a_key() {
    let link = |file: &Path| {
        std::fs::write(file.with_extension("real"), "from-link").expect("written");
        std::os::unix::fs::symlink("key.real", file).expect("linked");
    };
    let loaded = with_key_file(link).expect("what a link leads to counts");
    assert_eq!(key_of(&loaded, "flux").map(|(key, _)| key).as_deref(), Some("from-link"));
    // A socket, like a pipe, is a file that is none.
    let socket = |file: &Path| drop(std::os::unix::net::UnixListener::bind(file).expect("bound"));
    let problems = with_key_file(socket).expect_err("no file");
    assert!(problems[0].to_string().contains("no regular file"), "{problems:?}");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_told_as_what_it_is() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    let folder = tempfile::tempdir().expect("a folder");
    let reference = "[providers.flux]\napi_key = { env = \"MY_KEY\" }";
    std::fs::write(folder.path().join("media.toml"), reference).expect("written");
    for (name, refused) in [
        ("MY_KEY", true),
        ("OPENAI_API_KEY", true),
        ("MEDIA__GENERATION__CONCURRENCY", true),
        ("DRY_RUN_MODE", true),
        ("MULTI_PROVIDER_CONFIG", true),
        ("BFL_API_KEY", false),
        ("SOMEBODY_ELSES", false),
    ] {
        let environment = Environment::of_os([(name.into(), OsString::from_vec(vec![0xFF]))], folder.path());
        let loaded = load(&ConfigFlags::default(), &environment, &registry());
        assert_eq!(loaded.is_err(), refused, "{name}");
        if let Err(error) = loaded {
            assert!(error.to_string().contains(name) && error.to_string().contains("no Unicode text"), "{error}");
        }
    }
}
