//! Where a document is known to lag behind its vendor.

/// Something that a document calls wrong and its vendor takes.
#[derive(Debug)]
pub(crate) struct Exception {
    /// The document.
    pub(crate) file: &'static str,
    /// The operation's path, as the document writes it.
    pub(crate) template: &'static str,
    /// A part of the problem's text.
    pub(crate) problem: &'static str,
    /// Where it says that the vendor takes it.
    pub(crate) source: &'static str,
}

/// Every exception, each with its source.
pub(crate) const EXCEPTIONS: &[Exception] = &[Exception {
    file: "stability.json",
    template: "/v1/generation/{engine_id}/image-to-image",
    problem: "`text_prompts[1]",
    source: "the v1 reference numbers the fields of each prompt from zero up; the document spells out the first only",
}];

/// The exception that covers a problem, if there is one.
pub(crate) fn excepted(file: &str, template: &str, problem: &str) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|known| known.file == file && known.template == template && problem.contains(known.problem))
}
