//! `plimsoll serve` as a process of its own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::asked::Connection;
use super::scene::until;

/// A server that answers; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What it said when it was ready.
    pub(crate) shown: Value,
    logs: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Server {
    /// Starts `command`, a `plimsoll serve --json`, and waits until it answers.
    pub(crate) fn start(mut command: Command, logs: PathBuf) -> Self {
        command.stdout(Stdio::piped()).stderr(File::create(&logs).unwrap());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let (mut text, mut shown) = (String::new(), None);
        while shown.is_none() && said.read_line(&mut text).unwrap() > 0 {
            shown = serde_json::from_str::<Value>(&text).ok();
        }
        let Some(shown) = shown else {
            panic!("no server: {text}{}{:?}", fs::read_to_string(&logs).unwrap(), child.wait());
        };
        let address = shown["address"].as_str().unwrap().strip_prefix("http://").unwrap();
        Self { child, address: address.parse().unwrap(), shown, logs }
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address).unwrap()
    }

    /// Returns the version that answers.
    #[track_caller]
    pub(crate) fn version(&self) -> String {
        let answer = self.connect().infer().unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["model_version"].as_str().unwrap().to_owned()
    }

    /// Waits until `version` answers.
    #[track_caller]
    pub(crate) fn follows(&self, version: &str) {
        until(&format!("{version} answers"), || self.version() == version);
    }

    /// Returns a number of `/metrics`.
    #[track_caller]
    pub(crate) fn counted(&self, name: &str) -> u64 {
        let text = self.connect().get("/metrics").unwrap().body;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Kills it at once.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and returns its exit code and what it logged.
    #[track_caller]
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        self.signal(Signal::TERM);
        let code = self.wait();
        (code, self.logs())
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "it does not end: {}", self.logs());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Returns the folder in which what it sees as `/` can be seen.
    pub(crate) fn root(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root", self.child.id()))
    }

    pub(crate) fn logs(&self) -> String {
        let mut text = String::new();
        File::open(&self.logs).unwrap().read_to_string(&mut text).unwrap();
        text
    }
}
