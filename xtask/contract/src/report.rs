//! What was found, as a table.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crate::document::{Document, Operation};
use crate::examples;
use crate::exceptions::{self, Exception};
use crate::exchange::Exchange;
use crate::ledger::Ledger;
use crate::parameters;
use crate::provider::Provider;

/// What was found.
#[derive(Debug)]
pub(crate) struct Report {
    exceptions: &'static [Exception],
    ledger: Ledger,
    rows: Vec<Row>,
    problems: Vec<String>,
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

const SKIP: &str = "skip";
const STAND_IN: &str = "stand-in";

impl Report {
    /// An empty report, in which these exceptions are made.
    pub(crate) fn new(exceptions: &'static [Exception]) -> Self {
        let mut ledger = Ledger::default();
        exceptions::declare(exceptions, &mut ledger);
        Self { exceptions, ledger, rows: Vec::new(), problems: Vec::new() }
    }

    /// Where whatever has to be needed is declared.
    pub(crate) fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Checks the requests of a provider, and that there is one of each operation.
    pub(crate) fn add_provider(&mut self, provider: &'static Provider, documents: &[Document], exchanges: &[Exchange]) {
        for skip in provider.skips {
            self.ledger.declare(SKIP, named(provider, skip.request), skip.reason);
        }
        for stand_in in provider.stand_ins {
            self.ledger.declare(STAND_IN, named(provider, &format!("{}/…", stand_in.prefix)), "");
        }
        let mut rows: BTreeMap<(usize, String), Row> = BTreeMap::new();
        for exchange in exchanges {
            let called = format!("{} {}", exchange.method, exchange.path);
            if self.ledger.count(SKIP, named(provider, &called)) {
                continue;
            }
            let mut ranked = documents.iter().enumerate();
            let found = ranked.find_map(|(rank, document)| Some((rank, document.find(exchange, provider.stand_ins)?)));
            let Some((rank, found)) = found else {
                self.problems.push(format!("{}: {called} is in no document", provider.name));
                continue;
            };
            if let Some(stand_in) = found.stand_in {
                self.ledger.count(STAND_IN, named(provider, &format!("{}/…", stand_in.prefix)));
            }
            let name = found.operation.name();
            let row = rows.entry((rank, name)).or_insert_with(|| self.row(provider, &found.operation));
            row.requests += 1;
            let problems = parameters::problems(&found.operation, &found.path_values, exchange)
                .unwrap_or_else(|error| vec![format!("cannot be checked: {error:#}")]);
            row.passed &= self.add_problems(provider, &found.operation, &called, problems);
        }
        self.check_coverage(provider, rows.keys().map(|(_, name)| name.as_str()).collect());
        self.rows.extend(rows.into_values());
    }

    /// The row of an operation, with its examples checked.
    fn row(&mut self, provider: &'static Provider, operation: &Operation<'_>) -> Row {
        let (examples, problems) = examples::check(operation, &mut self.ledger);
        let passed = self.add_problems(provider, operation, &operation.name(), problems);
        let document = format!("{} ({})", operation.document.file, operation.document.standing);
        Row { provider: provider.name, operation: operation.name(), document, requests: 0, examples, passed }
    }

    /// Adds what no exception covers; whether there was nothing of the kind.
    fn add_problems(
        &mut self,
        provider: &Provider,
        operation: &Operation<'_>,
        called: &str,
        problems: Vec<String>,
    ) -> bool {
        let (file, name, before) = (operation.document.file, operation.name(), self.problems.len());
        for problem in problems {
            if !exceptions::covers(self.exceptions, &mut self.ledger, file, &name, &problem) {
                self.problems.push(format!("{}: {called}: {problem}", provider.name));
            }
        }
        self.problems.len() == before
    }

    /// An operation that is declared has to be called, and one that is called has to be declared: what is lost is noticed.
    fn check_coverage(&mut self, provider: &Provider, called: BTreeSet<&str>) {
        let declared: BTreeSet<&str> = provider.operations.iter().copied().collect();
        let lost = declared.difference(&called).map(|name| format!("no request of its tests calls {name}"));
        let new = called.difference(&declared).map(|name| format!("{name} is not in xtask/contract/src/provider.rs"));
        self.problems.extend(lost.chain(new).map(|problem| format!("{}: {problem}", provider.name)));
    }

    /// Ends the report: what is declared and was not needed is a problem.
    pub(crate) fn finish(&mut self) {
        let unused: Vec<String> = self.ledger.unused().collect();
        self.problems.extend(unused);
    }

    /// Notes an exchange of a provider that nothing is known of.
    pub(crate) fn add_stray(&mut self, exchange: &Exchange) {
        self.problems.push(format!("{} is no provider that has documents", exchange.provider));
    }

