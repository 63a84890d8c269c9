//! What the health check tells.

use std::sync::Arc;

use media_testkit::transport::ScriptedTransport;
use serde_json::{Value, json};

use crate::{context, vendor};

#[tokio::test(start_paused = true)]
async fn the_tasks_that_wait_are_counted() {
    let task = || vendor::running(vendor::GRID, "SUBMITTED");
    let cases = [
        (json!([]), None),
        (json!([task()]), Some("1 task waits in the proxy's queue")),
        (json!([task(), { "id": "2" }, Value::Null]), Some("3 tasks wait in the proxy's queue")),
    ];
    for (queue, detail) in cases {
        let transport = Arc::new(ScriptedTransport::new([vendor::queue().answers_json(200, &queue)]));
        let report = vendor::provider(transport, Value::Null).health.check_health(&context()).await;
        assert!(report.is_healthy());
        assert_eq!(report.detail.as_deref(), detail);
    }
}

#[tokio::test(start_paused = true)]
async fn a_path_that_is_not_there_is_told_with_what_to_check() {
    let transport = Arc::new(ScriptedTransport::new([vendor::queue().answers(404, "text/html", "<h1>404</h1>")]));
    let report = vendor::provider(transport, Value::Null).health.check_health(&context()).await;
    assert!(format!("{:?}", report.status).contains("base_url"), "{report:?}");
}
