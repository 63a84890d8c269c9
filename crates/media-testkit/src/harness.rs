//! Runs a list of named async cases as a test binary of its own.

use std::fmt;
use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};

/// A list of named cases; build it, then [`run`](Suite::run) it from `main`.
pub struct Suite {
    name: &'static str,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    /// What is run; what does not apply has nothing.
    run: Option<Run>,
}

type Run = Box<dyn FnOnce() -> Result<(), Failed> + Send>;

/// A case that waits longer waits for ever; where the clock is paused, that is found at once.
const PATIENCE: Duration = Duration::from_secs(600);

impl Suite {
    /// Starts an empty suite; the name is put before every case.
    pub fn new(name: &'static str) -> Self {
        Self { name, cases: Vec::new() }
    }

    /// Adds a case; it fails when it panics, and when it waits for what never comes. Each case has a runtime of its own
    /// with a paused clock, so that waiting takes no time.
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
            let ended = runtime.block_on(async { tokio::time::timeout(PATIENCE, case()).await });
            ended.map_err(|_| Failed::from("the case waits for what never comes"))
        };
        self.cases.push(Case { name: format!("{}::{name}", self.name), run: Some(Box::new(run)) });
        self
    }

    /// Lists a case that does not apply, with the reason.
    #[must_use]
    pub fn ignored(mut self, name: &str, reason: &str) -> Self {
        self.cases.push(Case { name: format!("{}::{name} ({reason})", self.name), run: None });
        self
    }

    /// Adds every case of another suite.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.cases.extend(other.cases);
        self
    }

    /// Runs the cases with the arguments of the test binary; a suite without an active case fails.
    pub fn run(self) -> ExitCode {
        libtest_mimic::run(&Arguments::from_args(), self.trials()).exit_code()
    }

    fn trials(self) -> Vec<Trial> {
        if self.cases.iter().all(|case| case.run.is_none()) {
            let name = format!("{}::has_cases", self.name);
            return vec![Trial::test(name, || Err("the suite has no active case".into()))];
        }
        self.cases.into_iter().map(Case::trial).collect()
    }
}

impl Case {
    fn trial(self) -> Trial {
        match self.run {
            Some(run) => Trial::test(self.name, run),
            None => Trial::test(self.name, || Ok(())).with_ignored_flag(true),
        }
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.cases.iter().map(|case| &case.name)).finish()
    }
}

#[cfg(test)]
impl Suite {
    /// Runs every case here and now; answers the names of those that fail, without the suite's own.
    pub(crate) fn failures(self) -> Vec<String> {
        let prefix = format!("{}::", self.name);
        let _quiet = quiet::Quiet::begin();
        let fails = |run: Run| !matches!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)), Ok(Ok(())));
        let failed = self.cases.into_iter().filter_map(|case| fails(case.run?).then_some(case.name));
        failed.map(|name| name.trim_start_matches(&prefix).to_owned()).collect()
    }

    /// The names of the cases that are listed only.
    pub(crate) fn ignored_names(&self) -> Vec<&str> {
        self.cases.iter().filter(|case| case.run.is_none()).map(|case| case.name.as_str()).collect()
    }
}

#[cfg(test)]
mod quiet {
    //! Panics that are looked for print no backtrace: it would take most of the time.

    use std::cell::Cell;
    use std::sync::Once;

    thread_local! {
        static IS_QUIET: Cell<bool> = const { Cell::new(false) };
    }

    /// Keeps this thread's panics quiet while it lives.
    pub(super) struct Quiet;

    impl Quiet {
        pub(super) fn begin() -> Self {
            static HOOK: Once = Once::new();
            HOOK.call_once(|| {
                let usual = std::panic::take_hook();
                std::panic::set_hook(Box::new(move |panic| {
                    if !IS_QUIET.get() {
                        usual(panic);
                    }
                }));
            });
            IS_QUIET.set(true);
            Self
        }
    }

    impl Drop for Quiet {
        fn drop(&mut self) {
            IS_QUIET.set(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_panics_or_never_ends_fails() {
        let suite = Suite::new("a")
            .case("ends", || async { tokio::time::sleep(Duration::from_secs(1)).await })
            .case("never_ends", std::future::pending)
            .case("panics", || async { assert_eq!(1 + 1, 3) })
            .ignored("sings", "it has no voice");
        assert_eq!(suite.ignored_names(), ["a::sings (it has no voice)"]);
        assert_eq!(suite.failures(), ["never_ends", "panics"]);
    }

    #[test]
    fn a_suite_without_an_active_case_fails() {
        let arguments = Arguments { quiet: true, ..Arguments::default() };
        let suite = Suite::new("a").ignored("sings", "it has no voice").and(Suite::new("b"));
        assert_eq!(libtest_mimic::run(&arguments, suite.trials()).num_failed, 1);
    }
}
