//! What adapters do with requests that do not fit.

use media_domain::{Adaptation, Compatibility, ProviderErrorKind, RetryClass};
use media_ports::fitting::{nearest, refuse_if_strict};
use media_ports::{CallContext, CallPreferences};

use crate::support::context;

fn told() -> Vec<Adaptation> {
    nearest("guidance_scale", &mut Some(99.0), Some(&(1.5..=10.0))).into_iter().collect()
}

#[test]
fn a_number_becomes_the_nearest_in_the_range() {
    for (asked, range, used) in [
        (Some(7), Some(1..=50), Some(7)),
        (Some(50), Some(1..=50), Some(50)),
        (Some(51), Some(1..=50), Some(50)),
        (Some(0), Some(1..=50), Some(1)),
        (Some(7), None, Some(7)),
        (Some(7), Some(std::ops::RangeInclusive::new(9, 8)), Some(7)),
        (None, Some(1..=50), None),
    ] {
        let mut number = asked;
        let adaptation = nearest("steps", &mut number, range.as_ref());
        assert_eq!(number, used, "{asked:?} {range:?}");
        let told = adaptation.map(|told| (told.requested, told.used));
        let differs = asked.zip(used).filter(|(asked, used)| asked != used);
        assert_eq!(
            told,
            differs.map(|(asked, used)| (asked.to_string(), Some(used.to_string()))),
            "{asked:?} {range:?}"
        );
    }
}

#[test]
fn what_would_be_changed_is_refused_only_where_all_or_nothing_is_wanted() {
    for (compatibility, adaptations, refused) in [
        (Some(Compatibility::Strict), told(), true),
        (Some(Compatibility::Strict), Vec::new(), false),
        (Some(Compatibility::Adapt), told(), false),
        (None, told(), false),
    ] {
        let preferences = CallPreferences { compatibility, ..CallPreferences::default() };
        let context = CallContext { preferences, ..context() };
        let outcome = refuse_if_strict(&context, &adaptations, "order images");
        let error = outcome.err().map(|error| (error.kind, error.retry, error.raised_here));
        let unsupported = (ProviderErrorKind::Unsupported, RetryClass::Elsewhere, true);
        assert_eq!(error, refused.then_some(unsupported), "{compatibility:?} {adaptations:?}");
    }
}
