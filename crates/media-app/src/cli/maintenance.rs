//! `library`, `jobs`, `backup` and `config`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use media_domain::{JobId, JobState, Name};
use media_engine::LibraryRef;

/// What to do with libraries.
#[derive(Debug, Subcommand)]
pub enum LibraryCommand {
    /// Make a library
    Create {
        /// Its name, unique among libraries
        name: Name,
        /// Description
        #[arg(long, default_value = "")]
        description: String,
        /// Who it belongs to
        #[arg(long, default_value = "")]
        owner: String,
        /// The project it serves
        #[arg(long)]
        project: Option<String>,
    },
    /// List the libraries
    List,
    /// Show a library
    Show {
        /// The library, by name or id
        library: LibraryRef,
    },
    /// Show the figures of a library
    Stats {
        /// The library, by name or id
        library: LibraryRef,
    },
}

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// List jobs, newest first
    List(JobsListArgs),
    /// Show a job with its attempts
    Show {
        /// Id of the job
        job: JobId,
    },
    /// Ask the vendors what became of jobs whose outcome nobody knows, and file what they delivered
    Reconcile(ReconcileArgs),
    /// Close a job whose outcome nobody knows, once the vendor's records have told
    Resolve(ResolveArgs),
}

/// Which jobs to list.
#[derive(Debug, Args)]
pub struct JobsListArgs {
    /// In this state: planned, dispatched, accepted, answered, settled, failed, cancelled, unknown, resolved
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',')]
    pub states: Vec<JobState>,
    /// Most jobs
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

/// Which unknown jobs to ask about.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true))]
pub struct ReconcileArgs {
    /// Ids of the jobs
    #[arg(group = "which", value_name = "JOB")]
    pub jobs: Vec<JobId>,
    /// Every unknown job that a vendor can be asked about
    #[arg(long, group = "which")]
    pub all: bool,
}

/// How an unknown job ended.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("outcome").required(true))]
pub struct ResolveArgs {
    /// Id of the job
    pub job: JobId,
    /// The vendor billed it
    #[arg(long, group = "outcome")]
    pub billed: bool,
    /// The vendor did not bill it
    #[arg(long, group = "outcome")]
    pub not_billed: bool,
}

/// Where to copy everything.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The folder to make; it must not hold a catalogue yet
    #[arg(value_name = "FOLDER")]
    pub destination: PathBuf,
}

/// What to do with the configuration.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Show every value that holds and the layer that set it; secrets are masked
    Show,
    /// Check the configuration
    Check,
}
