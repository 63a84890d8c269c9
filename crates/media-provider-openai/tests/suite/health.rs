//! The free health check.

use std::sync::Arc;

use chrono::NaiveDate;
use media_http::{SendPhase, TransportErrorKind};
use media_ports::HealthReport;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, vendor};

async fn check(exchange: Exchange) -> HealthReport {
    check_model("gpt-image-2", exchange).await
}

async fn check_model(model: &str, exchange: Exchange) -> HealthReport {
    let transport = Arc::new(ScriptedTransport::new([exchange]));
    let provider = vendor::provider(Arc::clone(&transport) as _, json!({"model": model}));
    let report = provider.health.check_health(&context()).await;
    transport.assert_exhausted();
    assert!(report.latency.is_some());
    assert!(!format!("{report:?}").contains(vendor::KEY));
    report
}

fn list() -> Exchange {
    Exchange::get("/v1/models").expecting(|request| assert!(request.headers.contains_key("authorization")))
}

#[tokio::test(start_paused = true)]
async fn who_answers_is_healthy() {
    let plain = check(list().answers_json(200, &vendor::models("gpt-image-2", Value::Null))).await;
    assert_eq!((plain.is_healthy(), plain.detail, plain.model_shutdown_date), (true, None, None));
    let answers = [
        list().answers_json(200, &vendor::models("another", Value::Null)),
        list().answers_json(403, &vendor::error("invalid_request_error", None, "restricted key")),
        list().answers(404, "text/plain", "no such path"),
        list().answers(404, "text/html", "<h1>no such path</h1>"),
        list().answers(405, "text/html", "<h1>not allowed</h1>"),
        list().answers(501, "application/json", "{}"),
    ];
    for answer in answers {
        let report = check(answer).await;
        assert!(report.is_healthy() && report.detail.is_some(), "{report:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_coming_shutdown_is_told_and_a_past_one_is_unhealthy() {
    for (date, healthy) in [("2026-12-01", true), ("2026-11-20", true), ("2026-11-19", false)] {
        let report = check(list().answers_json(200, &vendor::models("gpt-image-2", json!(date)))).await;
        assert_eq!(report.is_healthy(), healthy, "{date}");
        assert_eq!(report.model_shutdown_date, date.parse::<NaiveDate>().ok());
    }
}

#[tokio::test(start_paused = true)]
async fn a_day_is_read_in_whatever_form_and_an_odd_one_makes_nobody_ill() {
    let told = [
        (json!("2026-12-01T23:59:59Z"), Some("2026-12-01")),
        (json!("2026-12-01 00:00:00"), Some("2026-12-01")),
        (json!(1_796_083_200), Some("2026-12-01")),
        (json!(1_796_083_200_000_u64), None),
        (json!(-1), None),
        (json!("soon"), None),
        (json!("überübermorgen"), None),
        (json!(1.5), None),
        (json!({"day": 1}), None),
        (json!(false), None),
    ];
    for (date, expected) in told {
        let mut listed = vendor::models("gpt-image-2", date.clone());
        let expected = expected.map(|date| date.parse::<NaiveDate>().unwrap());
        let report = check(list().answers_json(200, &listed)).await;
        assert_eq!((report.is_healthy(), report.model_shutdown_date), (true, expected), "{date}");

        // What is odd with other models says nothing of this one.
        listed["data"][0]["id"] = json!("another");
        let own = json!({"id": "gpt-image-2", "shutdown_date": "2027-04-21"});
        listed["data"].as_array_mut().unwrap().extend([json!(7), json!({"id": null}), own]);
        let report = check(list().answers_json(200, &listed)).await;
        assert_eq!((report.is_healthy(), report.detail), (true, None), "{date}");
        assert_eq!(report.model_shutdown_date, NaiveDate::from_ymd_opt(2027, 4, 21));
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_in_place_of_the_list_makes_one_look_at_the_address() {
    let report = check(list().answers(200, "text/html", "<h1>a web interface</h1>")).await;
    assert!(!report.is_healthy() && format!("{report:?}").contains("base_url"), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_not_listed_may_be_known_to_go() {
    for (model, date, healthy) in [
        ("gpt-image-1-mini", Some("2026-12-01"), true),
        ("gpt-image-1.5", Some("2026-12-01"), true),
        ("gpt-image-1", Some("2026-10-23"), false),
        ("dall-e-3", Some("2026-05-12"), false),
        ("my-own-model", None, true),
    ] {
        let report = check_model(model, list().answers_json(200, &vendor::models("another", Value::Null))).await;
        assert_eq!(report.is_healthy(), healthy, "{model}");
        assert_eq!(report.model_shutdown_date, date.map(|date| date.parse::<NaiveDate>().unwrap()));
    }
    // A server of one's own may have a model of a name that the vendor has given up.
    let report = check_model("dall-e-3", list().answers_json(200, &vendor::models("dall-e-3", Value::Null))).await;
    assert_eq!((report.is_healthy(), report.model_shutdown_date), (true, None));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_is_unhealthy() {
    let answers = [
        list().answers_json(401, &vendor::error("invalid_request_error", Some("invalid_api_key"), vendor::KEY)),
        list().answers(500, "text/html", ""),
        list().answers(200, "text/html", "<h1>a proxy</h1>"),
        list().fails(SendPhase::NotSent, TransportErrorKind::Connect),
        list().never_answers(),
    ];
    for answer in answers {
        assert!(!check(answer.clone()).await.is_healthy(), "{answer:?}");
    }
}
