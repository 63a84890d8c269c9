//! `generate`: telling what came.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use media_domain::generation::AttemptOutcome;
use media_domain::{GenerationRecord, MediaAsset};
use media_engine::{EngineError, GenerateOutcome};
use serde::Serialize;

use super::Desk;
use super::asset::{Filed, filed};
use super::asset_find::write_file;
use super::generate::chain_name;
use crate::cli::GenerateArgs;
use crate::report::{ExitCode, Failure, Progress, list_of};

/// Tells what comes: each result as JSON at once, in words in the order asked for.
pub(super) struct Telling<'a> {
    desk: &'a Desk<'a>,
    args: &'a GenerateArgs,
    progress: &'a Progress<'a>,
    tally: Tally,
    /// What the last failure means to the shell.
    exit_code: Option<ExitCode>,
    /// Results in words, by the place of their image.
    waiting: BTreeMap<u32, String>,
    /// What has been noted, so that many images do not note it as often.
    noted: BTreeSet<String>,
}

/// What has come of the images asked for.
#[derive(Debug, Default, Serialize)]
struct Tally {
    asked: u32,
    delivered: u32,
    unknown: u32,
    failed: u32,
    not_ordered: u32,
}

/// One image that was generated.
#[derive(Debug, Serialize)]
struct Generated<'a> {
    /// Which of the images asked for, from zero.
    image_index: u32,
    #[serde(flatten)]
    filed: Filed<'a>,
    /// The file that `--out` has written.
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<String>,
    library: &'a str,
    /// How it was made: attempts, skipped providers, adaptations, usage, dry run …
    generation: &'a GenerationRecord,
}

impl<'a> Telling<'a> {
    pub(super) fn new(desk: &'a Desk<'a>, args: &'a GenerateArgs, progress: &'a Progress<'a>) -> Self {
        let tally = Tally { asked: args.count, not_ordered: args.count, ..Tally::default() };
        Self { desk, args, progress, tally, exit_code: None, waiting: BTreeMap::new(), noted: BTreeSet::new() }
    }

    /// Takes the end of one call. What goes wrong in telling it does not stop the others, which have been paid for.
    pub(super) async fn take(&mut self, index: u32, result: Result<GenerateOutcome, EngineError>) {
        self.tally.not_ordered -= 1;
        let failure = match result {
            Ok(outcome) => {
                self.tally.delivered += 1;
                self.progress.step(outcome.record.provider_name.as_str());
                self.tell_surprises(&outcome);
                self.deliver(index, &outcome).await.err()
            }
            Err(error) => {
                let failure = Failure::from(error);
                self.progress.step("failed");
                match failure.exit_code {
                    ExitCode::OutcomeUnknown => self.tally.unknown += 1,
                    _ => self.tally.failed += 1,
                }
                Some(failure)
            }
        };
        if let Some(failure) = failure {
            self.fail(&failure);
        }
    }

    fn fail(&mut self, failure: &Failure) {
        self.exit_code = Some(failure.exit_code);
        self.progress.aside(|| self.desk.output.failure(failure));
    }

    async fn deliver(&mut self, index: u32, outcome: &GenerateOutcome) -> Result<(), Failure> {
        let mut words = Vec::new();
        for (position, asset) in outcome.assets.iter().enumerate() {
            // A provider may deliver more than was asked for; the file is for the first.
            let out = if position == 0 { self.write_out(index, asset).await } else { None };
            let generated = Generated {
                image_index: index,
                filed: filed(self.desk, asset),
                out,
                library: outcome.library.name.as_str(),
                generation: &outcome.record,
            };
            if self.desk.output.is_json() {
                self.desk.output.result(&generated, String::new)?;
            } else {
                words.push(in_words(&generated));
            }
        }
        if !words.is_empty() {
            self.waiting.insert(index, words.join("\n\n"));
        }
        Ok(())
    }

    /// Writes the file that was asked for; the asset is there even if that fails.
    async fn write_out(&mut self, index: u32, asset: &MediaAsset) -> Option<String> {
        let out = numbered(self.args.out.as_deref()?, index);
        let written = match self.desk.engine.asset_content(asset.asset_id).await {
            Ok((_, bytes)) => write_file(&out, &bytes).await,
            Err(error) => Err(error.into()),
        };
        match written {
            Ok(()) => {
                self.tell_of_extension(asset, &out);
                Some(out.display().to_string())
            }
            Err(failure) => {
                self.fail(&failure);
                None
            }
        }
    }

