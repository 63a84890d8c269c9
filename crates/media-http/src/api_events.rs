//! A call whose answer comes as events.

use bytes::Bytes;
use http::HeaderMap;
use media_domain::{Phase, ProviderErrorKind};
use media_ports::ProviderError;
use serde::de::DeserializeOwned;

use crate::{
    ApiCall, ApiClient, EventStream, HttpResponse, JsonAnswer, OpenAnswer, Purpose, Redactor, ResponseBody, SendPhase,
    ServerEvent, TransportError, TransportErrorKind, VendorRefusal,
};

/// The answer to a call that asks for events.
#[derive(Debug)]
pub enum EventsAnswer<'a, T> {
    /// Events, as they come.
    Events(Box<ApiEvents<'a>>),
    /// A whole document: the server does not stream.
    Whole(JsonAnswer<T>),
}

impl<'a> ApiCall<'a> {
    /// Sends the call and answers as soon as its events begin to come; a server that does not stream is heard all the same. The
    /// body limit is that of all events together, `event_limit` the most bytes of one.
    ///
    /// ```
    /// use media_http::{ApiCall, EventsAnswer};
    /// use media_ports::ProviderError;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Said {
    ///     text: String,
    /// }
    ///
    /// async fn last_word(call: ApiCall<'_>) -> Result<String, ProviderError> {
    ///     let mut events = match call.send_events::<Said>(1 << 20).await? {
    ///         EventsAnswer::Whole(answer) => return Ok(answer.document.text),
    ///         EventsAnswer::Events(events) => events,
    ///     };
    ///     while let Some(event) = events.next().await? {
    ///         if event.name == "done" {
    ///             return match event.json::<Said>() {
    ///                 Ok((said, _)) => Ok(said.text),
    ///                 Err((reason, kept)) => Err(events.unusable(&reason, kept)),
    ///             };
    ///         }
    ///     }
    ///     Err(events.ended_early())
    /// }
    /// ```
    ///
    /// # Errors
    /// [`ProviderError`], for every answer that is no success (2xx) too; `malformed_response`, with the body kept aside, for a
    /// success that is neither a stream of events nor what was expected.
    pub async fn send_events<T: DeserializeOwned>(
        self,
        event_limit: u64,
    ) -> Result<EventsAnswer<'a, T>, ProviderError> {
        self.check()?;
        let Self { client, request, purpose, doing, redactor, .. } = self;
        let lost = |error: TransportError| purpose.judge_lost(error, &doing);
        match client.transport.open(request).await.map_err(lost)? {
            OpenAnswer::Events(stream) => {
                let stream = (*stream).with_event_limit(event_limit);
                Ok(EventsAnswer::Events(Box::new(ApiEvents { stream, client, purpose, doing, redactor })))
            }
            OpenAnswer::Whole(response) if response.status.is_success() => {
                let answer = JsonAnswer::read(response, &doing).map_err(|error| purpose.judge(error))?;
                Ok(EventsAnswer::Whole(answer))
            }
            OpenAnswer::Whole(response) => Err(client.refusal(&response, &doing, &purpose, &redactor)),
        }
    }
}

/// The events of an answer, and what their failures mean.
///
/// That a stream has begun says nothing of the order: the vendor is still at work. A line that is lost before the result is
/// here, a deadline that passes and a caller who gives up leave an order `uncertain`; an event larger than allowed is
/// `billed`.
#[derive(Debug)]
pub struct ApiEvents<'a> {
    stream: EventStream,
    client: &'a ApiClient,
    purpose: Purpose,
    doing: String,
    redactor: Redactor,
}

impl ApiEvents<'_> {
    /// The answer's headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.stream.headers
    }

    /// Waits for the next event; `None` once the stream has ended.
    ///
    /// # Errors
    /// [`ProviderError`], see [`ApiEvents`].
    pub async fn next(&mut self) -> Result<Option<ServerEvent>, ProviderError> {
        let status = self.stream.status.as_u16();
        self.stream.next().await.map_err(|mut error| {
            if error.kind != TransportErrorKind::TooLarge {
                error.phase = SendPhase::Sent;
            }
            self.purpose.judge(error.into_provider_error(&self.doing).with_http_status(status))
        })
    }

    /// The error for an event by which the vendor refuses; the refusal has to bring its own verdict, since the status was that of
    /// a success.
    pub fn refused(&self, refusal: VendorRefusal) -> ProviderError {
        let (status, headers) = (self.stream.status, self.stream.headers.clone());
        let response = HttpResponse { status, headers, body: ResponseBody::default() };
        let now = self.client.clock.utc_now().into();
        refusal.into_error(&response, &self.doing, &self.purpose, &self.redactor, now)
    }

    /// The error for a stream that ended without the result: whether it was made and billed, nobody knows.
    pub fn ended_early(&self) -> ProviderError {
        let error = self.malformed("the events ended without the result");
        self.purpose.judge(error.uncertain(Phase::Submit, None))
    }

    /// The error for a result that cannot be used; what came of it is kept aside.
    pub fn unusable(&self, reason: &str, kept: Bytes) -> ProviderError {
        self.purpose.judge(self.malformed(reason).billed(Some(kept)))
    }

    fn malformed(&self, reason: &str) -> ProviderError {
        let message = format!("{}: {reason}", self.doing);
        ProviderError::new(ProviderErrorKind::MalformedResponse, message).with_http_status(self.stream.status.as_u16())
    }
}
