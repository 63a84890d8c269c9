//! Edits: what no provider could make, and how an edit is fitted to a model.

use bytes::Bytes;
use media_domain::editing::EditRequestError;
use media_domain::generation::RequestError;
use media_domain::text::Prompt;
use media_domain::{
    Compatibility, EditCapabilities, EditKind, EditRecord, EditRequest, GenerationOptions, GenerationRequest,
    ImageFormat, Margins, MediaDimensions, SourceImage,
};
use proptest::prelude::*;
use serde_json::json;

use super::support::{cases, check_form};

fn picture(width: u32, height: u32) -> SourceImage {
    SourceImage {
        bytes: Bytes::from_static(b"a picture"),
        format: ImageFormat::Png,
        dimensions: MediaDimensions::new(width, height),
    }
}

/// A sound request of a kind: a picture of 640×480 with the prompt, mask and margins that the kind needs.
fn request(kind: EditKind) -> EditRequest {
    EditRequest {
        prompt: kind.needs_prompt().then(|| Prompt::parse("a red boat").unwrap()),
        mask: kind.needs_mask().then(|| picture(640, 480)),
        margins: Margins { left: u32::from(kind == EditKind::Outpaint), ..Margins::default() },
        ..EditRequest::new(kind, picture(640, 480))
    }
}

/// A model that edits one PNG of up to 100 bytes and 500,000 pixels, and knows nothing else.
fn bare() -> EditCapabilities {
    EditCapabilities {
        models: Default::default(),
        kinds: [EditKind::Edit, EditKind::Inpaint, EditKind::RemoveBackground].into(),
        source_formats: [ImageFormat::Png].into(),
        max_source_bytes: 100,
        max_source_pixels: Some(500_000),
        max_references: 1,
        optional_mask: false,
        max_count: 2,
        formats: vec![ImageFormat::Png],
        prompt_limit: 20,
        seed: false,
        negative_prompt: false,
    }
}

#[test]
fn a_sound_request_of_every_kind_can_be_made() {
    for kind in EditKind::ALL {
        assert_eq!(request(*kind).check(), Ok(()), "{kind}");
    }
}

#[test]
fn what_nobody_could_make_is_named() {
    let edit = || request(EditKind::Edit);
    let dimensions = |width, height| RequestError::Dimensions {
        dimensions: MediaDimensions::new(width, height),
        limit: GenerationRequest::MAX_SIDE,
    };
    let count = |count| RequestError::Count { count, limit: GenerationRequest::MAX_COUNT };
    let sized = |width, height| EditRequest { dimensions: Some(MediaDimensions::new(width, height)), ..edit() };
    let outpaint = |margins| EditRequest { margins, ..request(EditKind::Outpaint) };
    let mask_size = EditRequestError::MaskSize {
        mask: MediaDimensions::new(640, 479),
        source_image: MediaDimensions::new(640, 480),
    };
    let wrong = [
        (EditRequest { prompt: None, ..edit() }, EditRequestError::PromptMissing(EditKind::Edit)),
        (
            EditRequest { prompt: None, ..request(EditKind::Inpaint) },
            EditRequestError::PromptMissing(EditKind::Inpaint),
        ),
        (EditRequest { mask: None, ..request(EditKind::Inpaint) }, EditRequestError::MaskMissing(EditKind::Inpaint)),
        (EditRequest { mask: None, ..request(EditKind::Erase) }, EditRequestError::MaskMissing(EditKind::Erase)),
        (EditRequest { mask: Some(picture(640, 479)), ..edit() }, mask_size),
        (outpaint(Margins::default()), EditRequestError::NoMargins),
        (sized(0, 10), dimensions(0, 10).into()),
        (sized(10, 16_385), dimensions(10, 16_385).into()),
        (outpaint(Margins { up: u32::MAX, ..Margins::default() }), dimensions(640, u32::MAX).into()),
        (
            EditRequest { source: picture(0, 0), ..EditRequest::new(EditKind::Variation, picture(0, 0)) },
            dimensions(0, 0).into(),
        ),
        (EditRequest { count: 0, ..edit() }, count(0).into()),
        (EditRequest { count: 101, ..edit() }, count(101).into()),
    ];
    for (request, error) in wrong {
        assert_eq!(request.check(), Err(error), "{request:?}");
    }
    let options = GenerationOptions { guidance_scale: Some(f64::NAN), ..GenerationOptions::default() };
    assert!(EditRequest { options, ..edit() }.check().is_err());
}

