//! A model that is ready to be asked, by several requests at once.

mod about;
mod trial;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

pub(crate) use about::{About, Answer, parameter};
use plimsoll_core::signature::Signature;
use plimsoll_predict::{LoadModelError, Model, ModelFile, Runtime};

use crate::intake::{ColumnsError, Intake};

/// A larger file is loaded once and answers one request at a time, by all threads.
const LARGEST_COPIED: usize = 64 << 20;

/// A slower model does not hold up the thread that serves other connections.
const QUICK: Duration = Duration::from_millis(1);

/// A model and what callers are told of it.
pub struct ServedModel {
    /// The name that it is asked by, `bike-demand` or `bike-demand.fast`.
    pub name: String,
    /// Its version, `1.1.0`; `None` for a file or candidate that has none.
    pub version: Option<String>,
    /// The digest of its bundle's subject, where it comes out of one.
    pub subject: Option<String>,
    /// Whether it is released.
    pub released: bool,
    /// What it takes and gives, and what may be sent along.
    pub signature: Signature,
    /// The model.
    pub file: ModelFile,
}

/// A model cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// ONNX Runtime does not take it.
    #[error(transparent)]
    Model(#[from] LoadModelError),
    /// Its signature is another model's.
    #[error(transparent)]
    Columns(#[from] ColumnsError),
    /// A thread that loads it ended early.
    #[error("loading `{name}` ended early")]
    Ended {
        /// Which model.
        name: String,
    },
}

/// A model loaded as often as it is asked at once.
#[derive(Debug)]
pub struct Loaded {
    about: Arc<About>,
    sessions: Box<[Mutex<Model>]>,
    /// How long one row takes; `None` where a row of zeros is not answered.
    call: Option<Duration>,
}

impl Loaded {
    /// Loads a model for so many workers, and asks it once.
    ///
    /// # Errors
    /// ONNX Runtime does not take it, or its signature names other columns than it takes.
    pub fn load(
        served: ServedModel,
        runtime: &Runtime,
        workers: NonZeroUsize,
    ) -> Result<Self, LoadError> {
        let ServedModel { name, version, subject, released, signature, file } = served;
        let large = file.bytes().len() > LARGEST_COPIED;
        let (copies, threads) = if large { (1, workers.get()) } else { (workers.get(), 1) };
        let (models, call) = load_copies(&name, &file, runtime, copies, threads)?;
        let declared = Arc::clone(models[0].signature());
        let intake = Intake::new(&declared, &signature)?;
        let about = About::new(name, version, subject, released, &declared, &signature, intake);
        let sessions = models.into_iter().map(Mutex::new).collect();
        Ok(Self { about: Arc::new(about), sessions, call })
    }

    /// Returns the name that it is asked by.
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// Returns its version, where it has one.
    pub fn version(&self) -> Option<&str> {
        self.about.version.as_deref()
    }

    /// Returns how long one row took when it was loaded.
    pub fn call_time(&self) -> Option<Duration> {
        self.call
    }

    pub(crate) fn about(&self) -> &Arc<About> {
        &self.about
    }

    /// Tells whether a row takes so little time that asking holds up nobody.
    pub(crate) fn is_quick(&self) -> bool {
        self.call.is_some_and(|call| call < QUICK)
    }

    /// Returns a copy that nobody asks now, that of `worker` first.
    pub(crate) fn free(&self, worker: usize) -> Option<MutexGuard<'_, Model>> {
        let count = self.sessions.len();
        (0..count).find_map(|at| match self.sessions[(worker + at) % count].try_lock() {
            Ok(session) => Some(session),
            // A panic has left no model half written.
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        })
    }

    /// Waits for a copy.
    pub(crate) fn wait(&self, worker: usize) -> MutexGuard<'_, Model> {
        self.free(worker).unwrap_or_else(|| {
            let session = &self.sessions[worker % self.sessions.len()];
            session.lock().unwrap_or_else(PoisonError::into_inner)
        })
    }
}

/// Loads a model several times at once; returns how long a row takes in the first.
fn load_copies(
    name: &str,
    file: &ModelFile,
    runtime: &Runtime,
    copies: usize,
    threads: usize,
) -> Result<(Vec<Model>, Option<Duration>), LoadError> {
    let load = || -> Result<(Model, Option<Duration>), LoadError> {
        let mut model = Model::load(file, runtime, threads)?;
        let call = trial::ask(&mut model);
        Ok((model, call))
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..copies).map(|_| scope.spawn(load)).collect();
        let (first, call) = load()?;
        let mut models = vec![first];
        for other in others {
            let ended = |_| LoadError::Ended { name: name.to_owned() };
            models.push(other.join().map_err(ended)??.0);
        }
        Ok((models, call))
    })
}
