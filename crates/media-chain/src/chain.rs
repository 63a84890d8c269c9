//! The chain that configuration describes: an ordered list of providers that acts as one.

use std::sync::Arc;

use futures::future::BoxFuture;
use media_domain::{GeneratedImage, GenerationRequest, Name};
use media_ports::{
    CallContext, Clock, DesignExporter, ExportAnswer, ExportDestination, ExportRequest, GenerationAnswer, HealthReport,
    ImageGenerator, Operation, PlaceholderRenderer, ProviderError,
};
use serde_json::{Map, Value};

use crate::deadline::Deadline;
use crate::dry_run::{DryRunExporter, DryRunGenerator};
use crate::error::ChainError;
use crate::fallback::{Fallback, Link, Walk};
use crate::health_board::HealthBoard;
use crate::member::{ChainMember, Standing};
use crate::observe::Observe;
use crate::policy::ChainPolicy;
use crate::stack::member_stack;
use crate::timeout::Timeout;

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
    /// What is known of the providers' health.
    pub health: Arc<HealthBoard>,
    /// Draws what is answered in dry run; with it, no provider is ever called.
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
    generator: Arc<dyn ImageGenerator>,
    export_walk: Walk,
    exporters: Vec<Link<dyn DesignExporter>>,
}

/// Builds a chain out of its parts: `Observe > Deadline > Fallback [ per provider … ]`.
pub fn media_generator_chain(parts: ChainParts) -> MediaGeneratorChain {
    let links = parts.members.iter().map(|member| generator_link(member, &parts)).collect();
    let exporters = parts.members.iter().map(|member| exporter_link(member, &parts)).collect();
    let fallback = Fallback::new(parts.policy.clone(), parts.clock.clone(), parts.health.clone(), links);
    // Around the fallback, because the deadline is for the whole call and not for each provider.
    let bounded = Deadline::new(Arc::new(fallback), parts.clock.clone(), parts.policy.deadline);
    // Outermost, so that the log tells what the caller saw.
    let observed = Observe::new(Arc::new(bounded), parts.clock.clone(), parts.name.clone());
    MediaGeneratorChain {
        name: parts.name,
        description: parts.description,
        members: parts.members,
        health: parts.health.clone(),
        dry_run: parts.dry_run.is_some(),
        generator: Arc::new(observed),
        export_walk: Walk { policy: parts.policy, clock: parts.clock, health: parts.health },
        exporters,
    }
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
        Ok(self.generator.generate_image(context, request).await?)
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

    /// Exports an image to a design tool.
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
        let context = &context;
        let call = |exporter: Arc<dyn DesignExporter>| -> BoxFuture<'_, Result<ExportAnswer, ProviderError>> {
            Box::pin(async move { exporter.export_design(context, request).await })
        };
        let walked = self.export_walk.run(context, &self.exporters, call).await?;
        Ok(ExportAnswer { attempts: walked.attempts, skipped: walked.skipped, ..walked.answer })
    }

    /// Asks every provider that can be called how it is, one after the other, and remembers what they say.
    pub async fn check_health(&self, context: &CallContext) -> Vec<(ChainMember, Option<HealthReport>)> {
        let mut reports = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let report = match &member.standing {
                Standing::Ready(provider) if !self.dry_run => {
                    let report = provider.health.check_health(context).await;
                    self.health.record(member.id(), report.clone());
                    Some(report)
                }
                _ => None,
            };
            reports.push((member.clone(), report));
        }
        reports
    }
}

/// Why a provider that is only described is passed over in live mode.
const DRY_RUN_ONLY: &str = "it answers in dry run only";

fn generator_link(member: &ChainMember, parts: &ChainParts) -> Link<dyn ImageGenerator> {
    let operation = if !member.descriptor.operations.contains(&Operation::GenerateImage) {
        Err("it does not generate images".to_owned())
    } else if let Some(renderer) = &parts.dry_run {
        let generator = DryRunGenerator::new(member.descriptor.clone(), renderer.clone(), parts.policy.compatibility);
        Ok(Arc::new(generator) as Arc<dyn ImageGenerator>)
    } else {
        match &member.standing {
            Standing::Unready(reason) => Err(reason.clone()),
            Standing::Described => Err(DRY_RUN_ONLY.to_owned()),
            Standing::Ready(provider) => member_stack(provider, &parts.policy, &parts.clock)
                .ok_or_else(|| "it does not generate images".to_owned()),
        }
    };
    link(member, parts, operation)
}

fn exporter_link(member: &ChainMember, parts: &ChainParts) -> Link<dyn DesignExporter> {
    let operation = match &member.standing {
        _ if !member.descriptor.operations.contains(&Operation::ExportFigma) => {
            Err("it does not export to Figma".to_owned())
        }
        // Even in dry run: an export without its credential would be a fake.
        Standing::Unready(reason) => Err(reason.clone()),
        Standing::Ready(_) | Standing::Described if parts.dry_run.is_some() => {
            Ok(Arc::new(DryRunExporter::new(member.descriptor.clone())) as Arc<dyn DesignExporter>)
        }
        Standing::Described => Err(DRY_RUN_ONLY.to_owned()),
        Standing::Ready(provider) => match provider.exporter.clone() {
            Some(exporter) => {
                Ok(Arc::new(Timeout::new(exporter, parts.clock.clone(), parts.policy.attempt_timeout)) as _)
            }
            None => Err("it does not export to Figma".to_owned()),
        },
    };
    link(member, parts, operation)
}

fn link<T: ?Sized>(member: &ChainMember, parts: &ChainParts, operation: Result<Arc<T>, String>) -> Link<T> {
    // In dry run everything is drawn here, whoever it stands in for.
    let local_and_free = member.descriptor.local_and_free || parts.dry_run.is_some();
    Link { provider: member.id().clone(), local_and_free, operation }
}
