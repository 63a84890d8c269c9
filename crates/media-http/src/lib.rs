#![doc = include_str!("../README.md")]

pub mod address;
pub mod base64_field;
pub mod display_url;
pub mod download;
pub mod json;
pub mod no_transport;
pub mod redact;
pub mod reqwest_transport;
pub mod retry_after;
mod tls;
mod tracked_body;
pub mod transport;
pub mod transport_error;
pub mod verdict;

pub use base64_field::decode_base64;
pub use display_url::display_url;
pub use download::{DownloadOptions, GuardedDownloader};
pub use json::{is_json, json_body};
pub use no_transport::NoTransport;
pub use redact::Redactor;
pub use reqwest_transport::{ReqwestTransport, TransportOptions};
pub use retry_after::retry_after;
pub use transport::{HttpRequest, HttpResponse, Transport, secret_header};
pub use transport_error::{SendPhase, TransportError, TransportErrorKind};
pub use verdict::Verdict;
