//! The free health check, beyond what the suite asks of every adapter.

use std::sync::Arc;

use async_trait::async_trait;
use media_http::{HttpRequest, HttpResponse, SendPhase, Transport, TransportError, TransportErrorKind};
use media_ports::HealthStatus;
use serde_json::Value;

use crate::{context, vendor};

/// A line that is cut, and says why.
#[derive(Debug)]
struct Cut;

#[async_trait]
impl Transport for Cut {
    async fn send(&self, _request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let error = TransportError::new(SendPhase::NotSent, TransportErrorKind::Connect, "there is no connection");
        Err(error.with_source("the cable is not plugged in"))
    }
}

#[tokio::test]
async fn a_report_tells_the_causes_too() {
    let report = vendor::provider(Arc::new(Cut), Value::Null).health.check_health(&context()).await;
    let HealthStatus::Unhealthy(reason) = report.status else { panic!("{report:?}") };
    assert!(reason.ends_with("there is no connection: the cable is not plugged in"), "{reason}");
}
