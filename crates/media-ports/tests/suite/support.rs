//! What the modules share: a context, and providers whose health is scripted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use media_domain::{Capabilities, ProviderId, RequestId, UserId};
use media_ports::{CallContext, Descriptor, HealthCheck, HealthReport, MediaGeneratorProvider, Operation};
use uuid::Uuid;

pub(crate) fn id(text: &str) -> ProviderId {
    ProviderId::parse(text).unwrap()
}

pub(crate) fn context() -> CallContext {
    let request_id = RequestId::from_uuid(Uuid::from_u128(1));
    CallContext::new(Instant::now(), request_id, UserId::parse("anna").unwrap())
}

pub(crate) fn descriptor(name: &str, version: &str) -> Descriptor {
    Descriptor {
        id: id(name),
        kind: id("fake"),
        version: version.to_owned(),
        model: None,
        capabilities: Capabilities::permissive(),
        editing: None,
        operations: BTreeSet::from([Operation::GenerateImage]),
        local_and_free: false,
    }
}

/// Answers one report, and counts how often it was asked.
#[derive(Debug)]
pub(crate) struct ScriptedHealth {
    report: HealthReport,
    pub(crate) asked: AtomicUsize,
}

#[async_trait]
impl HealthCheck for ScriptedHealth {
    async fn check_health(&self, _context: &CallContext) -> HealthReport {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.report.clone()
    }
}

/// A provider without operations, and its health; `fault` makes it unhealthy.
pub(crate) fn provider(name: &str, fault: Option<&str>) -> (MediaGeneratorProvider, Arc<ScriptedHealth>) {
    let report = fault.map_or(HealthReport::healthy(), HealthReport::unhealthy);
    let health = Arc::new(ScriptedHealth { report, asked: AtomicUsize::new(0) });
    let provider = MediaGeneratorProvider {
        descriptor: Arc::new(descriptor(name, "1.0.0")),
        generator: None,
        editor: None,
        exporter: None,
        health: health.clone(),
    };
    (provider, health)
}
