//! Reading the body of an answer under its limits.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use tokio::time::timeout;

use crate::byte_budget::Share;
use crate::{ByteBudget, ResponseBody, TransportOptions};

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum Cut {
    /// It has more bytes than the request allows.
    TooLarge { limit: u64 },
    /// It has more bytes than may ever be in memory.
    BeyondBudget { total: u64 },
    /// Other answers did not make room for it in time.
    NoRoom { total: u64 },
    /// Nothing more came for too long.
    TooSlow,
    /// The line was lost.
    Line(reqwest::Error),
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => write!(f, "the answer has more than the {limit} bytes allowed"),
            Self::BeyondBudget { total } => {
                write!(f, "the answer has more than the {total} bytes that all answers together may have in memory")
            }
            Self::NoRoom { total } => {
                write!(f, "other answers left no room among the {total} bytes that all may have in memory")
            }
            Self::TooSlow => f.write_str("the answer came to a halt half-way"),
            Self::Line(_) => f.write_str("the line was lost"),
        }
    }
}

/// Least room that is added at a time when the length is not known.
const STEP: usize = 64 << 10;

/// Up to here the room is doubled. Then it becomes at once as large as the budget assumes: what is not used of it costs address
/// space only, while room that grows step by step is copied, and for that moment there twice. Beyond, a system can grow so
/// large a room without a copy, and memory that is never used is worth more.
const DOUBLED: usize = 4 << 20;

/// Reads a body, and stops as soon as it is larger than allowed. It waits for its share of the budget before it reads.
pub(crate) async fn read(response: &mut Response, limit: u64, options: &TransportOptions) -> Result<ResponseBody, Cut> {
    let declared = response.content_length();
    if declared.is_some_and(|length| length > limit) {
        return Err(Cut::TooLarge { limit });
    }
    let mut reader = BodyReader::begin(&options.budget, declared, limit, options.read_timeout).await?;
    let Some(first) = next(response, options).await? else { return Ok(reader.finish()) };
    if declared == Some(first.len() as u64) && first.len() as u64 <= limit {
        return Ok(reader.finish_as(first));
    }
    // What is declared lies within the limit, and costs address space only until it is there.
    reader.body.reserve_exact(declared.unwrap_or_default() as usize);
    let mut piece = Some(first);
    while let Some(bytes) = piece {
        reader.add(&bytes).await?;
        piece = next(response, options).await?;
    }
    Ok(reader.finish())
}

/// Reads a body as far as the limit allows, and leaves the rest.
pub(crate) async fn read_beginning(
    response: &mut Response,
    limit: u64,
    options: &TransportOptions,
) -> Result<ResponseBody, Cut> {
    let mut reader = BodyReader::begin(&options.budget, None, limit, options.read_timeout).await?;
    while let Some(piece) = next(response, options).await? {
        let room = limit.saturating_sub(reader.body.len() as u64).min(piece.len() as u64) as usize;
        reader.add(&piece[..room]).await?;
        if room < piece.len() {
            break;
        }
    }
    Ok(reader.finish())
}

async fn next(response: &mut Response, options: &TransportOptions) -> Result<Option<Bytes>, Cut> {
    let piece = timeout(options.read_timeout, response.chunk()).await;
    piece.map_err(|_| Cut::TooSlow)?.map_err(Cut::Line)
}

/// A body, or a part of one, that grows under its limits.
pub(crate) struct BodyReader {
    limit: u64,
    share: Share,
    body: Vec<u8>,
    /// Longest time that it waits for room, which others may hold that wait for some themselves.
    patience: Duration,
}

impl BodyReader {
    /// Waits for the share that the body will need: as many bytes as are declared, or what is usual.
    pub(crate) async fn begin(
        budget: &ByteBudget,
        declared: Option<u64>,
        limit: u64,
        patience: Duration,
    ) -> Result<Self, Cut> {
        let total = budget.total();
        let expected = declared.unwrap_or_else(|| limit.min(ByteBudget::ASSUMED).min(total));
        let share = timeout(patience, budget.take(expected)).await.map_err(|_| Cut::NoRoom { total })?;
        let share = share.ok_or(Cut::BeyondBudget { total })?;
        Ok(Self { limit, share, body: Vec::new(), patience })
    }

    /// Adds bytes, and waits for more of the budget where that is needed.
    pub(crate) async fn add(&mut self, bytes: &[u8]) -> Result<(), Cut> {
        let length = self.body.len() + bytes.len();
        if length as u64 > self.limit {
            return Err(Cut::TooLarge { limit: self.limit });
        }
        let (room, total) = (self.body.capacity(), self.share.total());
        if length > room {
            let assumed = self.limit.min(ByteBudget::ASSUMED) as usize;
            let more = if room < DOUBLED { room } else { assumed.saturating_sub(self.body.len()).max(room / 8) };
            self.body.reserve_exact(bytes.len().max(more).max(STEP));
        }
        let grown = timeout(self.patience, self.share.grow_to(length as u64)).await;
        match grown.map_err(|_| Cut::NoRoom { total })? {
            true => self.body.extend_from_slice(bytes),
            false => return Err(Cut::BeyondBudget { total }),
        }
        Ok(())
    }

    /// What has been added; what the share has too much is given back.
    pub(crate) fn finish(mut self) -> ResponseBody {
        let body = std::mem::take(&mut self.body);
        self.finish_as(body.into())
    }

    fn finish_as(mut self, body: Bytes) -> ResponseBody {
        self.share.shrink_to(body.len() as u64);
        ResponseBody::new(body, self.share)
    }
}
