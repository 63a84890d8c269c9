//! The exit codes of the program.

/// What the program's exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything asked for was done.
    Success = 0,
    /// A fault of the program or of the machine.
    Internal = 1,
    /// The command line cannot be understood.
    Usage = 2,
    /// The configuration cannot be used.
    Configuration = 3,
    /// What was named does not exist.
    NotFound = 4,
    /// A rule forbids it: invalid input, the lifecycle, a name that is taken, refused content.
    Refused = 5,
    /// No provider delivered.
    ProvidersFailed = 6,
    /// Nobody knows whether an order was accepted and billed (see `jobs`), or whether an export has arrived.
    OutcomeUnknown = 7,
    /// Some of what was asked for was done.
    Partial = 8,
    /// The store cannot be used, or a check found it damaged.
    Store = 9,
    /// Credits or money are used up; nothing was ordered.
    QuotaExceeded = 10,
    /// Interrupted from the keyboard.
    Interrupted = 130,
}

impl ExitCode {
    /// Every code, by number.
    pub const ALL: &'static [Self] = &[
        Self::Success,
        Self::Internal,
        Self::Usage,
        Self::Configuration,
        Self::NotFound,
        Self::Refused,
        Self::ProvidersFailed,
        Self::OutcomeUnknown,
        Self::Partial,
        Self::Store,
        Self::QuotaExceeded,
        Self::Interrupted,
    ];

    /// The number.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

/// The exit codes, as `--help` tells them.
pub const EXIT_CODES_HELP: &str = "\
Exit codes:
    0  everything asked for was done
    1  a fault of the program or of the machine
    2  the command line cannot be understood
    3  the configuration cannot be used
    4  what was named does not exist
    5  a rule forbids it (invalid input, lifecycle, name taken, content refused)
    6  no provider delivered
    7  nobody knows whether an order was accepted and billed (see `jobs`), or an export has arrived
    8  some of what was asked for was done
    9  the store cannot be used, or is damaged
   10  credits or money are used up, and nothing was ordered: see `quota`
  130  interrupted from the keyboard";
