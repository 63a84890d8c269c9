//! Listings: conditions, orders, pages, and texts that people type.

use media_domain::*;
use media_ports::*;

use crate::samples::*;

async fn listed(place: &Place, query: &AssetQuery) -> Vec<u128> {
    let page = place.store.assets(query).await.unwrap();
    page.items.iter().map(|asset| asset.asset_id.as_uuid().as_u128()).collect()
}

/// Reads every page of a query, `limit` assets at a time.
async fn paged(place: &Place, query: AssetQuery, limit: usize) -> Vec<u128> {
    let mut query = AssetQuery { limit, ..query };
    let mut found = Vec::new();
    loop {
        let page = place.store.assets(&query).await.unwrap();
        assert!(page.items.len() <= limit);
        found.extend(page.items.iter().map(|asset| asset.asset_id.as_uuid().as_u128()));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return found,
        }
    }
}

fn tags(tags: &[&str]) -> Vec<Tag> {
    tags.iter().map(|tag| Tag::parse(tag).unwrap()).collect()
}

/// Twelve assets, of which four share an upload time; the odd ones carry `odd`, every third `third`.
async fn dozen() -> Place {
    let place = Place::new();
    place.commit([Change::CreateLibrary(library(1, "Default"))]).await.unwrap();
    for number in [3, 1, 4, 12, 5, 9, 2, 6, 8, 7, 11, 10] {
        let labels = [(number % 2 == 1).then_some("odd"), (number % 3 == 0).then_some("third")];
        let mut made = tagged(number, &labels.into_iter().flatten().collect::<Vec<_>>());
        if (5..=8).contains(&number) {
            made.uploaded_at = at(6);
        }
        place.commit([insert(made, (number > 2).then_some(1))]).await.unwrap();
    }
    place
}

#[tokio::test]
async fn pages_join_without_gap_or_repetition_whatever_leads() {
    let place = dozen().await;
    let all = [12, 11, 10, 9, 5, 6, 7, 8, 4, 3, 2, 1];
    let library_id = Some(library_id(1));
    let only = |wanted: fn(u128) -> bool| all.into_iter().filter(|number| wanted(*number)).collect::<Vec<_>>();
    let cases = [
        (AssetQuery::all(), all.to_vec()),
        (AssetQuery { library_id, ..AssetQuery::all() }, only(|number| number > 2)),
        (AssetQuery { tags: tags(&["odd"]), ..AssetQuery::all() }, only(|number| number % 2 == 1)),
        (AssetQuery { tags: tags(&["odd", "third"]), ..AssetQuery::all() }, vec![9, 3]),
        (AssetQuery { library_id, tags: tags(&["odd"]), ..AssetQuery::all() }, vec![11, 9, 5, 7, 3]),
        (AssetQuery { text: Some("asset".to_owned()), ..AssetQuery::all() }, all.to_vec()),
        (AssetQuery { text: Some("odd".to_owned()), library_id, ..AssetQuery::all() }, vec![11, 9, 5, 7, 3]),
    ];
    for (query, expected) in cases {
        for limit in [1, 2, 3, 5, 100] {
            assert_eq!(paged(&place, query.clone(), limit).await, expected, "{query:?} by {limit}");
        }
    }
}

#[tokio::test]
async fn the_most_used_come_first_and_equal_ones_by_id() {
    let place = dozen().await;
    let uses = [(4, 3), (11, 3), (2, 5), (7, 1)];
    place
        .commit(uses.into_iter().flat_map(|(number, times)| (0..times).map(move |at| usage(number, "spring", at))))
        .await
        .unwrap();
    let order = AssetOrder::MostUsedFirst;
    let all = [2, 4, 11, 7, 1, 3, 5, 6, 8, 9, 10, 12];
    let library_id = Some(library_id(1));
    for limit in [1, 4, 100] {
        assert_eq!(paged(&place, AssetQuery { order, ..AssetQuery::all() }, limit).await, all);
        let in_library: Vec<_> = all.into_iter().filter(|number| *number > 2).collect();
        assert_eq!(paged(&place, AssetQuery { order, library_id, ..AssetQuery::all() }, limit).await, in_library);
    }
}

#[tokio::test]
async fn deleted_assets_are_listed_only_when_asked_for() {
    let place = dozen().await;
    for number in [9, 5] {
        let mut deleted = place.store.asset(asset_id(number)).await.unwrap().unwrap();
        deleted.delete().unwrap();
        place.commit([update(deleted, 1)]).await.unwrap();
    }
    let status = |status| AssetQuery { status: Some(status), ..AssetQuery::all() };
    assert_eq!(listed(&place, &AssetQuery::all()).await.len(), 10);
    assert_eq!(listed(&place, &status(MediaStatus::Draft)).await.len(), 10);
    assert_eq!(listed(&place, &status(MediaStatus::Deleted)).await, [9, 5]);
    let by_use = AssetQuery { order: AssetOrder::MostUsedFirst, ..status(MediaStatus::Deleted) };
    assert_eq!(listed(&place, &by_use).await, [5, 9]);
    let odd = AssetQuery { tags: tags(&["odd"]), ..status(MediaStatus::Deleted) };
    assert_eq!(listed(&place, &odd).await, [9, 5]);
}

