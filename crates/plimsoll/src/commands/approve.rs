//! `plimsoll approve`, and what it has in common with `plimsoll reject`

mod difference;
mod document;
mod shown;
mod sign;
mod target;

use std::path::PathBuf;

use plimsoll_core::approval::Decision;
use plimsoll_core::audit::Note;

use crate::error::{CommandError, Exit, Kind};
use crate::keys;
use crate::ports::{Catalogue, Ports};
use crate::ui::Ui;

use document::{Approved, Rejected, Review};
use target::Target;

/// Say yes to a version or a run, with a signed reason, after a look at what differs from the champion
///
/// Shows metrics with their intervals, data, dependencies, signature, findings and waivers beside the
/// champion's, and who said what so far; then asks, signs and records. The key must have the role
/// `approver` in the trust file and be nobody's who built or released it. The yes is for this very
/// content and verdict, and for nothing else.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    asking: Asking,
    /// How long the yes counts, such as 30d; for ever where it is left out
    #[arg(long, value_name = "DAYS", value_parser = days)]
    expires: Option<u32>,
}

/// What `approve` and `reject` are asked for.
#[derive(clap::Args, Debug)]
pub(crate) struct Asking {
    /// A version, its digest, or the beginning of a run's id
    #[arg(value_name = "DIGEST|MODEL@VERSION|RUN")]
    what: String,
    /// Why: signed, and an entry of the audit log
    #[arg(long, value_name = "REASON")]
    comment: Option<Note>,
    /// Show what would be signed, and sign nothing; so does `--json` without `--yes`
    #[arg(long, conflicts_with = "yes")]
    show: bool,
    /// Sign without asking
    #[arg(long, short)]
    yes: bool,
    /// Whose signatures count, instead of trust.yaml in the home
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Look in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
    /// ONNX Runtime's library, instead of the one that is found or fetched
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
}

/// What somebody wants to say.
pub(crate) struct Wish<'a> {
    pub decision: Decision,
    pub asking: &'a Asking,
    /// For how many days it counts.
    pub days: Option<u32>,
}

fn days(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('d').and_then(|digits| digits.parse().ok());
    number
        .filter(|days| (1..=9999).contains(days))
        .ok_or_else(|| "expected whole days from 1d to 9999d, such as 30d".to_owned())
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let wish = Wish { decision: Decision::Approve, asking: &args.asking, days: args.expires };
    say(&wish, ports, ui).await
}

/// Shows what is to be judged, and signs and records what is said of it.
pub(crate) async fn say(wish: &Wish<'_>, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let asking = wish.asking;
    let is_shown_only = asking.show || (ui.is_json() && !asking.yes);
    let catalogue = ports.catalogue(asking.registry.as_deref()).await?;
    let trust = asking.trust.as_ref().map(|file| ports.folder.join(file));
    let trust = keys::trust(&ports.settings, trust.as_deref())?;
    let target = Box::pin(Target::find(asking, &trust, &catalogue, ports)).await?;
    if is_shown_only {
        let review = Box::pin(Review::of(&target, &trust, &catalogue, ports)).await?;
        return show(wish.decision, review, ui);
    }
    let Some(comment) = &asking.comment else {
        let error = CommandError::usage("a yes or no needs a reason");
        return Err(error.hint("write `--comment REASON`, or `--show` to look only"));
    };
    let signer = sign::Signer::find(&trust, ports, ui)?;
    signer.check(wish.decision, &target)?;
    if !ui.is_json() {
        let review = Box::pin(Review::of(&target, &trust, &catalogue, ports)).await?;
        if !ui.is_quiet() || !asking.yes {
            show(wish.decision, review, ui)?;
        }
    }
    if !asking.yes && !confirmed(wish.decision, &target, &signer.name, ui)? {
        ui.note("nothing was signed");
        return Ok(Exit::No);
    }
    let word = sign::Said { decision: wish.decision, comment, days: wish.days };
    let recorded = signer.sign(&word, &target, &trust, &catalogue, ports).await?;
    let review = Box::pin(Review::of(&target, &trust, &catalogue, ports)).await?;
    show(wish.decision, review.after(recorded), ui)
}

fn show(decision: Decision, review: Review, ui: &mut Ui) -> Result<Exit, CommandError> {
    match decision {
        Decision::Approve => ui.show(&Approved(review))?,
        Decision::Reject => ui.show(&Rejected(review))?,
    }
    Ok(Exit::Done)
}

/// Asks the person at the terminal.
fn confirmed(
    decision: Decision,
    target: &Target,
    name: &str,
    ui: &mut Ui,
) -> Result<bool, CommandError> {
    let (what, subject) = (&target.asked.what, target.asked.subject.short());
    let answer = ui.confirm(format_args!("{decision} {what} ({subject}) as {name}?"));
    answer.ok_or_else(|| {
        let message = "nobody is at a terminal to be asked, and nothing was signed";
        CommandError::new(Kind::Usage, message)
            .hint("add `--yes` where a person decided on it, or `--show` to look only")
    })
}

/// Returns whether `what` is what a registry calls a bundle.
fn is_digest(what: &str) -> bool {
    what.starts_with("sha256:")
}

/// Returns the catalogue's versions that are this bundle.
async fn versions_of(
    subject: plimsoll_core::lifecycle::Subject,
    catalogue: &Catalogue,
) -> Result<Option<plimsoll_core::ports::VersionRecord>, CommandError> {
    for row in catalogue.registry.variants().await? {
        let versions = catalogue.registry.versions(&row.variant.model).await?;
        let mut same = versions.into_iter().filter(|it| {
            it.released.candidate.subject == subject && it.released.version.variant == row.variant
        });
        if let Some(found) = same.next() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
