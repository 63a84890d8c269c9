//! Several processes on one folder: this binary starts itself as its own child.

use std::io::BufRead;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use media_domain::*;
use media_ports::*;

use crate::samples::*;

const ROLE: &str = "MEDIA_STORE_TEST_ROLE";
const FOLDER: &str = "MEDIA_STORE_TEST_FOLDER";
const NUMBER: &str = "MEDIA_STORE_TEST_NUMBER";
const PROCESSES: u128 = 4;
const ROUNDS: u128 = 50;

/// Starts this test binary with nothing but the child's part of it.
fn child(role: &str, folder: &Path, number: u128) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["processes::the_child_of_another_test", "--exact", "--nocapture"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .env(NUMBER, number.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Does a child's work; without a role, as in an ordinary run, there is none.
#[tokio::test]
async fn the_child_of_another_test() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let folder = std::env::var(FOLDER).unwrap();
    let number: u128 = std::env::var(NUMBER).unwrap().parse().unwrap();
    let store = try_open(Path::new(&folder), owner(number)).unwrap();
    match role.as_str() {
        "insert" => {
            store.commit(insert(asset(number), []).into()).await.unwrap();
            store.recover_abandoned_jobs().await.unwrap();
            assert!(store.asset(asset_id(number)).await.unwrap().is_some());
        }
        "hold a job" => {
            let job = job(number, owner(number), JobState::Dispatched);
            store.commit(Change::PlanJob(Box::new(job)).into()).await.unwrap();
            println!("ready");
            // Ends with the parent's death or kill, whichever comes first.
            let _ = std::io::stdin().read_line(&mut String::new());
        }
        "commit until killed" => {
            for number in 1.. {
                store.commit(insert(tagged(number, &["new"]), []).into()).await.unwrap();
                println!("kept {number}");
            }
        }
        other => panic!("no such role: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_open_an_empty_folder_at_once_all_succeed() {
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let children: Vec<_> = (1..=PROCESSES).map(|number| child("insert", folder.path(), number)).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "round {round}: {told}");
        }
        let page = open(folder.path()).assets(&AssetQuery::all()).await.unwrap();
        assert_eq!(page.items.len(), usize::try_from(PROCESSES).unwrap(), "round {round}");
    }
}

#[tokio::test]
async fn a_killed_process_leaves_an_unknown_job_and_a_living_one_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut killed = child("hold a job", folder.path(), 1);
    let mut living = child("hold a job", folder.path(), 2);
    for child in [&mut killed, &mut living] {
        wait_until_ready(child);
    }
    killed.kill().unwrap();
    killed.wait().unwrap();

    let store = open(folder.path());
    let [dead_job, living_job] = [1, 2].map(uuid).map(JobId::from_uuid);
    assert_eq!(store.recover_abandoned_jobs().await.unwrap(), [dead_job]);
    assert_eq!(store.job(dead_job).await.unwrap().unwrap().attempts[0].state, JobState::Unknown);
    assert_eq!(store.job(living_job).await.unwrap().unwrap().state, JobState::Dispatched);
    drop(living.stdin.take());
    assert!(living.wait().unwrap().success());
    assert_eq!(store.recover_abandoned_jobs().await.unwrap(), [living_job]);
}

#[tokio::test]
async fn a_killed_process_has_kept_whatever_it_was_told_is_kept() {
    for kept in [1, 10, 50, 200] {
        let folder = tempfile::tempdir().unwrap();
        let mut writing = child("commit until killed", folder.path(), 1);
        let lines = std::io::BufReader::new(writing.stdout.take().unwrap()).lines();
        let told = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("kept ")?.parse::<u128>().ok());
        let last = told.take(kept).last().unwrap();
        writing.kill().unwrap();
        writing.wait().unwrap();

        let store = open(folder.path());
        for number in 1..=last {
            assert!(store.asset(asset_id(number)).await.unwrap().is_some(), "{number}");
        }
        assert_eq!(store.check_integrity().await.unwrap(), []);
    }
}

fn wait_until_ready(child: &mut Child) {
    let lines = std::io::BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("ready")), "the child ended early");
}
