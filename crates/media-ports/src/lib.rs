#![doc = include_str!("../README.md")]

pub mod blob;
pub mod change;
pub mod clock;
pub mod context;
pub mod editor;
pub mod error;
pub mod exporter;
pub mod factory;
pub mod fitting;
pub mod generator;
pub mod health;
pub mod imaging;
pub mod journal;
pub mod ledger;
pub mod provider;
pub mod reader;
pub mod registry;
pub mod settings;
pub mod store;
pub mod token_store;

pub use blob::{BlobInfo, BlobStore};
pub use change::{Change, ChangeSet, CommitReceipt};
pub use clock::{Clock, IdSource};
pub use context::{AttemptLog, CallContext, CallPreferences, PartialImage, PartialImageSink};
pub use editor::ImageEditor;
pub use error::{ProviderError, with_causes};
pub use exporter::{DesignExporter, ExportAnswer, ExportDestination, ExportRequest};
pub use factory::{BuildError, Credential, CredentialSource, Credentials, FactoryContext, ProviderFactory};
pub use generator::{ContentFetcher, GenerationAnswer, ImageGenerator, ResolveAnswer};
pub use health::{HealthCheck, HealthReport, HealthStatus};
pub use imaging::{EncodedImage, ImageError, ImageProcessor, InspectedImage, PlaceholderRenderer, PlaceholderRequest};
pub use journal::{AttemptEnd, CallJournal, NoJournal};
pub use ledger::{BreakerKey, BreakerReader, BudgetLine, KeptBreaker, LedgerReader, ProviderFigures, QuotaLine};
pub use provider::{Descriptor, MediaGeneratorProvider, Operation};
pub use reader::{
    AssetOrder, AssetQuery, AssetReader, BestPerformer, DuplicateGroup, JobQuery, JobReader, LibraryReader, Page,
    PerformanceGroup, PerformanceQuery, PerformanceReader, SuggestionReader, TotalsBy,
};
pub use registry::{FactoryRegistry, ProviderRegistry};
pub use settings::{ProviderSettings, SettingsError};
pub use store::{CatalogWriter, StoreError, StoreErrorKind, StoreMaintenance, VerifyFinding};
pub use token_store::{TokenLock, TokenSet, TokenStore};

#[cfg(feature = "mocks")]
pub mod mocks {
    //! Mockall mocks of every port.
    pub use crate::blob::MockBlobStore;
    pub use crate::editor::MockImageEditor;
    pub use crate::exporter::MockDesignExporter;
    pub use crate::generator::{MockContentFetcher, MockImageGenerator};
    pub use crate::health::MockHealthCheck;
    pub use crate::imaging::{MockImageProcessor, MockPlaceholderRenderer};
    pub use crate::journal::MockCallJournal;
    pub use crate::ledger::{MockBreakerReader, MockLedgerReader};
    pub use crate::reader::{
        MockAssetReader, MockJobReader, MockLibraryReader, MockPerformanceReader, MockSuggestionReader,
    };
    pub use crate::store::{MockCatalogWriter, MockStoreMaintenance};
    pub use crate::token_store::MockTokenStore;
}
