//! Checked text: tags, categories, names, prompts.

use media_domain::text::{Campaign, Channel, Prompt};
use media_domain::{Category, Name, Tag, TextError};
use proptest::prelude::*;
use serde_json::json;

use super::support::{cases, check_form};

#[test]
fn tags_and_categories_are_trimmed_and_lower_cased() {
    assert_eq!(Tag::parse("  Hero ").unwrap().as_str(), "hero");
    assert_eq!(Category::parse("E-Mail Banners").unwrap().as_str(), "e-mail banners");
    assert_eq!(Tag::parse("ЛЕТО").unwrap().as_str(), "лето");
    check_form(&Tag::parse("hero").unwrap(), json!("hero"));
    assert_eq!(serde_json::from_value::<Tag>(json!(" HERO ")).unwrap().as_str(), "hero");
}

#[test]
fn blank_labels_are_refused() {
    for blank in ["", " ", "\t\n", "\u{a0}", "\u{200b}", "\u{feff} \u{2060}"] {
        assert_eq!(Tag::parse(blank), Err(TextError::Blank { what: "tag" }), "{blank:?}");
        assert_eq!(Category::parse(blank), Err(TextError::Blank { what: "category" }), "{blank:?}");
        assert!(serde_json::from_value::<Tag>(json!(blank)).is_err(), "{blank:?}");
    }
}

#[test]
fn limits_count_characters_and_not_bytes() {
    assert!(Tag::parse("é".repeat(Tag::LIMIT)).is_ok());
    let error = Tag::parse("é".repeat(Tag::LIMIT + 1)).unwrap_err();
    assert_eq!(error, TextError::TooLong { what: "tag", length: 101, limit: 100 });
    // One character whose lower case has two.
    assert!(Tag::parse("İ".repeat(Tag::LIMIT)).is_err());
    assert!(Name::parse("n".repeat(Name::LIMIT)).is_ok() && Name::parse("n".repeat(Name::LIMIT + 1)).is_err());
    assert!(Prompt::parse("p".repeat(Prompt::LIMIT)).is_ok() && Prompt::parse("p".repeat(Prompt::LIMIT + 1)).is_err());
    assert!(Campaign::parse("c".repeat(Campaign::LIMIT + 1)).is_err());
    assert!(Channel::parse("c".repeat(Channel::LIMIT + 1)).is_err());
}

#[test]
fn control_characters_are_refused_and_only_prompts_have_several_lines() {
    for text in ["a\nb", "a\tb", "a\0b", "a\u{7f}b", "a\u{85}b"] {
        assert_eq!(Name::parse(text), Err(TextError::ControlCharacter { what: "name" }), "{text:?}");
        assert_eq!(Tag::parse(text), Err(TextError::ControlCharacter { what: "tag" }), "{text:?}");
    }
    assert_eq!(Prompt::parse(" a\r\n\tb ").unwrap().as_str(), "a\r\n\tb");
    assert_eq!(Prompt::parse("a\0b"), Err(TextError::ControlCharacter { what: "prompt" }));
}

#[test]
fn joined_characters_are_kept() {
    let family = "👩\u{200d}👧";
    assert_eq!(Tag::parse(family).unwrap().as_str(), family);
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn parsing_never_panics_and_is_stable(text in any::<String>()) {
        if let Ok(tag) = Tag::parse(&text) {
            prop_assert_eq!(Tag::parse(tag.as_str()), Ok(tag.clone()));
            prop_assert!(!tag.as_str().is_empty() && tag.as_str().chars().count() <= Tag::LIMIT);
            let json = serde_json::to_string(&tag).unwrap();
            prop_assert_eq!(serde_json::from_str::<Tag>(&json).unwrap(), tag);
        }
        if let Ok(name) = Name::parse(&text) {
            prop_assert_eq!(name.as_str(), text.trim());
            prop_assert_eq!(name.to_string().parse(), Ok(name));
        }
        if let Ok(prompt) = Prompt::parse(&text) {
            prop_assert_eq!(Prompt::try_from(String::from(prompt.clone())), Ok(prompt));
        }
    }

    #[test]
    fn words_are_accepted(text in "\\w[\\w -]{0,30}\\w") {
        prop_assert!(Tag::parse(&text).is_ok() && Name::parse(&text).is_ok() && Channel::parse(&text).is_ok());
    }
}
