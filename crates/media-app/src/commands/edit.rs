//! `edit`.

use futures::future::try_join_all;
use media_domain::MediaDimensions;
use media_engine::{EditAsset, EditSource, MediaEngine};

use super::Desk;
use super::asset::read_file;
use super::orders::Orders;
use crate::cli::{EditArgs, Picture};
use crate::report::{ExitCode, Failure};

/// Carries out the command.
pub(super) async fn run(desk: &Desk<'_>, args: EditArgs) -> Result<ExitCode, Failure> {
    let orders = Orders::new(desk, &args.order, MediaEngine::EDITING_CHAIN)?;
    let order = order(&orders, &args).await?;
    let place = |index, idempotency_key| {
        let options = args.picture.options(index);
        desk.engine.edit_image(EditAsset { idempotency_key, options, ..order.clone() })
    };
    orders.place(place).await
}

/// What is asked of the engine for each image.
async fn order(orders: &Orders<'_>, args: &EditArgs) -> Result<EditAsset, Failure> {
    let mask = match &args.mask {
        Some(mask) => Some(source(orders.desk, mask).await?),
        None => None,
    };
    Ok(EditAsset {
        prompt: args.prompt.clone(),
        mask,
        references: try_join_all(args.references.iter().map(|picture| source(orders.desk, picture))).await?,
        margins: args.margins(),
        dimensions: args.width.zip(args.height).map(|(width, height)| MediaDimensions::new(width, height)),
        library: args.order.library.clone(),
        chain: args.order.chain.clone(),
        preferences: orders.preferences(),
        name: args.order.name.clone(),
        fail_on_placeholder: orders.fail_on_placeholder(),
        user_id: args.order.user.clone(),
        retain: orders.retain(),
        cancellation: orders.cancellation.clone(),
        ..EditAsset::new(args.edit_kind(), source(orders.desk, &args.image).await?)
    })
}

async fn source(desk: &Desk<'_>, picture: &Picture) -> Result<EditSource, Failure> {
    Ok(match picture {
        Picture::Asset(asset_id) => EditSource::Asset(*asset_id),
        Picture::File(file) => {
            EditSource::Bytes(read_file(file, desk.session.settings.image_limits.max_file_bytes).await?)
        }
    })
}
