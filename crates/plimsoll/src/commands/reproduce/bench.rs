//! Where the run is done again, and what it is made of brought there.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use plimsoll_core::ports::{ObjectStore, OpenError};
use plimsoll_core::reproduction::Past;
use plimsoll_core::{Digest, RunId};
use plimsoll_engine::environment::Network;
use plimsoll_engine::reproduce::{self, Again, Elsewhere, Missing, Place};
use plimsoll_engine::run::{EnginePorts, RunRequest};

use super::Args;
use super::commit::Written;
use super::origin::Origin;
use crate::commands::run;
use crate::error::{CommandError, Kind};
use crate::ports::Ports;
use crate::view;

/// Where the run is done again: a home of its own, whose store begins empty.
pub(super) struct Bench {
    pub ports: Ports,
    pub onnxruntime: Option<PathBuf>,
}

impl Bench {
    pub(super) async fn set_up(
        args: &Args,
        place: &Place,
        written: &Written,
        ports: &Ports,
    ) -> Result<Self, CommandError> {
        let home = place.folder().join("home");
        let own =
            Ports::open(ports.settings.clone().of_home(home.clone()), written.root().to_owned());
        let own = own.await?;
        if args.reuse_environment {
            let known = ports.settings.home.join("environments");
            let linked = std::fs::create_dir_all(&known)
                .and_then(|()| symlink(&known, home.join("environments")));
            linked.map_err(|error| {
                CommandError::world(format!("{} could not be used: {error}", known.display()))
            })?;
        }
        let onnxruntime = args.onnxruntime.as_ref().map(|file| ports.folder.join(file));
        Ok(Self {
            ports: own,
            onnxruntime: onnxruntime.or_else(|| ports.settings.onnxruntime.clone()),
        })
    }

    /// Brings data, inputs, frozen and withheld rows to where the run finds them.
    pub(super) async fn bring(
        &self,
        origin: &Origin,
        written: &Written,
        ports: &Ports,
    ) -> Result<(), CommandError> {
        let past = &origin.past;
        let stores = origin.stores(ports);
        let stores: Vec<&dyn ObjectStore> = stores.iter().map(|store| &**store).collect();
        let elsewhere = Elsewhere { objects: &stores, folder: written.elsewhere.as_deref() };
        let project = &written.declared.project;
        let mut missing = reproduce::fill(written.root(), project, past, &elsewhere).await?;
        let live = project.data.iter().filter(|(_, dataset)| dataset.live.is_some());
        let mut wanted: Vec<Missing> = live
            .filter_map(|(name, _)| {
                let pin = past.data.get(name)?;
                let (digest, bytes, source) = (pin.digest, Some(pin.bytes), pin.source.clone());
                Some(Missing { what: format!("data.{name}"), digest, bytes, source })
            })
            .collect();
        wanted.extend(past.retraining.as_ref().map(|retraining| Missing {
            what: "the withheld rows".to_owned(),
            digest: retraining.withheld,
            bytes: Some(retraining.bytes),
            source: Some("captures".to_owned()),
        }));
        for wanted in wanted {
            if !copy(&wanted.digest, &stores, &*self.ports.objects).await? {
                missing.push(wanted);
            }
        }
        refuse_missing(past, &missing)
    }

    pub(super) fn request(
        &self,
        args: &Args,
        id: RunId,
        past: &Past,
        written: &Written,
    ) -> RunRequest {
        let declared = &written.declared;
        let network = if args.offline { Network::Forbidden } else { Network::Allowed };
        let again = Again {
            id,
            project: declared.project.clone(),
            declared: declared.digest,
            params: declared.params.clone(),
            root: written.root().to_owned(),
            home: self.ports.settings.home.clone(),
            variables: self.ports.settings.variables.clone(),
            jobs: args.jobs.unwrap_or_else(run::slots),
            network,
            longest: args.timeout,
            grace: run::GRACE,
        };
        reproduce::request(past, again)
    }

    pub(super) fn engine(&self, args: &Args, written: &Written) -> EnginePorts {
        self.ports.engine(&written.declared, self.onnxruntime.clone(), args.offline)
    }
}

/// Puts an object of one of the stores into `to`, and tells whether one has it.
async fn copy(
    digest: &Digest,
    stores: &[&dyn ObjectStore],
    to: &dyn ObjectStore,
) -> Result<bool, CommandError> {
    for store in stores {
        let mut content = match store.open(digest, None).await {
            Ok(content) => content,
            Err(OpenError::Missing(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        to.put(&mut *content).await?;
        return Ok(true);
    }
    Ok(false)
}

fn refuse_missing(past: &Past, missing: &[Missing]) -> Result<(), CommandError> {
    if missing.is_empty() {
        return Ok(());
    }
    let said = |missing: &Missing| {
        let size =
            missing.bytes.map(|bytes| format!(", {}", view::size(bytes))).unwrap_or_default();
        let source = missing.source.as_ref().map(|source| format!(", from {source}"));
        format!("{} ({}{size}{})", missing.what, missing.digest, source.unwrap_or_default())
    };
    let said: Vec<String> = missing.iter().map(said).collect();
    let message = format!(
        "{} cannot be made again: {} of what it was made of is neither in the store nor in the repository: {}",
        past.version,
        missing.len(),
        said.join("; ")
    );
    Err(CommandError::new(Kind::No, message)
        .hint("put the same bytes to their place in the repository, and call it again there"))
}
