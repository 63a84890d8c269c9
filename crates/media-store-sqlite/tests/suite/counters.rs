//! Figures that are kept up to date, against figures computed from everything that happened.

use std::collections::{BTreeMap, BTreeSet};

use media_domain::library::LibraryTotals;
use media_domain::*;
use media_ports::*;
use proptest::prelude::*;
use proptest::strategy::Strategy;

use crate::samples::*;

const ASSETS: u128 = 4;
const LIBRARIES: u128 = 2;
const TAGS: &[&str] = &["hero", "banner", "web"];
const CAMPAIGNS: &[&str] = &["spring", "summer"];

/// Something that happens to one of a few assets; it may be refused.
#[derive(Debug, Clone)]
enum Step {
    Insert { asset: u128, tags: BTreeSet<usize>, libraries: BTreeSet<u128> },
    Edit { asset: u128, tags: BTreeSet<usize>, categories: BTreeSet<usize>, size: u64, uploaded: i64 },
    ToggleDeleted { asset: u128 },
    Link { asset: u128, library: u128 },
    Unlink { asset: u128, library: u128 },
    Use { asset: u128, campaign: usize },
    Measure { asset: u128, campaign: usize, impressions: u64, sourced: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let asset = 1..=ASSETS;
    let library = 1..=LIBRARIES;
    let labels = || prop::collection::btree_set(0..TAGS.len(), 0..3);
    let campaign = 0..CAMPAIGNS.len();
    prop_oneof![
        (asset.clone(), labels(), prop::collection::btree_set(library.clone(), 0..3))
            .prop_map(|(asset, tags, libraries)| Step::Insert { asset, tags, libraries }),
        (asset.clone(), labels(), labels(), 0..10_000_u64, 0..3_i64).prop_map(
            |(asset, tags, categories, size, uploaded)| Step::Edit { asset, tags, categories, size, uploaded }
        ),
        asset.clone().prop_map(|asset| Step::ToggleDeleted { asset }),
        (asset.clone(), library.clone()).prop_map(|(asset, library)| Step::Link { asset, library }),
        (asset.clone(), library).prop_map(|(asset, library)| Step::Unlink { asset, library }),
        (asset.clone(), campaign.clone()).prop_map(|(asset, campaign)| Step::Use { asset, campaign }),
        (asset, campaign, 0..1_000_u64, any::<bool>()).prop_map(|(asset, campaign, impressions, sourced)| {
            Step::Measure { asset, campaign, impressions, sourced }
        }),
    ]
}

/// What should be stored, in the simplest form.
#[derive(Debug, Default)]
struct Model {
    assets: BTreeMap<u128, MediaAsset>,
    links: BTreeSet<(u128, u128)>,
    measurements: Vec<MediaPerformance>,
}

impl Model {
    /// The change that a step stands for, and whether it must succeed; the model takes part when it does.
    fn take(&mut self, step: &Step, number: u128) -> (Vec<Change>, bool) {
        match step {
            Step::Insert { asset, tags, libraries } => self.insert(*asset, tags, libraries),
            Step::Edit { asset, tags, categories, size, uploaded } => self.edit(*asset, |asset| {
                asset.tags = tags.iter().map(|index| Tag::parse(TAGS[*index]).unwrap()).collect();
                asset.categories = categories.iter().map(|index| Category::parse(TAGS[*index]).unwrap()).collect();
                asset.metadata.file_size = FileSize::from_bytes(*size);
                asset.uploaded_at = at(*uploaded);
            }),
            Step::ToggleDeleted { asset } => {
                self.edit(
                    *asset,
                    |asset| {
                        if asset.is_deleted() { asset.restore().unwrap() } else { asset.delete().unwrap() }
                    },
                )
            }
            Step::Link { asset, library } => {
                let known = self.assets.contains_key(asset);
                if known {
                    self.links.insert((*library, *asset));
                }
                let (library_id, asset_id) = (library_id(*library), asset_id(*asset));
                (vec![Change::LinkAsset { library_id, asset_id }], known)
            }
            Step::Unlink { asset, library } => {
                let there = self.links.remove(&(*library, *asset));
                let (library_id, asset_id) = (library_id(*library), asset_id(*asset));
                (vec![Change::UnlinkAsset { library_id, asset_id }], there)
            }
            Step::Use { asset, campaign } => {
                let stored = self.assets.get_mut(asset);
                let known = stored.is_some();
                if let Some(stored) = stored {
                    stored.mark_used(usage_event(CAMPAIGNS[*campaign], 0));
                }
                (vec![usage(*asset, CAMPAIGNS[*campaign], 0)], known)
            }
            Step::Measure { asset, campaign, impressions, sourced } => {
                let mut record = measurement(number, *asset, CAMPAIGNS[*campaign], *impressions, impressions / 3);
                record.source = sourced.then(|| "export".to_owned());
                let known = self.assets.contains_key(asset);
                if known {
                    let replaced = |old: &MediaPerformance| {
                        *sourced
                            && old.source == record.source
                            && (old.asset_id, &old.campaign) == (record.asset_id, &record.campaign)
                    };
                    self.measurements.retain(|old| !replaced(old));
                    self.measurements.push(record.clone());
                }
                (vec![Change::RecordPerformance(record)], known)
            }
        }
    }

