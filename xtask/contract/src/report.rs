//! What was found, as a table.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::document::Document;
use crate::examples;
use crate::exceptions::excepted;
use crate::exchange::Exchange;
use crate::parameters;
use crate::provider::Provider;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    problems: Vec<String>,
    exceptions: Vec<String>,
}

#[derive(Debug)]
struct Row {
    provider: &'static str,
    operation: String,
    document: String,
    requests: usize,
    examples: usize,
    passed: bool,
}

impl Report {
    /// Checks the requests of a provider. One that sent nothing proves nothing.
    pub(crate) fn add_provider(&mut self, provider: &'static Provider, documents: &[Document], exchanges: &[Exchange]) {
        if exchanges.is_empty() {
            self.problems.push(format!("{}: its tests have left no request behind", provider.name));
        }
        let mut rows: BTreeMap<(usize, String), Row> = BTreeMap::new();
        for exchange in exchanges {
            if provider.not_an_api.iter().any(|beginning| exchange.path.starts_with(beginning)) {
                continue;
            }
            let called = format!("{} {}", exchange.method, exchange.path);
            let found = documents.iter().enumerate().find_map(|(rank, document)| {
                document.find(exchange).map(|(operation, values)| (rank, operation, values))
            });
            let Some((rank, operation, values)) = found else {
                self.problems.push(format!("{}: {called} is in no document", provider.name));
                continue;
            };
            let name = format!("{} {}", exchange.method, operation.template);
            let row = rows.entry((rank, name.clone())).or_insert_with(|| {
                let (examples, problems) = examples::check(&operation);
                self.problems.extend(problems.iter().map(|problem| format!("{}: {name}: {problem}", provider.name)));
                let document = format!("{} ({})", operation.document.file, operation.document.standing);
                let passed = problems.is_empty();
                Row { provider: provider.name, operation: name.clone(), document, requests: 0, examples, passed }
            });
            row.requests += 1;
            let problems = parameters::problems(&operation, &values, exchange)
                .unwrap_or_else(|error| vec![format!("cannot be checked: {error:#}")]);
            for problem in problems {
                let line = format!("{}: {called}: {problem}", provider.name);
                match excepted(operation.document.file, operation.template, &problem) {
                    Some(exception) => self.exceptions.push(format!("{line} (excepted: {})", exception.source)),
                    None => {
                        row.passed = false;
                        self.problems.push(line);
                    }
                }
            }
        }
        self.rows.extend(rows.into_values());
    }

    /// Notes an exchange of a provider that nothing is known of.
    pub(crate) fn add_stray(&mut self, exchange: &Exchange) {
        self.problems.push(format!("{} is no provider that has documents", exchange.provider));
    }

    /// Whether nothing is wrong.
    pub(crate) fn passed(&self) -> bool {
        self.problems.is_empty()
    }

    /// Prints the table, the exceptions that were made and every problem.
    pub(crate) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let (provider, operation, document) = ("provider", "operation", "document");
        writeln!(out, "{provider:<11} {operation:<52} {document:<36} requests  examples  verdict")?;
        for row in &self.rows {
            let verdict = if row.passed { "as documented" } else { "DIFFERS" };
            let Row { provider, operation, document, requests, examples, .. } = row;
            writeln!(out, "{provider:<11} {operation:<52} {document:<36} {requests:>8}  {examples:>8}  {verdict}")?;
        }
        writeln!(out, "\nOnly documents of the vendor, and mirrors of them, count as proof.")?;
        for (title, lines) in [("exceptions", &self.exceptions), ("problems", &self.problems)] {
            let mut lines = lines.clone();
            lines.sort();
            lines.dedup();
            if !lines.is_empty() {
                writeln!(out, "\n{title}:\n  {}", lines.join("\n  "))?;
            }
        }
        Ok(())
    }
}
