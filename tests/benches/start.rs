//! Prints how long the program takes from its start to its end where it has little to do: `cargo bench -p media-e2e`.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::error::Error;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_millis(50);
const STARTS: usize = 20;
const WARM_UP: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    println!("from start to end, median of {STARTS} (fastest):");
    for arguments in [&["--help"][..], &["providers", "--json"], &["library", "list", "--json"]] {
        measure(arguments)?;
    }
    Ok(())
}

/// Starts the program in a folder of its own, again and again.
fn measure(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut times = Vec::new();
    for _ in 0..WARM_UP + STARTS {
        let mut command = Command::new(env!("CARGO_BIN_EXE_media-app-under-test"));
        command.args(arguments).current_dir(folder.path()).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let begun = Instant::now();
        let status = command.status()?;
        times.push(begun.elapsed());
        if !status.success() {
            return Err(format!("{arguments:?} ended with {status}").into());
        }
    }
    let mut times = times.split_off(WARM_UP);
    times.sort_unstable();
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    let (best, median) = (times[0], times[times.len() / 2]);
    let share = median.as_secs_f64() / LIMIT.as_secs_f64();
    let name = arguments.join(" ");
    println!(
        "  {name:<24} {:>7.1} ms ({:.1}); {share:.2} of at most {} ms",
        millis(median),
        millis(best),
        LIMIT.as_millis()
    );
    Ok(())
}
