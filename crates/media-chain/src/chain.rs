//! The chain that configuration describes: an ordered list of providers that acts as one.

use std::collections::BTreeMap;
use std::sync::Arc;

use media_domain::{EditRequest, GeneratedImage, GenerationRequest, Name};
use media_ports::{
    AttemptLog, CallContext, Clock, ExportAnswer, ExportDestination, ExportRequest, GenerationAnswer, HealthReport,
    IdSource, Operation, PlaceholderRenderer, ProviderError,
};
use serde_json::{Map, Value};

use crate::deadline::Deadline;
use crate::error::ChainError;
use crate::fallback::Fallback;
use crate::health_board::HealthBoard;
use crate::image_request::ImageRequest;
use crate::links::{export_link, image_link};
use crate::member::{ChainMember, Standing};
use crate::observe::Observe;
use crate::policy::ChainPolicy;
use crate::service::Service;
use crate::walk::{Link, Walk};

/// What a chain is made of.
#[derive(Debug)]
pub struct ChainParts {
    /// The name under which it is asked for.
    pub name: String,
    /// What it is for, for people.
    pub description: String,
    /// The providers in order.
    pub members: Vec<ChainMember>,
    /// How it behaves.
    pub policy: ChainPolicy,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws chance.
    pub ids: Arc<dyn IdSource>,
    /// What is known of the providers' health.
    pub health: Arc<HealthBoard>,
    /// Draws what is answered in dry run; with it, no provider is ever called. For one provider alone there is
    /// [`ChainMember::in_dry_run`].
    pub dry_run: Option<Arc<dyn PlaceholderRenderer>>,
}

/// An ordered list of providers that acts as one: the first success is the answer.
#[derive(Debug)]
pub struct MediaGeneratorChain {
    name: String,
    description: String,
    members: Vec<ChainMember>,
    health: Arc<HealthBoard>,
    dry_run: bool,
    generating: Arc<dyn Service<GenerationRequest>>,
    editing: Arc<dyn Service<EditRequest>>,
    export_walk: Walk,
    exporting: BTreeMap<Operation, Vec<Link<ExportRequest>>>,
}

/// The exports that there are, one for each design tool.
const EXPORTS: [Operation; 2] = [Operation::ExportFigma, Operation::ExportCanva];

/// Builds a chain out of its parts: for each operation `Observe > Deadline > Fallback [ per provider … ]`.
pub fn media_generator_chain(parts: ChainParts) -> MediaGeneratorChain {
    let exporting = EXPORTS.map(|export| {
        let links = parts.members.iter().map(|member| export_link(export, member, &parts)).collect();
        (export, links)
    });
    MediaGeneratorChain {
        generating: image_chain(&parts),
        editing: image_chain(&parts),
        exporting: exporting.into(),
        name: parts.name,
        description: parts.description,
        members: parts.members,
        health: parts.health.clone(),
        dry_run: parts.dry_run.is_some(),
        export_walk: Walk { policy: parts.policy, clock: parts.clock, health: parts.health },
    }
}

/// The chain of one operation that brings pictures.
fn image_chain<R: ImageRequest>(parts: &ChainParts) -> Arc<dyn Service<R>> {
    let links = parts.members.iter().map(|member| image_link::<R>(member, parts)).collect();
    let ChainParts { name, policy, clock, ids, health, .. } = parts;
    let fallback = Fallback::new(policy.clone(), clock.clone(), ids.clone(), health.clone(), links);
    // Around the fallback, because the deadline is for the whole call and not for each provider.
    let bounded = Deadline::new(Arc::new(fallback), clock.clone(), policy.deadline);
    // Outermost, so that the log tells what the caller saw.
    Arc::new(Observe::new(Arc::new(bounded), clock.clone(), name.clone()))
}

impl MediaGeneratorChain {
    /// The name under which it is asked for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for, for people.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The providers in order.
    pub fn members(&self) -> &[ChainMember] {
        &self.members
    }

    /// Whether no provider is ever called.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Generates images: the first success in the order of the chain, the caller's preferred provider first.
    ///
    /// # Errors
    /// [`ChainError`] with every attempt and every provider passed over.
    pub async fn execute_generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ChainError> {
        Ok(self.generating.call(context, request).await?)
    }

    /// Changes a picture: the first success in the order of the chain among those that edit, the caller's preferred
    /// provider first.
    ///
    /// # Errors
    /// [`ChainError`] with every attempt and every provider passed over; `refused` for a request that nobody could serve
    /// ([`EditRequest::check`]).
    pub async fn execute_edit_image(
        &self,
        context: &CallContext,
        request: &EditRequest,
    ) -> Result<GenerationAnswer, ChainError> {
        Ok(self.editing.call(context, request).await?)
    }

    /// Exports an image to a page of a Figma file.
    ///
    /// # Errors
    /// [`ChainError`] with every attempt and every provider passed over; an image whose bytes are not here is refused.
    pub async fn execute_export_figma(
        &self,
        context: &CallContext,
        image: &GeneratedImage,
        file_key: &str,
        page_id: Option<&str>,
        options: Map<String, Value>,
    ) -> Result<ExportAnswer, ChainError> {
        let destination =
            ExportDestination::Figma { file_key: file_key.to_owned(), page_id: page_id.map(str::to_owned) };
        let name =
            Name::parse(image.provider_name.as_str()).map_err(|error| ProviderError::unsupported(error.to_string()))?;
        let Some(request) = ExportRequest::of_image(name, image, destination) else {
            return Err(ProviderError::unsupported("only an image whose bytes are here can be exported")
                .never()
                .into());
        };
        self.execute_export(context, &ExportRequest { options, ..request }).await
    }

    /// Exports an image to a design tool, by the first in the order of the chain that serves it.
    ///
    /// # Errors
    /// [`ChainError`] with every attempt and every provider passed over.
    pub async fn execute_export(
        &self,
        context: &CallContext,
        request: &ExportRequest,
    ) -> Result<ExportAnswer, ChainError> {
        let clock = &self.export_walk.clock;
        let context = context.with_deadline(clock.now() + self.export_walk.policy.deadline);
        let context = &CallContext { attempts: AttemptLog::default(), ..context };
        let links = self.exporting.get(&request.destination.operation()).map_or(&[][..], Vec::as_slice);
        let walked = self.export_walk.run(context, links, (0..links.len()).collect(), request).await?;
        Ok(ExportAnswer { attempts: walked.attempts, skipped: walked.skipped, ..walked.answer })
    }

    /// Asks every provider that can be called how it is, one after the other, and remembers what they say; what one has said
    /// in the last minute is told again, since vendors limit such questions too.
    pub async fn check_health(&self, context: &CallContext) -> Vec<(ChainMember, Option<HealthReport>)> {
        let mut reports = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let report = match &member.standing {
                Standing::Ready(provider) if !self.dry_run && member.dry_run.is_none() => {
                    match self.health.report(member.id()) {
                        Some(known) => Some(known),
                        None => {
                            let report = provider.health.check_health(context).await;
                            self.health.record(member.id(), report.clone());
                            Some(report)
                        }
                    }
                }
                _ => None,
            };
            reports.push((member.clone(), report));
        }
        reports
    }
}
