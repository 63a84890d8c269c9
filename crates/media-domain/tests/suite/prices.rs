//! Prices by image and by token.

use media_domain::price::{ModelPrice, Price, PriceBasis, PriceTable, PricedWork, SizeClass, TokenPrice};
use media_domain::text::Prompt;
use media_domain::{GenerationRequest, MediaDimensions, Quality, Usage};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::{cases, check_form};

fn table(basis: Value) -> PriceTable {
    let price = json!({ "source": "https://vendor.example/pricing", "as_of": "2026-11-01", "basis": basis });
    serde_json::from_value(json!({ "pro": price })).unwrap()
}

/// Low and high in two sizes, and one price for the largest whatever the quality.
fn by_image() -> PriceTable {
    table(json!({ "per_image": [
        { "up_to_pixels": 4_194_304, "quality": "high", "amount": 211_000 },
        { "up_to_pixels": 1_048_576, "quality": "low", "amount": 6_000 },
        { "up_to_pixels": 1_048_576, "quality": "high", "amount": 53_000 },
        { "up_to_pixels": 4_194_304, "quality": "low", "amount": 20_000 },
        { "up_to_pixels": 16_777_216, "amount": 500_000 },
    ] }))
}

/// Five dollars a million tokens of text, eight of images read, thirty of images written.
fn by_token() -> PriceTable {
    table(json!({ "per_token": {
        "text_in": 5_000_000, "image_in": 8_000_000, "image_out": 30_000_000,
        "output_tokens": [
            { "up_to_pixels": 1_048_576, "quality": "low", "amount": 200 },
            { "up_to_pixels": 1_048_576, "quality": "high", "amount": 1_767 },
        ],
        "input_image_tokens": 1_000,
    } }))
}

fn request(side: u32, quality: Option<Quality>, count: u32) -> GenerationRequest {
    let mut request = GenerationRequest::new(Prompt::parse("ten bytes.").unwrap());
    (request.dimensions, request.count, request.options.quality) = (MediaDimensions::new(side, side), count, quality);
    request
}

const fn known(micros: u64) -> Price {
    Price::Known { micros }
}

#[test]
fn the_smallest_size_that_fits_in_the_quality_asked_for() {
    let table = by_image();
    for (side, quality, count, price) in [
        (1_024, Some(Quality::Low), 1, known(6_000)),
        (1_024, Some(Quality::High), 4, known(212_000)),
        (1_025, Some(Quality::High), 1, known(211_000)),
        (1_024, None, 2, known(1_000_000)),
        (2_048, Some(Quality::Medium), 1, known(500_000)),
        (4_096, Some(Quality::High), 1, known(500_000)),
        (4_097, Some(Quality::High), 1, Price::Unpriced),
        (1_024, Some(Quality::Low), 0, known(0)),
    ] {
        assert_eq!(table.maximum("pro", &request(side, quality, count)), price, "{side}, {quality:?}, {count}");
    }
}

#[test]
fn what_is_not_listed_is_unpriced_and_not_free() {
    assert_eq!(by_image().maximum("Pro", &request(512, None, 1)), Price::Unpriced);
    assert_eq!(PriceTable::default().settled("pro", &request(512, None, 1), &Usage::default()), Price::Unpriced);
    let only_low = table(json!({ "per_image": [{ "quality": "low", "amount": 1 }] }));
    assert_eq!(only_low.maximum("pro", &request(9_000, Some(Quality::Low), 1)), known(1));
    assert_eq!(only_low.maximum("pro", &request(512, Some(Quality::High), 1)), Price::Unpriced);
}

#[test]
fn tokens_are_priced_by_their_stated_maximum() {
    let table = by_token();
    // 10 bytes of text at 5 micros, and the tokens of each image at 30.
    assert_eq!(table.maximum("pro", &request(1_024, Some(Quality::Low), 2)), known(50 + 2 * 200 * 30));
    assert_eq!(table.maximum("pro", &request(1_024, None, 1)), known(50 + 1_767 * 30));
    assert_eq!(table.maximum("pro", &request(1_025, None, 1)), Price::Unpriced);
    let edit = PricedWork { input_images: 2, ..PricedWork::from(&request(1_024, Some(Quality::Low), 1)) };
    assert_eq!(table.maximum("pro", edit), known(50 + 2 * 1_000 * 8 + 200 * 30));
}

