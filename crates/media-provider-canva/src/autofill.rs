//! An order as it goes through Canva: a template is filled in, then the design is exported.

use std::sync::{Arc, Mutex, PoisonError};

use media_domain::{JobHandle, ProviderErrorKind, RetryClass};
use media_http::base_url::BaseUrlError;
use media_http::{ApiClient, PollStep, Purpose};
use media_ports::{CallContext, ProviderError};
use serde::de::DeserializeOwned;
use url::Url;

use crate::handle::Handle;
use crate::settings::is_identifier;
use crate::wire::{Autofill, AutofillResult, Design, Export, ExportFormat, ExportResult, Job, JobDocument, JobError};

/// One order, and how far it has come.
#[derive(Debug)]
pub(crate) struct AutofillJob {
    client: ApiClient,
    handle: JobHandle,
    id: String,
    format: ExportFormat,
    doing: &'static str,
    progress: Arc<Mutex<Progress>>,
}

/// How far an order has come since it was given.
#[derive(Debug, Clone, Default)]
struct Progress {
    /// The design, once the template is filled in.
    design: Option<Design>,
    /// The export of that design, once one was begun.
    export_id: Option<String>,
}

/// How an order ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The design is written to files: one address per page.
    Exported { design: Design, urls: Vec<String> },
    /// Canva could not do it; nothing was billed.
    Failed { error: JobError, step: &'static str },
    /// Canva does not export the design; nothing was billed.
    Refused(ProviderError),
}

const EXPORT: &str = "export the design";

impl AutofillJob {
    /// Gives the order.
    pub(crate) async fn ordered(
        client: ApiClient,
        context: &CallContext,
        order: &Autofill<'_>,
        format: ExportFormat,
        doing: &'static str,
    ) -> Result<Self, ProviderError> {
        let call = client.post(client.base_url().at("autofills"), context, Purpose::Submit, doing).json(order);
        let job = call.send_json::<JobDocument<AutofillResult>>().await?.document.job;
        let id = identifier(&job.id, &Purpose::Submit, doing)?;
        let handle = Handle::Autofill { id: id.clone(), format: format.clone() }.write(doing)?;
        Ok(Self::of_handle(client, handle, id, format, doing))
    }

    /// An order that was given before.
    pub(crate) fn of_handle(
        client: ApiClient,
        handle: JobHandle,
        id: String,
        format: ExportFormat,
        doing: &'static str,
    ) -> Self {
        Self { client, handle, id, format, doing, progress: Arc::default() }
    }

    /// The same order, as far as it has come, looked at through another client.
    pub(crate) fn through(&self, client: ApiClient) -> Self {
        let progress = Arc::clone(&self.progress);
        Self {
            client,
            handle: self.handle.clone(),
            id: self.id.clone(),
            format: self.format.clone(),
            progress,
            ..*self
        }
    }

    /// What the journal keeps.
    pub(crate) fn handle(&self) -> &JobHandle {
        &self.handle
    }

    /// How the design is written to files.
    pub(crate) fn format(&self) -> &ExportFormat {
        &self.format
    }

    /// Whether the template has been filled in.
    pub(crate) fn is_filled_in(&self) -> bool {
        self.progress().design.is_some()
    }

