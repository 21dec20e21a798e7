//! `plimsoll serve`

mod follow;
mod ground;
mod source;
mod uses;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_serving::{CaptureSettings, Clock, Ended, Limits, Running, Server, Settings, Token};
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{CommandError, Exit, Kind};
use crate::ports::Ports;
use crate::settings::{SERVE_TOKEN, Settings as Environment};
use crate::ui::{Document, Paint, Ui, paint};

pub(crate) use follow::Follower;
use ground::Ground;
pub(crate) use source::Source;

/// Serve a model over HTTP
///
/// Speaks the Open Inference Protocol (version 2, REST) and `/invocations` as in `MLflow`, with `/metrics`
/// for Prometheus. A released model is served only from a bundle that verifies. With MODEL@ALIAS the server
/// follows the alias: `deploy` and `rollback` switch it without failing a request. Predictions are
/// recorded in the home where the model's `serve:` says so. A model that `package --encrypt-to` encrypted
/// is opened in memory with an identity of age, once the use of the key is in the audit log. Logs are JSON
/// on standard error.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// MODEL@ALIAS, MODEL@VERSION, a bundle, or a bare FILE.onnx
    #[arg(value_name = "MODEL|BUNDLE|FILE.onnx")]
    what: String,
    /// The port; 0 takes a free one
    #[arg(long, short, default_value_t = 8080)]
    port: u16,
    /// The address; others than loopback need a token
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// A file with the secret that callers must send as `Authorization: Bearer`, instead of the one in
    /// `PLIMSOLL_SERVE_TOKEN`
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Record nothing, whatever the model's `serve:` says
    #[arg(long)]
    no_capture: bool,
    /// Keep nothing and look into no home: a bundle, its --trust and --onnxruntime are all there is, as in
    /// an image whose disk cannot be written to. Records nothing
    #[arg(long, requires = "trust")]
    pub(crate) stateless: bool,
    /// How many threads answer [default: as many as the machine has processors]
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// The largest request that is read, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 16)]
    max_body: u16,
    /// Whose signatures count, instead of trust.yaml in the home
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// The identity of age that opens an encrypted model: a file that only its owner can read, instead of
    /// `PLIMSOLL_IDENTITY` (the identity, or a file's path) or what `PLIMSOLL_IDENTITY_COMMAND` prints
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Look versions up in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
    /// ONNX Runtime's library, instead of the one that is found or fetched
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
    /// Fetch nothing
    #[arg(long)]
    offline: bool,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    run_on(args, Ground::of(ports), ui).await
}

/// As [`run`], without a home.
pub(crate) async fn run_stateless(
    args: &Args,
    settings: &Environment,
    folder: &Path,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    let entries = ui.entries();
    run_on(args, Ground::stateless(settings, folder, entries), ui).await
}

async fn run_on(args: &Args, ground: Ground<'_>, ui: &mut Ui) -> Result<Exit, CommandError> {
    let token = match &args.token_file {
        Some(file) => Some(token(&ground.folder.join(file))?),
        None => ground.settings.serve_token().map(token_of_environment).transpose()?,
    };
    let wish = Wish {
        what: args.what.clone(),
        address: SocketAddr::new(args.host, args.port),
        token,
        capture: !args.no_capture,
        workers: args.workers,
        largest_body: usize::from(args.max_body) << 20,
        trust: args.trust.as_ref().map(|file| ground.folder.join(file)),
        identity: args.identity.as_ref().map(|file| ground.folder.join(file)),
        registry: args.registry.clone(),
        onnxruntime: args.onnxruntime.clone().or_else(|| ground.settings.onnxruntime.clone()),
        offline: args.offline,
    };
    // Before anybody can be answered: from then on, whoever ends the server ends it in peace.
    let mut signals = Signals::listen()?;
    let serving = tokio::select! {
        biased;
        started = Box::pin(start_on(wish, ground)) => started?,
        signal = signals.next() => return Ok(Exit::Signal(signal)),
    };
    ui.show(&serving.shown)?;
    let signal = signals.next().await;
    // A second signal does not wait for slow clients.
    let ended = tokio::select! {
        ended = serving.stop() => ended,
        _ = signals.next() => return Ok(Exit::Signal(signal)),
    };
    ui.note(format_args!(
        "stopped: {} predictions, {} recorded, {} lost",
        ended.predictions, ended.recorded, ended.lost
    ));
    Ok(Exit::Done)
}

/// What is to be served, and how.
pub(crate) struct Wish {
    pub what: String,
    pub address: SocketAddr,
    pub token: Option<Token>,
    pub capture: bool,
    pub workers: Option<NonZeroUsize>,
    pub largest_body: usize,
    pub trust: Option<PathBuf>,
    pub identity: Option<PathBuf>,
    pub registry: Option<PathBuf>,
    pub onnxruntime: Option<PathBuf>,
    pub offline: bool,
}

