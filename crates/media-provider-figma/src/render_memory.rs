//! What is remembered of files, within one run of a program or from one to the next.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::FigmaApiAdapter;
use crate::node::FileKey;

/// Remembers what Figma has answered about a version of a file: where renders are, sizes, first pages.
///
/// Figma counts such questions by the month, six of them for a View seat. [`ProcessMemory`] lasts as long as the process;
/// programs that run once and end give [`FigmaFactory`](crate::FigmaFactory) one that lasts longer. Nothing here is worth
/// failing for: what cannot be read was never remembered, and what cannot be kept is asked for anew.
///
/// A key is a text of at most 1,000 bytes, the same whichever provider asks; it names the API's address, the file, its
/// version, and what was asked (node, format and scale). It holds slashes and colons, and no secret. The answer may hold
/// an address that opens a picture to whoever knows it.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
/// use async_trait::async_trait;
/// use media_provider_figma::{Remembered, RenderMemory};
///
/// #[derive(Debug, Default)]
/// struct Texts(Mutex<HashMap<String, String>>);
///
/// #[async_trait]
/// impl RenderMemory for Texts {
///     async fn load(&self, key: &str) -> Option<Remembered> {
///         serde_json::from_str(self.0.lock().ok()?.get(key)?).ok()
///     }
///
///     async fn save(&self, key: &str, remembered: &Remembered) {
///         if let (Ok(mut texts), Ok(text)) = (self.0.lock(), serde_json::to_string(remembered)) {
///             texts.insert(key.to_owned(), text);
///         }
///     }
/// }
/// ```
#[async_trait]
pub trait RenderMemory: fmt::Debug + Send + Sync + 'static {
    /// What is remembered under a key; whether it is still believed is for the caller to see.
    async fn load(&self, key: &str) -> Option<Remembered>;

    /// Remembers something under a key, in place of what was there.
    async fn save(&self, key: &str, remembered: &Remembered);
}

/// An answer, and until when it is believed. Its `Debug` shows no address.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// What was answered.
    pub answer: RememberedAnswer,
    /// When it is asked for anew; from then on it may be thrown away.
    pub expires_at: DateTime<Utc>,
}

/// What was answered about a version of a file.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RememberedAnswer {
    /// Where the render of a node can be fetched, without credentials.
    Render {
        /// The address.
        url: String,
    },
    /// How large a node is, in pixels at scale 1.
    Size {
        /// Width.
        width: f64,
        /// Height.
        height: f64,
    },
    /// Which page is the first.
    FirstPage {
        /// The page.
        node_id: String,
    },
}

impl RememberedAnswer {
    /// How long it is believed.
    ///
    /// A render's address lasts 30 days (Figma REST API document 0.37.0, `getImages`, read 2026-11-20). It is fetched by
    /// whoever asked for the image, so that nobody tells here when one has stopped working before; half of that time
    /// bounds for how long such a one is handed out, and still renders a template no more than three times a month. The
    /// rest stays true as long as the version does, and ends so that a memory can be tidied.
    fn life(&self) -> TimeDelta {
        match self {
            Self::Render { .. } => TimeDelta::days(14),
            Self::Size { .. } | Self::FirstPage { .. } => TimeDelta::days(90),
        }
    }
}

impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").field("answer", &self.answer).field("expires_at", &self.expires_at).finish()
    }
}

impl fmt::Debug for RememberedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Render { .. } => "Render",
            Self::Size { .. } => "Size",
            Self::FirstPage { .. } => "FirstPage",
        })
    }
}

/// Remembers as long as the process lives, 512 answers at most; the oldest give way.
#[derive(Default)]
pub struct ProcessMemory(Mutex<VecDeque<(String, Remembered)>>);

/// Most answers that a process remembers.
const CAPACITY: usize = 512;

#[async_trait]
impl RenderMemory for ProcessMemory {
    async fn load(&self, key: &str) -> Option<Remembered> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().find(|(known, _)| known == key).map(|(_, remembered)| remembered.clone())
    }

    async fn save(&self, key: &str, remembered: &Remembered) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|(known, _)| known != key);
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back((key.to_owned(), remembered.clone()));
    }
}

impl fmt::Debug for ProcessMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessMemory").finish_non_exhaustive()
    }
}

/// What is remembered of one version of a file.
#[derive(Debug, Clone)]
pub(crate) struct VersionMemory {
    memory: Arc<dyn RenderMemory>,
    /// What every key begins with; without a version nothing is remembered.
    about: Option<String>,
    now: DateTime<Utc>,
}

/// Longest version that is taken into a key, in bytes: the vendor's are numbers or times.
const VERSION_LIMIT: usize = 100;

impl FigmaApiAdapter {
    /// What is remembered of a file at a version.
    pub(crate) fn of_version(&self, file: &FileKey, version: Option<&str>) -> VersionMemory {
        let version = version.filter(|version| version.len() <= VERSION_LIMIT);
        let api = self.client.base_url().as_url();
        let about = version.map(|version| format!("{api}|{file}|{version}"));
        VersionMemory { memory: Arc::clone(&self.render_memory), about, now: self.clock().utc_now() }
    }
}

impl VersionMemory {
    /// The answer to a question, if it is remembered and still believed.
    pub(crate) async fn recall(&self, question: &str) -> Option<RememberedAnswer> {
        let Remembered { answer, expires_at } = self.memory.load(&self.key(question)?).await?;
        (self.now < expires_at).then_some(answer)
    }

    /// Remembers the answer to a question.
    pub(crate) async fn remember(&self, question: &str, answer: RememberedAnswer) {
        let Some(key) = self.key(question) else { return };
        let expires_at = self.now + answer.life();
        self.memory.save(&key, &Remembered { answer, expires_at }).await;
    }

    fn key(&self, question: &str) -> Option<String> {
        let key = format!("{}|{question}", self.about.as_deref()?);
        (key.len() <= 1_000).then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_give_way_and_putting_anew_costs_nobody_a_place() {
        let memory = ProcessMemory::default();
        let page = |number: usize| Remembered {
            answer: RememberedAnswer::FirstPage { node_id: format!("0:{number}") },
            expires_at: DateTime::UNIX_EPOCH,
        };
        for number in 0..=CAPACITY {
            memory.save(&number.to_string(), &page(number)).await;
        }
        memory.save("1", &page(7)).await;
        assert_eq!((memory.load("0").await, memory.load("1").await), (None, Some(page(7))));
        assert_eq!(memory.load("2").await, Some(page(2)));
    }
}
