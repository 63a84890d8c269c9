//! Orders of images: telling what came.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use media_domain::{GenerationRecord, MediaAsset, MediaDimensions, MediaFormat, MediaVariant, VariantId};
use media_engine::{EngineError, GenerateOutcome};
use serde::Serialize;

use super::Desk;
use super::asset::{Filed, filed};
use super::asset_find::write_file;
use super::orders::Orders;
use super::orders_files::{extension_lies, numbered, numbered_further};
use super::orders_surprises::{Aside, surprises};
use super::orders_tally::Tally;
use super::orders_unkept::{Unkept, in_words as unkept_in_words};
use crate::cli::OrderArgs;
use crate::report::{ExitCode, Failure, Progress, list_of};

/// Tells what comes: each result as JSON at once, in words in the order asked for.
pub(super) struct Telling<'a> {
    desk: &'a Desk<'a>,
    args: &'a OrderArgs,
    orders: &'a Orders<'a>,
    progress: &'a Progress<'a>,
    tally: Tally,
    /// What the last failure means to the shell.
    exit_code: Option<ExitCode>,
    /// Results in words, by the place of their image.
    waiting: BTreeMap<u32, String>,
    /// What has been told, so that many images do not tell it as often.
    told: BTreeSet<Aside>,
}

/// One image that was generated.
#[derive(Debug, Serialize)]
struct Generated<'a> {
    /// Which of the images asked for, from zero.
    image_index: u32,
    #[serde(flatten)]
    filed: Filed<'a>,
    /// The file of exactly the size asked for, where the picture came in another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    exact: Option<ExactFile>,
    /// The file that `--out` has written.
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<String>,
    library: &'a str,
    /// Whether this is the answer of an earlier call, and nothing was ordered.
    replayed: bool,
    /// Whether an attempt before it was lost, and may have been billed.
    outcome_unknown: bool,
    /// How it was made: attempts, skipped providers, adaptations, usage, dry run …
    generation: &'a GenerationRecord,
}

/// A file of exactly the size asked for, derived from what came.
#[derive(Debug, Serialize)]
struct ExactFile {
    variant_id: VariantId,
    dimensions: MediaDimensions,
    file: String,
}

fn exact_file(desk: &Desk<'_>, variant: &MediaVariant) -> ExactFile {
    let file = desk.session.blob_file(&variant.content_hash).display().to_string();
    ExactFile { variant_id: variant.variant_id, dimensions: variant.dimensions, file }
}

impl<'a> Telling<'a> {
    pub(super) fn new(orders: &'a Orders<'a>, progress: &'a Progress<'a>) -> Self {
        let Orders { desk, args, .. } = *orders;
        Self {
            desk,
            args,
            orders,
            progress,
            tally: Tally { asked: args.count, not_ordered: args.count, ..Tally::default() },
            exit_code: None,
            waiting: BTreeMap::new(),
            told: BTreeSet::new(),
        }
    }

    /// Takes the end of one call. What goes wrong in telling it does not stop the others, which have been paid for.
    pub(super) async fn take(&mut self, index: u32, result: Result<GenerateOutcome, EngineError>) {
        self.tally.not_ordered -= 1;
        let failure = match result {
            Ok(outcome) => {
                self.tally.delivered += 1;
                self.progress.step(outcome.record.provider_name.as_str());
                for aside in surprises(self.orders, &outcome) {
                    self.tell(aside);
                }
                self.deliver(index, &outcome).await.err()
            }
            Err(error) => {
                let failure = self.orders.failure_of(error);
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
        let mut words = self.hand_over(index, outcome).await?;
        for (position, asset) in outcome.assets.iter().enumerate() {
            // A provider may deliver more than was asked for; the file is for the first.
            let exact = outcome.variants.iter().find(|variant| variant.asset_id == asset.asset_id);
            let out = if position == 0 { self.write_out(index, asset, exact).await } else { None };
            let generated = Generated {
                image_index: index,
                filed: filed(self.desk, asset),
                exact: exact.map(|variant| exact_file(self.desk, variant)),
                out,
                library: outcome.library.name.as_str(),
                replayed: outcome.replayed,
                outcome_unknown: outcome.outcome_unknown,
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

    /// Writes images of which nothing is kept, all of them: what is not written is lost.
    async fn hand_over(&mut self, index: u32, outcome: &GenerateOutcome) -> Result<Vec<String>, Failure> {
        let mut words = Vec::new();
        for (position, image) in outcome.images.iter().enumerate() {
            let Some(out) = self.args.out.as_deref() else { continue };
            let out = numbered_further(&numbered(out, index), position);
            let unkept = Unkept::new(index, &out, image, outcome);
            if let Err(failure) = write_file(&out, unkept.bytes()).await {
                self.fail(&failure);
                continue;
            }
            self.tell_of_extension(unkept.format.into(), &out);
            if self.desk.output.is_json() {
                self.desk.output.result(&unkept, String::new)?;
            } else {
                words.push(unkept_in_words(&unkept));
            }
        }
        Ok(words)
    }

    /// Writes the file that was asked for, in exactly the size asked for where there is one; the asset is there even if
    /// that fails.
    async fn write_out(&mut self, index: u32, asset: &MediaAsset, exact: Option<&MediaVariant>) -> Option<String> {
        let out = numbered(self.args.out.as_deref()?, index);
        match self.copy_to(&out, asset, exact).await {
            Ok(()) => {
                let format = exact.map_or(asset.metadata.format, |exact| exact.format);
                self.tell_of_extension(format, &out);
                Some(out.display().to_string())
            }
            Err(failure) => {
                self.fail(&failure);
                None
            }
        }
    }

    async fn copy_to(&self, out: &Path, asset: &MediaAsset, exact: Option<&MediaVariant>) -> Result<(), Failure> {
        let Some(exact) = exact else {
            let (_, bytes) = self.desk.engine.asset_content(asset.asset_id).await?;
            return write_file(out, &bytes).await;
        };
        let file = self.desk.session.blob_file(&exact.content_hash);
        let unread = |error| Failure::doing(ExitCode::Store, format!("{} cannot be read", file.display()), error);
        write_file(out, &tokio::fs::read(&file).await.map_err(unread)?).await
    }

    fn tell_of_extension(&mut self, format: MediaFormat, out: &Path) {
        if extension_lies(out, format) {
            self.tell(Aside::Warning(format!("{} holds a {format} picture", out.display())));
        }
    }

    /// Tells something once.
    fn tell(&mut self, aside: Aside) {
        if !self.told.contains(&aside) {
            self.progress.aside(|| match &aside {
                Aside::Warning(text) => self.desk.output.warn(text),
                Aside::Note(text) => self.desk.output.note(text),
            });
            self.told.insert(aside);
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
            output.note(&how_to_go_live(self.desk, self.orders.chain));
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
    if let Some(exact) = &generated.exact {
        rows.push(("exact size", format!("{}, {}", exact.dimensions, exact.file)));
    }
    if generated.replayed {
        rows.push(("replayed", "yes: nothing was ordered".to_owned()));
    }
    super::facts(&rows)
}
