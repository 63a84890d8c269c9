use std::time::Instant;
#[path = "suite/samples.rs"]
mod samples;
use media_domain::*;
use media_ports::*;
use samples::*;
#[tokio::test]
async fn measure() {
    let place = Place::new();
    place.commit([Change::CreateLibrary(library(1, "Default"))]).await.unwrap();
    let n: u128 = 100_000;
    let begun = Instant::now();
    let mut number = 1;
    while number <= n {
        let sets = (0..20).map(|s| {
            let changes: Vec<_> = (0..100)
                .map(|i| {
                    let k = number + s * 100 + i;
                    insert(
                        tagged(
                            k,
                            &[&format!("t{}", k % 7), &format!("u{}", k % 101), "all", &format!("w{}", k % 1009), "x"],
                        ),
                        [1],
                    )
                })
                .collect();
            place.commit(changes)
        });
        futures::future::join_all(sets).await;
        number += 2_000;
    }
    println!("insert {:.0}/s", n as f64 / begun.elapsed().as_secs_f64());
    let time = async |name: &str, f: &dyn Fn(u128) -> std::pin::Pin<Box<dyn Future<Output = ()>>>| {
        for i in 0..20 {
            f(i).await
        }
        let mut t = Vec::new();
        for i in 0..500 {
            let b = Instant::now();
            f(i * 97 + 3).await;
            t.push(b.elapsed());
        }
        t.sort();
        println!("{name}: p50 {:?} p99 {:?}", t[250], t[495]);
    };
    let store: &'static samples::Place = Box::leak(Box::new(place));
    time("get", &|i| {
        Box::pin(async move {
            store.store.asset(asset_id(i % 100_000 + 1)).await.unwrap().unwrap();
        })
    })
    .await;
    time("hash", &|i| {
        Box::pin(async move {
            store.store.assets_by_hash(ContentHash::of(&i.to_be_bytes())).await.unwrap();
        })
    })
    .await;
    time("page tag", &|_| {
        Box::pin(async move {
            store
                .store
                .assets(&AssetQuery { tags: vec![Tag::parse("t3").unwrap()], ..AssetQuery::all() })
                .await
                .unwrap();
        })
    })
    .await;
    time("page 2 tags + library", &|_| {
        Box::pin(async move {
            store
                .store
                .assets(&AssetQuery {
                    library_id: Some(library_id(1)),
                    tags: vec![Tag::parse("t3").unwrap(), Tag::parse("u5").unwrap()],
                    ..AssetQuery::all()
                })
                .await
                .unwrap();
        })
    })
    .await;
    time("page most used library", &|_| {
        Box::pin(async move {
            store
                .store
                .assets(&AssetQuery {
                    library_id: Some(library_id(1)),
                    order: AssetOrder::MostUsedFirst,
                    limit: 10,
                    ..AssetQuery::all()
                })
                .await
                .unwrap();
        })
    })
    .await;
    time("stats (1118 tags)", &|_| {
        Box::pin(async move {
            store.store.library_statistics(library_id(1)).await.unwrap();
        })
    })
    .await;
    time("text rare", &|i| {
        Box::pin(async move {
            store
                .store
                .assets(&AssetQuery { text: Some(format!("{}", 10_000 + i % 90_000)), ..AssetQuery::all() })
                .await
                .unwrap();
        })
    })
    .await;
    let b = Instant::now();
    store.store.duplicate_groups(None, 10).await.unwrap();
    println!("duplicate groups {:?}", b.elapsed());
    let b = Instant::now();
    assert_eq!(store.store.check_integrity().await.unwrap(), []);
    println!("integrity {:?}", b.elapsed());
    println!("db {} MB", std::fs::metadata(store.folder.path().join("catalogue.db")).unwrap().len() / 1_000_000);
}
