//! What every image editor must do.

mod behaviour;
mod requests;
mod script;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use media_domain::{EditKind, EditRequest};
use media_http::Transport;
use media_ports::{GenerationAnswer, ImageEditor};

use self::behaviour::{
    answers_after_the_deadline, cancelled_before, carries_pictures, deadline_passed, edits, refused, refused_or_told,
    seed_is_repeatable, seed_is_sent,
};
use self::requests::{PICTURE_SIZE, Requests};
use self::script::EditorCall;
pub use self::script::{EditorScript, carries};
use crate::harness::Suite;
use crate::transport::{Exchange, ScriptedTransport};
use crate::vendor_call::VendorCall;
use crate::vendor_jobs::polling_cases;
use crate::vendor_script::{Scenario, scenario_cases};

/// The editor that a suite puts to the test: made anew for every case.
#[derive(Clone)]
pub struct EditorUnderTest {
    source: Source,
    local_and_free: bool,
    real_time: bool,
}

#[derive(Clone)]
enum Source {
    Local(Arc<MakeLocal>),
    Vendor(Arc<dyn EditorScript>),
}

type MakeLocal = dyn Fn() -> LocalEditor + Send + Sync;

/// An editor without a vendor, with a count of its calls where it keeps one.
pub struct LocalEditor {
    /// The editor.
    pub editor: Arc<dyn ImageEditor>,
    /// How many calls have gone through, where that can be told.
    pub calls: Option<Box<dyn Fn() -> usize + Send + Sync>>,
}

impl EditorUnderTest {
    /// An editor that answers by itself: a fake, dry run, a layer around one of them.
    pub fn local<E: ImageEditor>(make: impl Fn() -> E + Send + Sync + 'static) -> Self {
        Self::counted(move || LocalEditor { editor: Arc::new(make()), calls: None })
    }

    /// An editor that answers by itself and whose calls can be counted.
    pub fn counted(make: impl Fn() -> LocalEditor + Send + Sync + 'static) -> Self {
        Self { source: Source::Local(Arc::new(make)), local_and_free: false, real_time: false }
    }

    /// An adapter in front of a scripted vendor.
    pub fn vendor(script: impl EditorScript) -> Self {
        Self { source: Source::Vendor(Arc::new(script)), local_and_free: false, real_time: false }
    }

    /// Declares that it runs in this process and costs nothing: it may answer after the deadline.
    #[must_use]
    pub fn local_and_free(mut self) -> Self {
        self.local_and_free = true;
        self
    }

    /// Declares that it uses threads of its own, with which a paused clock does not mix.
    #[must_use]
    pub fn real_time(mut self) -> Self {
        self.real_time = true;
        self
    }

    /// An editor whose vendor carries out this edit, or expects nothing at all.
    fn subject(&self, request: Option<&EditRequest>) -> Subject {
        match &self.source {
            Source::Local(make) => {
                let LocalEditor { editor, calls } = make();
                Subject { editor, calls, transport: None }
            }
            Source::Vendor(script) => {
                let exchanges: Vec<Exchange> = request.map(|request| script.edited(request)).unwrap_or_default();
                let transport = Arc::new(ScriptedTransport::new(exchanges));
                let editor = script.editor(Arc::clone(&transport) as Arc<dyn Transport>);
                Subject { editor, calls: None, transport: Some(transport) }
            }
        }
    }

    fn requests(&self) -> Requests {
        // The list of cases is made outside any of them, and making an editor may want a runtime.
        let outside = tokio::runtime::Handle::try_current().is_err();
        let runtime =
            outside.then(|| tokio::runtime::Builder::new_current_thread().enable_all().build().ok()).flatten();
        let _entered = runtime.as_ref().map(tokio::runtime::Runtime::enter);
        let picture_size = match &self.source {
            Source::Local(_) => PICTURE_SIZE,
            Source::Vendor(script) => script.picture_size(),
        };
        Requests { capabilities: self.subject(None).editor.edit_capabilities().clone(), picture_size }
    }

    fn translates_masks(&self) -> bool {
        match &self.source {
            Source::Local(_) => false,
            Source::Vendor(script) => script.translates_masks(),
        }
    }
}

impl fmt::Debug for EditorUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EditorUnderTest").field("local_and_free", &self.local_and_free).finish_non_exhaustive()
    }
}

/// One editor in one case.
struct Subject {
    editor: Arc<dyn ImageEditor>,
    calls: Option<Box<dyn Fn() -> usize + Send + Sync>>,
    transport: Option<Arc<ScriptedTransport>>,
}

impl Subject {
    #[track_caller]
    fn assert_no_call(&self) {
        if let Some(calls) = &self.calls {
            assert_eq!(calls(), 0, "nothing should have been called");
        }
        if let Some(transport) = &self.transport {
            assert!(transport.requests().is_empty(), "nothing should have been sent");
        }
    }

    #[track_caller]
    fn assert_exhausted(&self) {
        if let Some(transport) = &self.transport {
            transport.assert_exhausted();
        }
    }
}

