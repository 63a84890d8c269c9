//! Identifiers and content hashes.

use media_domain::{AssetId, ContentHash, JobHandle, JobId, ProviderId, UserId};
use proptest::prelude::*;
use serde_json::json;

use super::support::{cases, check_form, uuid};

#[test]
fn uuids_are_plain_strings() {
    let text = "00000000-0000-0000-0000-00000000002a";
    let id = AssetId::from_uuid(uuid(42));
    check_form(&id, json!(text));
    assert_eq!(id.to_string(), text);
    assert_eq!(format!(" {text}\n").parse(), Ok(id));
    assert_eq!(format!("{:?}", JobId::from_uuid(uuid(42))), format!("JobId({text})"));
    for text in ["", "42", "not-a-uuid"] {
        assert!(text.parse::<AssetId>().is_err(), "{text:?}");
    }
}

#[test]
fn provider_ids_are_slugs() {
    for text in ["sdxl", "openai_images", "flux-eu", "3d", &"a".repeat(64)] {
        assert_eq!(ProviderId::parse(text).unwrap().as_str(), text);
    }
    for text in ["", "Sdxl", "_x", "-x", "a b", "ä", "a.b", "a/b", "a\n", &"a".repeat(65)] {
        assert!(ProviderId::parse(text).is_err(), "{text:?}");
    }
    check_form(&ProviderId::parse("sdxl").unwrap(), json!("sdxl"));
    assert!(serde_json::from_value::<ProviderId>(json!("SDXL")).is_err());
}

#[test]
fn user_ids_are_visible_and_end_in_no_white_space() {
    for text in ["anna", "Анна К.", "anna@example.org", &"a".repeat(200)] {
        assert_eq!(UserId::parse(text).unwrap().as_str(), text);
    }
    for text in ["", " ", "\u{200b}", "anna ", " anna", "an\0na", "an\nna", &"a".repeat(201)] {
        assert!(UserId::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn an_error_quotes_no_more_than_the_beginning() {
    let error = ProviderId::parse("X".repeat(1_000_000)).unwrap_err().to_string();
    assert!(error.len() < 300, "{} bytes", error.len());
    let error = "é".repeat(1_000_000).parse::<ContentHash>().unwrap_err().to_string();
    assert!(error.len() < 300, "{} bytes", error.len());
}

#[test]
fn a_handle_hides_the_query_of_an_address() {
    let handle = JobHandle::new("https://api.example.org/result?id=7&signature=secret#secret");
    assert_eq!(format!("{handle:?}"), "JobHandle(https://api.example.org/result)");
    assert_eq!(
        format!("{:?}", JobHandle::new("https://api.example.org/r#secret")),
        "JobHandle(https://api.example.org/r)"
    );
    check_form(&handle, json!("https://api.example.org/result?id=7&signature=secret#secret"));
}

#[test]
fn hashes_of_published_examples() {
    // FIPS 180-2, appendix B, and the hash of nothing.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(ContentHash::of(b"abc").to_string(), abc);
    assert_eq!(ContentHash::of(b"").to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(format!(" {} ", abc.to_uppercase()).parse(), Ok(ContentHash::of(b"abc")));
    check_form(&ContentHash::of(b"abc"), json!(abc));
    for text in ["", "abc", &abc[1..], &format!("{abc}0"), &abc.replace('b', "g"), &abc.replacen("ba", "é", 1)] {
        assert!(text.parse::<ContentHash>().is_err(), "{text:?}");
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn hashes_are_read_back(digest: [u8; 32]) {
        let hash = ContentHash::from_bytes(digest);
        prop_assert_eq!(hash.as_bytes(), &digest);
        prop_assert_eq!(hash.to_string().parse(), Ok(hash));
        prop_assert_eq!(hash.to_string().len(), 64);
    }

    #[test]
    fn parsing_never_panics_and_is_stable(text in any::<String>()) {
        let _ = text.parse::<AssetId>();
        if let Ok(id) = ProviderId::parse(text.as_str()) {
            prop_assert_eq!(id.as_str(), text.as_str());
        }
        if let Ok(id) = UserId::parse(text.as_str()) {
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn near_hashes_never_panic(text in "[0-9a-fA-Fé ]{60,68}") {
        if let Ok(hash) = text.parse::<ContentHash>() {
            prop_assert_eq!(hash.to_string(), text.trim().to_lowercase());
        }
    }

    #[test]
    fn slugs_are_accepted(text in "[a-z0-9][a-z0-9_-]{0,63}") {
        prop_assert_eq!(ProviderId::parse(text.as_str()).unwrap().to_string(), text);
    }
}
