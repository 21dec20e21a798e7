//! A server of one's own, started only to be tried: the same program, the same command, a free port.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use plimsoll_evaluate::Served;
use plimsoll_predict::EndpointAddress;
use serde::Deserialize;

use crate::error::{CommandError, Kind};

/// How long a server may take to say where it listens.
const LONGEST_START: Duration = Duration::from_mins(1);

/// How long a server may take to end.
const LONGEST_END: Duration = Duration::from_secs(5);

/// A server that was started here, and ends with this value.
#[derive(Debug)]
pub(crate) struct Booted {
    child: Child,
    started: Instant,
    address: EndpointAddress,
}

/// What a server says of itself, as far as it is needed.
#[derive(Deserialize)]
struct Said {
    address: String,
    model: String,
}

impl Booted {
    /// Starts `plimsoll serve` for a model's file on a free port of this machine.
    pub(crate) fn start(
        model: &Path,
        onnxruntime: Option<&Path>,
        offline: bool,
    ) -> Result<Self, CommandError> {
        let failed = |what: String| CommandError::world(format!("the model is not served: {what}"));
        let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
        let mut command = Command::new(program);
        command.arg("serve").arg(model).args(["--port", "0", "--no-capture", "--json"]);
        if let Some(library) = onnxruntime {
            command.arg("--onnxruntime").arg(library);
        }
        if offline {
            command.arg("--offline");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let (Some(out), Some(mut err)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(CommandError::new(Kind::Bug, "a server without a standard output"));
        };
        let (say, hear) = mpsc::channel();
        // Both streams are read to their ends, or a server that logs much would wait for a reader.
        std::thread::spawn(move || {
            let mut documents = serde_json::Deserializer::from_reader(out).into_iter::<Said>();
            _ = say.send(documents.next());
            documents.for_each(drop);
        });
        let complaints = std::thread::spawn(move || {
            let mut text = String::new();
            _ = err.read_to_string(&mut text);
            text
        });
        let said = hear.recv_timeout(LONGEST_START);
        let Ok(Some(Ok(said))) = said else {
            end(&mut child);
            let text = complaints.join().unwrap_or_default();
            let last = text.lines().rev().find(|line| line.starts_with("error:"));
            return Err(failed(last.unwrap_or("it did not say where").to_owned()));
        };
        let address = format!("{}/v2/models/{}", said.address, said.model);
        match address.parse() {
            Ok(address) => Ok(Self { child, started, address }),
            Err(error) => {
                end(&mut child);
                Err(CommandError::new(Kind::Bug, error))
            }
        }
    }
}

impl Served for Booted {
    fn address(&self) -> &EndpointAddress {
        &self.address
    }

    fn process(&self) -> u32 {
        self.child.id()
    }

    fn started(&self) -> Instant {
        self.started
    }
}

impl Drop for Booted {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Ends a server in peace, or without where it does not listen.
fn end(child: &mut Child) {
    let process = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(process) = process {
        _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
    }
    let asked = Instant::now();
    while asked.elapsed() < LONGEST_END {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            Ok(Some(_)) | Err(_) => return,
        }
    }
    _ = child.kill();
    _ = child.wait();
}
