//! A small HTTP/1.1 server on this machine, whose behaviour is scripted.

mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use self::wire::{begin, read_request, respond, respond_in_chunks, respond_with_events};

/// A real server on 127.0.0.1, on a thread of its own, for tests with real sockets; it stops when it is dropped.
///
/// Each request takes the next behaviour of the queue; when that is empty, the one set for its method and path; else
/// it is answered 404. It keeps connections alive, counts them, and records every whole request.
///
/// ```
/// use media_testkit::loopback::{Behaviour, LoopbackServer};
///
/// let server = LoopbackServer::start()?;
/// server.route("GET /v1/models", Behaviour::json(200, &serde_json::json!({"data": []})));
/// server.push(Behaviour::TakeAndDrop);
/// assert!(server.base_url().starts_with("http://127.0.0.1:"));
/// assert_eq!((server.connections(), server.requests().len()), (0, 0));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct LoopbackServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the server does with a request once it has it whole.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// Answers.
    Respond {
        /// The status.
        status: u16,
        /// Headers besides the length.
        headers: Vec<(String, String)>,
        /// The body.
        body: Bytes,
    },
    /// Answers 200 with a declared JSON body of which only the first bytes come, then drops the connection.
    RespondCut {
        /// The body that is declared.
        body: Bytes,
        /// How much of it comes.
        sent: usize,
    },
    /// Answers 200 with a declared JSON body of which only the first bytes come, then says nothing more.
    RespondAndHalt {
        /// The body that is declared.
        body: Bytes,
        /// How much of it comes.
        sent: usize,
    },
    /// Answers in chunks, without declaring how much there is.
    RespondInChunks {
        /// The status.
        status: u16,
        /// Headers besides the encoding.
        headers: Vec<(String, String)>,
        /// The body.
        body: Bytes,
    },
    /// Answers 200 with server-sent events, one chunk for each piece; unless it ends then, it says nothing more.
    RespondWithEvents {
        /// The pieces.
        pieces: Vec<Bytes>,
        /// Whether the answer ends after the last of them.
        ends: bool,
    },
    /// Drops the connection without a word.
    TakeAndDrop,
    /// Says nothing, for as long as the server lives.
    NeverAnswer,
    /// Waits (in real time), then does the other.
    After(Duration, Box<Behaviour>),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Bytes,
}

impl Behaviour {
    /// Answers with JSON.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::respond(status, "application/json", body.to_string())
    }

    /// Answers with a body of a type.
    pub fn respond(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self::Respond { status, headers, body: body.into() }
    }

    /// The same answer in chunks, without declaring how much there is.
    #[must_use]
    pub fn in_chunks(self) -> Self {
        match self {
            Self::Respond { status, headers, body } => Self::RespondInChunks { status, headers, body },
            other => other,
        }
    }

    /// Adds a header to an answer.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Self::Respond { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

impl LoopbackServer {
    /// Starts a server on a free port, on a thread of its own.
    ///
    /// # Errors
    /// When no port can be opened or no thread started.
    pub fn start() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let serving = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("loopback".to_owned()).spawn(move || {
            // Leaving the block drops the runtime, and with it every connection that is still open.
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, serving) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// The server's address as a base of URLs, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets what the next request without a behaviour of its own meets; each is used once, in order.
    pub fn push(&self, behaviour: Behaviour) {
        locked(&self.shared.queue).push_back(behaviour);
    }

    /// Sets what every request of a method and path (`"POST /v1/images"`, without query) meets.
    pub fn route(&self, method_and_path: &str, behaviour: Behaviour) {
        locked(&self.shared.routes).insert(method_and_path.to_owned(), behaviour);
    }

    /// How many connections have been opened.
    pub fn connections(&self) -> usize {
        *locked(&self.shared.connections)
    }

    /// The whole requests that have come, in order.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        locked(&self.shared.requests).clone()
    }
}

impl Drop for LoopbackServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<VecDeque<Behaviour>>,
    routes: Mutex<BTreeMap<String, Behaviour>>,
    requests: Mutex<Vec<ReceivedRequest>>,
    connections: Mutex<usize>,
}

impl Shared {
    fn behaviour_for(&self, request: &ReceivedRequest) -> Behaviour {
        if let Some(behaviour) = locked(&self.queue).pop_front() {
            return behaviour;
        }
        let path = request.target.split('?').next().unwrap_or_default();
        let route = locked(&self.routes).get(&format!("{} {path}", request.method)).cloned();
        route.unwrap_or_else(|| Behaviour::respond(404, "text/plain", "the script knows nothing of this"))
    }
}

async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    while let Ok((stream, _)) = listener.accept().await {
        *locked(&shared.connections) += 1;
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // A client that goes away ends its own connection only.
            let _ = serve(stream, &shared).await;
        });
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await? {
        let mut behaviour = shared.behaviour_for(&request);
        locked(&shared.requests).push(request);
        while let Behaviour::After(delay, next) = behaviour {
            tokio::time::sleep(delay).await;
            behaviour = *next;
        }
        match behaviour {
            Behaviour::Respond { status, headers, body } => respond(&mut stream, status, &headers, &body).await?,
            Behaviour::RespondInChunks { status, headers, body } => {
                respond_in_chunks(&mut stream, status, &headers, &body).await?;
            }
            Behaviour::RespondWithEvents { pieces, ends } => {
                respond_with_events(&mut stream, &pieces, ends).await?;
                if !ends {
                    std::future::pending().await
                }
            }
            Behaviour::RespondCut { body, sent } => {
                begin(&mut stream, &body, sent).await?;
                return stream.shutdown().await;
            }
            Behaviour::RespondAndHalt { body, sent } => {
                begin(&mut stream, &body, sent).await?;
                std::future::pending().await
            }
            Behaviour::NeverAnswer => std::future::pending().await,
            Behaviour::TakeAndDrop | Behaviour::After(..) => return Ok(()),
        }
    }
    Ok(())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
