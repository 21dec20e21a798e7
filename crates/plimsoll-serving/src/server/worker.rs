//! A thread that serves its share of the connections.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinSet, LocalSet};

use super::accept::{Connections, Sent};
use super::connection;
use crate::state::State;

/// How long slow models may still run when everything else has ended.
const LAST_CALLS: Duration = Duration::from_millis(200);

/// A running worker.
pub(super) struct Worker {
    pub(super) connections: Connections,
    pub(super) count: Arc<AtomicUsize>,
    thread: JoinHandle<usize>,
}

impl Worker {
    /// Returns how many connections it serves.
    pub(super) fn connections(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Has it end.
    pub(super) fn end(self) -> Ending {
        drop(self.connections);
        Ending { count: self.count, thread: self.thread }
    }
}

/// A worker that has been told to end.
pub(super) struct Ending {
    count: Arc<AtomicUsize>,
    thread: JoinHandle<usize>,
}

impl Ending {
    /// Waits for it, and returns how many connections it cut off.
    pub(super) fn wait(self) -> usize {
        self.thread.join().unwrap_or_else(|_| {
            tracing::error!("a thread of the server ended early");
            self.count.load(Ordering::Relaxed)
        })
    }
}

/// Starts the worker called `number`.
pub(super) fn start(state: Arc<State>, number: usize) -> io::Result<Worker> {
    let runtime =
        Builder::new_current_thread().enable_io().enable_time().max_blocking_threads(4).build()?;
    let (connections, taken) = mpsc::unbounded_channel();
    let thread = thread::Builder::new()
        .name(format!("plimsoll-serve-{number}"))
        .spawn(move || serve(runtime, &state, number, taken))?;
    Ok(Worker { connections, count: Arc::default(), thread })
}

fn serve(
    runtime: Runtime,
    state: &Arc<State>,
    number: usize,
    mut taken: mpsc::UnboundedReceiver<Sent>,
) -> usize {
    let local = LocalSet::new();
    let cut_off = local.block_on(&runtime, async {
        let (ending, ends) = watch::channel(false);
        let mut all = JoinSet::new();
        let shared = Rc::new(connection::Shared { state: Arc::clone(state), worker: number, ends });
        loop {
            tokio::select! {
                sent = taken.recv() => match sent {
                    Some((stream, counted)) => {
                        let shared = Rc::clone(&shared);
                        all.spawn_local(connection::serve(shared, stream, counted));
                    }
                    None => break,
                },
                Some(ended) = all.join_next() => tell(&ended),
            }
        }
        ending.send_replace(true);
        let rest = async {
            while let Some(ended) = all.join_next().await {
                tell(&ended);
            }
        };
        _ = tokio::time::timeout(state.limits.drain_time, rest).await;
        all.len()
    });
    drop(local);
    runtime.shutdown_timeout(LAST_CALLS);
    cut_off
}

fn tell(ended: &Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("a connection ended in a panic");
    }
}