#[test]
fn an_edit_without_a_stated_maximum_is_unpriced() {
    let table = table(json!({ "per_token": {
        "text_in": 5_000_000, "image_out": 30_000_000, "output_tokens": [{ "amount": 100 }]
    } }));
    let generation = request(64, None, 1);
    assert_eq!(table.maximum("pro", &generation), known(50 + 3_000));
    let edit = PricedWork { input_images: 1, ..PricedWork::from(&generation) };
    assert_eq!(table.maximum("pro", edit), Price::Unpriced);
}

#[test]
fn settling_takes_the_vendors_word_first_then_its_counts() {
    let (images, tokens) = (by_image(), by_token());
    let request = request(1_024, Some(Quality::High), 1);
    let told = Usage { cost_micros: Some(77), input_tokens: Some(1), output_tokens: Some(1), ..Usage::default() };
    let counted = Usage { input_tokens: Some(13), output_tokens: Some(1_056), ..Usage::default() };
    let half_counted = Usage { output_tokens: Some(1_056), ..Usage::default() };
    for table in [&images, &tokens, &PriceTable::default()] {
        assert_eq!(table.settled("pro", &request, &told), known(77));
    }
    assert_eq!(tokens.settled("pro", &request, &counted), known(13 * 5 + 1_056 * 30));
    assert_eq!(tokens.settled("pro", &request, &half_counted), known(50 + 1_056 * 30));
    assert_eq!(tokens.settled("pro", &request, &Usage::default()), tokens.maximum("pro", &request));
    assert_eq!(images.settled("pro", &request, &counted), known(53_000));
    let edit = PricedWork { input_images: 1, ..PricedWork::from(&request) };
    assert_eq!(
        tokens.settled("pro", edit, &counted),
        known(13 * 8 + 1_056 * 30),
        "as if all that was read were images"
    );
}

#[test]
fn in_doubt_the_dearer_counts() {
    let twice = table(json!({ "per_image": [{ "amount": 5 }, { "amount": 9 }, { "amount": 7 }] }));
    assert_eq!(twice.maximum("pro", &request(64, None, 1)), known(9));
    let dear_text = table(json!({ "per_token": {
        "text_in": 9_000_000, "image_in": 2_000_000, "image_out": 1_000_000, "output_tokens": [{ "amount": 1 }]
    } }));
    let usage = Usage { input_tokens: Some(10), output_tokens: Some(1), ..Usage::default() };
    let edit = PricedWork { input_images: 1, ..PricedWork::from(&request(64, None, 1)) };
    assert_eq!(dear_text.settled("pro", edit, &usage), known(91));
}

#[test]
fn parts_of_a_micro_are_rounded_up_once() {
    let table = table(json!({ "per_token": { "text_in": 1, "image_out": 1, "output_tokens": [{ "amount": 1 }] } }));
    assert_eq!(table.maximum("pro", &request(64, None, 1)), known(1));
}

#[test]
fn the_largest_numbers_are_defined() {
    let images = table(json!({ "per_image": [{ "amount": u64::MAX }] }));
    assert_eq!(images.maximum("pro", &request(64, None, u32::MAX)), known(u64::MAX));
    let most = TokenPrice {
        text_in: u64::MAX,
        image_in: u64::MAX,
        image_out: u64::MAX,
        output_tokens: vec![SizeClass { up_to_pixels: None, quality: None, amount: u64::MAX }],
        input_image_tokens: Some(u64::MAX),
    };
    let price = ModelPrice { basis: PriceBasis::PerToken(most), ..images.models["pro"].clone() };
    let tokens = PriceTable { models: [("pro".to_owned(), price)].into() };
    let work =
        PricedWork { pixels: u64::MAX, quality: None, images: u32::MAX, text_bytes: u64::MAX, input_images: u32::MAX };
    assert_eq!(tokens.maximum("pro", work), known(u64::MAX));
    let usage = Usage { input_tokens: Some(u64::MAX), output_tokens: Some(u64::MAX), ..Usage::default() };
    assert_eq!(tokens.settled("pro", work, &usage), known(u64::MAX));
}

#[test]
fn prices_are_ordered_and_shown() {
    let mut prices = [Price::Unpriced, known(30), known(0), known(7)];
    prices.sort();
    assert_eq!(prices, [known(0), known(7), known(30), Price::Unpriced]);
    for (price, text) in [
        (known(0), "USD 0.00"),
        (known(21_000), "USD 0.021"),
        (known(1), "USD 0.000001"),
        (known(12_500_000), "USD 12.50"),
        (Price::Unpriced, "unpriced"),
    ] {
        assert_eq!(price.to_string(), text);
    }
    assert_eq!((known(3).micros(), Price::Unpriced.micros()), (Some(3), None));
}