impl Wish {
    /// Serves `what` on a free port of this machine, as much as possible left as it is.
    pub(crate) fn on_free_port(what: String, onnxruntime: Option<PathBuf>) -> Self {
        Self {
            what,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: None,
            capture: true,
            workers: None,
            largest_body: 16 << 20,
            trust: None,
            identity: None,
            registry: None,
            onnxruntime,
            offline: false,
        }
    }
}

/// A server that answers, and what keeps it up to date.
pub(crate) struct Serving {
    pub running: Running,
    follower: Option<Follower>,
    shown: Shown,
}

impl Serving {
    /// Ends in peace.
    pub(crate) async fn stop(self) -> Ended {
        drop(self.follower);
        self.running.stop().await
    }
}

/// Starts a server.
pub(crate) async fn start(wish: Wish, ports: &Ports) -> Result<Serving, CommandError> {
    start_on(wish, Ground::of(ports)).await
}

async fn start_on(wish: Wish, ground: Ground<'_>) -> Result<Serving, CommandError> {
    let workers = wish
        .workers
        .unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
    let source = Box::pin(Source::find(&wish, workers, &ground)).await?;
    let (served, loaded) = source.load().await?;
    if !served.released && !wish.address.ip().is_loopback() {
        let message = format!("{} is not released, so it is served on loopback only", wish.what);
        return Err(CommandError::new(Kind::No, message).hint("release it, or leave --host out"));
    }
    let captured = served.variant.as_ref().filter(|_| wish.capture && served.captures);
    let capture = match (captured, ground.home) {
        (Some(variant), Some(ports)) => Some(CaptureSettings {
            folder: ports.captures(variant),
            variant: variant.to_string(),
            instance: format!("{}-{}", std::process::id(), crate::ports::fresh_run_id()?.short()),
        }),
        _ => None,
    };
    let clock = Arc::clone(&ground.clock);
    let clock: Clock = Arc::new(move || clock.now());
    let limits = Limits { body: wish.largest_body, ..Limits::default() };
    let settings =
        Settings { address: wish.address, token: wish.token, limits, workers, capture, clock };
    let running = Server::bind(settings)?.start(loaded)?;
    let address = running.local_addr();
    let follower = Follower::of(source, &served, running.handle().clone());
    let shown = Shown {
        address: format!("http://{address}"),
        model: served.name.clone(),
        version: served.version.clone(),
        released: served.released,
        encrypted: served.encrypted,
        follows: follower.as_ref().map(|_| wish.what.clone()),
    };
    Ok(Serving { running, follower, shown })
}

/// Takes over the secret that the environment holds.
fn token_of_environment(secret: &str) -> Result<Token, CommandError> {
    Token::new(secret.trim().to_owned())
        .map_err(|error| CommandError::usage(format!("{SERVE_TOKEN}: {error}")))
}

/// Reads the secret in `file` as a server's token.
fn token(file: &Path) -> Result<Token, CommandError> {
    Token::new(secret(file)?)
        .map_err(|error| CommandError::usage(format!("{}: {error}", file.display())))
}

/// Reads the secret in `file`, which nobody else may be able to read.
pub(crate) fn secret(file: &Path) -> Result<String, CommandError> {
    use std::os::unix::fs::PermissionsExt as _;
    let unread = |error: std::io::Error| {
        CommandError::usage(format!("the token file {} could not be read: {error}", file.display()))
    };
    let mode = file.metadata().map_err(unread)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let message =
            format!("the token file {} is open to others (mode {mode:04o})", file.display());
        return Err(
            CommandError::usage(message).hint(format!("run `chmod 600 {}`", file.display()))
        );
    }
    Ok(std::fs::read_to_string(file).map_err(unread)?.trim().to_owned())
}

/// What asks a server to end: ctrl-C or SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Listens from now on; none is missed between two calls of [`Self::next`].
    fn listen() -> Result<Self, CommandError> {
        let listen = |kind| {
            signal(kind).map_err(|error| CommandError::world(format!("no signals: {error}")))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Waits for one, and returns its number.
    async fn next(&mut self) -> u8 {
        tokio::select! { _ = self.interrupt.recv() => 2, _ = self.terminate.recv() => 15 }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    address: String,
    model: String,
    version: Option<String>,
    released: bool,
    encrypted: bool,
    follows: Option<String>,
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.serve/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.version {
            Some(version) => format!("{}@{version}", self.model),
            None => self.model.clone(),
        };
        write!(f, "{} is served on {}", paint(Paint::Strong, name), self.address)?;
        if let Some(follows) = &self.follows {
            write!(f, " and follows {follows}")?;
        }
        if self.encrypted {
            write!(f, ", opened with a key")?;
        }
        if !self.released {
            write!(f, " ({})", paint(Paint::Warning, "not released"))?;
        }
        writeln!(f)?;
        let asked = self.address.replace("//0.0.0.0:", "//HOST:").replace("//[::]:", "//HOST:");
        writeln!(f, "  ask: POST {asked}/v2/models/{}/infer", self.model)
    }
}
