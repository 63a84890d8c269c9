//! What the folder looks like from outside.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use media_domain::ProviderId;
use media_ports::{StoreErrorKind, TokenSet, TokenStore};
use media_store_token::FileTokenStore;
use secrecy::ExposeSecret;
use tempfile::TempDir;

const REFRESH: &str = "refresh-do-not-tell";

fn provider() -> ProviderId {
    ProviderId::parse("design_tool").unwrap()
}

fn tokens(access: &str) -> TokenSet {
    TokenSet {
        access_token: access.to_owned().into(),
        expires_at: DateTime::<Utc>::from_timestamp(1_795_176_000, 0).unwrap(),
        refresh_token: Some(REFRESH.to_owned().into()),
    }
}

fn place() -> (TempDir, FileTokenStore, std::path::PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("data/tokens");
    let store = FileTokenStore::new(&folder);
    (place, store, folder)
}

#[tokio::test]
async fn looking_makes_nothing() {
    let (_place, store, folder) = place();
    assert!(store.load(&provider()).await.unwrap().is_none());
    assert!(!folder.exists());
}

#[tokio::test]
async fn what_is_kept_is_found_by_another_process_and_leaves_nothing_beside_it() {
    let (_place, store, folder) = place();
    store.save(&provider(), &tokens("first")).await.unwrap();
    store.save(&provider(), &tokens("second")).await.unwrap();
    let found = FileTokenStore::new(&folder).load(&provider()).await.unwrap().unwrap();
    assert_eq!(found.access_token.expose_secret(), "second");
    assert_eq!(found.refresh_token.unwrap().expose_secret(), REFRESH);
    assert_eq!(found.expires_at, tokens("").expires_at);
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["design_tool.json"]);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_look() {
    use std::os::unix::fs::PermissionsExt;

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (_place, store, folder) = place();
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    drop(store.lock(&provider()).await.unwrap());
    assert_eq!(mode(&folder), 0o700);
    store.save(&provider(), &tokens("first")).await.unwrap();
    for name in ["design_tool.json", "design_tool.lock"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_spoilt_file_is_named_and_not_quoted() {
    let (_place, store, folder) = place();
    fs::create_dir_all(&folder).unwrap();
    for text in ["", "{", r#"{"access_token": "secret-do-not-tell"}"#, r#"["secret-do-not-tell"]"#] {
        fs::write(folder.join("design_tool.json"), text).unwrap();
        let error = store.load(&provider()).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Corrupt, "{text}");
        let told = format!("{error} {error:?}");
        assert!(!told.contains("do-not-tell") && told.contains("design_tool.json"), "{told}");
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error() {
    let (place, store, _) = place();
    fs::write(place.path().join("data"), "in the way").unwrap();
    assert_eq!(store.save(&provider(), &tokens("first")).await.unwrap_err().kind, StoreErrorKind::Unavailable);
    assert_eq!(store.lock(&provider()).await.unwrap_err().kind, StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn the_lock_holds_against_another_store_on_the_same_folder() {
    let (_place, store, folder) = place();
    let held = store.lock(&provider()).await.unwrap();
    let file = fs::OpenOptions::new().write(true).open(folder.join("design_tool.lock")).unwrap();
    assert!(matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)));
    // Another provider's lock is another lock.
    drop(store.lock(&ProviderId::parse("another").unwrap()).await.unwrap());
    drop(held);
    file.try_lock().unwrap();
}

#[test]
fn a_program_ends_at_its_deadline_though_another_holds_the_lock() {
    let (_place, store, folder) = place();
    fs::create_dir_all(&folder).unwrap();
    let held = fs::File::create(folder.join("design_tool.lock")).unwrap();
    held.lock().unwrap();
    let (tell, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        let in_time =
            runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), store.lock(&provider())).await });
        drop(runtime);
        tell.send(in_time.is_ok()).unwrap();
    });
    let got_it = ended.recv_timeout(Duration::from_secs(30)).expect("a thread still waits for the lock");
    assert!(!got_it);
}

#[tokio::test]
async fn whoever_gives_up_waiting_leaves_the_lock_to_others() {
    let (_place, store, folder) = place();
    let (store, other) = (Arc::new(store), FileTokenStore::new(&folder));
    let held = other.lock(&provider()).await.unwrap();
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.lock(&provider()).await.map(drop) }
    });
    tokio::task::yield_now().await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    drop(held);
    drop(store.lock(&provider()).await.unwrap());
    drop(other.lock(&provider()).await.unwrap());
}
