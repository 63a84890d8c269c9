//! Editors that do wrong are caught, each by the cases that are about it.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use media_domain::{Compatibility, EditCapabilities, EditKind, EditRequest, ImageFormat};
use media_http::{HttpRequest, Transport, Verdict};
use media_ports::{CallContext, GenerationAnswer, ImageEditor, ProviderError};

use super::{EditorScript, EditorUnderTest, editor_suite};
use crate::fakes::{FakeEditor, FakeOutcome};
use crate::generator::context;
use crate::pictures;
use crate::sample;
use crate::transport::Exchange;
use crate::vendor_jobs::Jobs;
use crate::vendor_script::{Scenario, VendorAnswer};

fn fake() -> FakeEditor {
    FakeEditor::new(sample::provider("fake"))
}

/// What the model of the wire can do: no variation, no seed, one result, three references.
fn few() -> EditCapabilities {
    EditCapabilities {
        models: Default::default(),
        kinds: [EditKind::Edit, EditKind::Inpaint, EditKind::RemoveBackground].into(),
        source_formats: [ImageFormat::Png].into(),
        max_references: 3,
        max_count: 1,
        seed: false,
        negative_prompt: false,
        ..fake().edit_capabilities().clone()
    }
}

/// Calls the editor inside whatever its own context and capabilities say.
#[derive(Debug)]
struct Careless(FakeEditor, EditCapabilities);

#[async_trait]
impl ImageEditor for Careless {
    fn edit_capabilities(&self) -> &EditCapabilities {
        &self.1
    }

    async fn edit_image(&self, _: &CallContext, request: &EditRequest) -> Result<GenerationAnswer, ProviderError> {
        self.0.edit_image(&context(), request).await
    }
}

#[test]
fn a_fake_that_does_right_passes() {
    let suite = editor_suite("fake", EditorUnderTest::local(fake));
    assert_eq!(suite.failures(), Vec::<String>::new());
    let local = EditorUnderTest::local(|| fake().local_and_free()).local_and_free();
    assert_eq!(editor_suite("local", local).failures(), Vec::<String>::new());
}

#[test]
fn a_careless_editor_is_caught() {
    let careless = || Careless(fake(), EditCapabilities { optional_mask: false, max_references: 1, ..few() });
    let failed = editor_suite("careless", EditorUnderTest::local(careless)).failures();
    let expected = [
        "refuses_without_a_call::erase",
        "refuses_without_a_call::variation",
        "refuses_without_a_call::outpaint",
        "refuses_without_a_call::too_many_results",
        "refuses_without_a_call::too_many_references",
        "refuses_without_a_call::a_mask_it_does_not_take",
        "refuses_without_a_call::a_file_it_does_not_read",
        "does_not_swallow_an_unknown_option::seed",
        "does_not_swallow_an_unknown_option::negative_prompt",
        "cancelled_before_the_call_sends_nothing",
        "a_deadline_that_has_passed_sends_nothing",
    ];
    assert_eq!(failed.iter().map(String::as_str).collect::<std::collections::BTreeSet<_>>(), expected.into());
}

#[test]
fn unsound_answers_are_caught() {
    let spoilt = |spoil: fn(&mut GenerationAnswer)| {
        let make = move || {
            let mut answer = answer();
            spoil(&mut answer);
            fake().otherwise(FakeOutcome::Answer(Box::new(answer)))
        };
        editor_suite("spoilt", EditorUnderTest::local(make)).failures()
    };
    let several = "answers_with_as_many_images_as_asked_for".to_owned();
    assert_eq!(spoilt(|_| {}), [several]);
    let spoils: [fn(&mut GenerationAnswer); 4] = [
        |answer| answer.images.clear(),
        |answer| answer.images[0].format = ImageFormat::Webp,
        |answer| answer.images[0].width = 9,
        |answer| answer.images[0].provider_name = sample::provider("another"),
    ];
    for spoil in spoils {
        assert!(spoilt(spoil).contains(&"edits::edit".to_owned()));
    }
}

fn answer() -> GenerationAnswer {
    let provider = sample::provider("fake");
    let image = media_domain::GeneratedImage {
        content: media_domain::ImageContent::Bytes(pictures::png(8, 8, 1).into()),
        format: ImageFormat::Png,
        width: 8,
        height: 8,
        metadata: serde_json::Map::new(),
        provider_name: provider.clone(),
    };
    GenerationAnswer::new(provider, vec![image])
}