#[tokio::test]
async fn facts_narrow_a_listing() {
    let place = Place::new();
    let mut banner = asset(1);
    banner.media_type = MediaType::Banner;
    banner.provider_name = Some(ProviderId::parse("flux").unwrap());
    let mut video = asset(2);
    video.metadata.format = VideoFormat::Webm.into();
    video.add_category(Category::parse("web").unwrap());
    place.commit([insert(banner, []), insert(video, []), insert(asset(3), [])]).await.unwrap();
    let all = AssetQuery::all;
    let cases = [
        (AssetQuery { media_type: Some(MediaType::Banner), ..all() }, vec![1]),
        (AssetQuery { provider: Some(ProviderId::parse("flux").unwrap()), ..all() }, vec![1]),
        (AssetQuery { format: Some(VideoFormat::Webm.into()), ..all() }, vec![2]),
        (AssetQuery { categories: vec![Category::parse("web").unwrap()], ..all() }, vec![2]),
        (AssetQuery { categories: vec![Category::parse("print").unwrap()], ..all() }, vec![]),
        (AssetQuery { library_id: Some(library_id(9)), ..all() }, vec![]),
        (AssetQuery { limit: 0, ..all() }, vec![]),
    ];
    for (query, expected) in cases {
        assert_eq!(listed(&place, &query).await, expected, "{query:?}");
    }
}

#[tokio::test]
async fn a_text_finds_words_and_their_beginnings_and_is_never_an_expression() {
    let place = Place::new();
    let named = |number, name: &str, description: &str| {
        let mut named = tagged(number, &["hero"]);
        named.name = Name::parse(name).unwrap();
        named.description = description.to_owned();
        insert(named, [])
    };
    place
        .commit([
            named(1, "Sunset over the sea", "warm AND calm"),
            named(2, "Café at night", "Ночной город"),
            named(3, "summer-sale 50%", "say \"hello\""),
        ])
        .await
        .unwrap();
    let cases: &[(&str, &[u128])] = &[
        ("sunset", &[1]),
        ("sun se", &[1]),
        ("SEA calm", &[1]),
        ("unset", &[]),
        ("cafe", &[2]),
        ("ноч", &[2]),
        ("summer-sale", &[3]),
        ("\"hello\"", &[3]),
        ("AND", &[1]),
        ("NOT sunset", &[]),
        ("sunset OR cafe", &[]),
        ("name:sunset", &[]),
        ("sunset*", &[1]),
        ("^sunset", &[1]),
        ("hero", &[3, 2, 1]),
        ("sunset -", &[1]),
        ("*", &[]),
        ("\"", &[]),
        ("-", &[]),
        ("sun\u{0}sea", &[1]),
        ("(sunset", &[1]),
        ("   ", &[3, 2, 1]),
    ];
    for (text, expected) in cases {
        let query = AssetQuery { text: Some((*text).to_owned()), ..AssetQuery::all() };
        assert_eq!(listed(&place, &query).await, *expected, "{text:?}");
    }
    let many = AssetQuery { text: Some("word ".repeat(1_000)), ..AssetQuery::all() };
    assert_eq!(place.store.assets(&many).await.unwrap_err().kind, StoreErrorKind::Invalid);
    let tags = (0..40_000).map(|number| Tag::parse(number.to_string()).unwrap()).collect();
    let many = AssetQuery { tags, ..AssetQuery::all() };
    assert_eq!(place.store.assets(&many).await.unwrap_err().kind, StoreErrorKind::Invalid);
}

#[tokio::test]
async fn a_cursor_of_somebody_elses_making_is_refused() {
    let place = dozen().await;
    let newest = place.store.assets(&AssetQuery { limit: 1, ..AssetQuery::all() }).await.unwrap().next.unwrap();
    let by_use = AssetQuery { order: AssetOrder::MostUsedFirst, after: Some(newest), ..AssetQuery::all() };
    assert_eq!(place.store.assets(&by_use).await.unwrap_err().kind, StoreErrorKind::Invalid);
    for cursor in ["", "n", "n.1", "n.x.00000000000000000000000000000001", "'; DROP TABLE assets", "n.1.2.3"] {
        let query = AssetQuery { after: Some(cursor.to_owned()), ..AssetQuery::all() };
        assert_eq!(place.store.assets(&query).await.unwrap_err().kind, StoreErrorKind::Invalid, "{cursor:?}");
    }
}

#[tokio::test]
async fn a_page_holds_no_more_than_the_cap() {
    let place = Place::new();
    place.commit((1..=1_001).map(|number| insert(asset(number), []))).await.unwrap();
    let page = place.store.assets(&AssetQuery { limit: usize::MAX, ..AssetQuery::all() }).await.unwrap();
    assert_eq!((page.items.len(), page.next.is_some()), (AssetQuery::MAX_LIMIT, true));
}
