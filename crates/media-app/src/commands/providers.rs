//! `providers`.

use crate::report::{Column, ExitCode, Failure, Output, list_of, table};
use crate::session::Session;
use crate::wiring::provider_lines;

/// Lists every provider of every chain; no store is opened and nobody is called.
pub(super) fn run(session: &Session, output: &Output) -> Result<ExitCode, Failure> {
    let chains = session.chains()?;
    let lines = provider_lines(chains.values());
    output.results(&lines, || {
        let rows = lines.iter().map(|line| {
            vec![
                line.chain.clone(),
                line.position.to_string(),
                line.provider.clone(),
                line.model.clone().unwrap_or_else(|| "-".to_owned()),
                list_of(&line.operations),
                match &line.reason {
                    Some(reason) => format!("{}: {reason}", line.standing),
                    None => line.standing.to_owned(),
                },
            ]
        });
        let columns = [
            Column::Text("chain"),
            Column::Number("#"),
            Column::Text("provider"),
            Column::Text("model"),
            Column::Text("operations"),
            Column::Text("standing"),
        ];
        table(&columns, rows.collect(), "no chain is configured")
    })?;
    Ok(ExitCode::Success)
}
