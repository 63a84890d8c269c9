//! A folder to run the program in, and what it said.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use base64::Engine;
use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::pictures;
use serde_json::{Value, json};

/// A folder of one's own, with a configuration in it.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

/// What the program said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Home {
    /// A home without configuration.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A home with a `media.toml`.
    pub(crate) fn with_config(text: &str) -> Self {
        let home = Self::new();
        std::fs::write(home.path("media.toml"), text).unwrap();
        home
    }

    /// A live home whose chain is these servers, in order, as providers of the OpenAI kind.
    pub(crate) fn live(servers: &[(&str, &LoopbackServer)]) -> Self {
        Self::live_with(servers, "")
    }

    /// The same with more tables of configuration.
    pub(crate) fn live_with(servers: &[(&str, &LoopbackServer)], tables: &str) -> Self {
        let ids: Vec<_> = servers.iter().map(|(id, _)| format!("{id:?}")).collect();
        let mut text =
            format!("dry_run = false\n[multi_provider_config.media_generation]\nproviders = [{}]\n", ids.join(", "));
        for (id, server) in servers {
            let base_url = server.base_url();
            text += &format!(
                "[providers.{id}]\nkind = \"openai_images\"\nbase_url = \"{base_url}/v1\"\napi_key = \"sk-test\"\n"
            );
        }
        Self::with_config(&(text + tables))
    }

    /// Writes the `media.toml` anew, with one text in the place of another.
    pub(crate) fn change_config(&self, from: &str, to: &str) {
        let path = self.path("media.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// The program, to be started in this home with nothing of our environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_media-app-under-test"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().unwrap())
    }

    /// Runs what must succeed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> Said {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
        said
    }

    /// Runs what must succeed, and reads one JSON object a line.
    pub(crate) fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let mut all = vec!["--json"];
        all.extend(arguments);
        self.ok(&all).json()
    }

    /// The file of an asset, by the command that fetches it.
    pub(crate) fn content(&self, asset_id: &str) -> Vec<u8> {
        let out = self.path(format!("{asset_id}.out"));
        self.ok(&["asset", "get", asset_id, "--out", out.to_str().unwrap()]);
        std::fs::read(out).unwrap()
    }

    /// Every file below a folder of the data folder.
    pub(crate) fn blobs(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.path("media-data/blobs")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() { folders.push(entry.path()) } else { found.push(entry.path()) }
            }
        }
        found
    }
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    pub(crate) fn json(&self) -> Vec<Value> {
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.out.lines().map(read).collect()
    }
}

/// What an OpenAI-compatible server answers with a picture.
pub(crate) fn delivers(picture: &[u8]) -> Behaviour {
    let b64_json = base64::engine::general_purpose::STANDARD.encode(picture);
    Behaviour::json(200, &json!({ "created": 1, "data": [{ "b64_json": b64_json }] }))
}

/// A server that takes orders and does this with each.
pub(crate) fn server_that(behaviour: Behaviour) -> LoopbackServer {
    let server = LoopbackServer::start().unwrap();
    server.route(ORDERS, behaviour);
    server
}

/// Where orders are placed.
pub(crate) const ORDERS: &str = "POST /v1/images/generations";

/// Waits until a server has had so many orders.
pub(crate) fn wait_for_orders(server: &LoopbackServer, count: usize) {
    while orders(server) < count {
        std::thread::yield_now();
    }
}

/// Ends a process as `kill -9` does.
pub(crate) fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Presses Ctrl-C in a process.
pub(crate) fn interrupt(child: &Child) {
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// What such a server answers when it is out of order.
pub(crate) fn is_broken() -> Behaviour {
    Behaviour::json(500, &json!({ "error": { "message": "it broke", "type": "server_error" } }))
}

/// How many orders a server has had.
pub(crate) fn orders(server: &LoopbackServer) -> usize {
    server.requests().iter().filter(|request| request.method == "POST").count()
}

/// A real picture of 1.4 MB.
pub(crate) fn large_picture() -> Vec<u8> {
    pictures::grey_png(1184, 1184, 1).to_vec()
}
