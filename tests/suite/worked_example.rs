//! The worked example, to the letter, across processes.

use media_testkit::pictures;
use serde_json::json;

use crate::home::Home;

#[test]
fn banner_tracked_and_improved() {
    let home = Home::new();
    let file = home.path("banner.png");
    let png = pictures::png(1920, 400, 1);
    std::fs::write(&file, pictures::padded(&png, 500_000)).unwrap();
    let add = [
        "asset",
        "add",
        file.to_str().unwrap(),
        "--type",
        "banner",
        "--tag",
        "hero",
        "--tag",
        "banner",
        "--tag",
        "homepage",
    ];
    let added = &home.json(&add)[0];
    assert_eq!(added["dimensions"], json!({ "width": 1920, "height": 400 }));
    assert_eq!(added["metadata"]["file_size_bytes"], 500_000);
    assert_eq!(added["tags"], json!(["banner", "hero", "homepage"]));
    let asset_id = added["asset_id"].as_str().unwrap();

    home.ok(&[
        "performance",
        "record",
        asset_id,
        "--campaign",
        "summer_2024",
        "--channel",
        "email",
        "--impressions",
        "50000",
        "--clicks",
        "2500",
        "--engagements",
        "3000",
        "--conversions",
        "200",
    ]);
    let shown = &home.json(&["performance", "show", asset_id])[0];
    let rates = ["click_through_rate", "engagement_rate", "conversion_rate"].map(|rate| shown[rate].as_f64().unwrap());
    assert_eq!(rates, [0.05, 0.06, 0.08]);
    let suggestions = home.json(&["suggest", asset_id]);
    let kinds: Vec<_> = suggestions.iter().map(|suggestion| suggestion["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["convert_to_webp"]);
}
