//! What models cost, as configuration writes it.

use std::collections::BTreeMap;

use media_domain::price::{ModelPrice, PriceBasis, SizeClass, TokenPrice};
use media_domain::{PriceTable, Quality};

use super::money::{self, Micros};
use super::section::Section;

/// Reads the table of prices, by model.
pub(super) fn read(mut section: Section<'_>) -> PriceTable {
    let models = section.sections().into_iter();
    PriceTable {
        models: models.filter_map(|(model, price)| Some((model, read_model(price)?))).collect::<BTreeMap<_, _>>(),
    }
}

fn read_model(mut section: Section<'_>) -> Option<ModelPrice> {
    let source = section.need::<String>("source");
    let as_of = section.need_parsed("as_of");
    let per_image = section.list("per_image").map(|lines| classes(lines, |line| money::need_amount(line, "usd")));
    let per_token = section.has("per_token").then(|| section.section("per_token")).map(read_tokens);
    let basis = match (per_image, per_token) {
        (Some(lines), None) => Some(PriceBasis::PerImage(lines)),
        (None, Some(tokens)) => tokens.map(PriceBasis::PerToken),
        (Some(_), Some(_)) => {
            section.invalid("per_token", &"a model is priced per image or per token, not both", None);
            None
        }
        (None, None) => {
            section.invalid("per_image", &"has no default; a model is priced `per_image` or `per_token`", None);
            None
        }
    };
    section.finish();
    Some(ModelPrice { source: source?, as_of: as_of?, basis: basis? })
}

/// Reads prices in US dollars per million tokens, which are kept as micros per million.
fn read_tokens(mut section: Section<'_>) -> Option<TokenPrice> {
    let text_in = section.need::<Micros>("text_in_usd");
    let image_in = section.take_typed::<Micros>("image_in_usd");
    let image_out = section.need::<Micros>("image_out_usd");
    let output_tokens = section.list("output_tokens").unwrap_or_default();
    let output_tokens = classes(output_tokens, |line| line.need::<u64>("tokens"));
    let input_image_tokens = section.take_typed::<u64>("input_image_tokens");
    section.finish();
    Some(TokenPrice {
        text_in: text_in?.0,
        image_in: image_in.unwrap_or(Micros(0)).0,
        image_out: image_out?.0,
        output_tokens,
        input_image_tokens,
    })
}

/// Reads lines by size and quality; what each amounts to is read by `amount`.
fn classes<'a>(lines: Vec<Section<'a>>, amount: impl Fn(&mut Section<'a>) -> Option<u64>) -> Vec<SizeClass> {
    let read = |mut line: Section<'a>| {
        let up_to_pixels = line.take_typed::<u64>("up_to_pixels");
        let quality = line.take_member("quality", Quality::ALL);
        let amount = amount(&mut line);
        line.finish();
        Some(SizeClass { up_to_pixels, quality, amount: amount? })
    };
    lines.into_iter().filter_map(read).collect()
}
