//! Several processes on one folder: this binary starts itself as its own child.

use std::io::BufRead;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use media_domain::*;
use media_ports::*;
use media_store_sqlite::SqliteStore;

use crate::samples::*;

const ROLE: &str = "MEDIA_STORE_TEST_ROLE";
const FOLDER: &str = "MEDIA_STORE_TEST_FOLDER";
const NUMBER: &str = "MEDIA_STORE_TEST_NUMBER";
/// Calls that a process makes at once: far more than the budget of a million micros pays for.
const CONCURRENT: u128 = 64;
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
            make_library_for_jobs(&store).await;
            let planned = job(number, owner(number), JobState::Planned);
            let changes = ChangeSet::default().with(plan(planned)).with(dispatch(number, costly(1_000)));
            store.commit(changes).await.unwrap();
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
        "spend a budget" => {
            make_library_for_jobs(&store).await;
            let numbers = (1..=CONCURRENT).map(|index| number * 1_000 + index);
            let jobs = numbers.clone().map(|number| plan(job(number, owner(number), JobState::Planned)));
            store.commit(ChangeSet { changes: jobs.collect() }).await.unwrap();
            println!("ready");
            let _ = std::io::stdin().read_line(&mut String::new());
            let spent = futures::future::join_all(numbers.map(|number| spend(&store, number))).await;
            println!("spent {}", spent.iter().sum::<u64>());
        }
        other => panic!("no such role: {other}"),
    }
}

/// Dispatches one call, and settles every third with less than it had claimed; returns what it set aside or used.
async fn spend(store: &SqliteStore, number: u128) -> u64 {
    let claimed = 10_000 + u64::try_from(number % 1_000).unwrap();
    if let Err(error) = store.commit(dispatch(number, costly(claimed)).into()).await {
        assert_eq!(error.kind, StoreErrorKind::BudgetExceeded, "{error}");
        return 0;
    }
    if !number.is_multiple_of(3) {
        return claimed;
    }
    let used = claimed - 1;
    let usage = Usage { cost_micros: Some(used), ..Usage::default() };
    let ended = JobAttempt { usage, state: JobState::Settled, ended_at: Some(at(2)), ..costly(claimed) };
    store.commit(end_attempt(number, ended).into()).await.unwrap();
    used
}

#[tokio::test]
async fn two_processes_spend_one_budget_to_the_micro_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut children = [1, 2].map(|number| child("spend a budget", folder.path(), number));
    children.iter_mut().for_each(wait_until_ready);
    for child in &mut children {
        drop(child.stdin.take());
    }
    let mut told = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        told += text.lines().find_map(|line| line.strip_prefix("spent ")?.parse::<u64>().ok()).unwrap();
    }
    let store = open(folder.path());
    let BudgetLine { used_micros, reserved_micros } = store.budget_line(CHAIN.to_owned(), day()).await.unwrap();
    assert_eq!(used_micros + reserved_micros, told);
    // A claim was refused only when less than the dearest one was left, and little was given back after that.
    assert!((1_000_000 - 10_064 - 2 * 64..=1_000_000).contains(&told), "{told}");
    assert_eq!(store.check_integrity().await.unwrap(), []);
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
    let held = BudgetLine { used_micros: 0, reserved_micros: 2_000 };
    assert_eq!(store.budget_line(CHAIN.to_owned(), day()).await.unwrap(), held, "an unknown outcome keeps its hold");
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
