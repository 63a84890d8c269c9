//! What the downloader fetches, and what it does not.

use bytes::Bytes;
use media_domain::{ProviderId, RetryClass};
use media_http::{DownloadOptions, GuardedDownloader};
use media_ports::{ContentFetcher, ProviderError};
use media_testkit::loopback::{Behaviour, LoopbackServer};
use url::Url;

use crate::{AMPLE, context};

/// The least that begins as a picture does.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n";

fn provider() -> ProviderId {
    ProviderId::parse("studio").unwrap()
}

/// Trusts a server as an operator does who has configured a provider there.
fn trusting(server: &LoopbackServer) -> DownloadOptions {
    DownloadOptions::default().trust(&provider(), &Url::parse(&server.base_url()).unwrap())
}

async fn fetch(options: DownloadOptions, url: &str) -> Result<Bytes, ProviderError> {
    GuardedDownloader::new(options).fetch_content(&context(AMPLE), &provider(), url).await
}

/// Fetches and expects to be refused; the picture has been paid for all the same, and no query is told.
async fn refused(options: DownloadOptions, url: &str) -> ProviderError {
    let error = fetch(options, url).await.unwrap_err();
    assert_eq!(error.retry, RetryClass::Billed);
    assert!(!format!("{error} {error:?}").contains("signature"), "{error:?}");
    error
}

fn redirect(to: &str) -> Behaviour {
    Behaviour::respond(302, "text/plain", "").with_header("location", to)
}

#[tokio::test]
async fn a_picture_is_fetched_over_redirects() {
    let server = LoopbackServer::start().unwrap();
    server.push(redirect("/second"));
    server.push(redirect(&format!("{}/third?signature=1", server.base_url())));
    server.push(Behaviour::respond(200, "image/png", PICTURE));
    let bytes = fetch(trusting(&server), &format!("{}/first", server.base_url())).await.unwrap();
    assert_eq!(bytes, PICTURE);
    let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/first", "/second", "/third?signature=1"]);
}

#[tokio::test]
async fn five_redirects_are_followed_and_six_are_not() {
    for (redirects, fetched) in [(5, true), (6, false)] {
        let server = LoopbackServer::start().unwrap();
        (0..redirects).for_each(|_| server.push(redirect("/next")));
        server.route("GET /next", Behaviour::respond(200, "image/png", PICTURE));
        let outcome = fetch(trusting(&server), &format!("{}/first", server.base_url())).await;
        assert_eq!(outcome.is_ok(), fetched, "{redirects} redirects");
    }
}

#[tokio::test]
async fn nothing_inside_the_house_is_asked() {
    let server = LoopbackServer::start().unwrap();
    let port = Url::parse(&server.base_url()).unwrap().port().unwrap();
    let addresses = [
        format!("https://127.0.0.1:{port}/a?signature=1"),
        format!("https://2130706433:{port}/a"),
        format!("https://[::1]:{port}/a"),
        format!("https://[::ffff:127.0.0.1]:{port}/a"),
        format!("https://localhost:{port}/a?signature=1"),
        format!("http://localhost:{port}/a"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://user:pass@example.org/a".to_owned(),
        "http://example.org/a".to_owned(),
        "file:///etc/passwd".to_owned(),
        "data:text/plain,hello".to_owned(),
        "no address".to_owned(),
    ];
    for address in addresses {
        refused(DownloadOptions::default(), &address).await;
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_redirect_into_the_house_is_not_followed() {
    let inside = LoopbackServer::start().unwrap();
    let port = Url::parse(&inside.base_url()).unwrap().port().unwrap();
    for target in [format!("https://localhost:{port}/"), format!("http://localhost:{port}/"), inside.base_url()] {
        let server = LoopbackServer::start().unwrap();
        server.push(redirect(&target));
        refused(trusting(&server), &server.base_url()).await;
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn error_pages_empty_and_oversized_files_are_no_pictures() {
    let answers = [
        Behaviour::respond(200, "text/html; charset=utf-8", "<h1>expired</h1>"),
        Behaviour::respond(200, "application/json", "{}"),
        Behaviour::respond(200, "image/png", ""),
        Behaviour::respond(200, "image/png", [PICTURE, &[0; 57]].concat()),
        Behaviour::respond(403, "image/png", PICTURE),
        Behaviour::respond(200, "image/png", "no picture at all"),
        Behaviour::respond(200, "application/xml", "<?xml version='1.0'?><Error>AccessDenied</Error>"),
        Behaviour::TakeAndDrop,
    ];
    for answer in answers {
        let server = LoopbackServer::start().unwrap();
        server.push(answer);
        let options = DownloadOptions { max_bytes: 64, ..trusting(&server) };
        refused(options, &format!("{}/a?signature=1", server.base_url())).await;
    }
}

#[tokio::test]
async fn a_trusted_host_is_asked_on_its_own_port_only() {
    let (trusted, another_port) = (LoopbackServer::start().unwrap(), LoopbackServer::start().unwrap());
    trusted.route("GET /a", Behaviour::respond(200, "image/png", PICTURE));
    for host in ["127.0.0.1", "localhost"] {
        let address = |server: &LoopbackServer| server.base_url().replace("127.0.0.1", host) + "/a";
        let options = DownloadOptions::default().trust(&provider(), &Url::parse(&address(&trusted)).unwrap());
        assert_eq!(fetch(options.clone(), &address(&trusted)).await.unwrap(), PICTURE);
        refused(options.clone(), &address(&another_port)).await;
        refused(options, &address(&another_port).replace("http:", "https:")).await;
    }
    assert_eq!(another_port.connections(), 0);
}

#[tokio::test]
async fn one_provider_is_not_led_into_the_house_of_another() {
    let server = LoopbackServer::start().unwrap();
    server.route("GET /file", Behaviour::respond(200, "image/png", PICTURE));
    let url = format!("{}/file", server.base_url());
    let (downloader, other) = (GuardedDownloader::new(trusting(&server)), ProviderId::parse("other").unwrap());
    assert_eq!(downloader.fetch_content(&context(AMPLE), &provider(), &url).await.unwrap(), PICTURE);
    let error = downloader.fetch_content(&context(AMPLE), &other, &url).await.unwrap_err();
    assert_eq!((error.retry, server.requests().len()), (RetryClass::Billed, 1));
}

#[tokio::test]
async fn a_server_that_refuses_tells_whether_it_may_pass() {
    use media_domain::ProviderErrorKind as Kind;

    for (status, kind) in [(404, Kind::NotFound), (403, Kind::PermissionDenied), (503, Kind::Unavailable)] {
        let server = LoopbackServer::start().unwrap();
        server.route("GET /file", Behaviour::respond(status, "text/plain", "no"));
        let error = refused(trusting(&server), &format!("{}/file", server.base_url())).await;
        assert_eq!(error.kind, kind, "{status}");
    }
}
