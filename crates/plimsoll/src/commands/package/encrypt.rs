//! Weights that leave encrypted: looked through before, and told of in the audit log.

use std::path::{Path, PathBuf};

use plimsoll_core::audit::Transition;
use plimsoll_core::weights::{Encryption, Recipient, WeightsUse};
use plimsoll_core::{Digest, Version};
use plimsoll_package::Content;
use plimsoll_predict::{LARGEST_FILE, ModelFile};
use plimsoll_release::bundle::{Part, VerifiedBundle};
use plimsoll_release::encryption::{ENDING, Recipients};

use crate::commands::{release, scan};
use crate::error::{CommandError, Kind};
use crate::ports::{Catalogue, Ports};
use crate::ui::Ui;
use crate::unfinished;

/// The folder of the home in which encrypted weights are kept, by what they hash to.
const FOLDER: &str = "encrypted";

/// How the names of files in it begin that are not told of yet.
const UNFINISHED: &str = ".untold-";

/// Weights that are encrypted.
pub(super) struct Encrypted {
    /// What is told of it.
    pub(super) told: Encryption,
    /// The file of age.
    pub(super) file: PathBuf,
    pub(super) bytes: u64,
    /// The file until it is told of: what nobody is told of is not kept.
    untold: Option<tempfile::NamedTempFile>,
    /// Whether they were encrypted to the same recipients before, and are the same bytes.
    pub(super) is_reused: bool,
}

/// Reads whom to encrypt to; `None` where nobody is named.
pub(super) fn recipients(
    named: &[String],
    folder: &Path,
) -> Result<Option<Recipients>, CommandError> {
    let mut recipients = Recipients::default();
    for one in named {
        recipients.add(one, folder)?;
    }
    Ok((!named.is_empty()).then_some(recipients))
}

/// Refuses a model that could not be served from memory, or that is not known to be safe: once it is
/// encrypted nobody can look at it any more.
pub(super) fn look_through(
    verified: &VerifiedBundle,
    how: Option<&scan::vulnerabilities::How>,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let name = verified.release.version.to_string();
    let no = |error| CommandError::new(Kind::No, error);
    ModelFile::from_bytes(model(verified)?, LARGEST_FILE).map_err(no)?;
    let Some(how) = how else { return Ok(()) };
    if scan::model::passes(&name, model(verified)?, how.waivers(), &ports.folder, ui)? {
        return Ok(());
    }
    let message = format!(
        "{name} is not packaged: its model is not known to be safe, and encrypted nobody could look at it"
    );
    Err(CommandError::new(Kind::No, message)
        .hint("each finding says what helps; `--waivers` answers for what is unknown"))
}

/// Returns the model, the very bytes that were verified.
fn model(verified: &VerifiedBundle) -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::with_capacity(usize::try_from(verified.size(Part::Model)).unwrap_or(0));
    let copied = verified.copy(Part::Model, &mut bytes);
    copied.map_err(|error| CommandError::new(Kind::No, error))?;
    Ok(bytes)
}

impl Encrypted {
    /// Encrypts the model to `recipients`, or finds what was encrypted to the very same before.
    pub(super) async fn of(
        verified: &VerifiedBundle,
        recipients: &Recipients,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<Self, CommandError> {
        let folder = ports.settings.home.join(FOLDER);
        let version = &verified.release.version;
        if let Some(told) = before(version, &recipients.names(), catalogue).await?
            && told.subject == verified.subject
        {
            let file = folder.join(name_of(&told.ciphertext));
            // What is gone or was changed is encrypted anew.
            let kept = Content::file(&file).ok();
            let bytes = file.metadata().map_or(0, |metadata| metadata.len());
            if kept.and_then(|kept| kept.digest()) == Some(told.ciphertext) {
                return Ok(Self { told, file, bytes, is_reused: true, untold: None });
            }
        }
        let unwritten = |error: std::io::Error| {
            CommandError::world(format!("{} could not be written: {error}", folder.display()))
        };
        std::fs::create_dir_all(&folder).map_err(unwritten)?;
        unfinished::sweep(&folder, UNFINISHED);
        let mut writing =
            tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&folder).map_err(unwritten)?;
        verified.encrypt(recipients, writing.as_file_mut())?;
        writing.as_file().sync_all().map_err(unwritten)?;
        let bytes = writing.as_file().metadata().map_err(unwritten)?.len();
        let digest = Content::file(writing.path()).map_err(unwritten)?.digest();
        let ciphertext =
            digest.ok_or_else(|| CommandError::new(Kind::Bug, "a file without digest"))?;
        let told = Encryption {
            version: version.clone(),
            subject: verified.subject,
            recipients: recipients.names(),
            ciphertext,
        };
        let file = writing.path().to_owned();
        Ok(Self { told, file, bytes, is_reused: false, untold: Some(writing) })
    }

    /// Tells of it in the audit log, before anything leaves, and keeps it for those to whom it is encrypted
    /// again; returns the entry.
    pub(super) async fn record(
        &self,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<u64, CommandError> {
        let count = self.told.recipients.len();
        let plural = if count == 1 { "" } else { "s" };
        let reason = format!("packaged for {count} recipient{plural}");
        let occasion = release::occasion(ports, None, &reason)?;
        let used = WeightsUse::Encrypted(self.told.clone());
        let entry = catalogue.registry.record_weights(&used, &occasion).await?;
        if let Some(untold) = &self.untold {
            let kept = self.file.with_file_name(name_of(&self.told.ciphertext));
            // A link: the file stays where it is read from until this is dropped.
            std::fs::hard_link(untold.path(), &kept).map_err(|error| {
                CommandError::world(format!("{} could not be written: {error}", kept.display()))
            })?;
        }
        Ok(entry)
    }
}

fn name_of(ciphertext: &Digest) -> String {
    format!("{}{ENDING}", ciphertext.hex())
}

/// Returns what the log tells last of encrypting `version` to these very recipients.
async fn before(
    version: &Version,
    recipients: &[Recipient],
    catalogue: &Catalogue,
) -> Result<Option<Encryption>, CommandError> {
    let rows = catalogue.entries(Some(&version.variant.model)).await?;
    let mut told = rows.into_iter().filter_map(|row| match row.entry.what {
        Transition::Encrypted(told) => Some(told),
        _ => None,
    });
    Ok(told.rfind(|told| told.version == *version && told.recipients == recipients))
}
