//! The program as a function, so that tests can run it under another name.

use std::process::ExitCode;

use clap::Parser;
use media_chain::telemetry::PAUSE;
use tracing_subscriber::EnvFilter;

use crate::cli::Cli;
use crate::commands;
use crate::config::Environment;
use crate::report::Output;

/// Reads the command line of the process, does what it says, and tells the exit code.
pub fn run_process() -> ExitCode {
    let cli = Cli::parse();
    log_to_stderr(cli.global.verbose);
    let output = Output::of_process(cli.global.json, cli.global.quiet);
    match commands::run(cli, &Environment::of_process(), &output) {
        Ok(exit_code) => exit_code.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code.into()
        }
    }
}

/// Starts logging: as `-v` asks for, else as `RUST_LOG` says, else errors only, and why nothing seems to happen.
fn log_to_stderr(verbose: u8) {
    let filter = match verbose {
        0 => EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(format!("error,{PAUSE}=warn"))),
        1 => EnvFilter::new("info"),
        2 => EnvFilter::new("debug"),
        _ => EnvFilter::new("trace"),
    };
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
