//! The image in a real container: it serves from a disk that cannot be written to, predicts, and stops.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{encrypted, free_port, program};
use crate::live::asked::Connection;
use crate::live::scene::until;
use crate::release::scene::Scene;

const SECRET: &str = "a-secret-of-enough-letters-0123456789";

/// An engine with a storage of its own, and what it left when it is dropped.
struct Podman {
    folder: tempfile::TempDir,
    container: Option<String>,
}

impl Podman {
    /// Returns an engine where containers can run; else says why not.
    fn find() -> Option<Self> {
        let missing: Vec<&str> = ["podman", "runc", "strip"]
            .into_iter()
            .filter(|name| program(name).is_none())
            .collect();
        if !missing.is_empty() {
            println!("skipped: no {} to run a container with", missing.join(", "));
            return None;
        }
        if !rustix::process::geteuid().is_root() {
            println!("skipped: containers are run by root here only");
            return None;
        }
        let podman = Self { folder: tempfile::tempdir().unwrap(), container: None };
        let info = podman.call(&["info"]);
        if info.status.success() {
            return Some(podman);
        }
        println!("skipped: podman does not work here: {}", String::from_utf8_lossy(&info.stderr));
        None
    }

    fn call(&self, arguments: &[&str]) -> Output {
        let folder = |name: &str| self.folder.path().join(name);
        let mut command = Command::new("podman");
        command.arg("--root").arg(folder("storage")).arg("--runroot").arg(folder("run"));
        command.args(["--cgroup-manager", "cgroupfs", "--events-backend", "file"]);
        command.args(["--runtime", "runc"]).args(arguments).output().unwrap()
    }

    /// Calls it, and it must succeed.
    #[track_caller]
    fn text(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        if let Some(container) = &self.container {
            self.call(&["rm", "--force", "--time", "0", container]);
        }
        self.call(&["rmi", "--all", "--force"]);
    }
}

/// Returns the options without which an engine asks for more open files than the machine allows.
fn limits() -> [String; 2] {
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum;
    let most = most.unwrap_or(1024);
    [format!("--ulimit=nofile={most}:{most}"), "--ulimit=nproc=4096:4096".to_owned()]
}

/// Returns this test's `plimsoll` without what only debuggers read.
fn stripped(folder: &Path) -> PathBuf {
    let to = folder.join("plimsoll");
    let done =
        Command::new("strip").arg("-o").arg(&to).arg(env!("CARGO_BIN_EXE_plimsoll")).output();
    assert!(done.unwrap().status.success());
    to
}

#[test]
fn the_image_serves_predicts_and_stops_on_a_disk_that_cannot_be_written_to() {
    let Some(mut podman) = Podman::find() else { return };
    let Some(scene) = Scene::released() else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = stripped(folder.path());
    let archive = folder.path().join("bikes.tar");
    let (binary, output) = (program.to_str().unwrap(), archive.to_str().unwrap());
    // The large program is compressed by a build without optimizations.
    let fast = ["--compression", "zstd", "--no-scan"];
    let package = ["package", "bikes@1.0.0", "--binary", binary, "--output", output];
    scene.json(&[&package[..], &fast].concat(), 0);

    podman.text(&["load", "--input", output]);
    let image = "localhost/bikes:1.0.0";
    let [files, processes] = limits();
    let sealed = ["--network=host", "--read-only", "--read-only-tmpfs=false", "--cap-drop=all"];
    let sealed = [&sealed[..], &["--security-opt=no-new-privileges", &files, &processes]].concat();
    let port = free_port().to_string();
    let serve = ["--host", "127.0.0.1", "--stateless", "--port", &port];

    // Without a secret it is served to nobody else.
    let open = podman.call(&[&["run", "--rm"], &sealed[..], &[image]].concat());
    let said = String::from_utf8_lossy(&open.stderr);
    assert_eq!(open.status.code(), Some(2), "{said}");
    assert!(said.contains("PLIMSOLL_SERVE_TOKEN"), "{said}");

    let secret = format!("PLIMSOLL_SERVE_TOKEN={SECRET}");
    let begin = ["run", "--detach", "--env", &secret];
    let container = podman.text(&[&begin[..], &sealed, &[image], &serve].concat());
    podman.container = Some(container.clone());
    let address = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
    until("the container answers", || Connection::open(address).is_ok());
    let answer = Connection::open(address).unwrap().with_token(SECRET).infer().unwrap();
    assert_eq!((answer.status, &answer.json()["model_version"]), (200, &"1.0.0".into()));
    assert_eq!(Connection::open(address).unwrap().infer().unwrap().status, 401);

    // Neither a shell nor root.
    let shell = podman.call(&["exec", &container, "/bin/sh", "-c", "true"]);
    assert!(!shell.status.success());
    assert_eq!(
        podman.text(&["inspect", "--format", "{{.Config.User}}", &container]),
        "65532:65532"
    );

    podman.text(&["stop", "--time", "30", &container]);
    let code = podman.text(&["inspect", "--format", "{{.State.ExitCode}}", &container]);
    assert_eq!(
        code,
        "0",
        "{}",
        String::from_utf8_lossy(&podman.call(&["logs", &container]).stderr)
    );
}

#[test]
fn encrypted_weights_are_served_to_whoever_mounts_the_key_on_a_disk_that_cannot_be_written_to() {
    let Some(mut podman) = Podman::find() else { return };
    let Some(scene) = Scene::released() else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = stripped(folder.path());
    let archive = folder.path().join("bikes.tar");
    let (binary, output) = (program.to_str().unwrap(), archive.to_str().unwrap());
    let fast = ["--compression", "zstd", "--no-scan", "--encrypt-to", encrypted::ADA];
    let package = ["package", "bikes@1.0.0", "--binary", binary, "--output", output];
    scene.json(&[&package[..], &fast].concat(), 0);
    let identity = encrypted::identity(&scene.sandbox, "ada.txt", true);
    // The server's own user, and nobody else, may read it.
    std::os::unix::fs::chown(&identity, Some(65532), Some(65532)).unwrap();

    podman.text(&["load", "--input", output]);
    let image = "localhost/bikes:1.0.0";
    let [files, processes] = limits();
    let sealed = ["--network=host", "--read-only", "--read-only-tmpfs=false", "--cap-drop=all"];
    let sealed = [&sealed[..], &["--security-opt=no-new-privileges", &files, &processes]].concat();
    let port = free_port().to_string();
    let serve = ["--host", "127.0.0.1", "--stateless", "--port", &port];

    let without = podman.call(&[&["run", "--rm"], &sealed[..], &[image], &serve].concat());
    let said = String::from_utf8_lossy(&without.stderr);
    assert_eq!(without.status.code(), Some(2), "{said}");
    assert!(said.contains("there is no identity to open it with"), "{said}");

    let mount = format!("{}:/run/identity.txt:ro", identity.display());
    let key = ["--volume", &mount, "--env", "PLIMSOLL_IDENTITY=/run/identity.txt"];
    let begin = [&["run", "--detach"], &key[..], &sealed, &[image], &serve].concat();
    let container = podman.text(&begin);
    podman.container = Some(container.clone());
    let address = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
    until("the container answers", || Connection::open(address).is_ok());
    let answer = Connection::open(address).unwrap().infer().unwrap();
    assert_eq!((answer.status, &answer.json()["model_version"]), (200, &"1.0.0".into()));
    podman.text(&["stop", "--time", "30", &container]);
    let logs = podman.call(&["logs", &container]);
    let logs = String::from_utf8_lossy(&logs.stderr).into_owned();
    assert!(logs.contains("key-used") && logs.contains(encrypted::ADA), "{logs}");
}
