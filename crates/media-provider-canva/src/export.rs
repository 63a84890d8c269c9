//! Exporting images to Canva: a file is taken in, and a design made from it.

use async_trait::async_trait;
use media_domain::{CanvaExportResult, DesignExportResult, ImageFormat, JobHandle, ProviderErrorKind, RetryClass};
use media_http::{ApiClient, PollPlan, PolledJob, Purpose};
use media_ports::{CallContext, DesignExporter, ExportAnswer, ExportDestination, ExportRequest, ProviderError};

use crate::access::Authorised;
use crate::autofill::{identifier, job_address};
use crate::handle::Handle;
use crate::settings::{CanvaSettings, is_identifier};
use crate::wire::{Design, DesignDocument, DesignType, JobDocument, JobError, NewDesign, UploadResult};
use crate::{CanvaApiAdapter, error, mapping};

/// What is done, in words that complete "failed to …".
const UPLOAD: &str = "upload the image";
const MAKE: &str = "make a design";

/// File formats of pictures that Canva takes in, as far as this product writes them. Canva Connect documentation, assets
/// overview, read 2026-11-20, which names neither SVG nor AVIF.
const FORMATS: &[ImageFormat] = &[ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp, ImageFormat::Gif];

#[async_trait]
impl DesignExporter for CanvaApiAdapter {
    async fn export_design(
        &self,
        context: &CallContext,
        request: &ExportRequest,
    ) -> Result<ExportAnswer, ProviderError> {
        let context = context.with_deadline(self.clock.now() + self.settings.timeout());
        let (title, design_type) = checked(request)?;
        let mut access = self.access.authorised(&context, UPLOAD).await?;
        let asset_id = self.uploaded(&mut access, &context, request).await?;
        let design = match title {
            Some(title) => {
                let order = NewDesign { kind: NewDesign::KIND, asset_id: &asset_id, title, design_type };
                Some(made(&mut access, &context, &order).await?)
            }
            None => None,
        };
        let canva_url = design.as_ref().and_then(|design| design.urls.clone()).and_then(|urls| urls.edit_url);
        let result = CanvaExportResult {
            canva_asset_id: asset_id,
            canva_design_id: design.map(|design| design.id),
            canva_url: canva_url.filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        };
        Ok(ExportAnswer {
            provider: self.id.clone(),
            result: DesignExportResult::Canva(result),
            dry_run: false,
            attempts: Vec::new(),
            skipped: Vec::new(),
        })
    }
}

/// What Canva cannot take is refused before anything is sent. Answers the title and the type of the design to make.
fn checked(request: &ExportRequest) -> Result<(Option<&str>, Option<DesignType>), ProviderError> {
    let ExportDestination::Canva { design_title } = &request.destination else {
        return Err(ProviderError::unsupported("export to another tool than Canva"));
    };
    if !FORMATS.contains(&request.format) {
        let message = format!("{UPLOAD}: Canva does not take {}; convert it to png", request.format);
        return Err(ProviderError::unsupported(message));
    }
    if request.image.len() >= mapping::MAX_UPLOAD {
        let (size, limit) = (request.image.len(), mapping::MAX_UPLOAD);
        let message = format!("{UPLOAD}: it has {size} bytes, and Canva takes less than {limit}");
        return Err(ProviderError::unsupported(message));
    }
    let title = design_title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    if title.is_some_and(|title| title.chars().count() > CanvaSettings::MAX_TITLE) {
        let message = format!("{MAKE}: its title has more than {} characters", CanvaSettings::MAX_TITLE);
        return Err(ProviderError::unsupported(message));
    }
    let design_type = mapping::design_type(&request.options)?;
    if design_type.is_some() && title.is_none() {
        let message = format!("{MAKE}: `design_type` is given and no title, without which no design is made");
        return Err(ProviderError::unsupported(message));
    }
    Ok((title, design_type))
}

impl CanvaApiAdapter {
    /// Uploads the file, and waits until Canva has made an asset of it; answers the asset's id.
    async fn uploaded(
        &self,
        access: &mut Authorised<'_>,
        context: &CallContext,
        request: &ExportRequest,
    ) -> Result<String, ProviderError> {
        let name = mapping::upload_metadata(&request.name)
            .ok_or_else(|| ProviderError::unsupported(format!("{UPLOAD}: its name cannot be written into a header")))?;
        let name = &name;
        let uploading = access.step(context, UPLOAD, |client| async move {
            let call = client
                .post(client.base_url().at("asset-uploads"), context, Purpose::Submit, UPLOAD)
                .header(http::HeaderName::from_static("asset-upload-metadata"), name.clone())
                .bytes("application/octet-stream", request.image.clone());
            Ok(call.send_json::<JobDocument<UploadResult>>().await?.document.job.id)
        });
        let id = &identifier(&uploading.await?, &Purpose::Submit, UPLOAD)?;
        let handle = &Handle::Upload { id: id.clone() }.write(UPLOAD)?;
        let waiting = access.step(context, UPLOAD, |client| self.taken_in(client, context, id, handle));
        let ended = waiting.await?;
        asset_id(ended, &access.client)
    }

    /// Waits until Canva has made an asset of an upload, or could not.
    async fn taken_in(
        &self,
        client: ApiClient,
        context: &CallContext,
        id: &str,
        handle: &JobHandle,
    ) -> Result<Result<UploadResult, JobError>, ProviderError> {
        let url = job_address(&client, ["asset-uploads", id], UPLOAD)?;
        let polled = PolledJob::new(&self.clock, context, handle.clone(), PollPlan::default(), UPLOAD);
        let asking = polled.until_done(|context| {
            let call = client.get(url.clone(), &context, Purpose::Poll(handle.clone()), "ask after the upload");
            async move { Ok(call.send_json::<JobDocument<UploadResult>>().await?.document.job.step()) }
        });
        asking.await
    }
}

fn asset_id(ended: Result<UploadResult, JobError>, client: &ApiClient) -> Result<String, ProviderError> {
    let result = ended.map_err(|error| error::failed_job(&error, UPLOAD, client.redactor()))?;
    result.asset.map(|asset| asset.id).filter(|id| is_identifier(id)).ok_or_else(|| {
        let message = format!("{UPLOAD}: Canva says that it is done, and names no asset");
        ProviderError::new(ProviderErrorKind::MalformedResponse, message).billed(None)
    })
}

/// Makes a design from an asset.
async fn made(
    access: &mut Authorised<'_>,
    context: &CallContext,
    order: &NewDesign<'_>,
) -> Result<Design, ProviderError> {
    let making = access.step(context, MAKE, |client| async move {
        let call = client.post(client.base_url().at("designs"), context, Purpose::Submit, MAKE).json(order);
        Ok(call.send_json::<DesignDocument>().await?.document.design)
    });
    let named = making.await.and_then(|design| match is_identifier(&design.id) {
        true => Ok(design),
        false => {
            let message = format!("{MAKE}: the answer names a design by what is no identifier");
            Err(Purpose::Submit.judge(ProviderError::new(ProviderErrorKind::MalformedResponse, message).billed(None)))
        }
    });
    named.map_err(|mut error| {
        let design = match error.retry {
            RetryClass::Uncertain { .. } | RetryClass::Billed => "whether a design was made of it is unknown",
            RetryClass::Again { .. } | RetryClass::Elsewhere | RetryClass::Never => "without a design",
        };
        error.message.push_str(&format!("; the image is in Canva as asset {}, {design}", order.asset_id));
        error
    })
}
