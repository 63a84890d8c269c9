//! Generating images: a template is filled in, and the design that comes of it written to files.

use std::sync::Arc;

use async_trait::async_trait;
use media_domain::{Capabilities, GenerationRequest, JobHandle, ProviderErrorKind, ProviderId};
use media_http::{PollPlan, PollStep, PolledJob};
use media_ports::{CallContext, Clock, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};

use crate::access::Access;
use crate::autofill::{AutofillJob, Outcome};
use crate::entitlement::Entitlements;
use crate::handle::Handle;
use crate::settings::CanvaSettings;
use crate::wire::{Autofill, ExportFormat};
use crate::{error, mapping};

/// Fills in brand templates, and takes finished images in, through the Connect API.
///
/// It orders once per call and repeats no order. The journal keeps the autofill job; whoever asks after it later gets the
/// design exported anew, which costs nothing.
#[derive(Debug)]
pub struct CanvaApiAdapter {
    pub(crate) id: ProviderId,
    pub(crate) settings: CanvaSettings,
    pub(crate) capabilities: Capabilities,
    pub(crate) access: Access,
    pub(crate) entitlements: Entitlements,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What is done, in words that complete "failed to …".
const FILL_IN: &str = "fill in a template";
const RESOLVE: &str = "ask what became of a template";

#[async_trait]
impl ImageGenerator for CanvaApiAdapter {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let started = self.clock.now();
        let context = context.with_deadline(started + self.settings.timeout());
        let format = mapping::export_format(request, &self.capabilities, &self.settings)?;
        let order = mapping::autofill(request, &self.settings)?;
        let mut answer = self.filled_in(&context, &order, &format).await?;
        answer.processing_time = self.clock.now().saturating_duration_since(started);
        Ok(answer)
    }

    /// Asks after the autofill job, and once that is done has the design exported. An upload is no order for images.
    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        let context = context.with_deadline(self.clock.now() + self.settings.timeout());
        let Handle::Autofill { id, format } = Handle::read(handle, RESOLVE)? else {
            return Err(ProviderError::unsupported(format!("{RESOLVE}: the job is an upload, which makes no image")));
        };
        let (context, id, format) = (&context, &id, &format);
        let mut access = self.access.authorised(context, RESOLVE).await?;
        let asking = access.step(context, RESOLVE, |client| {
            let job = AutofillJob::of_handle(client, handle.clone(), id.clone(), format.clone(), RESOLVE);
            async move { self.resolved(&job, context).await }
        });
        asking.await
    }
}

impl CanvaApiAdapter {
    async fn filled_in(
        &self,
        context: &CallContext,
        order: &Autofill<'_>,
        format: &ExportFormat,
    ) -> Result<GenerationAnswer, ProviderError> {
        let mut access = self.access.authorised(context, FILL_IN).await?;
        let ordering = access.step(context, FILL_IN, |client| async move {
            if self.settings.check_capabilities {
                self.entitlements.check(&client, context, format).await?;
            }
            AutofillJob::ordered(client, context, order, format.clone(), FILL_IN).await
        });
        let ordered = &ordering.await?;
        let waiting =
            access.step(context, FILL_IN, |client| async move { self.waited(&ordered.through(client), context).await });
        match waiting.await? {
            Outcome::Exported { design, urls } => mapping::answer(&urls, &design, format, &self.settings, &self.id),
            Outcome::Failed { error, step } => Err(error::failed_job(&error, step, access.client.redactor())),
            Outcome::Refused(error) => Err(error),
        }
    }

    async fn resolved(&self, job: &AutofillJob, context: &CallContext) -> Result<ResolveAnswer, ProviderError> {
        let failed = |reason| ResolveAnswer::Failed { reason, billed: Some(false) };
        let outcome = match self.seen(job, context).await {
            Ok(PollStep::Done(outcome)) => outcome,
            Ok(PollStep::Running { .. }) => return Ok(ResolveAnswer::Running),
            Err(error) if error.kind == ProviderErrorKind::NotFound && !job.is_filled_in() => {
                return Ok(ResolveAnswer::Gone);
            }
            Err(error) => return Err(error),
        };
        Ok(match outcome {
            Outcome::Exported { design, urls } => {
                let answer = mapping::answer(&urls, &design, job.format(), &self.settings, &self.id)?;
                ResolveAnswer::Done(Box::new(answer))
            }
            Outcome::Failed { error, .. } => failed(error::job_reason(&error, self.access.client.redactor())),
            Outcome::Refused(error) => failed(error.to_string()),
        })
    }

    /// Looks once; a template that is filled in is waited for until it is exported.
    async fn seen(&self, job: &AutofillJob, context: &CallContext) -> Result<PollStep<Outcome>, ProviderError> {
        let step = job.look(context.clone()).await?;
        if !job.is_filled_in() || matches!(step, PollStep::Done(_)) {
            return Ok(step);
        }
        match self.waited(job, context).await {
            Ok(outcome) => Ok(PollStep::Done(outcome)),
            Err(error) if error.kind == ProviderErrorKind::Timeout => Ok(PollStep::RUNNING),
            Err(error) => Err(error),
        }
    }

    /// Tells the journal of the job, then asks until it is done.
    async fn waited(&self, job: &AutofillJob, context: &CallContext) -> Result<Outcome, ProviderError> {
        let polled = PolledJob::new(&self.clock, context, job.handle().clone(), PollPlan::default(), FILL_IN);
        polled.until_done(|context| job.look(context)).await
    }
}
