//! The transport and the downloader over real sockets on this machine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod download;
mod transport;

use std::time::{Duration, Instant};

use media_domain::{RequestId, UserId};
use media_ports::CallContext;
use uuid::Uuid;

/// A context with so much time left.
fn context(time: Duration) -> CallContext {
    let user = UserId::parse("tester").unwrap();
    CallContext::new(Instant::now() + time, RequestId::from_uuid(Uuid::from_u128(1)), user)
}

/// Time that no test uses up.
const AMPLE: Duration = Duration::from_secs(60);

/// Time that a test waits out.
const SHORT: Duration = Duration::from_millis(150);