/// Every case that the editor's capabilities call for; what does not apply is listed with the reason.
///
/// A kind of edit that it lacks, too many results or references, a mask or file that it does not take are refused
/// before anything is sent. Options that the model does not know may be refused so, or left out and told in the answer's
/// adaptations.
///
/// ```no_run
/// use media_domain::ProviderId;
/// use media_testkit::editor_suite::{EditorUnderTest, editor_suite};
/// use media_testkit::fakes::FakeEditor;
///
/// fn main() -> std::process::ExitCode {
///     let make = || FakeEditor::new(ProviderId::parse("fake").expect("a valid id"));
///     editor_suite("fake_editor", EditorUnderTest::local(make)).run()
/// }
/// ```
pub fn editor_suite(name: &'static str, editor: EditorUnderTest) -> Suite {
    let requests = editor.requests();
    assert!(!requests.capabilities.kinds.is_empty(), "{name}: an editor makes at least one kind of edit");
    let mut cases = Cases { suite: Suite::new(name), editor };
    cases.kinds(&requests);
    cases.pictures(&requests);
    cases.count(&requests);
    cases.seed(&requests);
    cases.refusals(&requests);
    cases.context(&requests);
    let Cases { suite, editor } = cases;
    match editor.source {
        Source::Local(_) => suite,
        Source::Vendor(script) => vendor_cases(suite, script, &requests),
    }
}

fn vendor_cases(suite: Suite, script: Arc<dyn EditorScript>, requests: &Requests) -> Suite {
    let call: Arc<dyn VendorCall> = Arc::new(EditorCall { script, plain: requests.plain() });
    let suite = scenario_cases(suite, &call, Scenario::ALL);
    polling_cases(suite, &call)
}

struct Cases {
    suite: Suite,
    editor: EditorUnderTest,
}

impl Cases {
    fn add<Fut>(&mut self, name: &str, case: impl FnOnce(EditorUnderTest) -> Fut + Send + 'static)
    where
        Fut: Future<Output = ()>,
    {
        let editor = self.editor.clone();
        let suite = std::mem::replace(&mut self.suite, Suite::new(""));
        self.suite = match self.editor.real_time {
            true => suite.real_time_case(name, move || case(editor)),
            false => suite.case(name, move || case(editor)),
        };
    }

    fn ignore(&mut self, name: &str, reason: &str) {
        let suite = std::mem::replace(&mut self.suite, Suite::new(""));
        self.suite = suite.ignored(name, reason);
    }

    fn is_vendor(&self) -> bool {
        matches!(self.editor.source, Source::Vendor(_))
    }

    fn kinds(&mut self, requests: &Requests) {
        for kind in EditKind::ALL {
            let request = requests.edit(*kind);
            let name = format!("edits::{kind}");
            if requests.capabilities.kinds.contains(kind) {
                self.add(&name, move |editor| edits(editor, request));
            } else {
                self.ignore(&name, "the model does not do it");
                let name = format!("refuses_without_a_call::{kind}");
                self.add(&name, move |editor| refused(editor, request));
            }
        }
    }

    fn pictures(&mut self, requests: &Requests) {
        if !self.is_vendor() {
            return self.ignore("pictures_reach_the_wire", "there is no wire");
        }
        for kind in &requests.capabilities.kinds {
            let request = requests.edit(*kind);
            self.add(&format!("pictures_reach_the_wire::{kind}"), move |editor| carries_pictures(editor, request));
        }
        if requests.capabilities.max_references == 0 {
            self.ignore("pictures_reach_the_wire::references", "the model takes no further pictures");
        } else {
            let mut request = requests.plain();
            request.references = vec![requests.picture(11)];
            self.add("pictures_reach_the_wire::references", move |editor| carries_pictures(editor, request));
        }
        if requests.capabilities.kinds.contains(&EditKind::Edit) && requests.capabilities.optional_mask {
            let mut request = requests.edit(EditKind::Edit);
            request.mask = Some(requests.mask());
            self.add("pictures_reach_the_wire::edit_with_a_mask", move |editor| carries_pictures(editor, request));
        }
    }

    fn count(&mut self, requests: &Requests) {
        let name = "answers_with_as_many_images_as_asked_for";
        if requests.capabilities.max_count > 1 {
            let request = EditRequest { count: 2, ..requests.plain() };
            self.add(name, move |editor| edits(editor, request));
        } else {
            self.ignore(name, "the model makes one image in a call");
        }
    }

    fn seed(&mut self, requests: &Requests) {
        let name = "the_same_seed_gives_the_same_image";
        let mut request = requests.plain();
        request.options.seed = Some(471_120);
        if !requests.capabilities.seed {
            self.ignore(name, "the model takes no seed");
        } else if self.is_vendor() {
            self.add("the_seed_is_sent", move |editor| seed_is_sent(editor, request));
        } else {
            self.add(name, move |editor| seed_is_repeatable(editor, request));
        }
    }

    fn refusals(&mut self, requests: &Requests) {
        for (name, request) in requests.beyond() {
            self.add(&format!("refuses_without_a_call::{name}"), move |editor| refused(editor, request));
        }
        for (name, request) in requests.contradictory() {
            self.add(&format!("refuses_without_a_call::{name}"), move |editor| refused(editor, request));
        }
        for (option, request) in requests.options_beyond() {
            self.ignore(&format!("takes::{option}"), "the model does not know it");
            let told = move |answer: &GenerationAnswer| answer.adaptations.iter().any(|a| a.field == option);
            self.add(&format!("does_not_swallow_an_unknown_option::{option}"), move |editor| {
                refused_or_told(editor, request, told)
            });
        }
    }

    fn context(&mut self, requests: &Requests) {
        let request = requests.plain();
        let (first, second) = (request.clone(), request);
        self.add("cancelled_before_the_call_sends_nothing", move |editor| cancelled_before(editor, first));
        if self.editor.local_and_free {
            self.ignore("a_deadline_that_has_passed_sends_nothing", "it is local and free");
            self.add("answers_even_after_the_deadline", move |editor| answers_after_the_deadline(editor, second));
        } else {
            self.add("a_deadline_that_has_passed_sends_nothing", move |editor| deadline_passed(editor, second));
        }
    }
}