    fn tell_of_extension(&mut self, asset: &MediaAsset, out: &Path) {
        let extension = out.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let format = asset.metadata.format;
        if extension.is_some_and(|extension| extension != format.extension() && extension != format.as_str()) {
            self.warn(format!("{} holds a {format} picture", out.display()));
        }
    }

    /// Says what the caller did not ask for: fallbacks, adaptations, placeholders.
    fn tell_surprises(&mut self, outcome: &GenerateOutcome) {
        let record = &outcome.record;
        for attempt in record.attempts.iter().filter(|attempt| attempt.outcome != AttemptOutcome::Succeeded) {
            let why = attempt.message.as_deref().unwrap_or("it failed");
            self.warn(format!("{} did not deliver: {why}", attempt.provider));
        }
        for adaptation in &record.adaptations {
            let used = adaptation.used.as_deref().unwrap_or("left out");
            self.note(format!("{}: {} -> {used} ({})", adaptation.field, adaptation.requested, adaptation.reason));
        }
        if !record.dry_run && outcome.assets.iter().any(|asset| asset.placeholder) {
            self.warn(format!("{} delivered a placeholder and no generated picture", record.provider_name));
            for skipped in &record.skipped {
                self.note(format!("{} was passed over: {}", skipped.provider, skipped.reason));
            }
        }
    }

    fn warn(&mut self, text: String) {
        if !self.noted.contains(&text) {
            self.progress.aside(|| self.desk.output.warn(&text));
            self.noted.insert(text);
        }
    }

    fn note(&mut self, text: String) {
        if !self.noted.contains(&text) {
            self.progress.aside(|| self.desk.output.note(&text));
            self.noted.insert(text);
        }
    }

    /// Tells the results that wait, and the sum of it all.
    pub(super) fn finish(mut self, interrupted: bool) -> ExitCode {
        let output = self.desk.output;
        if !self.waiting.is_empty() {
            let words: Vec<_> = std::mem::take(&mut self.waiting).into_values().collect();
            if let Err(failure) = output.result(&(), || words.join("\n\n")) {
                self.fail(&failure);
            }
        }
        if self.tally.asked > 1 {
            output.note(&if output.is_json() { self.tally.in_json() } else { self.tally.in_words() });
        }
        if self.desk.session.settings.dry_run && self.tally.delivered > 0 {
            output.note(&how_to_go_live(self.desk, chain_name(self.args)));
        }
        match (&self.tally, self.exit_code) {
            (Tally { delivered: 0, unknown: 1.., .. }, _) => ExitCode::OutcomeUnknown,
            (Tally { delivered: 0, .. }, Some(exit_code)) => exit_code,
            (Tally { delivered: 0, .. }, None) if interrupted => ExitCode::Interrupted,
            (tally, None) if tally.delivered == tally.asked => ExitCode::Success,
            _ => ExitCode::Partial,
        }
    }
}

impl Tally {
    fn in_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn in_words(&self) -> String {
        let mut words = format!("{} asked, {} delivered, {} unknown", self.asked, self.delivered, self.unknown);
        for (count, what) in [(self.failed, "failed"), (self.not_ordered, "not ordered")] {
            if count > 0 {
                words.push_str(&format!(", {count} {what}"));
            }
        }
        words
    }
}

fn how_to_go_live(desk: &Desk<'_>, chain: &str) -> String {
    let variables = desk.session.missing_variables(chain);
    let key =
        if variables.is_empty() { String::new() } else { format!(" and a provider's key ({})", list_of(&variables)) };
    format!("dry run: no provider was called; to go live set DRY_RUN_MODE=false{key}")
}

fn in_words(generated: &Generated<'_>) -> String {
    let asset = generated.filed.asset;
    let mut rows = vec![("id", asset.asset_id.to_string())];
    rows.push(("file", generated.out.clone().unwrap_or_else(|| generated.filed.file.clone())));
    rows.extend([
        ("size", format!("{}, {}, {}", asset.dimensions, asset.metadata.file_size, asset.metadata.format)),
        ("provider", generated.generation.provider_name.to_string()),
        ("tags", list_of(&asset.tags)),
        ("library", generated.library.to_owned()),
    ]);
    super::facts(&rows)
}

/// The file for one of several images: `picture.png`, `picture-2.png` …
fn numbered(out: &Path, index: u32) -> PathBuf {
    if index == 0 {
        return out.to_owned();
    }
    let mut name = out.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{}", index + 1));
    if let Some(extension) = out.extension() {
        name.push(".");
        name.push(extension);
    }
    out.with_file_name(name)
}
