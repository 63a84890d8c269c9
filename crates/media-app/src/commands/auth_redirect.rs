//! The place on this machine to which a browser brings a person's answer.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

/// The path that the browser comes back to.
const PATH: &str = "/oauth/redirect";

/// Largest head of a request that is read, in bytes.
const MAX_HEAD: usize = 16_384;
/// Most connections that are listened to at the same time.
const MAX_GUESTS: usize = 32;

/// Longest time for a request to come, and for an answer to go.
const PATIENCE: Duration = Duration::from_secs(5);

/// Listens on this machine only.
#[derive(Debug)]
pub(super) struct Redirect {
    listener: TcpListener,
    uri: Url,
}

/// A person's answer; the browser waits for a page.
#[derive(Debug)]
pub(super) struct Answered {
    /// The query that the browser brought.
    pub(super) query: String,
    stream: TcpStream,
}

impl Redirect {
    /// Listens on a port; on a free one for 0.
    pub(super) async fn listen(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = format!("http://{}{PATH}", listener.local_addr()?);
        let uri = Url::parse(&address).map_err(io::Error::other)?;
        Ok(Self { listener, uri })
    }

    /// Where the browser is to be sent.
    pub(super) fn uri(&self) -> &Url {
        &self.uri
    }

    /// Waits for the answer to the question that was asked. Whatever else comes – a browser's wish for an icon, a line that
    /// it opens in advance and says nothing on, a page that tries to slip an answer in – is turned away, and keeps nobody
    /// waiting.
    pub(super) async fn answer(&self, is_answer: impl Fn(&str) -> bool) -> Answered {
        let mut guests: JoinSet<Option<(String, TcpStream)>> = JoinSet::new();
        loop {
            let (target, mut stream) = tokio::select! {
                accepted = self.listener.accept(), if guests.len() < MAX_GUESTS => {
                    // What fails here has failed for that connection only.
                    if let Ok((stream, _)) = accepted {
                        guests.spawn(async { timeout(PATIENCE, read_target(stream)).await.ok().flatten() });
                    }
                    continue;
                }
                Some(heard) = guests.join_next() => match heard {
                    Ok(Some(request)) => request,
                    Ok(None) | Err(_) => continue,
                },
            };
            match target.split_once('?') {
                Some((PATH, query)) if is_answer(query) => return Answered { query: query.to_owned(), stream },
                _ => {
                    guests.spawn(async move {
                        say(&mut stream, "404 Not Found", "This page answers no question that was asked.").await;
                        None
                    });
                }
            }
        }
    }
}

impl Answered {
    /// Shows the person how it ended.
    pub(super) async fn tell(mut self, is_kept: bool) {
        let text = match is_kept {
            true => "Thank you. You can close this page and go back to media-app.",
            false => "The consent could not be kept: see what media-app says. You can close this page.",
        };
        say(&mut self.stream, "200 OK", text).await;
    }
}

/// Reads the head of a request; the target of a GET, of anything else nothing.
async fn read_target(mut stream: TcpStream) -> Option<(String, TcpStream)> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() >= MAX_HEAD || stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let text = String::from_utf8(head).ok()?;
    let mut words = text.lines().next()?.split(' ');
    match (words.next()?, words.next()?) {
        ("GET", target) => Some((target.to_owned(), stream)),
        _ => None,
    }
}

async fn say(stream: &mut TcpStream, status: &str, text: &str) {
    let page = format!("<!doctype html><meta charset=\"utf-8\"><title>media-app</title><p>{text}</p>\n");
    let response = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
         content-security-policy: default-src 'none'\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    // A browser that has gone away misses nothing but the page.
    let _ = timeout(PATIENCE, async {
        stream.write_all(response.as_bytes()).await?;
        stream.shutdown().await
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn browse(redirect: &Redirect, target: &str) -> TcpStream {
        let mut stream = TcpStream::connect(redirect.listener.local_addr().unwrap()).await.unwrap();
        let head = if target.is_empty() { String::new() } else { format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n") };
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    #[tokio::test]
    async fn lines_that_say_nothing_keep_nobody_waiting() {
        let redirect = Redirect::listen(0).await.unwrap();
        let mut lines = Vec::new();
        for target in ["", "", "", "/favicon.ico", "/oauth/redirect?state=other", "/oauth/redirect?state=mine"] {
            lines.push(browse(&redirect, target).await);
        }
        let answered = timeout(PATIENCE - Duration::from_secs(1), redirect.answer(|query| query == "state=mine"));
        assert_eq!(answered.await.unwrap().query, "state=mine");
    }
}
