//! The one thread that writes, and groups what waits into one transaction.

use std::fmt;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use media_domain::{JobId, OwnerId};
use media_ports::{ChangeSet, CommitReceipt, StoreError, StoreErrorKind};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::apply::apply;
use crate::failure::Failure;
use crate::lease::StoreLock;
use crate::recovery::close_abandoned_jobs;

/// Commands that may wait before those who send more have to.
const QUEUE_LENGTH: usize = 1_024;
/// Most commands in one transaction.
const GROUP_LENGTH: usize = 512;
/// How long one process writes without a break when there is always more to write.
const TURN: Duration = Duration::from_millis(200);
/// The break, in which other processes get their turn.
const BREAK: Duration = Duration::from_millis(3);
/// How long a transaction keeps other processes from writing, but for its last command and the commit itself.
const GROUP_DURATION: Duration = Duration::from_millis(40);

/// Sends commands to the writing thread; dropping it ends the thread after what has been sent.
#[derive(Debug)]
pub(crate) struct Writer {
    commands: Option<mpsc::Sender<Command>>,
    thread: Option<JoinHandle<()>>,
}

/// Something to write, and where the answer goes once it is safe.
enum Command {
    Commit { changes: ChangeSet, reply: Reply<CommitReceipt> },
    Recover { living: Vec<OwnerId>, lock: StoreLock, reply: Reply<(Vec<JobId>, StoreLock)> },
}

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (commands, queue) = mpsc::channel(QUEUE_LENGTH);
        let thread = std::thread::Builder::new()
            .name("media-store-writer".to_owned())
            .spawn(move || run(&connection, queue))
            .map_err(|error| crate::failure::io_failure("start the store's writing thread", error))?;
        Ok(Self { commands: Some(commands), thread: Some(thread) })
    }

    /// Carries out the changes, or none of them.
    pub(crate) async fn commit(&self, changes: ChangeSet) -> Result<CommitReceipt, StoreError> {
        self.ask(|reply| Command::Commit { changes, reply }).await
    }

    /// Closes the jobs of every owner that is not living; returns those that became unknown.
    ///
    /// The lock goes along, so that nobody can appear before the work is done, even if whoever asked goes away.
    pub(crate) async fn recover(
        &self,
        living: Vec<OwnerId>,
        lock: StoreLock,
    ) -> Result<(Vec<JobId>, StoreLock), StoreError> {
        self.ask(|reply| Command::Recover { living, lock, reply }).await
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, StoreError> {
        let ended = || StoreError::new(StoreErrorKind::Unavailable, "write to the catalogue: its thread has ended");
        let (reply, answer) = oneshot::channel();
        let commands = self.commands.as_ref().ok_or_else(ended)?;
        commands.send(command(reply)).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// An answer that waits for the transaction to be safe.
type Acknowledge = Box<dyn FnOnce(Result<(), StoreError>)>;

fn run(connection: &Connection, mut queue: mpsc::Receiver<Command>) {
    let mut turn = Instant::now();
    while let Some(first) = queue.blocking_recv() {
        write_group(connection, first, &mut queue);
        if queue.is_empty() {
            turn = Instant::now();
        } else if turn.elapsed() >= TURN {
            std::thread::sleep(BREAK);
            turn = Instant::now();
        }
    }
}

/// Writes one command and what waits behind it in one transaction, then answers them all.
fn write_group(connection: &Connection, first: Command, queue: &mut mpsc::Receiver<Command>) {
    if let Err(failure) = execute(connection, "BEGIN IMMEDIATE") {
        first.refuse(failure.during("begin a transaction"));
        return;
    }
    let begun = Instant::now();
    let mut waiting = Vec::new();
    let mut next = Some(first);
    while let Some(command) = next {
        waiting.push(command.carry_out(connection));
        let full = waiting.len() >= GROUP_LENGTH || begun.elapsed() >= GROUP_DURATION || connection.is_autocommit();
        next = if full { None } else { queue.try_recv().ok() };
    }
    let outcome = if connection.is_autocommit() {
        // A full disk, for one, makes SQLite roll back the whole transaction by itself.
        Err("the transaction was rolled back, and everything in it".to_owned())
    } else {
        execute(connection, "COMMIT").map_err(|failure| {
            let _ = execute(connection, "ROLLBACK");
            failure.during("commit a transaction").to_string()
        })
    };
    for acknowledge in waiting {
        acknowledge(outcome.clone().map_err(|message| StoreError::new(StoreErrorKind::Unavailable, message)));
    }
}

impl Command {
    /// Does the work in a savepoint of its own; the answer waits for the commit.
    fn carry_out(self, connection: &Connection) -> Acknowledge {
        match self {
            Self::Commit { changes, reply } => {
                answer_later(reply, in_savepoint(connection, || apply(connection, changes)))
            }
            Self::Recover { living, lock, reply } => {
                let unknown = in_savepoint(connection, || close_abandoned_jobs(connection, &living));
                answer_later(reply, unknown.map(|unknown| (unknown, lock)))
            }
        }
    }

    fn refuse(self, error: StoreError) {
        // Whoever asked may have gone away meanwhile; then nobody wants the answer.
        match self {
            Self::Commit { reply, .. } => drop(reply.send(Err(error))),
            Self::Recover { reply, .. } => drop(reply.send(Err(error))),
        }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Commit { .. } => "Commit",
            Self::Recover { .. } => "Recover",
        })
    }
}

fn answer_later<T: 'static>(reply: Reply<T>, result: Result<T, Failure>) -> Acknowledge {
    let result = result.map_err(|failure| failure.during("change the catalogue"));
    Box::new(move |committed| {
        let _ = reply.send(result.and_then(|value| committed.map(|()| value)));
    })
}

/// Runs the work; a failure undoes it and nothing else of the transaction.
fn in_savepoint<T>(connection: &Connection, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    execute(connection, "SAVEPOINT command")?;
    let result = work();
    if result.is_err() && !connection.is_autocommit() {
        execute(connection, "ROLLBACK TO command")?;
    }
    if !connection.is_autocommit() {
        execute(connection, "RELEASE command")?;
    }
    result
}

fn execute(connection: &Connection, sql: &str) -> Result<(), Failure> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
