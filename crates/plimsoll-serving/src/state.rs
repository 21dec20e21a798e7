//! What all threads of a server share.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::body::Budget;
use crate::capture::Capture;
use crate::loaded::Loaded;
use crate::metrics::Metrics;
use crate::settings::{Clock, Limits, Settings, Token};

/// What all threads of a server share.
pub(crate) struct State {
    model: RwLock<Option<Arc<Loaded>>>,
    pub(crate) token: Option<Token>,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) capture: OnceLock<Arc<Capture>>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) ending: AtomicBool,
    ids: Ids,
}

/// Makes ids for requests that come without one.
#[derive(Debug)]
struct Ids {
    /// Differs from process to process.
    prefix: u64,
    next: AtomicU64,
}

impl State {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            model: RwLock::new(None),
            token: settings.token.clone(),
            limits: settings.limits,
            clock: Arc::clone(&settings.clock),
            metrics: Arc::new(Metrics::new()),
            capture: OnceLock::new(),
            budget: Arc::default(),
            ending: AtomicBool::new(false),
            ids: Ids { prefix: RandomState::new().hash_one(()), next: AtomicU64::new(1) },
        }
    }

    /// Returns the model that answers now.
    pub(crate) fn model(&self) -> Option<Arc<Loaded>> {
        self.model.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has another model answer from now on, and returns the one before.
    pub(crate) fn switch(&self, loaded: Loaded) -> Option<Arc<Loaded>> {
        let loaded = Arc::new(loaded);
        self.metrics.serves(loaded.about());
        let mut model = self.model.write().unwrap_or_else(PoisonError::into_inner);
        model.replace(loaded)
    }

    /// Tells whether requests are answered.
    pub(crate) fn is_ready(&self) -> bool {
        !self.ending.load(Ordering::Relaxed) && self.model().is_some()
    }

    /// Makes an id.
    pub(crate) fn request_id(&self) -> String {
        let number = self.ids.next.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}-{number}", self.ids.prefix)
    }
}
