//! Names of files and nodes, and where people find them.

use std::fmt;

use url::Url;

/// Key of a file (or of a branch of it), as it stands in the file's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileKey(String);

impl FileKey {
    /// Reads a key: 1 to 128 letters and digits. The vendor documents no form; keys in its addresses have no other
    /// characters (read 2026-11-20).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_key = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_key.then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Where people find the file.
    pub(crate) fn address(&self) -> String {
        format!("https://www.figma.com/design/{}", self.0)
    }

    /// Where people find a node of the file.
    pub(crate) fn address_of(&self, node: &NodeId) -> String {
        format!("{}?node-id={}", self.address(), node.0.replace(':', "-"))
    }
}

impl fmt::Display for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Identifies a node as the API writes it (`1:2`, or `I1:2;3:4` within an instance).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NodeId(String);

impl NodeId {
    /// Reads an id as the API writes it, or as it stands in an address (`1-2`).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (instance, numbers) = match text.strip_prefix('I') {
            Some(rest) => ("I", rest),
            None => ("", text),
        };
        if text.len() > 512 {
            return None;
        }
        let pairs: Option<Vec<String>> = numbers.split(';').map(pair).collect();
        Some(Self(format!("{instance}{}", pairs?.join(";"))))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads a node with its file, as `FILE_KEY/NODE_ID` or as the address at which people find the node. Of a branch, which
/// stands behind its file in the address, the key is the branch's. Addresses as Figma writes them, read 2026-11-20.
pub(crate) fn node_of_file(text: &str) -> Option<(FileKey, NodeId)> {
    let Some(url) = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http")) else {
        let (file, node) = text.split_once('/')?;
        return Some((FileKey::parse(file)?, NodeId::parse(node)?));
    };
    let host = url.host_str()?;
    if host != "figma.com" && !host.ends_with(".figma.com") {
        return None;
    }
    let path: Vec<&str> = url.path_segments()?.collect();
    let file = match path.as_slice() {
        [_, _, "branch", branch, ..] => branch,
        [_, file, ..] => file,
        _ => return None,
    };
    let (_, node) = url.query_pairs().find(|(key, _)| key == "node-id")?;
    Some((FileKey::parse(file)?, NodeId::parse(&node)?))
}

/// Two numbers with a colon, or with the dash that stands for it in addresses.
fn pair(text: &str) -> Option<String> {
    let (session, local) = text.split_once([':', '-'])?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(session) && is_number(local)).then(|| format!("{session}:{local}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_read_in_either_form_and_written_in_both() {
        let cases = [("1:2", "1:2"), ("1-2", "1:2"), ("0-1", "0:1"), ("I5-6;7:8", "I5:6;7:8")];
        for (text, canonical) in cases {
            assert_eq!(NodeId::parse(text).map(|node| node.0), Some(canonical.to_owned()), "{text}");
        }
        let file = FileKey::parse("AbC123").unwrap();
        let node = NodeId::parse("I5:6;7:8").unwrap();
        assert_eq!(file.address_of(&node), "https://www.figma.com/design/AbC123?node-id=I5-6;7-8");
    }

    #[test]
    fn a_node_is_named_with_its_file() {
        let cases = [
            ("AbC1/1:2", "AbC1", "1:2"),
            ("AbC1/1-2", "AbC1", "1:2"),
            ("https://www.figma.com/design/AbC1/Cards?node-id=1-2&t=x", "AbC1", "1:2"),
            ("https://figma.com/file/AbC1?type=design&node-id=1%3A2", "AbC1", "1:2"),
            ("https://www.figma.com/design/AbC1/branch/Dd9/Cards?node-id=1-2#7", "Dd9", "1:2"),
        ];
        for (text, file, node) in cases {
            let (file, node) = (FileKey::parse(file).unwrap(), NodeId::parse(node).unwrap());
            assert_eq!(node_of_file(text), Some((file, node)), "{text}");
        }
        let none = [
            "vivid",
            "AbC1/",
            "AbC1/1:2/3",
            "https://www.figma.com/design/AbC1/Cards",
            "https://www.figma.com/?node-id=1-2",
            "https://notfigma.com/design/AbC1?node-id=1-2",
            "ftp://www.figma.com/design/AbC1?node-id=1-2",
        ];
        for text in none {
            assert_eq!(node_of_file(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_none() {
        for text in ["", "1", "1:", ":2", "1:2:3", "1:2,3:4", "1:2;", "I", "1_2", "1:2&ids=3:4", "../1:2", "１:2"] {
            assert_eq!(NodeId::parse(text), None, "{text}");
        }
        assert_eq!(NodeId::parse(&["1:2"; 200].join(";")), None);
        for text in ["", "a/b", "a?b", "..", "a b", "ä"] {
            assert_eq!(FileKey::parse(text), None, "{text}");
        }
        assert_eq!(FileKey::parse(&"a".repeat(129)), None);
    }
}
