//! What adapters do with a request before they order, so that nothing of it is dropped or bent in silence.

use std::ops::RangeInclusive;

use media_domain::capabilities::Unmet;
use media_domain::{Adaptation, Compatibility, EditRequest, ProviderErrorKind};

use crate::{CallContext, ProviderError};

/// Refuses a request that has not been fitted to the model. `doing` completes "failed to …"; `model` is who does not take it.
///
/// ```
/// use media_domain::{Capabilities, Compatibility, GenerationRequest, text::Prompt};
/// use media_ports::fitting::refuse_unmet;
///
/// let model = Capabilities { prompt_limit: 5, ..Capabilities::permissive() };
/// let request = GenerationRequest::new(Prompt::parse("a lighthouse")?);
/// let fit = model.admit(&request).check(Compatibility::Strict);
/// assert!(refuse_unmet(fit, "order images", "the model").unwrap_err().raised_here);
/// # Ok::<(), media_domain::TextError>(())
/// ```
///
/// # Errors
/// `unsupported`, with every reason; nothing has been sent.
pub fn refuse_unmet(fit: Result<(), Vec<Unmet>>, doing: &str, model: &str) -> Result<(), ProviderError> {
    fit.map_err(|unmet| {
        let reasons: Vec<String> = unmet.iter().map(ToString::to_string).collect();
        ProviderError::unsupported(format!("{doing}: {model} does not take the request: {}", reasons.join("; ")))
    })
}

/// Refuses an edit that nobody could make. `doing` completes "failed to …".
///
/// # Errors
/// `invalid_request` of class `never`; nothing has been sent.
pub fn refuse_impossible(request: &EditRequest, doing: &str) -> Result<(), ProviderError> {
    request.check().map_err(|error| {
        ProviderError::new(ProviderErrorKind::InvalidRequest, format!("{doing}: {error}")).never().here()
    })
}

/// Refuses what would not be as asked for where all or nothing is wanted: by the caller, or by the chain that the provider
/// stands in. `doing` completes "failed to …".
///
/// # Errors
/// `unsupported`, with everything that would be changed; nothing has been sent.
pub fn refuse_if_strict(context: &CallContext, adaptations: &[Adaptation], doing: &str) -> Result<(), ProviderError> {
    if adaptations.is_empty() || context.preferences.compatibility != Some(Compatibility::Strict) {
        return Ok(());
    }
    let reasons: Vec<_> = adaptations.iter().map(|told| format!("{}: {}", told.field, told.reason)).collect();
    Err(ProviderError::unsupported(format!("{doing}: it would not be as asked for: {}", reasons.join("; "))))
}

/// Makes a number the nearest in the range, and tells so where it was beyond. Without a range, or with one that holds nothing,
/// the number stays as it is.
///
/// ```
/// use media_ports::fitting::nearest;
///
/// let mut steps = Some(80);
/// let told = nearest("steps", &mut steps, Some(&(1..=50)));
/// assert_eq!((steps, told.and_then(|told| told.used)), (Some(50), Some("50".to_owned())));
/// assert_eq!((nearest("steps", &mut steps, Some(&(1..=50))), steps), (None, Some(50)));
/// ```
pub fn nearest<T: Copy + PartialOrd + ToString>(
    field: &str,
    number: &mut Option<T>,
    range: Option<&RangeInclusive<T>>,
) -> Option<Adaptation> {
    let range = range.filter(|range| !range.is_empty())?;
    let (asked, least, most) = ((*number)?, *range.start(), *range.end());
    let used = match () {
        () if asked < least => least,
        () if asked > most => most,
        () => return None,
    };
    *number = Some(used);
    Some(Adaptation {
        field: field.to_owned(),
        requested: asked.to_string(),
        used: Some(used.to_string()),
        reason: format!("the model takes {} to {}", least.to_string(), most.to_string()),
    })
}
