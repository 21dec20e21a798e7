//! A server with a model, for a test.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_core::Timestamp;
use plimsoll_core::signature::{Column, Recorded, Signature};
use plimsoll_predict::runtime::{self, Search};
use plimsoll_predict::{LARGEST_FILE, ModelFile, Runtime};
use plimsoll_serving::{
    CaptureSettings, Ended, Handle, Limits, Loaded, Running, ServedModel, Server, Settings, Token,
};
use serde_json::Value;

use crate::client::{Answer, Connection};

/// The moment that every request of a test is received at.
pub(crate) const NOW: i64 = 1_700_000_000_000;

pub(crate) const WORKERS: NonZeroUsize = NonZeroUsize::new(2).unwrap();

/// Finds ONNX Runtime where the tests of `plimsoll-predict` find or fetch it; where that is
/// impossible, says why and returns none.
#[expect(clippy::print_stderr, reason = "a test says why it is skipped")]
pub(crate) fn runtime() -> Option<Runtime> {
    let cache = workspace().join("target/test-cache");
    #[expect(clippy::disallowed_methods, reason = "a test has nobody to hand it in")]
    let path = std::env::var_os("PATH");
    let programs: Vec<PathBuf> =
        path.map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let search = Search {
        named: None,
        cache: &cache,
        environments: &[],
        programs: &programs,
        offline: false,
    };
    match runtime::find(&search) {
        Ok(found) => Some(Runtime::load(&found.library).unwrap()),
        Err(error) => {
            eprintln!("skipped, without ONNX Runtime: {error}");
            None
        }
    }
}

pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the path of a committed model.
pub(crate) fn fixture(name: &str) -> PathBuf {
    workspace().join(format!("fixtures/onnx/{name}.onnx"))
}

/// A model that is to be served.
pub(crate) struct TestModel {
    path: PathBuf,
    pub(crate) name: String,
    version: Option<String>,
    signature: Signature,
}

impl TestModel {
    pub(crate) fn new(path: &Path) -> Self {
        let signature = Signature {
            inputs: Vec::new(),
            outputs: Vec::new(),
            columns: BTreeMap::new(),
            classes: Vec::new(),
            recorded: None,
        };
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        Self { path: path.to_owned(), name, version: None, signature }
    }

    pub(crate) fn fixture(name: &str) -> Self {
        Self::new(&fixture(name))
    }

    pub(crate) fn called(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    pub(crate) fn version(mut self, version: &str) -> Self {
        self.version = Some(version.to_owned());
        self
    }

    /// Names the columns of an input.
    pub(crate) fn columns(mut self, input: &str, names: &[&str]) -> Self {
        let column = |name: &&str| Column { name: (*name).to_owned(), kind: "float64".to_owned() };
        self.signature.columns.insert(input.to_owned(), names.iter().map(column).collect());
        self
    }

    /// Names what may be sent along: name and type; the first one names a row.
    pub(crate) fn context(mut self, columns: &[(&str, &str)]) -> Self {
        let column =
            |(name, kind): &(&str, &str)| Column { name: (*name).into(), kind: (*kind).into() };
        self.signature.recorded = Some(Recorded {
            capture: true,
            id: columns.first().map(|(name, _)| (*name).to_owned()),
            time: None,
            context: columns.iter().map(column).collect(),
        });
        self
    }

    pub(crate) fn load(self, runtime: &Runtime) -> Loaded {
        let served = ServedModel {
            name: self.name,
            version: self.version,
            subject: Some("sha256:5ab1".to_owned()),
            released: false,
            signature: self.signature,
            file: ModelFile::read(&self.path, LARGEST_FILE).unwrap(),
        };
        Loaded::load(served, runtime, WORKERS).unwrap()
    }
}

/// A server that is set up.
pub(crate) struct TestServer {
    settings: Settings,
}

impl TestServer {
    pub(crate) fn new() -> Self {
        let settings = Settings {
            address: ([127, 0, 0, 1], 0).into(),
            token: None,
            limits: Limits::default(),
            workers: WORKERS,
            capture: None,
            clock: Arc::new(|| Timestamp::from_millis(NOW)),
        };
        Self { settings }
    }

    pub(crate) fn address(mut self, address: std::net::SocketAddr) -> Self {
        self.settings.address = address;
        self
    }

    pub(crate) fn settings(self) -> Settings {
        self.settings
    }

    pub(crate) fn token(mut self, token: &str) -> Self {
        self.settings.token = Some(Token::new(token.to_owned()).unwrap());
        self
    }

    pub(crate) fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.settings.limits);
        self
    }

    pub(crate) fn capture(mut self, folder: &Path) -> Self {
        self.settings.capture = Some(CaptureSettings {
            folder: folder.to_owned(),
            variant: "bike-demand".to_owned(),
            instance: "test".to_owned(),
        });
        self
    }

    /// Serves a model; nothing where there is no ONNX Runtime.
    pub(crate) fn serve(self, model: TestModel) -> Option<Story> {
        let runtime = runtime()?;
        let name = model.name.clone();
        let server = Server::bind(self.settings).unwrap();
        let running = server.start(model.load(&runtime)).unwrap();
        let connection = Connection::open(running.local_addr());
        Some(Story { running, connection, name, runtime, token: None })
    }
}

/// A server and a caller.
pub(crate) struct Story {
    pub(crate) running: Running,
    pub(crate) connection: Connection,
    pub(crate) name: String,
    pub(crate) runtime: Runtime,
    pub(crate) token: Option<String>,
}

impl Story {
    pub(crate) fn handle(&self) -> &Handle {
        self.running.handle()
    }

    /// Opens another connection.
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.running.local_addr())
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    pub(crate) fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut headers = headers.to_vec();
        if let Some(bearer) = &bearer {
            headers.push(("authorization", bearer));
        }
        let answer = self.connection.request(method, path, &headers, body);
        if answer.header("connection") == Some("close") {
            self.connection = self.connect();
        }
        answer
    }

    /// Asks the model in the Open Inference Protocol.
    pub(crate) fn infer(&mut self, body: &Value) -> Answer {
        self.infer_text(&body.to_string())
    }

    pub(crate) fn infer_text(&mut self, body: &str) -> Answer {
        let path = format!("/v2/models/{}/infer", self.name);
        self.ask("POST", &path, &[("content-type", "application/json")], body.as_bytes())
    }

    /// Asks the model in `MLflow`'s format.
    pub(crate) fn invoke(&mut self, body: &Value) -> Answer {
        let json = [("content-type", "application/json")];
        self.ask("POST", "/invocations", &json, body.to_string().as_bytes())
    }

    pub(crate) fn end(self) -> Ended {
        drop(self.connection);
        self.running.stop_blocking()
    }
}
