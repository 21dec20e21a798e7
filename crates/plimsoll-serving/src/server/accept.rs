//! The thread that accepts connections and gives each to the worker with the fewest.

use std::io;
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};

use super::worker::{self, Ending, Worker};
use super::{Ended, Threads};
use crate::refusal::Refusal;
use crate::state::State;

/// How long nothing is accepted after the system had nothing left for another connection.
const PAUSE: Duration = Duration::from_millis(50);

/// An open connection, counted until it is dropped.
#[derive(Debug)]
pub(super) struct Counted {
    state: CountedIn,
}

struct CountedIn {
    state: Arc<State>,
    worker: Arc<AtomicUsize>,
}

impl std::fmt::Debug for CountedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CountedIn")
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.state.worker.fetch_sub(1, Ordering::Relaxed);
        self.state.state.metrics.connections.dec();
    }
}

/// Starts the workers, and the thread that gives them connections until `stopped`.
pub(super) fn start(
    listener: TcpListener,
    workers: NonZeroUsize,
    threads: Threads,
    stopped: oneshot::Receiver<()>,
    end: oneshot::Sender<Ended>,
) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
    let mut all = Vec::with_capacity(workers.get());
    for number in 0..workers.get() {
        all.push(worker::start(Arc::clone(&threads.state), number)?);
    }
    thread::Builder::new().name("plimsoll-accept".to_owned()).spawn(move || {
        let state = Arc::clone(&threads.state);
        runtime.block_on(accept(listener, &state, &all, stopped));
        state.begin_end();
        // All are told before one is waited for.
        let ending: Vec<_> = all.into_iter().map(Worker::end).collect();
        let cut_off = ending.into_iter().map(Ending::wait).sum();
        // Nobody may be left who wants to know.
        _ = end.send(threads.end(cut_off));
    })?;
    Ok(())
}

async fn accept(
    listener: TcpListener,
    state: &Arc<State>,
    workers: &[Worker],
    mut stopped: oneshot::Receiver<()>,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "nothing can be accepted"),
    };
    loop {
        let accepted = tokio::select! {
            biased;
            // Sent or dropped, it means the same.
            _ = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => give(stream, state, workers).await,
            Err(error) if of_the_client(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionReset)
}

async fn give(mut stream: TcpStream, state: &Arc<State>, workers: &[Worker]) {
    let open: usize = workers.iter().map(Worker::connections).sum();
    if open >= state.limits.connections {
        state.metrics.refused_connections.inc();
        // The kernel takes so few bytes at once; who does not read them is not waited for.
        let refusal = Refusal::Full { limit: state.limits.connections }.raw();
        _ = tokio::time::timeout(PAUSE, stream.write_all(&refusal)).await;
        return;
    }
    let Some(worker) = workers.iter().min_by_key(|worker| worker.connections()) else { return };
    worker.count.fetch_add(1, Ordering::Relaxed);
    state.metrics.connections.inc();
    let counted = CountedIn { state: Arc::clone(state), worker: Arc::clone(&worker.count) };
    let counted = Counted { state: counted };
    // An answer is one write; waiting for more would only hold it up.
    _ = stream.set_nodelay(true);
    let stream = match stream.into_std() {
        Ok(stream) => stream,
        Err(error) => return tracing::debug!(%error, "a connection was lost on its way"),
    };
    _ = worker.connections.send((stream, counted));
}

/// What a worker is sent.
pub(super) type Sent = (std::net::TcpStream, Counted);

/// The end of a worker's channel that connections go into.
pub(super) type Connections = mpsc::UnboundedSender<Sent>;
