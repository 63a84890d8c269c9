//! Where a blob stands: `sha256/ab/cd/<64 digits>`.

use media_domain::ContentHash;
use object_store::path::Path;

/// The folder that holds everything, named after the hash function.
pub(crate) const TOP: &str = "sha256";

/// The place of a blob.
pub(crate) fn location(hash: ContentHash) -> Path {
    let digits = hash.to_string();
    Path::from_iter([TOP, &digits[0..2], &digits[2..4], &digits])
}

/// The hash whose blob stands at a place; `None` for a file that is no blob of ours.
pub(crate) fn hash_at(place: &Path) -> Option<ContentHash> {
    let hash = place.filename()?.parse().ok()?;
    (location(hash) == *place).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_leads_back_to_its_hash() {
        let hash = ContentHash::of(b"abc");
        let place = location(hash);
        assert_eq!(place.as_ref(), "sha256/ba/78/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hash_at(&place), Some(hash));
    }

    #[test]
    fn what_is_not_exactly_in_its_place_is_no_blob() {
        let digits = ContentHash::of(b"abc").to_string();
        for place in [
            format!("sha256/00/78/{digits}"),
            format!("sha256/ba/78/{digits}#1"),
            format!("sha256/ba/78/{}", digits.to_uppercase()),
            format!("sha256/ba/78/{}", &digits[..63]),
            digits.clone(),
        ] {
            assert_eq!(hash_at(&Path::from(place.as_str())), None, "{place}");
        }
    }
}
