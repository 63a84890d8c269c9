//! Vendors other than the usual one, on loopback, as an operator meets them.

mod canva;
mod consent;
mod figma;
mod flux;
mod replicate;

use media_testkit::loopback::LoopbackServer;

/// Waits until a server has had a request of a method and path.
fn wait_for(server: &LoopbackServer, method: &str, path: &str) {
    let is_it = |request: &media_testkit::loopback::ReceivedRequest| {
        request.method == method && request.target.split('?').next() == Some(path)
    };
    while !server.requests().iter().any(is_it) {
        std::thread::yield_now();
    }
}
