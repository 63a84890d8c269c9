#![doc = include_str!("../README.md")]

mod body;
mod credential;
mod decoders;
mod document;
mod examples;
mod exceptions;
mod exchange;
mod form;
mod ledger;
mod parameters;
mod provider;
mod report;
mod schema;
mod undeclared;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use crate::document::Document;
use crate::exceptions::EXCEPTIONS;
use crate::exchange::Exchange;
use crate::provider::PROVIDERS;
use crate::report::Report;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut out = std::io::stdout();
    let outcome = match arguments.as_slice() {
        [specs, exchanges] => run(specs, exchanges, &mut out),
        _ => Err(anyhow::anyhow!("usage: media-contract SPECS EXCHANGES; `cargo xtask contract` calls it")),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Checks every exchange in a folder against the documents in another; whether nothing is wrong.
fn run(specs: &Path, exchanges: &Path, out: &mut dyn Write) -> anyhow::Result<bool> {
    let mut exchanges = Exchange::read_folder(exchanges)?;
    let mut report = Report::new(EXCEPTIONS);
    examples::declare(report.ledger());
    for provider in PROVIDERS {
        let documents: Vec<Document> = provider
            .documents
            .iter()
            .map(|source| Document::read(&specs.join(source.file), source))
            .collect::<anyhow::Result<_>>()
            .with_context(|| format!("documents of {}", provider.name))?;
        let (own, others) = exchanges.into_iter().partition(|exchange: &Exchange| exchange.provider == provider.name);
        exchanges = others;
        report.add_provider(provider, &documents, &own);
    }
    for exchange in &exchanges {
        report.add_stray(exchange);
    }
    report.finish();
    report.print(out)?;
    Ok(report.passed())
}
