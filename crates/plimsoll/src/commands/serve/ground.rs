//! What a server is given of the outside.

use std::path::Path;
use std::sync::Arc;

use plimsoll_engine::run::Clock;

use crate::ports::{self, Ports};
use crate::settings::Settings;
use crate::ui::Entries;

/// What a server is given of the outside: a home, or nothing that is kept.
#[derive(Clone)]
pub(crate) struct Ground<'p> {
    pub(super) settings: &'p Settings,
    /// The folder that paths are named from.
    pub(super) folder: &'p Path,
    pub(super) clock: Arc<dyn Clock>,
    /// The home: registry, captures, and which trust files were seen.
    pub(super) home: Option<&'p Ports>,
    /// Where uses of keys are told of, where there is no home.
    pub(super) entries: Option<Entries>,
}

impl<'p> Ground<'p> {
    pub(super) fn of(ports: &'p Ports) -> Self {
        let (settings, folder) = (&ports.settings, &ports.folder);
        Self { settings, folder, clock: Arc::clone(&ports.clock), home: Some(ports), entries: None }
    }

    pub(super) fn stateless(settings: &'p Settings, folder: &'p Path, entries: Entries) -> Self {
        Self { settings, folder, clock: ports::clock(), home: None, entries: Some(entries) }
    }
}
