//! Answers of vendors that are remembered from one run to the next, in files that only their owner may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use media_domain::ContentHash;
use media_ports::IdSource;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::system::RandomIds;

/// Most files in a folder; the oldest give way.
const MOST_FILES: usize = 512;
/// Age at which a file is thrown away, whatever it holds.
const LONGEST: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Largest file that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Remembers values in a folder, one small JSON file for each key. The values may open something to whoever knows
/// them, so that folder and files are their owner's alone. What cannot be read was never remembered.
#[derive(Debug, Clone)]
pub struct FileMemory {
    folder: PathBuf,
}

impl FileMemory {
    /// Remembers in a folder of the data folder, which is made with the first value; the data folder itself is not.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What is remembered under a key. Blocks.
    pub fn recall<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let mut bytes = Vec::new();
        File::open(self.file_of(key)).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Remembers a value under a key, in place of what was there, and forgets the oldest. Blocks.
    ///
    /// # Errors
    /// A folder or file that cannot be written.
    pub fn remember<T: Serialize>(&self, key: &str, value: &T) -> io::Result<()> {
        let text = serde_json::to_vec(value)?;
        make_private(&self.folder)?;
        let unfinished = self.folder.join(format!("{}.part", RandomIds.next_uuid()));
        let written = write_private(&unfinished, &text).and_then(|()| fs::rename(&unfinished, self.file_of(key)));
        if written.is_err() {
            // What cannot be put in its place is not left beside it; tidying finds what stays all the same.
            let _ = fs::remove_file(&unfinished);
        }
        self.tidy();
        written
    }

    fn file_of(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{}.json", ContentHash::of(key.as_bytes())))
    }

    /// Removes what is too old, and the oldest of what is too much. What cannot be removed is found again next time.
    fn tidy(&self) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut files: Vec<(SystemTime, PathBuf)> =
            entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
        files.sort();
        let surplus = files.len().saturating_sub(MOST_FILES);
        let is_old = |changed: &SystemTime| changed.elapsed().is_ok_and(|age| age > LONGEST);
        let gone = files.iter().enumerate().filter(|(place, (changed, _))| *place < surplus || is_old(changed));
        for (_, (_, file)) in gone {
            let _ = fs::remove_file(file);
        }
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};

    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if !folder.is_dir() => return Err(error),
        _ => {}
    }
    let mode = fs::metadata(folder)?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { fs::set_permissions(folder, fs::Permissions::from_mode(mode & 0o700)) }
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if !folder.is_dir() => Err(error),
        _ => Ok(()),
    }
}

fn write_private(file: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A memory in a data folder of its own.
    fn memory() -> (tempfile::TempDir, FileMemory) {
        let data = tempfile::tempdir().unwrap();
        let memory = FileMemory::new(data.path().join("renders"));
        (data, memory)
    }

    fn files(memory: &FileMemory) -> Vec<PathBuf> {
        fs::read_dir(&memory.folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    fn grow_old(file: &Path, age: Duration) {
        File::options().append(true).open(file).unwrap().set_modified(SystemTime::now() - age).unwrap();
    }

    #[test]
    fn a_value_is_there_until_another_takes_its_place() {
        let (_data, memory) = memory();
        assert_eq!(memory.recall::<u32>("a/b:c"), None);
        for value in [1, 2] {
            memory.remember("a/b:c", &value).unwrap();
            assert_eq!(memory.recall::<u32>("a/b:c"), Some(value));
        }
        assert_eq!((memory.recall::<u32>("a/b"), files(&memory).len()), (None, 1));
    }

    #[test]
    fn what_cannot_be_read_was_never_remembered() {
        let (_data, memory) = memory();
        memory.remember("key", &1).unwrap();
        fs::write(memory.file_of("key"), "{").unwrap();
        assert_eq!(memory.recall::<u32>("key"), None);
        memory.remember("key", &2).unwrap();
        assert_eq!(memory.recall::<u32>("key"), Some(2));
    }

    #[test]
    fn without_a_data_folder_nothing_is_made() {
        let (data, memory) = memory();
        fs::remove_dir(data.path()).unwrap();
        assert!(memory.remember("key", &1).is_err());
        assert!(!data.path().exists());
    }

    #[test]
    fn the_oldest_give_way() {
        let (_data, memory) = memory();
        for number in 0..MOST_FILES {
            memory.remember(&number.to_string(), &number).unwrap();
        }
        grow_old(&memory.file_of("7"), Duration::from_secs(60));
        memory.remember("new", &0).unwrap();
        assert_eq!((memory.recall::<usize>("7"), memory.recall("8")), (None, Some(8)));
        grow_old(&memory.file_of("8"), LONGEST + Duration::from_secs(60));
        memory.remember("new", &1).unwrap();
        assert_eq!((memory.recall::<usize>("8"), files(&memory).len()), (None, MOST_FILES - 1));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_look() {
        use std::os::unix::fs::PermissionsExt;

        let (_data, memory) = memory();
        fs::create_dir(&memory.folder).unwrap();
        fs::set_permissions(&memory.folder, fs::Permissions::from_mode(0o755)).unwrap();
        memory.remember("key", &1).unwrap();
        for (path, expected) in [(memory.folder.clone(), 0o700), (memory.file_of("key"), 0o600)] {
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, expected, "{}", path.display());
        }
    }
}