/// What an adapter leaves out of its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeftOut {
    Nothing,
    Picture,
    Mask,
    References,
}

/// An adapter that sends the pictures one after another, and is answered with one.
#[derive(Debug)]
struct Wire(LeftOut, EditCapabilities, Arc<dyn Transport>);

#[async_trait]
impl ImageEditor for Wire {
    fn edit_capabilities(&self) -> &EditCapabilities {
        &self.1
    }

    async fn edit_image(
        &self,
        context: &CallContext,
        request: &EditRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        request.check().map_err(|error| ProviderError::unsupported(error.to_string()))?;
        let refused = |unmet| ProviderError::unsupported(format!("{unmet:?}"));
        self.1.admit(request).check(Compatibility::Strict).map_err(refused)?;
        let mut pictures: Vec<Bytes> = Vec::new();
        pictures.extend((self.0 != LeftOut::Picture).then(|| request.source.bytes.clone()));
        pictures.extend(request.mask.iter().filter(|_| self.0 != LeftOut::Mask).map(|mask| mask.bytes.clone()));
        let references = request.references.iter().filter(|_| self.0 != LeftOut::References);
        pictures.extend(references.map(|image| image.bytes.clone()));
        let url = "https://vendor.example/edits".parse().unwrap();
        let mut order = HttpRequest::new(Method::POST, url, context);
        order.body = pictures.concat().into();
        let response = self.2.send(order).await.map_err(|error| error.into_provider_error("order an edit"))?;
        let salvaged = Bytes::copy_from_slice(&response.body);
        if !response.status.is_success() {
            let now = std::time::SystemTime::UNIX_EPOCH;
            let verdict = Verdict::of_status(response.status, &response.headers, response.body.starts_with(b"{"), now);
            return Err(verdict.into_error(response.status, "order an edit"));
        }
        let whole = response.headers["content-type"] == "application/json" && salvaged == "{\"done\":true}";
        match whole {
            true => Ok(answer()),
            false => Err(ProviderError::new(media_domain::ProviderErrorKind::MalformedResponse, "read an edit")
                .billed(Some(salvaged))),
        }
    }
}

#[derive(Debug)]
struct Script(LeftOut);

impl EditorScript for Script {
    fn editor(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageEditor> {
        Arc::new(Wire(self.0, few(), transport))
    }

    fn edited(&self, _request: &EditRequest) -> Vec<Exchange> {
        vec![self.order().answers_json(200, &serde_json::json!({ "done": true }))]
    }

    fn order(&self) -> Exchange {
        Exchange::post("/edits")
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        let refused = |status| VendorAnswer::Exchanges(vec![self.order().answers_json(status, &serde_json::json!({}))]);
        match scenario {
            Scenario::RateLimited => {
                let limit = self.order().answers_json(429, &serde_json::json!({})).with_header("retry-after", "7");
                VendorAnswer::Ways(vec![("usual", vec![limit])])
            }
            Scenario::RateLimitedWithoutDelay => refused(429),
            Scenario::BadKey => refused(401),
            Scenario::Forbidden => refused(403),
            Scenario::NoCredit => refused(402),
            Scenario::BadRequest => refused(400),
            Scenario::ModelGone => refused(404),
            Scenario::ServerError => refused(500),
            Scenario::ContentRejected => VendorAnswer::NotApplicable("it edits anything"),
            Scenario::NoImages => VendorAnswer::NotApplicable("it always draws one"),
            _ => VendorAnswer::Usual,
        }
    }

    fn jobs(&self) -> Jobs {
        Jobs::None("the answer holds the picture")
    }

    fn secrets(&self) -> Vec<String> {
        vec!["do-not-tell".to_owned()]
    }
}

#[test]
fn pictures_that_do_not_reach_the_wire_are_missed() {
    let cases: [(LeftOut, &[&str]); 4] = [
        (LeftOut::Nothing, &[]),
        (LeftOut::Picture, &["edit", "inpaint", "remove_background", "references", "edit_with_a_mask"]),
        (LeftOut::Mask, &["inpaint", "edit_with_a_mask"]),
        (LeftOut::References, &["references"]),
    ];
    for (left_out, missed) in cases {
        let failed = editor_suite("wire", EditorUnderTest::vendor(Script(left_out))).failures();
        let missed: Vec<String> = missed.iter().map(|name| format!("pictures_reach_the_wire::{name}")).collect();
        assert_eq!(failed, missed, "{left_out:?}");
    }
}
