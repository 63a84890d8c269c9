//! Stable forms of what has no module of its own here: failures, jobs, events, exports, records.

use std::time::Duration;

use media_domain::generation::AttemptOutcome;
use media_domain::text::Prompt;
use media_domain::{
    Adaptation, AssetId, AttemptRecord, DesignExportRecord, DesignExportResult, Event, EventId, EventKind, ExportId,
    FigmaAttachment, FigmaExportResult, GenerationRecord, GenerationRequest, IdempotencyClaim, IdempotencyKey, Job,
    JobAttempt, JobHandle, JobId, JobState, LibraryId, OwnerId, Phase, ProviderErrorKind, ProviderId,
    RequestFingerprint, RequestId, Reservation, Resolution, Retain, RetryClass, SkippedProvider, Usage,
};
use serde_json::json;

use super::support::{at, check_form, user, uuid};

fn sdxl() -> ProviderId {
    ProviderId::parse("sdxl").unwrap()
}

#[test]
fn retry_classes() {
    for (class, word, form) in [
        (RetryClass::Never, "never", json!({ "class": "never" })),
        (RetryClass::Elsewhere, "elsewhere", json!({ "class": "elsewhere" })),
        (RetryClass::Again { after: None }, "again", json!({ "class": "again" })),
        (
            RetryClass::Again { after: Some(Duration::from_millis(1_500)) },
            "again",
            json!({ "class": "again", "after": 1.5 }),
        ),
        (
            RetryClass::Uncertain { phase: Phase::Submit, handle: None },
            "uncertain",
            json!({ "class": "uncertain", "phase": "submit" }),
        ),
        (
            RetryClass::Uncertain { phase: Phase::Running, handle: Some(JobHandle::new("job-7")) },
            "uncertain",
            json!({ "class": "uncertain", "phase": "running", "handle": "job-7" }),
        ),
        (RetryClass::Billed, "billed", json!({ "class": "billed" })),
    ] {
        assert_eq!(class.as_str(), word);
        check_form(&class, form);
    }
}

#[test]
fn delays_are_seconds_of_any_kind_of_number_from_zero_up() {
    let read = |after| serde_json::from_value::<RetryClass>(json!({ "class": "again", "after": after }));
    assert_eq!(read(json!(60)).unwrap(), RetryClass::Again { after: Some(Duration::from_secs(60)) });
    assert_eq!(read(json!(0)).unwrap(), RetryClass::Again { after: Some(Duration::ZERO) });
    assert_eq!(read(json!(null)).unwrap(), RetryClass::Again { after: None });
    for after in [json!(-1), json!(1e300), json!("soon")] {
        assert!(read(after.clone()).is_err(), "{after}");
    }
}

#[test]
fn what_becomes_of_an_abandoned_job() {
    for (state, abandoned) in [
        (JobState::Planned, JobState::Cancelled),
        (JobState::Dispatched, JobState::Unknown),
        (JobState::Accepted, JobState::Unknown),
        (JobState::Answered, JobState::Unknown),
        (JobState::Settled, JobState::Settled),
        (JobState::Failed, JobState::Failed),
        (JobState::Cancelled, JobState::Cancelled),
        (JobState::Unknown, JobState::Unknown),
        (JobState::Resolved, JobState::Resolved),
    ] {
        assert_eq!(state.abandoned(), abandoned, "{state}");
        assert_eq!(state.is_final(), state == abandoned, "{state}");
        assert!(abandoned.is_final(), "{state}");
    }
}

