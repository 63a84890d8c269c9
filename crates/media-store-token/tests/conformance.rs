//! The store in a folder passes the suite of token stores.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::ExitCode;
use std::sync::Arc;

use media_store_token::FileTokenStore;
use media_testkit::token_store_suite::{CaseTime, TokensUnderTest, token_store_suite};

fn main() -> ExitCode {
    token_store_suite("file", CaseTime::Real, || async {
        let folder = tempfile::tempdir().unwrap();
        let open = || Arc::new(FileTokenStore::new(folder.path().join("data/tokens")));
        TokensUnderTest { store: open(), other: open(), keep: Box::new(folder) }
    })
    .run()
}