#[test]
fn the_result_is_as_large_as_asked_for_or_as_the_picture_with_its_margins() {
    let grown = EditRequest {
        margins: Margins { left: 1, right: 2, up: 4, down: 8 },
        ..EditRequest::new(EditKind::Outpaint, picture(100, 200))
    };
    assert_eq!(grown.target_dimensions(), MediaDimensions::new(103, 212));
    let asked = EditRequest { dimensions: Some(MediaDimensions::new(7, 9)), ..grown };
    assert_eq!(asked.target_dimensions(), MediaDimensions::new(7, 9));
}

#[test]
fn a_picture_shows_its_size_only() {
    assert_eq!(format!("{:?}", picture(640, 480)), "SourceImage(png, 640x480, 9 bytes)");
}

/// The fields that a model refuses, and those that it would leave out or map.
fn admit(capabilities: &EditCapabilities, request: &EditRequest) -> (Vec<String>, Vec<String>) {
    let admission = capabilities.admit(request);
    assert!(admission.adaptations.iter().all(|adaptation| !adaptation.reason.is_empty()));
    let unmet = admission.unmet.into_iter().map(|unmet| unmet.field).collect();
    (unmet, admission.adaptations.into_iter().map(|adaptation| adaptation.field).collect())
}

#[test]
fn what_fits_stays_as_it_is() {
    for kind in bare().kinds {
        let admission = bare().admit(&request(kind));
        assert_eq!((admission.request.clone(), admission.adaptations.len()), (request(kind), 0));
        assert_eq!(admission.check(Compatibility::Strict), Ok(()));
    }
    let two = EditRequest { count: 2, references: vec![picture(10, 10)], ..request(EditKind::Edit) };
    assert_eq!(admit(&bare(), &two), (vec![], vec![]));
}

#[test]
fn what_cannot_be_is_named_by_its_field() {
    let edit = || request(EditKind::Edit);
    let large = SourceImage { bytes: vec![0; 101].into(), ..picture(640, 480) };
    let jpeg = SourceImage { format: ImageFormat::Jpeg, ..picture(640, 480) };
    let cases = [
        (request(EditKind::Variation), "kind"),
        (request(EditKind::Outpaint), "kind"),
        (EditRequest { prompt: Some(Prompt::parse("ж".repeat(21)).unwrap()), ..edit() }, "prompt"),
        (EditRequest { references: vec![picture(1, 1), picture(1, 1)], ..edit() }, "references"),
        (EditRequest { references: vec![jpeg.clone()], ..edit() }, "references"),
        (EditRequest { mask: Some(picture(640, 480)), ..edit() }, "mask"),
        (EditRequest { mask: Some(jpeg.clone()), ..request(EditKind::Inpaint) }, "mask"),
        (EditRequest { source: jpeg, ..edit() }, "source"),
        (EditRequest { source: large, ..edit() }, "source"),
        (EditRequest { source: picture(501, 1_000), ..edit() }, "source"),
    ];
    for (request, field) in cases {
        assert_eq!(admit(&bare(), &request), (vec![field.to_owned()], vec![]), "{request:?}");
    }
    let none = EditCapabilities { max_count: 0, ..bare() };
    assert_eq!(admit(&none, &edit()), (vec!["count".to_owned()], vec![]));
    let masked = EditRequest { mask: Some(picture(640, 480)), ..edit() };
    assert_eq!(admit(&EditCapabilities { optional_mask: true, ..bare() }, &masked), (vec![], vec![]));
    let largest = EditRequest { source: picture(500, 1_000), ..edit() };
    assert_eq!(admit(&bare(), &largest), (vec![], vec![]));
    let any_size = EditCapabilities { max_source_pixels: None, ..bare() };
    let vast = EditRequest { source: picture(u32::MAX, u32::MAX), ..edit() };
    assert_eq!(admit(&any_size, &vast), (vec![], vec![]));
}

