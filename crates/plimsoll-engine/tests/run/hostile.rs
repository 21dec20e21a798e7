//! Disks that are full or read-only, on small file systems of their own.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use plimsoll_core::event::{RunEnd, StepFailure};
use plimsoll_core::record::StepState;

use crate::interrupted::FOLDER;
use crate::sandbox::{Sandbox, step};

/// Runs `test` of this file as a process that may mount, after `mount`; `None` where the kernel
/// does not let it.
fn in_a_namespace(sandbox: &Sandbox, mount: &str, test: &str) -> Option<Output> {
    let script = format!("{mount} || exit 99; exec \"$TEST\" --ignored --exact --nocapture {test}");
    let mut child = Command::new("unshare");
    child.args(["-rm", "sh", "-c", &script]).env(FOLDER, &sandbox.folder);
    child.env("TEST", std::env::current_exe().unwrap()).current_dir(&sandbox.folder);
    let output = child.output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(99) || said.starts_with("unshare:") {
        #[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
        {
            println!("skipped: no file system can be mounted here ({said})");
        }
        return None;
    }
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
    Some(output)
}

fn inner_sandbox() -> Sandbox {
    #[expect(clippy::disallowed_methods, reason = "a child is told by its environment")]
    let folder = std::env::var(FOLDER).unwrap();
    Sandbox::at(Path::new(&folder))
}

#[test]
fn a_full_disk_fails_the_step_and_says_so() {
    let sandbox = Sandbox::new();
    let mount = "mount -t tmpfs -o size=3m tmpfs repository";
    in_a_namespace(&sandbox, mount, "hostile::a_step_on_a_full_disk");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run on a small disk by the test above"]
async fn a_step_on_a_full_disk() {
    let big = "head -c 1200000 /dev/zero > out/big";
    let steps = vec![
        step("big", big, &[], &["out/big"]),
        step("copy", "cp out/big copy", &["out/big"], &["copy"]),
    ];
    let mut sandbox = inner_sandbox().with_steps(steps);
    sandbox.write("tools.sh", "true\n");
    sandbox.project.data.clear();
    let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
    assert_eq!(outcome.end, RunEnd::Failed);
    let seen = sandbox.seen.take().join("\n");
    assert!(seen.contains("ran big") && seen.contains("No space left on device"), "{seen}");
    sandbox.project.steps[1].run = "head -c 9000000 /dev/zero > copy".to_owned();
    let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
    let failed = outcome.record.steps.into_iter().map(|step| step.state);
    let failed: Vec<_> = failed.filter(|state| matches!(state, StepState::Failed { .. })).collect();
    let [StepState::Failed { reason: StepFailure::Io { message, transient: true }, .. }] =
        &failed[..]
    else {
        panic!("{failed:?}");
    };
    assert!(message.contains("exit code 1 on a full disk"), "{message}");
    sandbox.project.steps.pop();
    assert!(sandbox.run().await.contains(&"cached big".to_owned()), "what was done is not lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_repository_is_read_and_nothing_more() {
    let sandbox = Sandbox::new();
    sandbox.run().await;
    let mount = "mount --bind repository repository && mount -o remount,bind,ro repository";
    in_a_namespace(&sandbox, mount, "hostile::a_run_in_a_read_only_repository");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run on a read-only file system by the test above"]
async fn a_run_in_a_read_only_repository() {
    let mut sandbox = inner_sandbox();
    assert!(fs::write(sandbox.root().join("x"), "").is_err());
    let seen = sandbox.run().await;
    assert!(seen.contains(&"cached train".to_owned()), "{seen:?}");
    sandbox.params.insert("wape".to_owned(), 0.1.into());
    let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
    assert_eq!(outcome.end, RunEnd::Failed);
    let seen = sandbox.seen.take().join("\n");
    assert!(seen.contains("failed train") && seen.contains("Read-only file system"), "{seen}");
}
