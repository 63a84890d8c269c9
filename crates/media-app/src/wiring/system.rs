//! The real clock and the real source of identifiers.

use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use chrono::{DateTime, Utc};
use media_ports::{Clock, IdSource};
use uuid::Uuid;

/// Bytes of a random UUID that are nothing but chance.
const RANDOM_OF_UUID: usize = 13;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn utc_now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        Box::pin(tokio::time::sleep_until(deadline.into()))
    }
}

/// UUIDs of version 7, which are random and in the order of time, and random numbers from the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn next_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn random_unit(&self) -> f64 {
        const BITS: u32 = 53;
        // The last bits of a random UUID are all chance; a float tells 53 of them apart.
        let (_, low) = Uuid::new_v4().as_u64_pair();
        (low & ((1 << BITS) - 1)) as f64 / (1_u64 << BITS) as f64
    }
}

/// Random bytes from the operating system.
pub fn random_bytes<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    for chunk in bytes.chunks_mut(RANDOM_OF_UUID) {
        let random = Uuid::new_v4().into_bytes();
        // The bytes between say which kind of UUID it is.
        let all_chance = random[..6].iter().chain(&random[9..]);
        chunk.iter_mut().zip(all_chance).for_each(|(byte, random)| *byte = *random);
    }
    bytes
}