#[test]
fn more_results_than_one_call_makes_are_several_calls_with_seeds_of_their_own() {
    let options = GenerationOptions { seed: Some(7), ..GenerationOptions::default() };
    let five = EditRequest { count: 5, options, ..request(EditKind::Edit) };
    let model = EditCapabilities { seed: true, ..bare() };
    let admission = model.admit(&five);
    let calls: Vec<_> = admission.calls().map(|call| (call.count, call.options.seed)).collect();
    assert_eq!(calls, [(2, Some(7)), (2, Some(9)), (1, Some(11))]);
    let told: Vec<_> = admission.adaptations.iter().map(|a| (a.field.as_str(), a.used.as_deref())).collect();
    assert_eq!(told, [("count", Some("3 calls"))]);
    assert_eq!(admission.check(Compatibility::Strict).unwrap_err()[0].field, "count");
}

#[test]
fn options_that_the_model_does_not_know_are_left_out_and_told() {
    let options = GenerationOptions {
        seed: Some(7),
        negative_prompt: Some("people".to_owned()),
        output_format: Some(ImageFormat::Webp),
        ..GenerationOptions::default()
    };
    let asked = EditRequest { options, ..request(EditKind::Edit) };
    let admission = bare().admit(&asked);
    let told: Vec<_> = admission.adaptations.iter().map(|a| (a.field.as_str(), a.used.as_deref())).collect();
    assert_eq!(told, [("seed", None), ("negative_prompt", None), ("output_format", Some("png"))]);
    let sent = &admission.request.options;
    assert_eq!((sent.seed, &sent.negative_prompt, sent.output_format), (None, &None, Some(ImageFormat::Png)));
    assert_eq!(admission.check(Compatibility::Adapt), Ok(()));
    assert_eq!(admission.check(Compatibility::Strict).unwrap_err().len(), 3);

    let knows = EditCapabilities { seed: true, negative_prompt: true, formats: vec![ImageFormat::Webp], ..bare() };
    assert_eq!(knows.admit(&asked).request, asked);
}

#[test]
fn capabilities_and_records_have_their_forms() {
    check_form(
        &bare(),
        json!({
            "kinds": ["edit", "inpaint", "remove_background"],
            "source_formats": ["png"],
            "max_source_bytes": 100,
            "max_source_pixels": 500_000,
            "max_references": 1,
            "optional_mask": false,
            "max_count": 2,
            "formats": ["png"],
            "prompt_limit": 20,
            "seed": false,
            "negative_prompt": false,
        }),
    );
    let source_hash = media_domain::ContentHash::of(b"a picture");
    let record = EditRecord {
        kind: EditKind::RemoveBackground,
        parent_asset_id: None,
        source_hash,
        mask_hash: None,
        reference_hashes: Vec::new(),
        margins: Margins::default(),
    };
    check_form(&record, json!({ "kind": "remove_background", "source_hash": source_hash }));
    assert!(serde_json::from_value::<EditCapabilities>(json!({ "kinds": [], "colour": 1 })).is_err());
    assert!(serde_json::from_value::<Margins>(json!({ "top": 1 })).is_err());
}

fn any_picture() -> impl Strategy<Value = SourceImage> {
    let format = prop::sample::select(ImageFormat::ALL);
    (any::<u32>(), any::<u32>(), 0..300_usize, format).prop_map(|(width, height, length, format)| SourceImage {
        bytes: vec![0; length].into(),
        format,
        dimensions: MediaDimensions::new(width, height),
    })
}

fn any_request() -> impl Strategy<Value = EditRequest> {
    let pictures = (any_picture(), prop::option::of(any_picture()), prop::collection::vec(any_picture(), 0..4));
    let margins = any::<[u32; 4]>().prop_map(|[left, right, up, down]| Margins { left, right, up, down });
    let options =
        (any::<Option<u64>>(), any::<Option<String>>(), prop::option::of(prop::sample::select(ImageFormat::ALL)));
    let prompt = prop::option::of("[a-zж]{1,40}");
    (prop::sample::select(EditKind::ALL), pictures, prompt, margins, any::<Option<(u32, u32)>>(), any::<u32>(), options)
        .prop_map(
            |(
                kind,
                (source, mask, references),
                prompt,
                margins,
                size,
                count,
                (seed, negative_prompt, output_format),
            )| {
                EditRequest {
                    kind,
                    source,
                    prompt: prompt.map(|text| Prompt::parse(text).unwrap()),
                    references,
                    mask,
                    margins,
                    dimensions: size.map(|(width, height)| MediaDimensions::new(width, height)),
                    count,
                    options: GenerationOptions { seed, negative_prompt, output_format, ..GenerationOptions::default() },
                }
            },
        )
}

