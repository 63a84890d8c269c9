//! Calls that a budget would not see.

use std::sync::Arc;

use media_chain::Unpriced;
use media_domain::price::{Price, PricedWork};
use media_ports::{Clock, FactoryRegistry, Operation};

use super::build_provider;
use crate::config::{ChainSettings, ProviderSetup, Settings};

/// One image of the usual size, of any quality.
const USUAL: PricedWork =
    PricedWork { pixels: 1_024 * 1_024, quality: None, images: 1, text_bytes: 0, input_images: 0 };

/// Tells which providers of chains with a budget would be called without a price: their calls count nothing against it.
pub fn budget_warnings(settings: &Settings, registry: &FactoryRegistry, clock: &Arc<dyn Clock>) -> Vec<String> {
    if settings.dry_run {
        return Vec::new();
    }
    let chains = settings.multi_provider_config.iter().filter(|(_, chain)| has_open_budget(chain));
    let unseen = chains.flat_map(|(name, chain)| {
        let setups = chain.providers.iter().filter_map(|id| settings.providers.get(id));
        let is_called = |setup: &&ProviderSetup| !setup.dry_run && build_provider(setup, registry, clock).is_ok();
        setups.filter(|setup| is_unpriced(setup)).filter(is_called).map(move |setup| {
            let model = setup.descriptor.model.as_deref().unwrap_or("without a name");
            format!(
                "the budget of the chain `{name}` does not see `{}`: nobody knows what its model ({model}) costs at most; \
                 tell it under `prices`, or set `unpriced = \"refuse\"`",
                setup.id
            )
        })
    });
    unseen.collect()
}

fn has_open_budget(chain: &ChainSettings) -> bool {
    !chain.policy.budgets.is_empty() && chain.policy.unpriced == Unpriced::Allow
}

fn is_unpriced(setup: &ProviderSetup) -> bool {
    let model = setup.descriptor.model.as_deref().unwrap_or_default();
    let generates = setup.descriptor.operations.contains(&Operation::GenerateImage);
    generates && !setup.descriptor.local_and_free && setup.policy.prices.maximum(model, USUAL) == Price::Unpriced
}
