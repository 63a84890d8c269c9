//! The names of checkpoints. A web UI takes a checkpoint by certain names only, and draws with the one that is loaded when it is
//! asked for by any other, without a word (AUTOMATIC1111, modules/processing.py, read 2026-11-30).

use media_http::lenient::Told;
use serde::Deserialize;

/// A checkpoint that the server has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Checkpoint {
    title: Told<String>,
    model_name: Told<String>,
    filename: Told<String>,
    hash: Told<String>,
    sha256: Told<String>,
}

impl Checkpoint {
    /// What a list of checkpoints says of the one that is wanted.
    pub(super) fn judge_list(body: &[u8], wanted: Option<&str>) -> Result<Option<String>, String> {
        let Ok(checkpoints) = serde_json::from_slice::<Vec<Self>>(body) else {
            return Err("the answer cannot be read; check `base_url`".to_owned());
        };
        if checkpoints.is_empty() {
            return Err("the server has no model".to_owned());
        }
        match wanted {
            Some(name) if !checkpoints.iter().any(|checkpoint| checkpoint.is_called(name)) => {
                Err(format!("the server has no model `{name}`"))
            }
            _ => Ok(Some(format!("{} models", checkpoints.len()))),
        }
    }

    /// Whether it is called so, exactly: by its title with or without the hash, by its name, by its file, or by its hash.
    fn is_called(&self, name: &str) -> bool {
        let title = self.title.0.as_deref();
        let names =
            [title, title.map(without_hash), self.model_name.0.as_deref(), self.filename.0.as_deref().map(stem)];
        let hashes = [self.hash.0.as_deref(), self.sha256.0.as_deref()];
        names.into_iter().flatten().any(|of_it| of_it == name)
            || hashes.into_iter().flatten().any(|of_it| of_it.eq_ignore_ascii_case(name))
    }
}

/// Whether the checkpoint that drew, which the server names by its file and its hash, is the one that was asked for.
pub(super) fn is_drawn_with(asked: &str, name: &str, hash: Option<&str>) -> bool {
    stem(without_hash(asked)) == stem(without_hash(name)) || is_hash(asked, hash)
}

/// Whether a name is a hash, and that of the checkpoint as far as it is told: servers tell the beginning of it.
fn is_hash(asked: &str, told: Option<&str>) -> bool {
    const SHORTEST: usize = 8;
    let is_hexadecimal = asked.len() >= SHORTEST && asked.bytes().all(|byte| byte.is_ascii_hexdigit());
    let [asked, told] = [asked, told.unwrap_or_default()].map(str::to_ascii_lowercase);
    let agree = told.len() < SHORTEST || asked.starts_with(&told) || told.starts_with(&asked);
    is_hexadecimal && agree
}

/// "sdxl/base.safetensors [31e35c80fc]" without what stands in brackets.
fn without_hash(title: &str) -> &str {
    match title.rsplit_once(" [") {
        Some((name, hash)) if hash.ends_with(']') => name,
        _ => title,
    }
}

/// The file's name without folders, of whichever system the server runs on, and without its ending; "base_1.0" has none.
fn stem(path: &str) -> &str {
    const ENDINGS: [&str; 6] = ["safetensors", "ckpt", "pt", "pth", "bin", "gguf"];
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    match file.rsplit_once('.') {
        Some((stem, ending)) if ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) => stem,
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkpoint_that_drew_is_told_from_another() {
        let hash = "31e35c80fc4829d14f90153f4c74cd59c90b779f6afe05a74cd6120b893f7e5b";
        let cases = [
            ("base_1.0", "base_1.0", None, true),
            ("base_1.0.safetensors", "base_1.0", None, true),
            ("sdxl/base_1.0.safetensors [31e35c80fc]", "base_1.0", None, true),
            ("sdxl\\base_1.0.ckpt", "base_1.0", None, true),
            ("base", "sdxl\\base.safetensors", None, true),
            (hash, "base_1.0", Some("31e35c80fc"), true),
            ("31E35C80FC", "base_1.0", Some("31e35c80fc"), true),
            ("31e35c80fc", "base_1.0", None, true),
            ("31e35c80fc", "base_1.0", Some("0123456789"), false),
            ("base", "base_1.0", None, false),
            ("base_1.0", "refiner_1.0", Some("31e35c80fc"), false),
            ("cafe", "refiner_1.0", None, false),
        ];
        for (asked, name, hash, same) in cases {
            assert_eq!(is_drawn_with(asked, name, hash), same, "{asked} {name} {hash:?}");
        }
    }
}
