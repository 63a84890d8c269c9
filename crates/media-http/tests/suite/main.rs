//! The transport and the downloader over real sockets on this machine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api_call;
mod budget;
mod download;
mod events;
mod poll;
mod secrets;
mod transport;

use std::time::Duration;

use media_domain::{RequestId, UserId};
use media_ports::CallContext;
use tokio::time::Instant;
use uuid::Uuid;

/// A context with so much time left.
fn context(time: Duration) -> CallContext {
    let user = UserId::parse("tester").unwrap();
    CallContext::new((Instant::now() + time).into_std(), RequestId::from_uuid(Uuid::from_u128(1)), user)
}

/// Time that no test uses up.
const AMPLE: Duration = Duration::from_secs(60);

/// Time that a test waits out.
const SHORT: Duration = Duration::from_millis(150);
