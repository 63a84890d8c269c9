//! A person's consent, with the test in the place of the browser.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Stdio};

use media_testkit::loopback::{Behaviour, LoopbackServer};
use serde_json::{Value, json};

use crate::home::{Home, kill};

const ACCESS: &str = "access-do-not-tell";
const REFRESH: &str = "refresh-do-not-tell";
const SECRET: &str = "cnvca-do-not-tell";

fn home(server: &LoopbackServer) -> Home {
    let base_url = server.base_url();
    Home::with_config(&format!(
        "dry_run = false\n[multi_provider_config.media_generation]\nproviders = [\"canva_api\"]\n\
         [multi_provider_config.design_export]\nproviders = [\"canva_api\"]\n\
         [providers.canva_api]\nbase_url = \"{base_url}/rest/v1\"\ntoken_url = \"{base_url}/token\"\n\
         client_id = \"OC-FAB12\"\nclient_secret = \"{SECRET}\"\n"
    ))
}

/// A run of the command that waits for the browser.
struct Waiting {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    /// Where the browser is to come back to.
    redirect_uri: String,
    /// The question as the page has it.
    open: String,
}

impl Waiting {
    fn start(home: &Home) -> Self {
        let mut command = home.command(&["--json", "auth", "canva", "--redirect-port", "0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let asked: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        let text = |key: &str| asked[key].as_str().unwrap().to_owned();
        Self { child, lines, redirect_uri: text("redirect_uri"), open: text("open") }
    }

    /// A parameter of the question; those asked for here need no decoding.
    fn parameter(&self, name: &str) -> String {
        let query = self.open.split_once('?').unwrap().1;
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next().unwrap()
    }

    /// What a browser that goes to a path gets to see.
    fn browse(&self, path: &str) -> String {
        let address = self.redirect_uri.strip_prefix("http://").unwrap().split('/').next().unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        page
    }
}

/// Lets the vendor give tokens for whatever is shown to it.
fn gives_tokens(server: &LoopbackServer) {
    let tokens =
        json!({ "access_token": ACCESS, "refresh_token": REFRESH, "token_type": "Bearer", "expires_in": 14_400 });
    server.route("POST /token", Behaviour::json(200, &tokens));
}

#[test]
fn a_consent_is_kept_and_used_and_nobody_gets_to_see_it() {
    let server = LoopbackServer::start().unwrap();
    gives_tokens(&server);
    let user = json!({ "team_user": { "user_id": "auDAbliZ2rQNNOsUl5OLu", "team_id": "Oi2RJILTrKk0KRhRUZozX" } });
    server.route("GET /rest/v1/users/me", Behaviour::json(200, &user));
    let home = home(&server);
    assert_eq!(home.json(&["auth", "status"])[0]["kept"], json!(false));

    let mut waiting = Waiting::start(&home);
    assert_eq!(waiting.parameter("code_challenge_method"), "S256");
    assert!(waiting.redirect_uri.ends_with("/oauth/redirect"), "{}", waiting.redirect_uri);
    // An icon, and an answer that somebody tries to slip in, are turned away.
    assert!(waiting.browse("/favicon.ico").starts_with("HTTP/1.1 404"));
    assert!(waiting.browse("/oauth/redirect?code=stolen&state=of-another").starts_with("HTTP/1.1 404"));
    let page = waiting.browse(&format!("/oauth/redirect?code=the-code&state={}", waiting.parameter("state")));
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Thank you"), "{page}");
    let kept: Value = serde_json::from_str(&waiting.lines.next().unwrap().unwrap()).unwrap();
    assert_eq!((&kept["kept"], &kept["renews"]), (&json!(true), &json!(true)), "{kept}");
    assert!(waiting.child.wait().unwrap().success());

    let exchanges = server.requests();
    let body = String::from_utf8(exchanges[0].body.to_vec()).unwrap();
    assert!(body.contains("code=the-code") && body.contains("code_verifier="), "{body}");
    assert_eq!(exchanges.len(), 1, "the code is spent once");
    let said = home.ok(&["auth", "status"]);
    assert!(said.out.contains("renewed by itself"), "{}", said.out);
    home.ok(&["providers", "check"]);
    assert_eq!(server.requests()[1].headers["authorization"], format!("Bearer {ACCESS}"));
    for arguments in [&["auth", "status", "--json"][..], &["config", "show"], &["-vvv", "providers", "check"]] {
        let said = home.run(arguments);
        for secret in [ACCESS, REFRESH, SECRET] {
            assert!(!said.out.contains(secret) && !said.err.contains(secret), "{arguments:?}: {said:?}");
        }
    }
}

#[test]
fn a_person_who_does_not_agree_leaves_nothing_behind() {
    let server = LoopbackServer::start().unwrap();
    let home = home(&server);
    let mut waiting = Waiting::start(&home);
    let state = waiting.parameter("state");
    let page = waiting.browse(&format!("/oauth/redirect?error=access_denied&state={state}"));
    assert!(page.contains("could not be kept"), "{page}");
    assert_eq!(waiting.child.wait().unwrap().code(), Some(6));
    assert_eq!(server.connections(), 0);
    assert_eq!(home.json(&["auth", "status"])[0]["kept"], json!(false));
}

#[test]
fn in_dry_run_and_without_a_client_nobody_is_asked() {
    let server = LoopbackServer::start().unwrap();
    assert_eq!(home(&server).run(&["auth", "canva", "--dry-run"]).code, 5);
    let said = Home::with_config("dry_run = false").run(&["auth", "canva", "--redirect-port", "0"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("CANVA_CLIENT_ID is not set"), "{}", said.err);
    let said = Home::with_config("dry_run = false").run(&["auth", "canva", "--provider", "studio"]);
    assert_eq!(said.code, 4, "{said:?}");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let server = LoopbackServer::start().unwrap();
    let home = home(&server);
    let first = Waiting::start(&home);
    let port = first.redirect_uri.split(':').nth(2).unwrap().split('/').next().unwrap().to_owned();
    let said = home.run(&["auth", "canva", "--redirect-port", &port]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains(&port) && said.err.contains("--redirect-port"), "{}", said.err);
    kill(first.child);
}

#[test]
fn a_new_consent_is_not_held_back_for_the_old_one() {
    let server = LoopbackServer::start().unwrap();
    let home = home(&server);
    home.change_config("client_id", "brand_template_id = \"DAFVztcvd9z\"\nclient_id");
    std::fs::write(home.path("a.png"), media_testkit::pictures::png(64, 48, 1)).unwrap();
    let asset_id = home.json(&["asset", "add", "a.png"])[0]["asset_id"].as_str().unwrap().to_owned();
    gives_tokens(&server);
    let agree = || {
        let mut waiting = Waiting::start(&home);
        waiting.browse(&format!("/oauth/redirect?code=the-code&state={}", waiting.parameter("state")));
        assert!(waiting.child.wait().unwrap().success());
    };
    let breakers = || {
        let line = home.json(&["providers"]).into_iter().find(|line| line["provider"] == "canva_api").unwrap();
        (line["breaker"]["status"].clone(), line["export_breaker"]["status"].clone())
    };
    agree();
    let refused = json!({ "code": "invalid_access_token" });
    for asked in ["GET /rest/v1/users/me/capabilities", "POST /rest/v1/autofills", "POST /rest/v1/asset-uploads"] {
        server.route(asked, Behaviour::json(401, &refused));
    }
    assert_eq!(home.run(&["generate", "a lighthouse"]).code, 6);
    assert_eq!(home.run(&["export", "canva", &asset_id]).code, 6);
    assert_eq!(breakers(), (json!("open"), json!("open")));
    agree();
    assert_eq!(breakers(), (json!("closed"), json!(null)));
}

#[test]
fn a_bare_access_token_is_told_with_its_end() {
    use base64::Engine;

    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"exp": 4102444800}"#);
    let home = Home::new();
    let mut command = home.command(&["auth", "status"]);
    let output = command.env("CANVA_API_KEY", format!("e30.{claims}.c2ln")).output().unwrap();
    let said = crate::home::Said::of(output);
    assert_eq!(said.code, 0, "{said:?}");
    let told = "the access token in CANVA_API_KEY serves until 2100-01-01 00:00 UTC";
    assert!(said.out.contains(told) && !said.out.contains(&claims), "{}", said.out);
}