    /// Looks how the order stands, and takes it one step further where it waits for one.
    ///
    /// An export reads the design (the vendor asks for the scope `design:content:read`), changes nothing and costs
    /// nothing; so it may be asked for again when the answer is lost, which holds for no other order.
    pub(crate) async fn look(&self, context: CallContext) -> Result<PollStep<Outcome>, ProviderError> {
        let design = match self.progress().design {
            Some(design) => design,
            None => match self.look_at_autofill(&context).await? {
                PollStep::Done(Ok(design)) => design,
                PollStep::Done(Err(error)) => {
                    return Ok(PollStep::Done(Outcome::Failed { error, step: self.doing }));
                }
                PollStep::Running { after } => return Ok(PollStep::Running { after }),
            },
        };
        let job = match self.progress().export_id {
            Some(export_id) => self.ask(&context, ["exports", &export_id], "ask after the export").await?,
            None => match self.begin_export(&context, &design).await {
                Err(error) if is_definite_refusal(&error) => return Ok(PollStep::Done(Outcome::Refused(error))),
                begun => begun.map_err(|error| self.purpose().judge(error))?,
            },
        };
        Ok(match job.step() {
            PollStep::Done(Ok(ExportResult { urls })) => PollStep::Done(Outcome::Exported { design, urls }),
            PollStep::Done(Err(error)) => PollStep::Done(Outcome::Failed { error, step: EXPORT }),
            PollStep::Running { after } => PollStep::Running { after },
        })
    }

    async fn look_at_autofill(
        &self,
        context: &CallContext,
    ) -> Result<PollStep<Result<Design, JobError>>, ProviderError> {
        let job: Job<AutofillResult> = self.ask(context, ["autofills", &self.id], "ask after the template").await?;
        Ok(match job.step() {
            PollStep::Done(Ok(result)) => {
                let design = result.result.map(|result| result.design);
                let design = design.filter(|design| is_identifier(&design.id)).ok_or_else(|| {
                    let message = format!("{}: Canva says that it is done, and names no design", self.doing);
                    self.purpose().judge(ProviderError::new(ProviderErrorKind::MalformedResponse, message))
                })?;
                self.progress_mut(|progress| progress.design = Some(design.clone()));
                PollStep::Done(Ok(design))
            }
            PollStep::Done(Err(error)) => PollStep::Done(Err(error)),
            PollStep::Running { after } => PollStep::Running { after },
        })
    }

    async fn begin_export(&self, context: &CallContext, design: &Design) -> Result<Job<ExportResult>, ProviderError> {
        let order = Export { design_id: &design.id, format: self.format.clone() };
        let call = self.client.post(self.client.base_url().at("exports"), context, Purpose::Order, EXPORT);
        let job = call.json(&order).send_json::<JobDocument<ExportResult>>().await?.document.job;
        let export_id = identifier(&job.id, &Purpose::Order, EXPORT)?;
        self.progress_mut(|progress| progress.export_id = Some(export_id));
        Ok(job)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        context: &CallContext,
        path: [&str; 2],
        doing: &str,
    ) -> Result<Job<T>, ProviderError> {
        let url = job_address(&self.client, path, doing)?;
        let call = self.client.get(url, context, self.purpose(), doing);
        Ok(call.send_json::<JobDocument<T>>().await?.document.job)
    }

    fn purpose(&self) -> Purpose {
        Purpose::Poll(self.handle.clone())
    }

    fn progress(&self) -> Progress {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn progress_mut(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.progress.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Whether an export would be refused in the same way again. A token that is refused says nothing of the export.
fn is_definite_refusal(error: &ProviderError) -> bool {
    error.retry == RetryClass::Elsewhere
        && error.http_status.is_some_and(|status| (400..500).contains(&status))
        && error.kind != ProviderErrorKind::Unauthenticated
}

/// The identifier that the vendor gave a job, which goes into paths and into the journal.
pub(crate) fn identifier(id: &str, purpose: &Purpose, doing: &str) -> Result<String, ProviderError> {
    if is_identifier(id) {
        return Ok(id.to_owned());
    }
    let message = format!("{doing}: the answer names a job by what is no identifier");
    Err(purpose.judge(ProviderError::new(ProviderErrorKind::MalformedResponse, message).billed(None)))
}

/// The address of a job.
pub(crate) fn job_address(client: &ApiClient, path: [&str; 2], doing: &str) -> Result<Url, ProviderError> {
    client.base_url().join(path).map_err(|error: BaseUrlError| {
        ProviderError::new(ProviderErrorKind::InvalidRequest, format!("{doing}: the job's address {error}")).here()
    })
}
