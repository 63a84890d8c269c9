//! `config show` and `config check`.

use serde_json::{Value, json};

use crate::cli::ConfigCommand;
use crate::config::LoadedConfig;
use crate::report::{Column, ExitCode, Failure, Output, table};
use crate::session::Session;

/// Carries out the command; what is wrong has been found by loading.
pub(super) fn run(command: ConfigCommand, loaded: &LoadedConfig, output: &Output) -> Result<ExitCode, Failure> {
    loaded.warnings.iter().for_each(|warning| output.warn(warning));
    match command {
        ConfigCommand::Show => show(loaded, output)?,
        ConfigCommand::Check => check(loaded, output)?,
    }
    Ok(ExitCode::Success)
}

fn show(loaded: &LoadedConfig, output: &Output) -> Result<(), Failure> {
    output.results(&loaded.effective, || {
        let rows =
            loaded.effective.iter().map(|value| vec![value.path.clone(), shown(&value.value), value.origin.clone()]);
        table(&[Column::Text("key"), Column::Text("value"), Column::Text("set by")], rows.collect(), "nothing is set")
    })
}

/// A value in the table: a text without its quotes, what is very long cut short.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 160;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… (whole with --json)", &text[..end]),
        None => text,
    }
}

fn check(loaded: &LoadedConfig, output: &Output) -> Result<(), Failure> {
    Session::new(loaded.settings.clone())?.check_providers()?;
    let file = loaded.file.as_ref().map(|path| path.display().to_string());
    let settings = &loaded.settings;
    let summary = json!({
        "ok": true,
        "file": file,
        "chains": settings.multi_provider_config.len(),
        "providers": settings.providers.len(),
        "dry_run": settings.dry_run,
    });
    output.result(&summary, || "ok".to_owned())
}
