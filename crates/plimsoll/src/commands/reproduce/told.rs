//! What came of it, kept: as evidence, as a signed statement, and in the model's history.

use std::io::Cursor;
use std::path::Path;

use plimsoll_core::Digest;
use plimsoll_core::history::{Happened, Happening};
use plimsoll_core::reproduction::Reproduction;
use plimsoll_release::envelope::Envelope;
use plimsoll_release::key::Sign;
use plimsoll_release::release::PublishError;
use plimsoll_release::statement::{Claim, ReproductionClaim, Statement};

use super::origin::Origin;
use crate::candidate;
use crate::error::{CommandError, Kind};
use crate::ports::Ports;

/// What was kept.
pub(super) struct Told {
    pub evidence: Digest,
    pub statement: Digest,
    document: Vec<u8>,
    envelope: Vec<u8>,
}

/// Signs and keeps `reproduction`, and tells the model's history of it.
pub(super) async fn tell(
    reproduction: &Reproduction,
    key: &dyn Sign,
    origin: &Origin,
    ports: &Ports,
) -> Result<Told, CommandError> {
    let bug = |error: serde_json::Error| CommandError::new(Kind::Bug, error);
    let claim = ReproductionClaim::of(reproduction.clone(), candidate::builder()?).map_err(bug)?;
    let variant = reproduction.version.variant.clone();
    let claim = Claim::Reproduction(Box::new(claim));
    let statement = Statement { variant: variant.clone(), subject: reproduction.subject, claim };
    let sealed = Envelope::seal(&statement, key).map_err(PublishError::Seal)?;
    let envelope = sealed.to_json().map_err(bug)?;
    let document = serde_json::to_vec(reproduction).map_err(bug)?;
    let evidence = ports.objects.put(&mut Cursor::new(document.clone())).await?;
    let statement = ports.objects.put(&mut Cursor::new(envelope.clone())).await?;
    for digest in [&evidence, &statement] {
        origin.catalogue.take_object(digest, ports).await?;
    }
    let what = Happened::Reproduced {
        version: reproduction.version.clone(),
        evidence,
        statement,
        answer: reproduction.answer,
        message: reproduction.message.clone(),
    };
    let happening = Happening::new(reproduction.at, variant, what);
    origin.catalogue.history.tell(&happening).await?;
    Ok(Told { evidence, statement, document, envelope })
}

impl Told {
    /// Writes both beside what was made.
    pub(super) fn write(&self, folder: &Path) -> Result<(), CommandError> {
        let files =
            [("reproduction.json", &self.document), ("reproduction.sigstore.json", &self.envelope)];
        for (name, bytes) in files {
            let file = folder.join(name);
            std::fs::write(&file, bytes).map_err(|error| {
                CommandError::world(format!("{} could not be written: {error}", file.display()))
            })?;
        }
        Ok(())
    }
}
