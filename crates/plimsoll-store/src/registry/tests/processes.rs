//! Several real processes, and some that are killed.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::*;

/// Where a child says what it was promised.
const ACKNOWLEDGED: &str = "acknowledged";

/// Runs the test called `name` in a process of its own, in the folder `home`.
fn start(name: &str, home: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("registry::tests::processes::{name}"), "--ignored"])
        .current_dir(home)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

async fn here() -> SqliteRegistry {
    SqliteRegistry::new(Database::open(&std::env::current_dir().unwrap()).await.unwrap())
}

#[tokio::test]
#[ignore = "another test runs it as a process"]
async fn child_releases() {
    let registry = here().await;
    let process = std::process::id();
    for number in 0..15 {
        for model in [format!("{process} {number}"), format!("shared {number}")] {
            let candidate = candidate("m", 2, &model);
            registry.release(&candidate, None, &occasion(1, "ready")).await.unwrap();
        }
    }
}

#[tokio::test]
#[ignore = "another test runs it as a process and kills it"]
async fn child_releases_until_it_is_killed() {
    let registry = here().await;
    let process = std::process::id();
    let why = occasion(1, "ready");
    let mut said = OpenOptions::new().create(true).append(true).open(ACKNOWLEDGED).unwrap();
    for number in 0_u32.. {
        let candidate = candidate("m", 2, &format!("{process} {number}"));
        let release = registry.release(&candidate, None, &why).await.unwrap();
        let approval = approval(&candidate, Decision::Approve, "ben");
        registry.approve(&approval, &why).await.unwrap();
        said.write_all(format!("{}\n", release.version()).as_bytes()).unwrap();
        let row = registry.variants().await.unwrap().remove(0);
        let current = row.aliases.first().map(|(_, to)| to.clone());
        let change = champion(current.clone(), release.version().number.clone());
        registry.move_alias(&change, &why).await.unwrap();
        if let Some(number) = current {
            let version = Version { variant: change.variant, number };
            registry.yank(&version, &why).await.unwrap();
        }
    }
}

#[tokio::test]
async fn two_processes_get_two_numbers_or_one_version() {
    let home = tempfile::tempdir().unwrap();
    let children = [(), (), ()].map(|()| start("child_releases", home.path()));
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let registry = SqliteRegistry::new(Database::open(home.path()).await.unwrap());
    let versions = registry.versions(&"m".parse().unwrap()).await.unwrap();
    let mut numbers: Vec<_> = versions.into_iter().map(|it| it.released.version.number).collect();
    numbers.sort();
    // 15 of each process and 15 that all of them released; the first of all is 1.0.0.
    let expected: Vec<_> = (0..60).map(|minor| Number::new(1, minor, 0)).collect();
    assert_eq!(numbers, expected);
    let report = registry.verify_audit().await.unwrap();
    assert_eq!((report.faults, report.entries), (Vec::new(), 60));
}

#[tokio::test]
async fn a_killed_process_leaves_nothing_half_done_and_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let said = home.path().join(ACKNOWLEDGED);
    let lines = || fs::read_to_string(&said).unwrap_or_default().lines().count();
    for round in 0..6 {
        let before = lines();
        let mut child = start("child_releases_until_it_is_killed", home.path());
        while lines() < before + 3 {
            assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // Somewhere else in a transition each time.
        tokio::time::sleep(Duration::from_micros(700 * round)).await;
        child.kill().unwrap();
        child.wait().unwrap();

        let registry = SqliteRegistry::new(Database::open(home.path()).await.unwrap());
        assert_eq!(registry.verify_audit().await.unwrap().faults, []);
        for version in fs::read_to_string(&said).unwrap().lines() {
            let record = registry.resolve(&version.parse().unwrap()).await.unwrap();
            let subject = record.released.candidate.subject;
            assert_eq!(registry.approvals(subject).await.unwrap().len(), 1, "{version}");
        }
    }
}
