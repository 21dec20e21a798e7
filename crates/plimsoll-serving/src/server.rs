//! The server: its threads, from the first connection to the last answer.

mod accept;
mod connection;
mod pace;
mod worker;

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use plimsoll_data::capture::OpenCapturesError;
use tokio::sync::oneshot;

use crate::capture::Capture;
use crate::loaded::Loaded;
use crate::settings::Settings;
use crate::state::State;

/// A server cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Others than this machine would reach it, and anybody could ask.
    #[error("{0} can be reached from other machines, so a token is needed")]
    Open(SocketAddr),
    /// The address is not to be had.
    #[error("{address} cannot be listened on")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// Captures cannot be written.
    #[error(transparent)]
    Captures(#[from] OpenCapturesError),
    /// A thread cannot be started.
    #[error("the threads of the server cannot be started")]
    Threads(#[source] io::Error),
}

/// What a server did by the time it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// Connections that were cut off because they took too long.
    pub cut_off: usize,
    /// Rows answered.
    pub predictions: u64,
    /// Rows handed to the captures.
    pub recorded: u64,
    /// Rows that were to be recorded and are not.
    pub lost: u64,
}

/// A server that listens and does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    settings: Settings,
    state: Arc<State>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A way to a server from elsewhere in its process.
#[derive(Clone)]
pub struct Handle {
    state: Arc<State>,
    address: SocketAddr,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A server that answers. Dropped, it ends on its own time.
#[derive(Debug)]
pub struct Running {
    handle: Handle,
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<Ended>,
}

impl Server {
    /// Listens. Who connects now waits until the server answers.
    ///
    /// # Errors
    /// The address is not to be had, or is open to other machines without a token.
    pub fn bind(settings: Settings) -> Result<Self, ServeError> {
        let asked = settings.address;
        if !asked.ip().to_canonical().is_loopback() && settings.token.is_none() {
            return Err(ServeError::Open(asked));
        }
        let bind = |error| ServeError::Bind { address: asked, error };
        let listener = TcpListener::bind(asked).map_err(bind)?;
        listener.set_nonblocking(true).map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let state = Arc::new(State::new(&settings));
        Ok(Self { listener, address, settings, state })
    }

    /// Returns the address, with the port that was taken.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns a way to the server that stays valid while it runs.
    pub fn handle(&self) -> Handle {
        Handle { state: Arc::clone(&self.state), address: self.address }
    }

    /// Answers with `loaded`, on threads of its own.
    ///
    /// # Errors
    /// Captures cannot be written, or threads cannot be started.
    pub fn start(self, loaded: Loaded) -> Result<Running, ServeError> {
        let Self { listener, address, settings, state } = self;
        let about = Arc::clone(loaded.about());
        let mut writer = None;
        if let Some(capture) = settings.capture.as_ref().filter(|_| about.capture) {
            let (keys, limit) = (about.keys.clone(), settings.limits.capture_bytes);
            let clock = Arc::clone(&settings.clock);
            let metrics = Arc::clone(&state.metrics);
            let (capture, thread) = Capture::start(capture, keys, limit, clock, metrics)?;
            _ = state.capture.set(capture);
            writer = Some(thread);
        }
        state.switch(loaded);
        tracing::info!(
            %address,
            model.name = about.name,
            model.version = about.version,
            model.released = about.released,
            capture = writer.is_some(),
            "serving"
        );
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let threads = Threads { state: Arc::clone(&state), writer };
        accept::start(listener, settings.workers, threads, stopped, end)
            .map_err(ServeError::Threads)?;
        Ok(Running { handle: Handle { state, address }, stop, ended })
    }

    /// Answers with `loaded` until `shutdown`, and ends in peace: nothing more is accepted, requests
    /// in flight are answered, captures are written.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn run(
        self,
        loaded: Loaded,
        shutdown: impl Future<Output = ()>,
    ) -> Result<Ended, ServeError> {
        let running = self.start(loaded)?;
        shutdown.await;
        Ok(running.stop().await)
    }
}

impl Handle {
    /// Has `loaded` answer from now on. Requests in flight are answered by the model before.
    pub fn switch(&self, loaded: Loaded) {
        let (name, version) = (loaded.name().to_owned(), loaded.version().map(str::to_owned));
        let before = self.state.switch(loaded);
        if let Some(before) = before {
            self.state.metrics.switches.inc();
            let was = before.version().map(str::to_owned);
            tracing::info!(
                model.name = name,
                model.version = version,
                was,
                "another model answers"
            );
        }
    }

    /// Returns the name and version of the model that answers.
    pub fn serves(&self) -> Option<(String, Option<String>)> {
        let model = self.state.model()?;
        Some((model.name().to_owned(), model.version().map(str::to_owned)))
    }

    /// Returns the address that the server listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns how many rows were recorded, and how many were to be and are not.
    pub fn captured(&self) -> (u64, u64) {
        (self.state.metrics.recorded.get(), self.state.metrics.lost.get())
    }
}

impl Running {
    /// Returns a way to the server.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the address that it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.handle.address
    }

    /// Ends in peace: nothing more is accepted, requests in flight are answered, captures written.
    pub async fn stop(self) -> Ended {
        let Self { handle, stop, ended } = self;
        _ = stop.send(());
        ended.await.unwrap_or_else(|_| handle.state.ended(0))
    }

    /// Does the same where nothing is asynchronous.
    pub fn stop_blocking(self) -> Ended {
        let Self { handle, stop, ended } = self;
        _ = stop.send(());
        ended.blocking_recv().unwrap_or_else(|_| handle.state.ended(0))
    }
}

/// What is left to end when the workers have.
struct Threads {
    state: Arc<State>,
    writer: Option<JoinHandle<u64>>,
}

impl Threads {
    fn end(self, cut_off: usize) -> Ended {
        if let Some(capture) = self.state.capture.get() {
            capture.end();
        }
        let unsaved = self.writer.map(JoinHandle::join).transpose().unwrap_or_else(|_| {
            tracing::error!("the thread that writes captures ended early");
            None
        });
        let mut ended = self.state.ended(cut_off);
        // The journal took them over, and the disk never did.
        let unsaved = unsaved.unwrap_or(0);
        ended.recorded = ended.recorded.saturating_sub(unsaved);
        ended.lost = ended.lost.saturating_add(unsaved);
        tracing::info!(
            cut_off,
            predictions = ended.predictions,
            recorded = ended.recorded,
            lost = ended.lost,
            "served to the end"
        );
        ended
    }
}

impl State {
    /// Tells every thread that the server ends.
    fn begin_end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    fn ended(&self, cut_off: usize) -> Ended {
        Ended {
            cut_off,
            predictions: self.metrics.predictions.get(),
            recorded: self.metrics.recorded.get(),
            lost: self.metrics.lost.get(),
        }
    }
}
