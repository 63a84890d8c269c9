//! From a place in a chain to what is called there, operation by operation.

use std::sync::Arc;

use media_ports::{ExportRequest, Operation, PlaceholderRenderer};

use crate::chain::ChainParts;
use crate::dry_run::{DryRun, DryRunExporter};
use crate::image_request::ImageRequest;
use crate::member::{ChainMember, Standing};
use crate::models::Models;
use crate::service::{Service, ServiceRequest};
use crate::stack::{StackParts, export_stack, image_stack};
use crate::walk::Link;

/// Why a provider that is only described is passed over in live mode.
const DRY_RUN_ONLY: &str = "it answers in dry run only";

/// A member's operation that brings pictures.
pub(crate) fn image_link<R: ImageRequest>(member: &ChainMember, parts: &ChainParts) -> Link<R> {
    let lacks = || lacks(R::OPERATION);
    let operation = if !member.descriptor.operations.contains(&R::OPERATION) {
        Err(lacks())
    } else if let Some(renderer) = renderer(member, parts) {
        let compatibility = parts.policy.compatibility;
        let dry_run = DryRun::<R>::new(member.descriptor.clone(), renderer.clone(), compatibility);
        dry_run.map(|dry_run| Arc::new(dry_run) as Arc<dyn Service<R>>).ok_or_else(lacks)
    } else {
        match &member.standing {
            Standing::Unready(reason) => Err(reason.clone()),
            Standing::Described => Err(DRY_RUN_ONLY.to_owned()),
            Standing::Ready(provider) => {
                image_stack(provider, member.state.as_ref(), &stack_parts(parts)).ok_or_else(lacks)
            }
        }
    };
    link(member, parts, operation)
}

/// A member's export to one design tool.
pub(crate) fn export_link(export: Operation, member: &ChainMember, parts: &ChainParts) -> Link<ExportRequest> {
    let operation = match &member.standing {
        _ if !member.descriptor.operations.contains(&export) => Err(lacks(export)),
        // Even in dry run: an export without its credential would be a fake.
        Standing::Unready(reason) => Err(reason.clone()),
        Standing::Ready(_) | Standing::Described if renderer(member, parts).is_some() => {
            Ok(Arc::new(DryRunExporter::new(member.descriptor.clone())) as Arc<dyn Service<ExportRequest>>)
        }
        Standing::Described => Err(DRY_RUN_ONLY.to_owned()),
        Standing::Ready(provider) => match provider.exporter.clone() {
            Some(exporter) => Ok(export_stack(exporter, member.state.as_ref(), &stack_parts(parts))),
            None => Err(lacks(export)),
        },
    };
    link(member, parts, operation)
}

fn lacks(operation: Operation) -> String {
    let does = match operation {
        Operation::GenerateImage => "generate images",
        Operation::EditImage => "edit images",
        Operation::ExportFigma => "export to Figma",
        Operation::ExportCanva => "export to Canva",
    };
    format!("it does not {does}")
}

/// Who draws in place of the provider, if it is in dry run.
fn renderer<'a>(member: &'a ChainMember, parts: &'a ChainParts) -> Option<&'a Arc<dyn PlaceholderRenderer>> {
    parts.dry_run.as_ref().or(member.dry_run.as_ref())
}

fn stack_parts(parts: &ChainParts) -> StackParts<'_> {
    StackParts { chain: &parts.name, policy: &parts.policy, clock: &parts.clock, ids: &parts.ids }
}

fn link<R: ServiceRequest>(
    member: &ChainMember,
    parts: &ChainParts,
    operation: Result<Arc<dyn Service<R>>, String>,
) -> Link<R> {
    let in_dry_run = renderer(member, parts).is_some();
    Link {
        provider: member.id().clone(),
        models: Models::of(&member.descriptor),
        // What is drawn here is local and free, whoever it stands in for.
        local_and_free: member.descriptor.local_and_free || in_dry_run,
        operation,
        state: member.state.clone().filter(|_| !in_dry_run),
    }
}
