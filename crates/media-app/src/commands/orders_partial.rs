//! Orders of images: unfinished pictures, which some providers send while they are at work.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use media_ports::{PartialImage, PartialImageSink};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_util::sync::CancellationToken;

use super::asset_find::write_file;
use super::orders_files::{numbered, numbered_further, numbered_partial};
use crate::report::{Output, Progress};

/// Most unfinished pictures that wait to be written: several megabytes each, and nothing that is paid for.
const WAITING: usize = 16;

/// Where the orders of a command leave their unfinished pictures.
#[derive(Debug)]
pub(super) struct PartialTray {
    out: PathBuf,
    sender: mpsc::Sender<Unfinished>,
    left_out: Arc<AtomicU32>,
}

/// Unfinished pictures on their way to files.
#[derive(Debug)]
pub(super) struct PartialFiles {
    receiver: mpsc::Receiver<Unfinished>,
    left_out: Arc<AtomicU32>,
}

/// One unfinished picture, and the file that it goes to.
#[derive(Debug)]
struct Unfinished {
    file: PathBuf,
    image: PartialImage,
}

/// Takes the unfinished pictures of one order.
#[derive(Debug)]
struct OfOrder {
    out: PathBuf,
    sender: mpsc::Sender<Unfinished>,
    left_out: Arc<AtomicU32>,
}

/// Makes the tray of a command and what empties it into files beside `out`.
pub(super) fn partial_tray(out: &Path) -> (PartialTray, PartialFiles) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let left_out = Arc::<AtomicU32>::default();
    (PartialTray { out: out.to_owned(), sender, left_out: left_out.clone() }, PartialFiles { receiver, left_out })
}

impl PartialTray {
    /// What takes the unfinished pictures of one of several orders, by its place among them.
    pub(super) fn of_order(&self, index: u32) -> Arc<dyn PartialImageSink> {
        let (sender, left_out) = (self.sender.clone(), self.left_out.clone());
        Arc::new(OfOrder { out: numbered(&self.out, index), sender, left_out })
    }
}

impl PartialImageSink for OfOrder {
    fn partial_image(&self, image: PartialImage) {
        let position = usize::try_from(image.image_index).unwrap_or(usize::MAX);
        let file = numbered_partial(&numbered_further(&self.out, position), image.partial_index, image.format);
        // Nobody waits for a disk: what there is no room for is left out. After the end nobody looks at it any more.
        if let Err(TrySendError::Full(_)) = self.sender.try_send(Unfinished { file, image }) {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl PartialFiles {
    /// Writes what comes, and tells of it, until the orders have ended and nothing waits any more.
    pub(super) async fn write(mut self, output: &Output, progress: &Progress<'_>, ended: &CancellationToken) {
        let mut written = 0_u32;
        loop {
            tokio::select! {
                biased;
                unfinished = self.receiver.recv() => match unfinished {
                    Some(Unfinished { file, image }) => {
                        let told = write_file(&file, &image.bytes).await;
                        written += u32::from(told.is_ok());
                        progress.aside(|| match told {
                            Ok(()) => output.note(&format!("unfinished picture: {}", file.display())),
                            Err(failure) => output.warn(&format!("an unfinished picture is lost: {}", failure.error)),
                        });
                    }
                    None => break,
                },
                () = ended.cancelled(), if !self.receiver.is_closed() => self.receiver.close(),
            }
        }
        match self.left_out.load(Ordering::Relaxed) {
            0 if written == 0 => progress.aside(|| output.note(NOBODY_SENT_ANY)),
            0 => {}
            count => {
                progress.aside(|| output.warn(&format!("{count} unfinished pictures came too fast to be written")))
            }
        }
    }
}

const NOBODY_SENT_ANY: &str = "no unfinished picture came; docs/PROVIDERS.md tells who sends them";
