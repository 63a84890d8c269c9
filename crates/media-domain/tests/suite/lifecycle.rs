//! The lifecycle: every pair of states, every verb, and long walks.

use media_domain::MediaStatus::{self, Approved, Archived, Deleted, Draft, Published};
use media_domain::asset::NewContent;
use media_domain::{ContentHash, MediaAsset, Tag, TransitionError};
use proptest::prelude::*;

use super::support::{at, banner, cases, usage, user};

/// The table of the product, from and to; deletion is separate.
const ALLOWED: &[(MediaStatus, MediaStatus)] =
    &[(Draft, Approved), (Approved, Published), (Approved, Draft), (Published, Archived), (Archived, Published)];

#[test]
fn every_pair_of_states_against_the_table() {
    for from in MediaStatus::ALL.iter().copied().filter(|from| *from != Deleted) {
        for to in MediaStatus::ALL.iter().copied() {
            let allowed = to == Deleted || ALLOWED.contains(&(from, to));
            assert_eq!(from.check_move(to, None).is_ok(), allowed, "{from} to {to}");
        }
    }
}

#[test]
fn a_deleted_asset_can_only_go_back_to_where_it_was() {
    for was in MediaStatus::ALL.iter().copied().filter(|was| *was != Deleted) {
        for to in MediaStatus::ALL.iter().copied() {
            assert_eq!(Deleted.check_move(to, Some(was)).is_ok(), to == was, "deleted from {was}, to {to}");
            assert!(Deleted.check_move(to, None).is_err(), "deleted from nowhere, to {to}");
        }
    }
    assert!(Deleted.check_move(Deleted, Some(Deleted)).is_err());
}

#[test]
fn the_error_names_the_moves_allowed() {
    for (from, allowed) in [
        (Draft, vec![Approved, Deleted]),
        (Approved, vec![Published, Draft, Deleted]),
        (Published, vec![Archived, Deleted]),
        (Archived, vec![Published, Deleted]),
    ] {
        let error = from.check_move(from, None).unwrap_err();
        assert_eq!(error, TransitionError { from, to: from, allowed: allowed.clone() });
        let text = error.to_string();
        assert!(allowed.iter().all(|status| text.contains(status.as_str())), "{text}");
    }
}

#[test]
fn errors_read_sensibly() {
    let text = |result: Result<(), TransitionError>| result.unwrap_err().to_string();
    assert_eq!(text(banner().publish()), "the asset is draft and cannot become published; allowed: approved, deleted");
    assert_eq!(text(banner().restore()), "the asset is already draft; allowed: approved, deleted");
    let mut deleted = in_state(Published);
    deleted.delete().unwrap();
    assert_eq!(text(deleted.delete()), "the asset is already deleted; allowed: to be restored, as published");
    assert_eq!(
        text(deleted.archive()),
        "the asset is deleted and cannot become archived; allowed: to be restored, as published"
    );
    deleted.deleted_from = None;
    assert_eq!(text(deleted.restore()), "the asset is already deleted; no move is allowed");
}

