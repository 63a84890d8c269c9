//! The one engine of a process.

use std::sync::Arc;

use media_engine::{EngineError, NewLibrary, create_library, install_media_engine, media_engine, reset_media_engine};
use media_testkit::sample;

use crate::setup::engine;

/// One test, since there is one engine in a process.
#[tokio::test]
async fn the_one_engine_is_installed_fetched_and_reset_and_what_it_stored_stays() {
    assert!(matches!(media_engine(), Err(EngineError::NotInstalled)));
    let missing = create_library(NewLibrary::named(sample::name("Early"))).await.unwrap_err();
    assert!(matches!(missing, EngineError::NotInstalled));
    let setup = engine(vec![]);
    install_media_engine(setup.engine.clone());
    assert!(Arc::ptr_eq(&media_engine().unwrap(), &setup.engine));
    create_library(NewLibrary::named(sample::name("Heroes"))).await.unwrap();
    reset_media_engine();
    assert!(matches!(media_engine(), Err(EngineError::NotInstalled)));
    assert_eq!(setup.engine.libraries().await.unwrap().len(), 1);
}