    /// Whether nothing is wrong.
    pub(crate) fn passed(&self) -> bool {
        self.problems.is_empty()
    }

    /// Prints the table, how often what is declared was needed, and every problem.
    pub(crate) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let (provider, operation, document) = ("provider", "operation", "document");
        writeln!(out, "{provider:<11} {operation:<52} {document:<36} requests  examples  verdict")?;
        for row in &self.rows {
            let verdict = if row.passed { "as documented" } else { "DIFFERS" };
            let Row { provider, operation, document, requests, examples, .. } = row;
            writeln!(out, "{provider:<11} {operation:<52} {document:<36} {requests:>8}  {examples:>8}  {verdict}")?;
        }
        writeln!(out, "\nOnly documents of the vendor, and mirrors of them, count as proof.")?;
        writeln!(out, "\nneeded:")?;
        self.ledger.print(out)?;
        let problems: BTreeSet<&String> = self.problems.iter().collect();
        if !problems.is_empty() {
            writeln!(out, "\nproblems:")?;
        }
        problems.into_iter().try_for_each(|problem| writeln!(out, "  {problem}"))
    }
}

fn named(provider: &Provider, what: &str) -> String {
    format!("{} {what}", provider.name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::provider::{Skip, Source, StandIn, Standing};

    const DOCUMENTS: &[Source] = &[Source { file: "test", standing: Standing::Vendor }];
    const PROVIDER: Provider = Provider {
        name: "test",
        documents: DOCUMENTS,
        operations: &["POST /images"],
        stand_ins: &[StandIn { prefix: "/proxy", stands_for: "" }],
        skips: &[Skip { request: "GET /flat", reason: "a test" }],
    };
    const EXCEPTIONS: &[Exception] =
        &[Exception { file: "test", operation: "POST /images", problem: "body /n: 0", source: "a test" }];

    fn exchange(method: &str, path: &str, n: Value) -> Exchange {
        serde_json::from_value(json!({
            "provider": "test", "url": format!("http://localhost{path}"), "method": method, "path": path, "query": [],
            "headers": {}, "content_type": "application/json", "body": {"kind": "json", "value": {"n": n}},
        }))
        .unwrap()
    }

    fn problems(exchanges: &[Exchange]) -> Vec<String> {
        let body = json!({"properties": {"n": {"type": "integer", "minimum": 1}}});
        let described = json!({"requestBody": {"content": {"application/json": {"schema": body}}}});
        let root = json!({
            "servers": [{"url": "https://vendor.example"}],
            "paths": {"/images": {"post": described}, "/other": {"post": described}},
        });
        let documents = [Document { file: "test", standing: Standing::Vendor, root }];
        let mut report = Report::new(EXCEPTIONS);
        static TESTED: Provider = PROVIDER;
        report.add_provider(&TESTED, &documents, exchanges);
        report.finish();
        assert_eq!(report.passed(), report.problems.is_empty());
        report.problems
    }

    fn whole() -> Vec<Exchange> {
        vec![
            exchange("POST", "/images", json!(1)),
            exchange("POST", "/images", json!(0)),
            exchange("POST", "/proxy/images", json!(1)),
            exchange("GET", "/flat", json!(1)),
        ]
    }

    #[test]
    fn a_run_that_needs_all_that_is_declared_passes() {
        assert_eq!(problems(&whole()), Vec::<String>::new());
    }

    #[test]
    fn what_is_lost_is_a_problem() {
        let without = |index: usize| {
            let mut exchanges = whole();
            exchanges.remove(index);
            problems(&exchanges)
        };
        assert_eq!(without(1), ["exception test POST /images: body /n: 0: nothing needs it any more"]);
        assert_eq!(without(2), ["stand-in test /proxy/…: nothing needs it any more"]);
        assert_eq!(without(3), ["skip test GET /flat: nothing needs it any more"]);
        let lost = problems(&[]);
        assert!(lost.contains(&"test: no request of its tests calls POST /images".to_owned()), "{lost:?}");
    }

    #[test]
    fn what_is_not_declared_is_a_problem() {
        for (another, expected) in [
            (exchange("POST", "/images", json!(-1)), "test: POST /images: body /n: -1 is less than the minimum of 1"),
            (exchange("POST", "/other", json!(1)), "test: POST /other is not in xtask/contract/src/provider.rs"),
            (exchange("POST", "/flat", json!(1)), "test: POST /flat is in no document"),
            (exchange("GET", "/flat/more", json!(1)), "test: GET /flat/more is in no document"),
        ] {
            let found = problems(&[whole(), vec![another]].concat());
            assert_eq!(found, [expected]);
        }
    }
}
