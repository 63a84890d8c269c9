//! Runs a list of named async cases as a test binary of its own.

use std::future::Future;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

/// A list of named cases; build it, then [`run`](Suite::run) it from `main`.
#[derive(Debug)]
pub struct Suite {
    name: &'static str,
    trials: Vec<Trial>,
    active: usize,
}

impl Suite {
    /// Starts an empty suite; the name is put before every case.
    pub fn new(name: &'static str) -> Self {
        Self { name, trials: Vec::new(), active: 0 }
    }

    /// Adds a case; it fails when it panics. Each case has a runtime of its own with a paused clock, so that waiting
    /// takes no time.
    #[must_use]
    pub fn case<F, Fut>(self, name: &str, case: F) -> Self
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = ()>,
    {
        self.add(name, true, case)
    }

    /// Adds a case whose code uses threads or sockets of its own, with which a paused clock does not mix.
    #[must_use]
    pub fn real_time_case<F, Fut>(self, name: &str, case: F) -> Self
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = ()>,
    {
        self.add(name, false, case)
    }

    fn add<F, Fut>(mut self, name: &str, paused: bool, case: F) -> Self
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = ()>,
    {
        let run = move || -> Result<(), Failed> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(paused).build()?;
            runtime.block_on(case());
            Ok(())
        };
        self.trials.push(Trial::test(format!("{}::{name}", self.name), run));
        self.active += 1;
        self
    }

    /// Lists a case that does not apply, with the reason.
    #[must_use]
    pub fn ignored(mut self, name: &str, reason: &str) -> Self {
        let listed = format!("{}::{name} ({reason})", self.name);
        self.trials.push(Trial::test(listed, || Ok(())).with_ignored_flag(true));
        self
    }

    /// Adds every case of another suite.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.trials.extend(other.trials);
        self.active += other.active;
        self
    }

    /// Runs the cases with the arguments of the test binary; a suite without an active case fails.
    pub fn run(self) -> ExitCode {
        let arguments = Arguments::from_args();
        if self.active == 0 {
            return libtest_mimic::run(
                &arguments,
                vec![Trial::test(format!("{}::has_cases", self.name), || Err("the suite has no active case".into()))],
            )
            .exit_code();
        }
        libtest_mimic::run(&arguments, self.trials).exit_code()
    }
}
