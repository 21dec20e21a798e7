//! What a server is given of the outside.

use std::path::Path;
use std::sync::Arc;

use plimsoll_engine::run::Clock;

use crate::ports::{self, Ports};
use crate::settings::Settings;

/// What a server is given of the outside: a home, or nothing that is kept.
#[derive(Clone)]
pub(crate) struct Ground<'p> {
    pub(super) settings: &'p Settings,
    /// The folder that paths are named from.
    pub(super) folder: &'p Path,
    pub(super) clock: Arc<dyn Clock>,
    /// The home: registry, captures, and which trust files were seen.
    pub(super) home: Option<&'p Ports>,
}

impl<'p> Ground<'p> {
    pub(super) fn of(ports: &'p Ports) -> Self {
        let (settings, folder) = (&ports.settings, &ports.folder);
        Self { settings, folder, clock: Arc::clone(&ports.clock), home: Some(ports) }
    }

    pub(super) fn stateless(settings: &'p Settings, folder: &'p Path) -> Self {
        Self { settings, folder, clock: ports::clock(), home: None }
    }
}
