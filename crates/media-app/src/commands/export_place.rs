//! `export`: what can be checked of a destination and a link before anything is done.

use media_ports::ExportDestination;
use serde_json::{Map, Value};
use url::Url;

use crate::cli::ExportCommand;
use crate::report::{ExitCode, Failure};

/// The option that names the link too.
const LINK: &str = "link";

/// Checks where an export is to go, and writes it as the tool does.
pub(super) fn destination(command: &ExportCommand) -> Result<ExportDestination, Failure> {
    Ok(match command {
        ExportCommand::Figma { file_key, page_id, .. } => ExportDestination::Figma {
            file_key: file_of(file_key.trim()).ok_or_else(no_file)?,
            page_id: page_id.as_deref().map(|page| node_of(page.trim()).ok_or_else(no_node)).transpose()?,
        },
        ExportCommand::Canva { title, .. } => ExportDestination::Canva { design_title: title.clone() },
    })
}

/// Checks the link to the asset: the flag holds before the option, which is taken out of the options.
pub(super) fn link(flag: Option<&Url>, options: &mut Map<String, Value>) -> Result<Option<String>, Failure> {
    let in_options = options.remove(LINK).map(|link| match link {
        Value::String(text) => Url::parse(text.trim()).map_err(|_| no_link("--option link")),
        _ => Err(no_link("--option link")),
    });
    let in_options = in_options.transpose()?;
    for (link, named) in [(flag, "--link"), (in_options.as_ref(), "--option link")] {
        if link.is_some_and(|link| !is_web_address(link)) {
            return Err(no_link(named));
        }
    }
    Ok(flag.or(in_options.as_ref()).map(Url::to_string))
}

/// The key of a file: as it is, or out of the file's address. Of a branch, which stands behind its file there, the key
/// is the branch's. Addresses as Figma writes them, read 2026-11-20.
fn file_of(text: &str) -> Option<String> {
    let key = match Url::parse(text).ok().filter(is_web_address) {
        None => text.to_owned(),
        Some(url) => {
            let host = url.host_str()?;
            if host != "figma.com" && !host.ends_with(".figma.com") {
                return None;
            }
            let path: Vec<&str> = url.path_segments()?.collect();
            match path.as_slice() {
                [_, _, "branch", key, ..] | [_, key, ..] => (*key).to_owned(),
                _ => return None,
            }
        }
    };
    (!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(key)
}

/// A node as Figma's API writes it (`1:2`, or `I1:2;3:4` within an instance), or as it stands in an address (`1-2`).
fn node_of(text: &str) -> Option<String> {
    let (instance, pairs) = text.strip_prefix('I').map_or(("", text), |pairs| ("I", pairs));
    let pair = |pair: &str| {
        let (session, local) = pair.split_once([':', '-'])?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (is_number(session) && is_number(local)).then(|| format!("{session}:{local}"))
    };
    let pairs: Option<Vec<String>> = pairs.split(';').map(pair).collect();
    Some(format!("{instance}{}", pairs?.join(";")))
}

fn is_web_address(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

fn no_file() -> Failure {
    Failure::new(ExitCode::Refused, "--file-key names no Figma file")
        .with_hint("it is the letters and digits behind `/design/` in the file's address; the whole address will do")
}

fn no_node() -> Failure {
    Failure::new(ExitCode::Refused, "--page-id names no page or node")
        .with_hint("it is two numbers, as in `1:2`, or as in `node-id=1-2` of its address")
}

fn no_link(named: &str) -> Failure {
    Failure::new(ExitCode::Refused, format!("{named} is no http or https address"))
        .with_hint("it says where people find the asset, such as `https://media.example.com/assets/7`")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_is_named_by_its_key_or_its_address() {
        for (text, key) in [
            ("AbC1", Some("AbC1")),
            ("https://www.figma.com/design/AbC1/Cards?node-id=1-2&t=x", Some("AbC1")),
            ("https://figma.com/file/AbC1", Some("AbC1")),
            ("https://www.figma.com/design/AbC1/branch/Dd9/Cards", Some("Dd9")),
            ("https://www.figma.com/files", None),
            ("https://notfigma.com/design/AbC1", None),
            ("https://figma.com.example/design/AbC1", None),
            ("figma.com/design/AbC1", None),
            ("../AbC1", None),
            ("", None),
        ] {
            assert_eq!(file_of(text).as_deref(), key, "{text}");
        }
    }

    #[test]
    fn a_node_is_two_numbers() {
        for (text, node) in [
            ("1:2", Some("1:2")),
            ("0-1", Some("0:1")),
            ("I5-6;7:8", Some("I5:6;7:8")),
            ("1", None),
            ("1:", None),
            ("1:2:3", None),
            ("Page 1", None),
            ("", None),
        ] {
            assert_eq!(node_of(text).as_deref(), node, "{text}");
        }
    }

    #[test]
    fn the_flag_holds_before_the_option_and_neither_is_handed_on() {
        let flag = Url::parse("https://of.flag/").ok();
        let cases = [
            (flag.as_ref(), json!("https://of.option/"), Some(Some("https://of.flag/"))),
            (None, json!("https://of.option/"), Some(Some("https://of.option/"))),
            (None, json!("ftp://of.option/"), None),
            (None, json!("of.option"), None),
            (flag.as_ref(), json!(7), None),
        ];
        for (flag, option, expected) in cases {
            let mut options = Map::from_iter([("link".to_owned(), option.clone()), ("kept".to_owned(), json!(1))]);
            let told = link(flag, &mut options).ok();
            assert_eq!(told.as_ref().map(Option::as_deref), expected, "{option}");
            assert_eq!(options.keys().collect::<Vec<_>>(), ["kept"]);
        }
        assert!(link(Url::parse("file:///a").ok().as_ref(), &mut Map::new()).is_err());
        assert!(matches!(link(None, &mut Map::new()), Ok(None)));
    }
}
