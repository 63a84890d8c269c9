//! SVG: made safe, refused when it costs too much.

use media_imaging::{ImageLimits, inspect, sanitize_svg, thumbnail};
use media_ports::ImageError;

const OPEN: &str =
    r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="20">"#;

fn svg(content: &str) -> String {
    format!("{OPEN}{content}</svg>")
}

fn sanitized(content: &str) -> String {
    sanitize_svg(svg(content).as_bytes(), &ImageLimits::default()).unwrap()
}

fn refusal(text: &str) -> ImageError {
    let limits = ImageLimits::default();
    assert!(thumbnail(text.as_bytes(), 64, &limits).is_err());
    assert!(sanitize_svg(text.as_bytes(), &limits).is_err());
    inspect(text.as_bytes(), &limits).unwrap_err()
}

#[test]
fn what_could_run_or_call_home_is_gone() {
    let clean = sanitized(
        r##"<script>alert(1)</script>
        <rect width="9" height="9" onclick="alert(2)" onload="alert(3)"/>
        <a xlink:href="javascript:alert(4)"><circle r="3"/></a>
        <image xlink:href="http://evil.example/pixel.png" width="4" height="4"/>
        <image xlink:href="file:///etc/passwd" width="4" height="4"/>
        <image xlink:href="/etc/passwd" width="4" height="4"/>
        <image xlink:href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' onload='alert(5)'/%3E" width="4" height="4"/>
        <use xlink:href="http://evil.example/shapes.svg#a"/>
        <foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><iframe src="http://evil.example"/></body></foreignObject>
        <style>@import url(http://evil.example/a.css); rect { fill: url(http://evil.example/b) }</style>
        <animate attributeName="href" values="javascript:alert(6)"/>"##,
    );
    for word in ["script", "alert", "onload", "onclick", "evil.example", "passwd", "foreignObject", "iframe", "import"]
    {
        assert!(!clean.contains(word), "{word} is still in {clean}");
    }
    assert!(clean.contains("<path"), "the shapes are still there: {clean}");
    assert!(inspect(clean.as_bytes(), &ImageLimits::default()).is_ok());
}

#[test]
fn text_is_escaped_when_it_is_written_anew() {
    let clean = sanitized(r#"<text y="9">&lt;script&gt;alert(1)&lt;/script&gt;</text>"#);
    assert!(!clean.contains("<script"), "{clean}");
}

#[test]
fn embedded_pictures_stay_and_bombs_among_them_go() {
    let sound = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
    let image = |data: &str| format!(r#"<image width="4" height="4" xlink:href="data:image/png;base64,{data}"/>"#);
    assert!(sanitized(&image(sound)).contains("data:image/png"));
    // The same picture, cut off.
    assert!(!sanitized(&image(&sound[..60])).contains("data:image/png"));
}

#[test]
fn entity_bombs_are_refused() {
    let nested = format!(
        r#"<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>{}"#,
        svg("<text>&c;</text>")
    );
    assert!(matches!(refusal(&nested), ImageError::Broken { .. }));
    let long = format!(
        r#"<!DOCTYPE svg [<!ENTITY a "{}">]>{}"#,
        "a".repeat(100_000),
        svg(&format!("<text>{}</text>", "&a;".repeat(100_000)))
    );
    assert!(matches!(refusal(&long), ImageError::TooLarge(_)));
    let external = format!(r#"<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>{}"#, svg("<text>&a;</text>"));
    let outcome = sanitize_svg(external.as_bytes(), &ImageLimits::default());
    assert!(outcome.is_err() || outcome.is_ok_and(|clean| !clean.contains("root:")));
}

#[test]
fn harmless_entities_are_read() {
    let text =
        format!(r#"<!DOCTYPE svg [<!ENTITY shade "red">]>{}"#, svg(r#"<rect width="9" height="9" fill="&shade;"/>"#));
    assert!(sanitize_svg(text.as_bytes(), &ImageLimits::default()).unwrap().contains("#ff0000"));
}

#[test]
fn references_that_multiply_are_refused() {
    let mut uses = r#"<g id="g0"><circle r="1"/></g>"#.to_owned();
    let mut patterns = r#"<pattern id="p0" width="1" height="1"><circle r="1"/></pattern>"#.to_owned();
    for level in 1..20 {
        let below = level - 1;
        let tens = |one: String| one.repeat(10);
        uses += &format!(r##"<g id="g{level}">{}</g>"##, tens(format!(r##"<use xlink:href="#g{below}"/>"##)));
        patterns += &format!(
            r##"<pattern id="p{level}" width="1" height="1">{}</pattern>"##,
            tens(format!(r##"<rect width="1" height="1" fill="url(#p{below})"/>"##))
        );
    }
    assert!(matches!(refusal(&svg(&uses)), ImageError::TooLarge(_)));
    let painted = format!(r#"{patterns}<rect width="9" height="9" fill="url(#p19)"/>"#);
    assert!(matches!(refusal(&svg(&painted)), ImageError::TooLarge(_)));
    let (mut styled, mut rules) = (String::new(), String::new());
    for level in 0..20 {
        let rects = format!(r#"<rect width="1" height="1" class="c{level}"/>"#).repeat(10);
        styled += &format!(r#"<pattern id="p{level}" width="1" height="1">{rects}</pattern>"#);
        rules += &format!(".c{}{{fill:url(#p{level})}}", level + 1);
    }
    let styled = format!(r#"<style>{rules}</style>{styled}<rect width="9" height="9" class="c20"/>"#);
    assert!(matches!(refusal(&svg(&styled)), ImageError::TooLarge(_)));
}

#[test]
fn markers_on_long_outlines_are_refused() {
    let marker = format!(r#"<marker id="m">{}</marker>"#, r#"<circle r="1"/>"#.repeat(1_000));
    let outline = "L1 1 2 2 ".repeat(100_000);
    let path = format!(r##"<path marker-mid="url(#m)" stroke="red" d="M0 0 {outline}"/>"##);
    assert!(matches!(refusal(&svg(&format!("{marker}{path}"))), ImageError::TooLarge(_)));
}

#[test]
fn what_drawing_tools_write_is_read() {
    let content = r##"<defs><style>.a{fill:url(#g)}.b{clip-path:url(#c)}</style>
        <linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>
        <clipPath id="c"><rect width="30" height="10"/></clipPath>
        <marker id="m" viewBox="0 0 4 4"><path d="M0 0 4 2 0 4z"/></marker>
        <g id="dot"><circle r="2"/></g></defs>
        <g class="b"><rect class="a" width="40" height="20"/><use xlink:href="#dot" x="9"/><use xlink:href="#dot" x="20"/></g>
        <path d="M1 1 L30 9" stroke="black" marker-end="url(#m)"/>"##;
    assert!(thumbnail(svg(content).as_bytes(), 64, &ImageLimits::default()).is_ok());
    assert!(sanitized(content).contains("linearGradient"));
}

#[test]
fn deep_and_circular_files_are_refused() {
    let deep = svg(&format!("{}{}", "<g>".repeat(50_000), "</g>".repeat(50_000)));
    refusal(&deep);
    assert!(matches!(refusal(&svg(r##"<g id="a"><use xlink:href="#a"/></g>"##)), ImageError::Broken { .. }));
    let allowed =
        svg(&format!("{}<rect width='9' height='9'/>{}", "<g opacity='0.9'>".repeat(120), "</g>".repeat(120)));
    assert!(thumbnail(allowed.as_bytes(), 64, &ImageLimits::default()).is_ok());
    let many = svg(&"<g/>".repeat(250_000));
    assert!(matches!(refusal(&many), ImageError::TooLarge(_)));
}

#[test]
fn markup_that_is_no_svg_is_broken() {
    for text in [
        &format!("{OPEN}<g></svg>")[..],
        "<svg>",
        "<svg/>trailing",
        "<svg xmlns='http://www.w3.org/2000/svg' width='0'/>",
    ] {
        assert!(matches!(refusal(text), ImageError::Broken { .. }), "{text}");
    }
}
