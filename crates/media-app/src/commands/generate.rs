//! `generate`.

use media_domain::{GenerationRequest, MediaDimensions};
use media_engine::{GenerateAsset, MediaEngine};

use super::Desk;
use super::orders::{Orders, Turn};
use crate::cli::GenerateArgs;
use crate::report::{ExitCode, Failure};

/// Carries out the command.
pub(super) async fn run(desk: &Desk<'_>, args: GenerateArgs) -> Result<ExitCode, Failure> {
    let orders = Orders::new(desk, &args.order, MediaEngine::GENERATION_CHAIN)?;
    let order = order(&orders, &args);
    let place = |turn: Turn| {
        let Turn { index, idempotency_key, partial_images } = turn;
        let mut order = GenerateAsset { idempotency_key, partial_images, ..order.clone() };
        order.request.image_index = index;
        order.request.options = args.picture.options(index);
        desk.engine.generate_asset_from_prompt(order)
    };
    orders.place(place).await
}

/// What is asked of the engine for each image.
fn order(orders: &Orders<'_>, args: &GenerateArgs) -> GenerateAsset {
    let mut request = GenerationRequest::new(args.prompt.clone());
    request.dimensions = MediaDimensions::new(args.width, args.height);
    GenerateAsset {
        library: args.order.library.clone(),
        chain: args.order.chain.clone(),
        preferences: orders.preferences(),
        name: args.order.name.clone(),
        media_type: args.media_type,
        fail_on_placeholder: orders.fail_on_placeholder(),
        user_id: args.order.user.clone(),
        retain: orders.retain(),
        cancellation: orders.cancellation.clone(),
        ..GenerateAsset::new(request)
    }
}
