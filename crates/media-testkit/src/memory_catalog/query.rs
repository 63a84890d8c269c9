//! Which assets a query finds, and where a page begins.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use media_domain::{AssetId, GenerationRecord, MediaAsset};
use media_ports::{AssetOrder, AssetQuery, Page, StoreError, StoreErrorKind};

use super::state::State;

impl State {
    /// A page of what the query finds.
    pub(crate) fn page(&self, query: &AssetQuery) -> Result<Page<MediaAsset>, StoreError> {
        let start = query.after.as_deref().map(|cursor| Place::parse(cursor, query.order)).transpose()?;
        let words = query.text.as_deref().map(words).unwrap_or_default();
        let found = self.assets.values().filter(|asset| self.matches(query, &words, asset));
        let mut found: Vec<_> = found.map(|asset| (Place::of(asset, query.order), asset)).collect();
        found.retain(|(place, _)| start.is_none_or(|start| *place > start));
        found.sort_unstable_by_key(|(place, _)| *place);
        let limit = query.limit.min(AssetQuery::MAX_LIMIT);
        let has_more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| has_more).map(|(place, _)| place.to_string());
        Ok(Page { items: found.into_iter().map(|(_, asset)| self.with_recent_uses(asset)).collect(), next })
    }

    fn matches(&self, query: &AssetQuery, words: &[String], asset: &MediaAsset) -> bool {
        let state_fits = match query.status {
            Some(status) => asset.status == status,
            None => !asset.is_deleted(),
        };
        state_fits
            && query.library_id.is_none_or(|library_id| self.links.contains(&(library_id, asset.asset_id)))
            && query.tags.iter().all(|tag| asset.tags.contains(tag))
            && query.categories.iter().all(|category| asset.categories.contains(category))
            && query.media_type.is_none_or(|media_type| asset.media_type == media_type)
            && query.format.is_none_or(|format| asset.metadata.format == format)
            && query.provider.as_ref().is_none_or(|provider| asset.provider_name.as_ref() == Some(provider))
            && (words.is_empty() || has_words(words, asset, self.generations.get(&asset.asset_id)))
    }
}

/// Whether each of the words, or a word it begins, is in the texts of the asset.
fn has_words(wanted: &[String], asset: &MediaAsset, generation: Option<&GenerationRecord>) -> bool {
    let mut found = words(asset.name.as_str());
    found.extend(words(&asset.description));
    found.extend(asset.tags.iter().flat_map(|tag| words(tag.as_str())));
    found.extend(generation.iter().flat_map(|record| words(record.request.prompt.as_str())));
    wanted.iter().all(|wanted| found.iter().any(|word| word.starts_with(wanted.as_str())))
}

/// Runs of letters and digits, in lower case.
fn words(text: &str) -> Vec<String> {
    let runs = text.split(|c: char| !c.is_alphanumeric());
    runs.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Where an asset stands in an order; smaller comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Uploaded(Reverse<DateTime<Utc>>, AssetId),
    Used(Reverse<u64>, AssetId),
}

impl Place {
    fn of(asset: &MediaAsset, order: AssetOrder) -> Self {
        match order {
            AssetOrder::NewestFirst => Self::Uploaded(Reverse(asset.uploaded_at), asset.asset_id),
            AssetOrder::MostUsedFirst => Self::Used(Reverse(asset.usage_count), asset.asset_id),
        }
    }

    /// Reads a cursor of this order.
    fn parse(cursor: &str, order: AssetOrder) -> Result<Self, StoreError> {
        let malformed = || StoreError::new(StoreErrorKind::Invalid, format!("continue behind the cursor {cursor:?}"));
        let mut parts = cursor.split('/');
        let place = match (parts.next(), parts.next(), parts.next(), order) {
            (Some("uploaded"), Some(time), Some(id), AssetOrder::NewestFirst) => {
                let time = DateTime::parse_from_rfc3339(time).map_err(|_| malformed())?;
                Self::Uploaded(Reverse(time.to_utc()), id.parse().map_err(|_| malformed())?)
            }
            (Some("used"), Some(count), Some(id), AssetOrder::MostUsedFirst) => {
                Self::Used(Reverse(count.parse().map_err(|_| malformed())?), id.parse().map_err(|_| malformed())?)
            }
            _ => return Err(malformed()),
        };
        if parts.next().is_some() { Err(malformed()) } else { Ok(place) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Uploaded(Reverse(time), id) => write!(f, "uploaded/{}/{id}", time.to_rfc3339()),
            Self::Used(Reverse(count), id) => write!(f, "used/{count}/{id}"),
        }
    }
}
