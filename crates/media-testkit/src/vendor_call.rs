//! An operation of an adapter, as the scenarios call it.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use media_domain::{Phase, RetryClass};
use media_http::Transport;
use media_ports::{CallContext, ProviderError};

use crate::generator::{assert_sound, fitting, plain_request};
use crate::transport::Exchange;
use crate::vendor_jobs::Jobs;
use crate::vendor_script::{Scenario, VendorAnswer, VendorScript};

pub(crate) const UNCERTAIN: RetryClass = RetryClass::Uncertain { phase: Phase::Submit, handle: None };

/// One operation of an adapter with its scripted vendor; the scenarios know no more of it.
#[async_trait]
pub(crate) trait VendorCall: Debug + Send + Sync + 'static {
    /// Calls a newly made adapter with a plain request and checks a success; what comes back then is all that answer
    /// and adapter show of themselves.
    async fn call(&self, transport: Arc<dyn Transport>, context: &CallContext) -> Result<String, ProviderError>;

    fn order(&self) -> Exchange;

    fn before_order(&self) -> Vec<Exchange>;

    fn says(&self, scenario: Scenario) -> VendorAnswer;

    fn jobs(&self) -> Jobs;

    fn secrets(&self) -> Vec<String>;

    /// Whether an answer is paid for, so that one which cannot be used is kept aside.
    fn is_paid(&self) -> bool;

    /// Whether the order is only a question that costs nothing, so that nothing about it is ever open.
    fn is_free_read(&self) -> bool {
        false
    }

    /// The retry classes of which an answer to the order that cannot be read may be, where `billed` is not the only one.
    fn unreadable(&self) -> Option<Vec<RetryClass>> {
        match self.jobs() {
            Jobs::None(_) => None,
            Jobs::Polled(_) => Some(vec![UNCERTAIN]),
        }
    }

    /// The scenario's name in the list of this operation's cases.
    fn scenario_name(&self, scenario: Scenario) -> &'static str {
        scenario.name()
    }
}

/// Generating an image.
#[derive(Debug, Clone)]
pub(crate) struct GeneratorCall(pub(crate) Arc<dyn VendorScript>);

#[async_trait]
impl VendorCall for GeneratorCall {
    async fn call(&self, transport: Arc<dyn Transport>, context: &CallContext) -> Result<String, ProviderError> {
        let generator = self.0.generator(transport);
        let request = fitting(generator.as_ref(), plain_request());
        let answer = generator.generate_image(context, &request).await?;
        assert_sound(&answer, 1);
        Ok(format!("{answer:?} {generator:?}"))
    }

    fn order(&self) -> Exchange {
        self.0.order()
    }

    fn before_order(&self) -> Vec<Exchange> {
        self.0.before_order()
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        self.0.says(scenario)
    }

    fn jobs(&self) -> Jobs {
        self.0.jobs()
    }

    fn secrets(&self) -> Vec<String> {
        self.0.secrets()
    }

    fn is_paid(&self) -> bool {
        !self.is_free_read()
    }

    fn is_free_read(&self) -> bool {
        self.0.is_free_read()
    }
}
