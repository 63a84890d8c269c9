//! Many at once.

use std::process::Stdio;

use crate::home::{Home, Said};

const SMALL: [&str; 4] = ["--width", "32", "--height", "32"];

#[test]
fn four_processes_on_an_empty_folder_fifty_times() {
    for round in 0..50 {
        let home = Home::with_config("durability = \"process\"");
        let children: Vec<_> = (0..4)
            .map(|number| {
                let prompt = format!("picture {number}");
                let mut arguments = vec!["--json", "generate", &prompt];
                arguments.extend(SMALL);
                home.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for child in children {
            let said = Said::of(child.wait_with_output().unwrap());
            assert_eq!(said.code, 0, "round {round}: {said:?}");
        }
        assert_eq!(home.json(&["asset", "list"]).len(), 4, "round {round}");
        assert_eq!(home.json(&["library", "list"]).len(), 1, "round {round}");
    }
}

#[test]
fn two_hundred_calls_in_one_process() {
    let home = Home::with_config("durability = \"process\"\n[generation]\nconcurrency = 64\n");
    for count in ["100", "100"] {
        let mut arguments = vec!["generate", "a lighthouse", "--live", "--provider", "noop_media", "--count", count];
        arguments.extend(SMALL);
        let told = home.json(&arguments);
        assert_eq!(told.len(), 100);
    }
    assert_eq!(home.json(&["asset", "list", "--limit", "1000"]).len(), 200);
    home.ok(&["verify"]);
}
