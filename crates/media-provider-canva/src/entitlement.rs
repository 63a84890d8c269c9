//! What the user's plan lets the API do, asked for before a template is filled in.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use media_domain::ProviderErrorKind;
use media_http::{ApiClient, Purpose};
use media_ports::{CallContext, ProviderError};

use crate::wire::{ExportFormat, UserCapabilities};

/// How long an answer is believed; a plan changes seldom, and the question may be asked ten times a minute.
const BELIEVED_FOR: Duration = Duration::from_secs(900);

/// What the user's plan allows, as last told.
#[derive(Debug, Default)]
pub(crate) struct Entitlements(Mutex<Option<(Instant, Arc<BTreeSet<String>>)>>);

impl Entitlements {
    /// Checks that the plan allows a template to be filled in, and written in this format.
    ///
    /// # Errors
    /// `permission_denied` when it does not; whatever goes wrong with the question. Consent without the scope to ask, or
    /// too many questions, are no error: the vendor refuses the order itself then.
    pub(crate) async fn check(
        &self,
        client: &ApiClient,
        context: &CallContext,
        format: &ExportFormat,
    ) -> Result<(), ProviderError> {
        let Some(allowed) = self.allowed(client, context).await? else { return Ok(()) };
        if !allowed.contains("autofill") {
            return Err(lacking(
                "fill in templates (capability `autofill`, Canva Enterprise); users of a trial set `check_capabilities = false`",
            ));
        }
        if format.is_transparent() && !allowed.contains("export_png_transparency") {
            return Err(lacking("export transparent pictures (capability `export_png_transparency`)"));
        }
        Ok(())
    }

    async fn allowed(
        &self,
        client: &ApiClient,
        context: &CallContext,
    ) -> Result<Option<Arc<BTreeSet<String>>>, ProviderError> {
        let now = client.clock().now();
        if let Some((asked, allowed)) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner)
            && now.saturating_duration_since(*asked) < BELIEVED_FOR
        {
            return Ok(Some(Arc::clone(allowed)));
        }
        let url = client.base_url().at("users/me/capabilities");
        let call = client.get(url, context, Purpose::Read, "ask what the user's plan allows");
        let told = match call.send_json::<UserCapabilities>().await {
            Ok(answer) => answer.document.capabilities,
            Err(error) if leaves_it_to_the_order(error.kind) => return Ok(None),
            Err(error) => return Err(error),
        };
        let allowed: Arc<BTreeSet<String>> = Arc::new(told.into_iter().collect());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&allowed)));
        Ok(Some(allowed))
    }
}

/// Ten questions a minute are answered, and sixty orders taken.
fn leaves_it_to_the_order(kind: ProviderErrorKind) -> bool {
    matches!(kind, ProviderErrorKind::PermissionDenied | ProviderErrorKind::RateLimited)
}

/// It was asked, and nothing was ordered: this says nothing about how the vendor is.
fn lacking(what: &str) -> ProviderError {
    let message = format!("fill in a template: the user's plan at Canva does not allow to {what}");
    ProviderError::new(ProviderErrorKind::PermissionDenied, message).here()
}
