//! The vendor's part in the suite of an editor.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use media_domain::{EditRequest, MediaDimensions, SourceImage};
use media_http::{HttpRequest, Transport};
use media_ports::{CallContext, ImageEditor, ProviderError};

use super::behaviour::assert_sound_edit;
use super::requests::PICTURE_SIZE;
use crate::transport::Exchange;
use crate::vendor_call::VendorCall;
use crate::vendor_jobs::Jobs;
use crate::vendor_script::{Scenario, VendorAnswer};

/// A vendor's part in the suite of an editor: the adapter supplies what the vendor would say, the suite knows what must
/// come of it.
///
/// Scenarios are played with a plain edit: one of the first kind that the model makes, without options.
pub trait EditorScript: Debug + Send + Sync + 'static {
    /// Makes the adapter on a transport.
    fn editor(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageEditor>;

    /// All that goes over the wire when the vendor carries out an edit, with as many results as the request asks for.
    /// Whatever the suite does not look at itself (the fields that name kind, prompt and margins) is checked here, with
    /// [`Exchange::expecting`].
    fn edited(&self, request: &EditRequest) -> Vec<Exchange>;

    /// The order for the plain edit: its method and path, without an outcome.
    fn order(&self) -> Exchange;

    /// What goes over the wire before each order; nothing by default.
    fn before_order(&self) -> Vec<Exchange> {
        Vec::new()
    }

    /// What the vendor says to the plain edit in a scenario that ends badly.
    fn says(&self, scenario: Scenario) -> VendorAnswer;

    /// Whether an order becomes a job that is asked after.
    fn jobs(&self) -> Jobs;

    /// Texts that may appear in no error and no debug output (keys).
    fn secrets(&self) -> Vec<String>;

    /// The size of the pictures that the editor is shown, for a vendor who does not read any; 256×256 by default.
    fn picture_size(&self) -> MediaDimensions {
        PICTURE_SIZE
    }

    /// Whether the vendor wants masks in a form of its own, so that the mask's bytes are not on the wire as they are;
    /// the script then checks them itself. By default they are.
    fn translates_masks(&self) -> bool {
        false
    }
}

/// Whether a request carries a picture: its bytes as they are (multipart, or the body itself), or as base64.
pub fn carries(request: &HttpRequest, picture: &SourceImage) -> bool {
    let holds = |part: &[u8]| contains(&request.body, part);
    let bytes = &picture.bytes;
    holds(bytes)
        || holds(BASE64_STANDARD_NO_PAD.encode(bytes).as_bytes())
        || holds(BASE64_URL_SAFE_NO_PAD.encode(bytes).as_bytes())
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    body.len() >= part.len() && body.windows(part.len()).any(|window| window == part)
}

/// The plain edit.
#[derive(Debug)]
pub(super) struct EditorCall {
    pub(super) script: Arc<dyn EditorScript>,
    pub(super) plain: EditRequest,
}

#[async_trait]
impl VendorCall for EditorCall {
    async fn call(&self, transport: Arc<dyn Transport>, context: &CallContext) -> Result<String, ProviderError> {
        let editor = self.script.editor(transport);
        let answer = editor.edit_image(context, &self.plain).await?;
        assert_sound_edit(&answer, &self.plain);
        Ok(format!("{answer:?} {editor:?}"))
    }

    fn order(&self) -> Exchange {
        self.script.order()
    }

    fn before_order(&self) -> Vec<Exchange> {
        self.script.before_order()
    }

    fn says(&self, scenario: Scenario) -> VendorAnswer {
        match scenario {
            Scenario::Ok => VendorAnswer::Exchanges(self.script.edited(&self.plain)),
            other => self.script.says(other),
        }
    }

    fn jobs(&self) -> Jobs {
        self.script.jobs()
    }

    fn secrets(&self) -> Vec<String> {
        self.script.secrets()
    }

    fn is_paid(&self) -> bool {
        true
    }
}
