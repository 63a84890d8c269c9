//! Work that goes on behind an answer: bounded, so that it cannot pile up.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// Most pieces of work that wait or run at once; whoever brings more waits.
const CAPACITY: usize = 64;

#[derive(Debug)]
pub(crate) struct Backlog {
    tasks: TaskTracker,
    places: Arc<Semaphore>,
}

impl Backlog {
    pub(crate) fn new() -> Self {
        Self { tasks: TaskTracker::new(), places: Arc::new(Semaphore::new(CAPACITY)) }
    }

    /// Takes a piece of work as soon as there is room, and returns while it goes on.
    pub(crate) async fn push(&self, work: impl Future<Output = ()> + Send + 'static) {
        // The semaphore is never closed, so a place always comes.
        let place = self.places.clone().acquire_owned().await.ok();
        self.tasks.spawn(async move {
            work.await;
            drop(place);
        });
    }

    /// Waits until nothing is left.
    pub(crate) async fn settle(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }
}
