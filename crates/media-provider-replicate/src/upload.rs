//! Bringing pictures to the vendor.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use media_domain::{ImageFormat, ProviderErrorKind};
use media_http::{MultipartForm, Purpose};
use media_ports::{CallContext, ProviderError};
use url::Url;

use crate::ReplicateSdxlAdapter;
use crate::wire::UploadedFile;

/// Largest file that is sent inside the order, in bytes; the vendor wants larger ones uploaded (API document 1.0.0-a1,
/// read 2026-11-20: 256 kB).
const LARGEST_INSIDE: usize = 256_000;

const DOING: &str = "upload a picture";

impl ReplicateSdxlAdapter {
    /// Makes an input of a picture: a data URL, or the address of the uploaded file, which the vendor keeps for a while.
    /// Nothing is paid for.
    pub(crate) async fn picture_input(
        &self,
        context: &CallContext,
        picture: &Bytes,
        format: ImageFormat,
    ) -> Result<String, ProviderError> {
        if picture.len() <= LARGEST_INSIDE {
            return Ok(format!("data:{};base64,{}", format.mime_type(), BASE64_STANDARD.encode(picture)));
        }
        let name = format!("picture.{}", format.extension());
        let form = MultipartForm::new().file("content", &name, format.mime_type(), picture.clone());
        let url = self.client.base_url().at("files");
        let call = self.client.post(url, context, Purpose::Read, DOING).multipart(form);
        let file = call.send_json::<UploadedFile>().await?.document;
        match Url::parse(&file.urls.get) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(file.urls.get),
            _ => {
                let message = format!("{DOING}: the vendor does not say where it has put it");
                Err(ProviderError::new(ProviderErrorKind::MalformedResponse, message))
            }
        }
    }
}