    fn insert(&mut self, number: u128, tags: &BTreeSet<usize>, libraries: &BTreeSet<u128>) -> (Vec<Change>, bool) {
        let made = tagged(number, &tags.iter().map(|index| TAGS[*index]).collect::<Vec<_>>());
        let new = !self.assets.contains_key(&number);
        if new {
            self.assets.insert(number, made.clone());
            self.links.extend(libraries.iter().map(|library| (*library, number)));
        }
        (vec![insert(made, libraries.iter().copied())], new)
    }

    fn edit(&mut self, number: u128, edit: impl FnOnce(&mut MediaAsset)) -> (Vec<Change>, bool) {
        match self.assets.get_mut(&number) {
            Some(stored) => {
                edit(stored);
                let change = update(stored.clone(), stored.version);
                stored.version += 1;
                (vec![change], true)
            }
            None => (vec![update(asset(number), 1)], false),
        }
    }

    fn statistics(&self, library: u128) -> LibraryStatistics {
        let assets: Vec<_> = self
            .links
            .iter()
            .filter(|(holder, _)| *holder == library)
            .map(|(_, number)| &self.assets[number])
            .filter(|asset| !asset.is_deleted())
            .collect();
        let ids: BTreeSet<_> = assets.iter().map(|asset| asset.asset_id).collect();
        let counts: PerformanceCounts =
            self.measurements.iter().filter(|record| ids.contains(&record.asset_id)).map(|record| record.counts).sum();
        let campaigns: BTreeSet<_> = assets.iter().flat_map(|asset| &asset.campaigns_used_in).collect();
        let totals = LibraryTotals {
            asset_count: u64::try_from(assets.len()).unwrap(),
            size: assets.iter().map(|asset| asset.metadata.file_size).sum(),
            usage: assets.iter().map(|asset| asset.usage_count).sum(),
            campaigns: u64::try_from(campaigns.len()).unwrap(),
            impressions: counts.impressions,
            clicks: counts.clicks,
        };
        let tags = label_counts(assets.iter().flat_map(|asset| asset.tags.iter().map(Tag::as_str)));
        let categories = label_counts(assets.iter().flat_map(|asset| asset.categories.iter().map(Category::as_str)));
        LibraryStatistics::from_totals(totals, tags, categories)
    }
}

fn label_counts<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<LabelCount> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    labels.for_each(|label| *counts.entry(label).or_default() += 1);
    let mut counts: Vec<_> =
        counts.into_iter().map(|(label, count)| LabelCount { label: label.to_owned(), count }).collect();
    counts.sort_by_key(|label| std::cmp::Reverse(label.count));
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn figures_are_exact_whatever_happens(steps in prop::collection::vec(step(), 1..60), together in 1..6_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let place = Place::new();
            let make = |number: u128| Change::CreateLibrary(library(number, &number.to_string()));
            place.commit((1..=LIBRARIES).map(make)).await.unwrap();
            let mut model = Model::default();
            let mut waiting = Vec::new();
            for (number, step) in (1..).zip(&steps) {
                let (changes, succeeds) = model.take(step, number);
                if succeeds {
                    waiting.extend(changes);
                } else {
                    place.commit(std::mem::take(&mut waiting)).await.unwrap();
                    place.commit(changes).await.unwrap_err();
                }
                if waiting.len() >= together {
                    place.commit(std::mem::take(&mut waiting)).await.unwrap();
                }
            }
            place.commit(waiting).await.unwrap();
            for number in 1..=LIBRARIES {
                let statistics = place.store.library_statistics(library_id(number)).await.unwrap();
                assert_eq!(statistics, model.statistics(number));
            }
            for (number, expected) in &model.assets {
                let stored = place.store.asset(asset_id(*number)).await.unwrap().unwrap();
                assert_eq!((&stored.tags, &stored.status, stored.usage_count), (&expected.tags, &expected.status, expected.usage_count));
            }
            assert_eq!(place.store.check_integrity().await.unwrap(), []);
        });
    }
}
