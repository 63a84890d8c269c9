#![doc = include_str!("../README.md")]

fn main() -> std::process::ExitCode {
    media_app::program::run_process()
}
