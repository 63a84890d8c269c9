//! How a request for pictures fits a model: what is changed, what is split, what cannot be.

use crate::text::Prompt;
use crate::{Adaptation, Compatibility, EditRequest, GenerationRequest};

/// A request whose answer is pictures, and which may take several calls.
pub trait ImageRequest: Clone {
    /// Number of pictures asked for.
    fn count(&self) -> u32;

    /// The request for `count` of the pictures, of which the first is the one at `first` in this request. A seed is
    /// counted on with the pictures, since calls of one seed would bring the same ones again.
    #[must_use]
    fn part(&self, first: u32, count: u32) -> Self;
}

impl ImageRequest for GenerationRequest {
    fn count(&self) -> u32 {
        self.count
    }

    fn part(&self, first: u32, count: u32) -> Self {
        let mut part = Self { count, image_index: self.image_index.saturating_add(first), ..self.clone() };
        part.options.seed = counted_on(self.options.seed, first);
        part
    }
}

impl ImageRequest for EditRequest {
    fn count(&self) -> u32 {
        self.count
    }

    fn part(&self, first: u32, count: u32) -> Self {
        let mut part = Self { count, ..self.clone() };
        part.options.seed = counted_on(self.options.seed, first);
        part
    }
}

fn counted_on(seed: Option<u64>, pictures: u32) -> Option<u64> {
    seed.map(|seed| seed.saturating_add(u64::from(pictures)))
}

/// How a request fits a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Admission<R = GenerationRequest> {
    /// The request as it can be sent, for all its pictures together.
    pub request: R,
    /// Pictures of each call that it takes, in order: one call, unless more are asked for than the model makes in one.
    pub parts: Vec<u32>,
    /// Differences from what was asked for, in the order of the fields.
    pub adaptations: Vec<Adaptation>,
    /// What cannot be served in any form; then nothing should be sent.
    pub unmet: Vec<Unmet>,
}

/// Something that a model cannot do in any form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Unmet {
    /// The field of the request.
    pub field: String,
    /// Why it cannot be served.
    pub reason: String,
}

impl<R: ImageRequest> Admission<R> {
    /// The request as it is, in one call.
    pub(crate) fn whole(request: &R) -> Self {
        Self { parts: vec![request.count()], request: request.clone(), adaptations: Vec::new(), unmet: Vec::new() }
    }

    /// The request of each call, whose pictures follow one another.
    ///
    /// ```
    /// # use media_domain::{Capabilities, GenerationRequest, text::Prompt};
    /// let model = Capabilities { max_count: 4, ..Capabilities::permissive() };
    /// let six = GenerationRequest { count: 6, ..GenerationRequest::new(Prompt::parse("a lighthouse")?) };
    /// let admission = model.admit(&six);
    /// let calls: Vec<_> = admission.calls().map(|call| (call.count, call.image_index)).collect();
    /// assert_eq!(calls, [(4, 0), (2, 4)]);
    /// # Ok::<(), media_domain::TextError>(())
    /// ```
    pub fn calls(&self) -> impl Iterator<Item = R> {
        let mut first = 0_u32;
        self.parts.iter().map(move |count| {
            let call = self.request.part(first, *count);
            first = first.saturating_add(*count);
            call
        })
    }

    /// Refuses words that are too many.
    pub(crate) fn fit_words(&mut self, prompt: Option<&Prompt>, limit: usize) {
        let length = prompt.map_or(0, |prompt| prompt.as_str().chars().count());
        if length > limit {
            self.refuse("prompt", format!("{length} characters are more than the {limit} the model takes"));
        }
    }

    /// Splits the request into calls of at most so many pictures.
    pub(crate) fn fit_count(&mut self, most: u32) {
        let count = self.request.count();
        if count <= most {
            return;
        }
        if most == 0 {
            return self.refuse("count", "the model makes no image at all".to_owned());
        }
        if count > GenerationRequest::MAX_COUNT {
            let limit = GenerationRequest::MAX_COUNT;
            return self.refuse("count", format!("{count} are more than the {limit} of one request"));
        }
        let (full, rest) = (count / most, count % most);
        self.parts = (0..full).map(|_| most).chain((rest > 0).then_some(rest)).collect();
        let used = format!("{} calls", self.parts.len());
        self.adapt("count", count.to_string(), Some(used), &format!("one call makes at most {most}"));
    }
}

impl<R> Admission<R> {
    /// Whether the request may be sent under the policy.
    ///
    /// # Errors
    /// What cannot be served; under [`Compatibility::Strict`] also what would have to be mapped or left out.
    pub fn check(&self, compatibility: Compatibility) -> Result<(), Vec<Unmet>> {
        let mut refused = self.unmet.clone();
        if compatibility == Compatibility::Strict {
            refused.extend(self.adaptations.iter().map(|a| Unmet { field: a.field.clone(), reason: a.reason.clone() }));
        }
        if refused.is_empty() { Ok(()) } else { Err(refused) }
    }

    pub(crate) fn refuse(&mut self, field: &str, reason: String) {
        self.unmet.push(Unmet { field: field.to_owned(), reason });
    }

    pub(crate) fn adapt(&mut self, field: &str, requested: String, used: Option<String>, reason: &str) {
        self.adaptations.push(Adaptation { field: field.to_owned(), requested, used, reason: reason.to_owned() });
    }

    pub(crate) fn drop_unless<T: std::fmt::Display>(&mut self, supported: bool, field: &str, value: &mut Option<T>) {
        if supported {
            return;
        }
        if let Some(asked) = value.take() {
            self.adapt(field, asked.to_string(), None, "the model does not know this option");
        }
    }
}
