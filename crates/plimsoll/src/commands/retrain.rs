//! `plimsoll retrain`

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use plimsoll_core::event::{Retraining, RunEnd, Withheld};
use plimsoll_core::gate::Answer;
use plimsoll_core::history::{Happened, Happening};
use plimsoll_core::lifecycle::Cause;
use plimsoll_core::monitoring::Monitoring;
use plimsoll_core::ports::{ResolveVersionError, VersionRecord};
use plimsoll_core::{DatasetName, Day, Digest, Variant};
use plimsoll_engine::run::{ChampionChoice, LiveTable, Observer, RunOutcome, RunRequest};
use serde_json::Value;

use super::release::champion_of;
use super::run;
use crate::error::{CommandError, Exit, Kind};
use crate::live::{self, Served};
use crate::ports::{Catalogue, Ports};
use crate::project::Declared;
use crate::ui::Ui;
use crate::{evidence, ports};

/// Train the model again on what was served and labelled, and judge it on the newest of it
///
/// Called in the model's repository. The newest days of labelled predictions (`holdout` of the dataset
/// from captures) are withheld from every step; champion and challenger are judged on exactly those, by
/// the same gate. The other labelled predictions are frozen as the dataset's table. The cause belongs to
/// the run's lineage, so no commit is needed. Exit codes are those of `plimsoll run`; 1 also when there
/// is nothing new to train on.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The model
    #[arg(value_name = "MODEL")]
    variant: Variant,
    /// What led to it: the evidence that `plimsoll monitor` prints, or at least 4 digits of its digest
    #[arg(long, value_name = "EVIDENCE")]
    because: String,
    /// A parameter that differs from the committed one, besides those of `retrain: set:`
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<Setting>,
    /// Release the model when it passes
    #[arg(long)]
    release: bool,
    /// Release the model when it passes, and make it the champion
    #[arg(long, conflicts_with = "release")]
    deploy: bool,
    /// Write a summary in Markdown, for a job summary
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = "Write steps, data checks and rules as JUnit XML")]
    junit: Option<PathBuf>,
    /// Fetch nothing
    #[arg(long)]
    offline: bool,
    /// Look for the champion, and register, in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
    /// ONNX Runtime's library, instead of the one that is found or fetched
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
}

/// How many digits of a digest name evidence at least.
const FEWEST_DIGITS: usize = 4;

/// A parameter and its value, read as YAML reads a scalar.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub name: String,
    pub value: Value,
}

