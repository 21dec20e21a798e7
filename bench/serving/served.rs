//! The server itself, with nothing around it.
//!
//! `served LIBRARY MODEL PORT WORKERS [CAPTURES]`; it ends when its input does.
#![expect(clippy::unwrap_used, reason = "a program for measurements")]

use std::collections::BTreeMap;
use std::io::Read;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use plimsoll_core::Timestamp;
use plimsoll_core::signature::{Column, Recorded, Signature};
use plimsoll_predict::runtime::{Search, find};
use plimsoll_predict::{LARGEST_FILE, ModelFile, Runtime};
use plimsoll_serving::{CaptureSettings, Limits, Loaded, ServedModel, Server, Settings};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, library, file, port, workers, captures @ ..] = &arguments[..] else {
        panic!("served LIBRARY MODEL PORT WORKERS [CAPTURES]")
    };
    let cache = std::env::temp_dir().join("plimsoll-bench");
    let search = Search {
        named: Some(Path::new(library)),
        cache: &cache,
        environments: &[],
        programs: &[],
        offline: true,
    };
    let runtime = Runtime::load(&find(&search).unwrap().library).unwrap();
    let workers: NonZeroUsize = workers.parse().unwrap();
    let column = |at: usize| Column { name: format!("x{at}"), kind: "float64".to_owned() };
    let signature = Signature {
        inputs: Vec::new(),
        outputs: Vec::new(),
        columns: BTreeMap::from([("X".to_owned(), (0..20).map(column).collect())]),
        classes: Vec::new(),
        recorded: Some(Recorded { capture: true, id: None, time: None, context: Vec::new() }),
    };
    let model = ServedModel {
        name: "m".to_owned(),
        version: Some("1.0.0".to_owned()),
        subject: None,
        released: false,
        signature,
        file: ModelFile::read(Path::new(file), LARGEST_FILE).unwrap(),
    };
    #[expect(clippy::disallowed_methods, reason = "there is no binary here that hands it in")]
    let clock = || {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
    };
    let settings = Settings {
        address: format!("127.0.0.1:{port}").parse().unwrap(),
        token: None,
        limits: Limits::default(),
        workers,
        capture: captures.first().map(|folder| CaptureSettings {
            folder: folder.into(),
            variant: "m".to_owned(),
            instance: "bench".to_owned(),
        }),
        clock: Arc::new(clock),
    };
    let server = Server::bind(settings).unwrap();
    let running = server.start(Loaded::load(model, &runtime, workers).unwrap()).unwrap();
    _ = std::io::stdin().read_to_end(&mut Vec::new());
    running.stop_blocking();
}