#[test]
fn forms_are_stable() {
    check_form(&known(5), json!({ "known": { "micros": 5 } }));
    check_form(&Price::Unpriced, json!("unpriced"));
    let form = json!({ "pro": {
        "source": "https://vendor.example/pricing", "as_of": "2026-11-01",
        "basis": { "per_token": {
            "text_in": 1, "image_in": 2, "image_out": 3, "output_tokens": [{ "quality": "hd", "amount": 4 }],
            "input_image_tokens": 5
        } }
    } });
    check_form(&serde_json::from_value::<PriceTable>(form.clone()).unwrap(), form);
    assert!(serde_json::from_value::<SizeClass>(json!({ "amount": 1, "upto": 2 })).is_err());
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn more_of_anything_costs_no_less(
        side in 1_u32..2_000, wider in 0_u32..2_000, count: u32, more: u32, text in 0_u64..100_000, longer in 0_u64..100_000,
        quality in prop::option::of(prop::sample::select(vec![Quality::Low, Quality::High])),
    ) {
        for table in [by_image(), by_token()] {
            let work = PricedWork { text_bytes: text, ..PricedWork::from(&request(side, quality, count)) };
            let price = table.maximum("pro", work);
            for dearer in [
                PricedWork { images: count.saturating_add(more), ..work },
                PricedWork { text_bytes: text + longer, ..work },
                PricedWork { pixels: u64::from(side + wider) * u64::from(side), ..work },
                PricedWork { quality: None, ..work },
            ] {
                prop_assert!(table.maximum("pro", dearer) >= price, "{:?} against {:?}", dearer, work);
            }
        }
    }

    #[test]
    fn what_stays_below_the_maximum_settles_below_it(
        count in 1_u32..20, made in 0_u32..20, input in 0_u64..10, output in 0_u64..1_767,
    ) {
        let table = by_token();
        let asked = request(1_024, Some(Quality::High), count);
        let maximum = table.maximum("pro", &asked);
        let usage = Usage { input_tokens: Some(input), output_tokens: Some(output * u64::from(count)), ..Usage::default() };
        prop_assert!(table.settled("pro", &asked, &usage) <= maximum);
        let part = PricedWork { images: made.min(count), ..PricedWork::from(&asked) };
        prop_assert!(table.settled("pro", part, &Usage::default()) <= maximum);
    }
}

#[test]
fn what_two_calls_used_together_is_known_only_if_both_tell() {
    let usage = |credits, cost_micros, output_tokens| Usage { credits, cost_micros, output_tokens, ..Usage::default() };
    assert_eq!(usage(1, Some(5), Some(7)).plus(&usage(2, Some(6), None)), usage(3, Some(11), None));
    assert_eq!(usage(u32::MAX, None, None).plus(&usage(1, Some(6), None)), usage(u32::MAX, None, None));
}

#[test]
fn an_edit_is_priced_by_its_result_and_by_every_picture_that_it_reads() {
    use media_domain::{EditKind, EditRequest, ImageFormat, MediaDimensions, SourceImage};
    let picture = SourceImage {
        bytes: bytes::Bytes::from_static(b"a picture"),
        format: ImageFormat::Png,
        dimensions: MediaDimensions::new(100, 50),
    };
    let mut edit = EditRequest::new(EditKind::Inpaint, picture.clone());
    let alone = PricedWork { pixels: 5_000, quality: None, images: 1, text_bytes: 0, input_images: 1 };
    assert_eq!(PricedWork::from(&edit), alone);
    edit.references = vec![picture.clone(), picture.clone()];
    edit.mask = Some(picture);
    edit.prompt = Some(media_domain::text::Prompt::parse("a boat").unwrap());
    edit.options.negative_prompt = Some("people".to_owned());
    edit.dimensions = Some(MediaDimensions::new(10, 10));
    edit.count = 3;
    let whole = PricedWork { pixels: 100, quality: None, images: 3, text_bytes: 12, input_images: 4 };
    assert_eq!(PricedWork::from(&edit), whole);
}

#[test]
fn tokens_of_texts_and_of_pictures_have_prices_of_their_own_where_they_are_told_apart() {
    let table = by_token();
    let work = PricedWork { input_images: 1, ..PricedWork::from(&request(1_024, Some(Quality::Low), 1)) };
    let usage = |image_input_tokens| Usage {
        input_tokens: Some(1_000),
        image_input_tokens,
        output_tokens: Some(0),
        ..Usage::default()
    };
    assert_eq!(table.settled("pro", work, &usage(None)), Price::Known { micros: 8_000 });
    assert_eq!(table.settled("pro", work, &usage(Some(400))), Price::Known { micros: 6_200 });
}