/// Leads an asset with labels and a use into a state.
fn in_state(state: MediaStatus) -> MediaAsset {
    let mut asset = banner();
    asset.add_tag(Tag::parse("hero").unwrap());
    asset.mark_used(usage("summer", 1));
    let path: &[Verb] = match state {
        Draft => &[],
        Approved => &[Verb::Approve],
        Published => &[Verb::Approve, Verb::Publish],
        Archived => &[Verb::Approve, Verb::Publish, Verb::Archive],
        Deleted => &[Verb::Delete],
    };
    path.iter().for_each(|verb| verb.act(&mut asset).unwrap());
    assert_eq!(asset.status, state);
    asset
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Verb {
    Approve,
    Publish,
    Archive,
    Withdraw,
    Delete,
    Restore,
    Replace,
}

const VERBS: [Verb; 7] =
    [Verb::Approve, Verb::Publish, Verb::Archive, Verb::Withdraw, Verb::Delete, Verb::Restore, Verb::Replace];

impl Verb {
    fn act(self, asset: &mut MediaAsset) -> Result<(), TransitionError> {
        match self {
            Self::Approve => asset.approve(user(), "", at(1)),
            Self::Publish => asset.publish(),
            Self::Archive => asset.archive(),
            Self::Withdraw => asset.withdraw(),
            Self::Delete => asset.delete(),
            Self::Restore => asset.restore(),
            Self::Replace => asset.replace_content(NewContent {
                dimensions: asset.dimensions,
                metadata: asset.metadata.clone(),
                content_hash: ContentHash::of(asset.content_hash.as_bytes()),
                thumbnail_hash: None,
            }),
        }
    }

    /// Where the verb leads, by the product's table; `None` when it is refused.
    fn leads(self, from: MediaStatus, deleted_from: Option<MediaStatus>) -> Option<MediaStatus> {
        match (self, from) {
            (Self::Approve, Draft) => Some(Approved),
            (Self::Publish, Approved | Archived) => Some(Published),
            (Self::Archive, Published) => Some(Archived),
            (Self::Withdraw, Approved) | (Self::Replace, Draft | Approved) => Some(Draft),
            (Self::Delete, Draft | Approved | Published | Archived) => Some(Deleted),
            (Self::Restore, Deleted) => deleted_from,
            _ => None,
        }
    }
}

#[test]
fn repeating_a_move_is_an_error() {
    for (state, verb) in [
        (Approved, Verb::Approve),
        (Published, Verb::Publish),
        (Archived, Verb::Archive),
        (Deleted, Verb::Delete),
        (Draft, Verb::Withdraw),
        (Draft, Verb::Restore),
    ] {
        let mut asset = in_state(state);
        let before = asset.clone();
        assert!(verb.act(&mut asset).is_err(), "{verb:?}");
        assert_eq!(asset, before, "{verb:?}");
    }
}

#[test]
fn restoring_brings_everything_back() {
    for state in [Draft, Approved, Published, Archived] {
        let before = in_state(state);
        let mut asset = before.clone();
        asset.delete().unwrap();
        assert!(asset.is_deleted());
        assert_eq!(asset.deleted_from, Some(state));
        asset.restore().unwrap();
        assert_eq!(asset, before);
    }
}

#[test]
fn no_verb_but_restore_leads_out_of_deleted() {
    for state in [Draft, Approved, Published, Archived] {
        let mut deleted = in_state(state);
        deleted.delete().unwrap();
        for verb in VERBS.into_iter().filter(|verb| *verb != Verb::Restore) {
            let mut asset = deleted.clone();
            let error = verb.act(&mut asset).unwrap_err();
            assert_eq!(error.allowed, [state], "{verb:?} after {state}");
            assert_eq!(asset, deleted, "{verb:?} after {state}");
        }
    }
}

#[test]
fn a_leftover_of_an_earlier_state_does_not_open_a_way_round_approval() {
    let mut asset = banner();
    asset.deleted_from = Some(Published);
    assert!(asset.restore().is_err());
    assert_eq!(asset.status, Draft);
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn walks_obey_the_table_and_keep_what_holds(steps in prop::collection::vec(prop::sample::select(&VERBS[..]), 0..60)) {
        let mut asset = in_state(Draft);
        for verb in steps {
            let before = asset.clone();
            let expected = verb.leads(asset.status, asset.deleted_from);
            let result = verb.act(&mut asset);
            prop_assert_eq!(result.is_ok(), expected.is_some(), "{:?} from {}", verb, before.status);
            match expected {
                Some(status) => prop_assert_eq!(asset.status, status),
                None => prop_assert_eq!(&asset, &before),
            }
            check_invariants(&asset)?;
        }
    }
}

fn check_invariants(asset: &MediaAsset) -> Result<(), TestCaseError> {
    prop_assert_eq!(asset.deleted_from.is_some(), asset.is_deleted());
    let stands = asset.deleted_from.unwrap_or(asset.status);
    prop_assert_eq!(asset.approval.is_some(), stands != Draft);
    if let Some(approval) = &asset.approval {
        prop_assert_eq!(approval.content_hash, asset.content_hash);
    }
    prop_assert_eq!((asset.tags.len(), asset.usage_count, asset.usage_history.len()), (1, 1, 1));
    prop_assert_eq!((asset.uploaded_at, asset.version), (at(0), 1));
    Ok(())
}