impl std::str::FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` has no `=` (write NAME=VALUE)"))?;
        // Numbers, truth values and quoted words are JSON; whatever is not, is a word.
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        Ok(Self { name: name.to_owned(), value })
    }
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let declared = Declared::judged(&ports.folder, &ports.settings)?;
    let catalogue = ports.catalogue_of(args.registry.as_deref(), Some(&declared)).await?;
    let wish = Wish {
        variant: &args.variant,
        because: &args.because,
        set: args.set.clone(),
        offline: args.offline,
    };
    let onnxruntime = args.onnxruntime.clone().or_else(|| ports.settings.onnxruntime.clone());
    let request = match Box::pin(request(&wish, &declared, &catalogue, ports)).await? {
        Asked::Run(request) => *request,
        Asked::Refused(refused) => return Err(refused.into()),
    };
    if let Some(retraining) = &request.retraining {
        let withheld = &retraining.withheld;
        ui.note(format_args!(
            "withheld {} rows of {} to {}, on which {} and its challenger are judged",
            withheld.rows, withheld.from, withheld.to, retraining.parent
        ));
    }
    let chain = run::Chain {
        release: args.release,
        deploy: args.deploy,
        onnxruntime,
        offline: args.offline,
        summary: args.summary.as_ref().map(|file| ports.folder.join(file)),
        junit: args.junit.as_ref().map(|file| ports.folder.join(file)),
        elsewhere: None,
    };
    Box::pin(run::carry_out_and_conclude(request, &chain, &declared, &catalogue, ports, ui)).await
}

/// What is asked for.
pub(crate) struct Wish<'a> {
    pub variant: &'a Variant,
    pub because: &'a str,
    pub set: Vec<Setting>,
    pub offline: bool,
}

/// What becomes of a wish to train again.
pub(crate) enum Asked {
    /// It is carried out as this run.
    Run(Box<RunRequest>),
    /// It could not help.
    Refused(Refused),
}

/// There is nothing new to train on.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct Refused {
    pub reason: String,
    pub next: String,
}

impl From<Refused> for CommandError {
    fn from(refused: Refused) -> Self {
        let next = refused.next.clone();
        Self::new(Kind::No, refused).hint(next)
    }
}

/// Carries a retraining out; used where nothing is shown of it.
pub(crate) async fn retrain(
    wish: &Wish<'_>,
    onnxruntime: Option<PathBuf>,
    observer: &dyn Observer,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Result<RunOutcome, Refused>, CommandError> {
    let declared = Declared::judged(&ports.folder, &ports.settings)?;
    match Box::pin(request(wish, &declared, catalogue, ports)).await? {
        Asked::Refused(refused) => Ok(Err(refused)),
        Asked::Run(request) => {
            let outcome =
                Box::pin(run::carry_out(*request, &declared, onnxruntime, observer, ports)).await?;
            Ok(Ok(outcome))
        }
    }
}

/// Tells whether a retraining led to a model that may ship.
pub(crate) fn passed(outcome: &RunOutcome) -> bool {
    outcome.end == RunEnd::Completed
        && outcome.verdict.as_ref().is_some_and(|verdict| verdict.answer == Answer::Pass)
}

/// Brings together what the run starts from, and freezes what was served.
async fn request(
    wish: &Wish<'_>,
    declared: &Declared,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Asked, CommandError> {
    let project = &declared.project;
    let variant = wish.variant;
    if variant.model != project.model {
        let message = format!("this repository makes {}, not {variant}", project.model);
        return Err(CommandError::usage(message).hint("call it in the model's repository"));
    }
    let live = project.data.iter().find_map(|(name, dataset)| Some((name, dataset.live?)));
    let Some((dataset, declared_live)) = live else {
        let hint =
            "add `live: { from: captures, holdout: 14d }` under `data:`, and give it to a step";
        return Err(CommandError::usage("no dataset is made of labelled predictions").hint(hint));
    };
    let champion = match catalogue.registry.resolve(&champion_of(variant.clone())?).await {
        Ok(champion) => champion,
        Err(ResolveVersionError::Read(error)) => return Err(error.into()),
        Err(error) => {
            return Err(CommandError::usage(format!("there is no champion to follow: {error}"))
                .hint(format!("`plimsoll deploy {variant}@VERSION` makes one")));
        }
    };
    let cause = cause(wish.because, variant, catalogue, ports).await?;
    let served = live::served(variant, None, ports)?;
    let split = Split::of(&served, declared_live.holdout_days)?;
    if let Some(refused) = split.refusal(&served, declared_live.holdout_days, variant) {
        let (cause, reason) = (cause, refused.reason.clone());
        let what = Happened::RetrainingRefused { cause, reason };
        catalogue.history.tell(&Happening::new(ports.clock.now(), variant.clone(), what)).await?;
        return Ok(Asked::Refused(refused));
    }
    let request =
        frozen(wish, declared, &champion, cause, dataset, &served, &split, catalogue, ports);
    Ok(Asked::Run(Box::new(Box::pin(request).await?)))
}

#[expect(clippy::too_many_arguments, reason = "what a run starts from has as many parts")]
async fn frozen(
    wish: &Wish<'_>,
    declared: &Declared,
    champion: &VersionRecord,
    cause: Cause,
    dataset: &DatasetName,
    served: &Served,
    split: &Split,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<RunRequest, CommandError> {
    let project = &declared.project;
    let mut set: BTreeMap<String, Value> =
        project.retrain.as_ref().map(|retrain| retrain.set.clone()).unwrap_or_default();
    set.extend(wish.set.iter().map(|setting| (setting.name.clone(), setting.value.clone())));
    let mut request = run::request_of_all(declared, ports).await?;
    for (name, value) in &set {
        let Some(parameter) = request.params.get_mut(name) else {
            let known = request.params.keys().map(String::as_str);
            let nearest = plimsoll_core::nearest::nearest(name, known);
            let meant = nearest.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
            return Err(CommandError::usage(format!("there is no parameter {name}{meant}")));
        };
        parameter.clone_from(value);
    }
    set.retain(|name, value| declared.params.get(name) != Some(value));
    let put = async |bytes: Vec<u8>| -> Result<(Digest, u64), CommandError> {
        let size = bytes.len() as u64;
        Ok((ports.objects.put(&mut std::io::Cursor::new(bytes)).await?, size))
    };
    let (rows, withheld) = split.tables(served, project)?;
    let (digest, bytes) = put(rows).await?;
    request.live = [(dataset.clone(), LiveTable { digest, bytes })].into();
    let (digest, bytes) = put(withheld).await?;
    let run = champion.released.candidate.lineage.run;
    catalogue.bring(run, ports).await?;
    request.champion = ChampionChoice::Run(run);
    request.id = ports::fresh_run_id()?;
    if wish.offline {
        request.network = plimsoll_engine::environment::Network::Forbidden;
    } else {
        request.network = plimsoll_engine::environment::Network::Allowed;
    }
    request.retraining = Some(Retraining {
        cause,
        parent: champion.released.version.clone(),
        set,
        withheld: Withheld {
            digest,
            bytes,
            rows: split.withheld_rows,
            from: split.from,
            to: split.to,
        },
    });
    Ok(request)
}

/// Finds the evidence that a person names, and makes it the cause.
async fn cause(
    named: &str,
    variant: &Variant,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Cause, CommandError> {
    // An empty variable of a script must not pick what happens to be there.
    let digits = named.strip_prefix("blake3:").unwrap_or(named);
    if digits.len() < FEWEST_DIGITS || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        let message = format!("`{named}` names no evidence (at least {FEWEST_DIGITS} digits do)");
        return Err(CommandError::usage(message)
            .hint(format!("`plimsoll monitor {variant}` prints its evidence")));
    }
    let happenings = catalogue.history.of(&variant.model).await?;
    let mut found: Vec<Digest> = happenings
        .iter()
        .filter_map(|happening| match &happening.what {
            Happened::Monitored { evidence, .. } => Some(*evidence),
            Happened::RetrainingRefused { .. } | Happened::Reproduced { .. } => None,
        })
        .filter(|digest| digest.hex().starts_with(digits))
        .collect();
    found.sort_unstable();
    found.dedup();
    let digest = match found[..] {
        [digest] => digest,
        [] => {
            let message = format!("no monitor of {variant} left evidence {named}");
            return Err(CommandError::usage(message)
                .hint(format!("`plimsoll monitor {variant}` prints its evidence")));
        }
        _ => {
            let message = format!("{} pieces of evidence begin with {named}", found.len());
            return Err(CommandError::usage(message).hint("write more of the digest"));
        }
    };
    let objects = catalogue.objects_with(&digest, ports).await?;
    let monitoring: Monitoring = evidence::read(&*objects, &digest).await?;
    Ok(Cause { evidence: digest, summary: monitoring.message })
}

/// The labelled days, divided: what is trained on, and what is only judged on.
struct Split {
    /// The days that are only judged on.
    withheld: BTreeSet<Day>,
    /// The first of them.
    from: Day,
    /// The last of them.
    to: Day,
    withheld_rows: u64,
    /// How many labelled rows lie before the withheld days.
    rows: u64,
    labelled_days: usize,
}

impl Split {
    /// Withholds the newest `holdout` days of which every prediction has a label.
    fn of(served: &Served, holdout: u32) -> Result<Self, CommandError> {
        let whole =
            served.days.iter().filter(|day| day.predictions > 0 && day.labelled >= day.predictions);
        let whole: Vec<_> = whole.collect();
        let withheld = &whole[whole.len().saturating_sub(holdout as usize)..];
        let epoch = Day::of(plimsoll_core::Timestamp::from_millis(0));
        let first = withheld.first().map_or(epoch, |day| day.day);
        let chosen: BTreeSet<Day> = withheld.iter().map(|day| day.day).collect();
        Ok(Self {
            from: first,
            to: withheld.last().map_or(first, |day| day.day),
            withheld_rows: served.rows(&|day| chosen.contains(&day))?,
            rows: served.rows(&|day| day < first)?,
            labelled_days: whole.len(),
            withheld: chosen,
        })
    }

    /// Says why training again could not help, if it could not.
    fn refusal(&self, served: &Served, holdout: u32, variant: &Variant) -> Option<Refused> {
        if self.withheld.len() < holdout as usize {
            let reason = format!(
                "{} of the {holdout} days that a retraining is judged on have labels for every prediction ({} predictions were recorded)",
                self.labelled_days,
                served.days.iter().map(|day| day.predictions).sum::<u64>()
            );
            let next = "`plimsoll labels add FILE` brings more".to_owned();
            return Some(Refused { reason, next });
        }
        if self.rows == 0 {
            let reason = format!(
                "all {} labelled days ({} to {}) are withheld to judge on: there is nothing new to train on",
                self.labelled_days, self.from, self.to
            );
            let next = format!("wait for more labels, or roll {variant} back");
            return Some(Refused { reason, next });
        }
        None
    }

    /// Returns the table that steps see, and the one that is only judged on.
    fn tables(
        &self,
        served: &Served,
        project: &plimsoll_core::project::Project,
    ) -> Result<(Vec<u8>, Vec<u8>), CommandError> {
        let rows = live::freeze(served, project, &|day| day < self.from)?;
        let withheld = live::freeze(served, project, &|day| self.withheld.contains(&day))?;
        Ok((rows, withheld))
    }
}