fn any_capabilities() -> impl Strategy<Value = EditCapabilities> {
    let kinds = prop::collection::btree_set(prop::sample::select(EditKind::ALL), 0..6);
    let formats = prop::collection::btree_set(prop::sample::select(ImageFormat::ALL), 0..4);
    let written = prop::collection::vec(prop::sample::select(ImageFormat::ALL), 0..3);
    let limits = (any::<u8>(), any::<Option<u64>>(), 0..4_u32, 0..6_u32, 0..50_usize);
    (kinds, formats, written, limits, any::<[bool; 3]>()).prop_map(|(kinds, source_formats, formats, limits, flags)| {
        let (max_source_bytes, max_source_pixels, max_references, max_count, prompt_limit) = limits;
        let [optional_mask, seed, negative_prompt] = flags;
        EditCapabilities {
            models: Default::default(),
            kinds,
            source_formats,
            max_source_bytes: max_source_bytes.into(),
            max_source_pixels,
            max_references,
            optional_mask,
            max_count,
            formats,
            prompt_limit,
            seed,
            negative_prompt,
        }
    })
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn checking_never_panics_and_names_only_what_is_wrong(request in any_request()) {
        if request.check().is_ok() {
            prop_assert!((1..=GenerationRequest::MAX_COUNT).contains(&request.count));
            prop_assert!(!request.target_dimensions().is_empty());
            prop_assert!(request.prompt.is_some() || !request.kind.needs_prompt());
            prop_assert!(request.mask.is_some() || !request.kind.needs_mask());
        }
    }

    #[test]
    fn what_is_admitted_fits(request in any_request(), capabilities in any_capabilities()) {
        let admission = capabilities.admit(&request);
        // Fitting what has been fitted changes nothing more.
        let again = capabilities.admit(&admission.request);
        prop_assert_eq!(&again.request, &admission.request);
        prop_assert!(again.adaptations.iter().all(|adaptation| adaptation.field == "count"));
        prop_assert_eq!(&again.unmet, &admission.unmet);
        // Pictures and words are the caller's: nothing is done to them.
        let pictures = |request: &EditRequest| (request.source.clone(), request.mask.clone(), request.references.clone());
        prop_assert_eq!(pictures(&admission.request), pictures(&request));
        prop_assert_eq!(&admission.request.prompt, &request.prompt);
        if admission.check(Compatibility::Adapt).is_ok() {
            prop_assert!(capabilities.kinds.contains(&request.kind));
            prop_assert!(admission.parts.iter().all(|part| *part <= capabilities.max_count));
            let together: u64 = admission.parts.iter().map(|part| u64::from(*part)).sum();
            prop_assert_eq!(together, u64::from(request.count));
            prop_assert!(admission.request.options.seed.is_none() || capabilities.seed);
            prop_assert!(capabilities.source_formats.contains(&request.source.format));
            prop_assert!(request.source.bytes.len() as u64 <= capabilities.max_source_bytes);
        }
        if admission.check(Compatibility::Strict).is_ok() {
            prop_assert_eq!(&admission.request, &request);
        }
    }
}

#[test]
fn only_an_outpainted_picture_grows() {
    for kind in EditKind::ALL.iter().copied().filter(|kind| *kind != EditKind::Outpaint) {
        let mut request = EditRequest::new(kind, picture(100, 100));
        request.prompt = Some(Prompt::parse("a sky").unwrap());
        request.mask = kind.needs_mask().then(|| picture(100, 100));
        assert_eq!(request.check(), Ok(()), "{kind}");
        request.margins.left = 10;
        assert_eq!(request.check(), Err(EditRequestError::NeedlessMargins(kind)));
    }
}
