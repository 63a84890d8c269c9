//! `edit`.

use futures::future::try_join_all;
use media_domain::{EditKind, MediaDimensions};
use media_engine::{EditAsset, EditSource, MediaEngine};

use super::Desk;
use super::asset::read_file;
use super::orders::{Orders, Turn};
use crate::cli::{EditArgs, Picture};
use crate::report::{ExitCode, Failure};

/// Carries out the command.
pub(super) async fn run(desk: &Desk<'_>, args: EditArgs) -> Result<ExitCode, Failure> {
    let mut orders = Orders::new(desk, &args.order, MediaEngine::EDITING_CHAIN)?;
    orders.hint = nobody_does(&orders, args.edit_kind());
    let order = order(&orders, &args).await?;
    let place = |turn: Turn| {
        let Turn { index, idempotency_key, partial_images } = turn;
        let options = args.picture.options(index);
        desk.engine.edit_image(EditAsset { idempotency_key, partial_images, options, ..order.clone() })
    };
    orders.place(place).await
}

/// What helps where no provider of the chain makes such an edit, whatever keys there are.
fn nobody_does(orders: &Orders<'_>, kind: EditKind) -> Option<String> {
    let providers = &orders.desk.session.settings.providers;
    let does = |provider| {
        let setup = providers.get(provider)?;
        Some(setup.descriptor.editing.as_ref()?.kinds.contains(&kind))
    };
    let somebody = orders.chain_settings()?.providers.iter().any(|provider| does(provider).unwrap_or(false));
    (!somebody).then(|| {
        format!(
            "no provider of the chain `{}` is set up for this kind of edit ({kind}); docs/PROVIDERS.md, \"Operations\", \
             tells which kind of provider makes it, and with which setting (such as `api`)",
            orders.chain
        )
    })
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
