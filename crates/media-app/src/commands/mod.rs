//! What the commands do.

mod asset;
mod asset_find;
mod auth;
mod auth_redirect;
mod config;
mod edit;
mod export;
mod export_place;
mod generate;
mod health_told;
mod interruption;
mod jobs;
mod jobs_reconcile;
mod library;
mod maintenance;
mod orders;
mod orders_files;
mod orders_partial;
mod orders_surprises;
mod orders_tally;
mod orders_told;
mod orders_unkept;
mod performance;
mod providers;
mod providers_check;
mod providers_force;
mod quota;
mod suggest;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use media_engine::MediaEngine;
use tokio::runtime::Builder;

use self::interruption::interruption;
use crate::cli::{AssetCommand, Cli, Command};
use crate::config::Environment;
use crate::report::{ExitCode, Failure, Output, clean};
use crate::session::{Session, load_config};

/// How long work on threads of its own may take after the command has ended.
const GRACE: Duration = Duration::from_secs(1);

/// What every command over the engine is given.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    /// Settings, and where files are.
    pub(crate) session: &'a Session,
    /// The use cases.
    pub(crate) engine: &'a Arc<MediaEngine>,
    /// Where results go.
    pub(crate) output: &'a Output,
}

/// Carries out a command.
///
/// # Errors
/// [`Failure`], to be rendered once.
pub fn run(cli: Cli, environment: &Environment, output: &Output) -> Result<ExitCode, Failure> {
    let loaded = load_config(&cli.global.config_flags(), environment)?;
    if let Command::Config(command) = cli.command {
        return config::run(command, &loaded, output);
    }
    loaded.warnings.iter().for_each(|warning| output.warn(warning));
    let session = Session::new(loaded.settings)?;
    if let Command::Providers(args) = cli.command {
        return providers::run(&session, args, output);
    }
    if let Command::Auth(command) = cli.command {
        return auth::run(&session, command, output);
    }
    let is_wide = is_wide(&cli.command);
    let engine = session.open_engine()?;
    let desk = Desk { session: &session, engine: &engine, output };
    on_runtime(is_wide, async {
        let result = dispatch(&desk, cli.command).await;
        // Previews can be drawn again; nobody has to wait for them.
        tokio::select! {
            () = engine.settle() => {}
            () = interruption() => {}
        }
        result
    })
}

/// Whether a command has work for several processors.
fn is_wide(command: &Command) -> bool {
    matches!(
        command,
        Command::Generate(_)
            | Command::Edit(_)
            | Command::Asset(AssetCommand::Add(_))
            | Command::Verify
            | Command::Backup(_)
    )
}

fn on_runtime<T>(is_wide: bool, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut builder = if is_wide { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    let runtime = builder
        .enable_all()
        .build()
        .map_err(|error| Failure::doing(ExitCode::Internal, "the runtime cannot be started", error))?;
    let result = runtime.block_on(work);
    // What blocks a thread, such as a name that cannot be looked up, must not keep the program from ending.
    runtime.shutdown_timeout(GRACE);
    result
}

async fn dispatch(desk: &Desk<'_>, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Generate(args) => generate::run(desk, args).await,
        Command::Edit(args) => edit::run(desk, args).await,
        Command::Library(command) => library::run(desk, command).await,
        Command::Asset(command) => asset::run(desk, command).await,
        Command::Performance(command) => performance::run(desk, command).await,
        Command::Suggest { asset } => suggest::run(desk, asset).await,
        Command::Export(command) => export::run(desk, command).await,
        Command::Jobs(command) => jobs::run(desk, command).await,
        Command::Quota(args) => quota::run(desk, args).await,
        Command::Backup(args) => maintenance::backup(desk, args).await,
        Command::Verify => maintenance::verify(desk).await,
        Command::Config(_) | Command::Providers(_) | Command::Auth(_) => Ok(ExitCode::Success),
    }
}

/// Lays out what is known of one thing: a name and a value on each line.
fn facts(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let line = |(name, value): &(&str, String)| format!("{name:width$}  {}", clean(value)).trim_end().to_owned();
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