#[test]
fn jobs_are_read_back() {
    let attempt = JobAttempt {
        number: 1,
        provider: sdxl(),
        state: JobState::Unknown,
        handle: Some(JobHandle::new("job-7")),
        error_kind: Some(ProviderErrorKind::Timeout),
        message: Some("the line was lost".to_owned()),
        reservation: Reservation::default(),
        usage: Usage { credits: 2, cost_micros: Some(40_000), ..Usage::default() },
        dispatched_at: at(1),
        ended_at: Some(at(2)),
    };
    let request = GenerationRequest::new(Prompt::parse("a lighthouse").unwrap());
    let job = Job {
        job_id: JobId::from_uuid(uuid(5)),
        request_id: RequestId::from_uuid(uuid(6)),
        owner: OwnerId::from_uuid(uuid(7)),
        user_id: user(),
        chain: "media_generation".to_owned(),
        request: request.clone(),
        edit: None,
        retain: Retain::Everything,
        library_id: LibraryId::from_uuid(uuid(2)),
        idempotency: Some(IdempotencyClaim {
            key: IdempotencyKey::parse("order-4711").unwrap(),
            fingerprint: RequestFingerprint::of("media_generation", &request, None),
        }),
        state: JobState::Resolved,
        attempts: vec![attempt],
        content_hashes: vec![],
        asset_ids: vec![AssetId::from_uuid(uuid(1))],
        failure: None,
        resolution: Some(Resolution::NotBilled),
        created_at: at(0),
        updated_at: at(3),
    };
    let json = serde_json::to_value(&job).unwrap();
    assert_eq!((&json["state"], &json["resolution"]), (&json!("resolved"), &json!("not_billed")));
    assert_eq!(json["attempts"][0]["usage"], json!({ "credits": 2, "cost_micros": 40_000 }));
    check_form(&job, json);
}

#[test]
fn events_and_exports() {
    check_form(
        &Event {
            event_id: EventId::from_uuid(uuid(8)),
            kind: EventKind::StatusChanged,
            asset_id: AssetId::from_uuid(uuid(1)),
            user_id: user(),
            at: at(0),
            details: json!({ "from": "draft", "to": "approved" }).as_object().unwrap().clone(),
        },
        json!({
            "event_id": uuid(8), "kind": "status_changed", "asset_id": uuid(1), "user_id": "anna",
            "at": "2024-06-01T12:00:00Z", "details": { "from": "draft", "to": "approved" }
        }),
    );
    check_form(
        &DesignExportRecord {
            export_id: ExportId::from_uuid(uuid(9)),
            asset_id: AssetId::from_uuid(uuid(1)),
            provider_name: ProviderId::parse("figma_api").unwrap(),
            result: DesignExportResult::Figma(FigmaExportResult {
                figma_node_id: "1:2".to_owned(),
                figma_url: "https://www.figma.com/file/abc?node-id=1:2".to_owned(),
                figma_file_key: "abc".to_owned(),
                page_id: None,
                attached_as: FigmaAttachment::Comment,
            }),
            dry_run: true,
            exported_at: at(0),
        },
        json!({
            "export_id": uuid(9), "asset_id": uuid(1), "provider_name": "figma_api",
            "result": {
                "tool": "figma", "attached_as": "comment", "figma_node_id": "1:2", "figma_url": "https://www.figma.com/file/abc?node-id=1:2",
                "figma_file_key": "abc"
            },
            "dry_run": true, "exported_at": "2024-06-01T12:00:00Z"
        }),
    );
}

#[test]
fn generation_records_keep_what_the_provider_told_unchanged() {
    let metadata = json!({ "seed": 7, "model": "sd_xl", "nested": { "list": [1, null, "two"] } });
    let record = GenerationRecord {
        request: GenerationRequest::new(Prompt::parse("a lighthouse").unwrap()),
        edit: None,
        request_id: RequestId::from_uuid(uuid(6)),
        job_id: None,
        provider_name: sdxl(),
        model: Some("sd_xl".to_owned()),
        metadata: metadata.as_object().unwrap().clone(),
        usage: Usage::default(),
        adaptations: vec![Adaptation {
            field: "seed".to_owned(),
            requested: "7".to_owned(),
            used: None,
            reason: "the model does not know this option".to_owned(),
        }],
        attempts: vec![AttemptRecord {
            provider: sdxl(),
            outcome: AttemptOutcome::Succeeded,
            error_kind: None,
            message: None,
            phase: None,
            duration_ms: 1_200,
        }],
        skipped: vec![SkippedProvider { provider: sdxl(), reason: "cooling".to_owned() }],
        dry_run: false,
        processing_time_ms: 1_250,
    };
    let json = serde_json::to_value(&record).unwrap();
    assert_eq!(json["metadata"], metadata);
    assert_eq!(json["attempts"], json!([{ "provider": "sdxl", "outcome": "succeeded", "duration_ms": 1_200 }]));
    check_form(&record, json);
}
