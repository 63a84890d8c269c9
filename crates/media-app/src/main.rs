//! The `media-app` command.

fn main() -> std::process::ExitCode {
    media_app::program::run_process()
}
