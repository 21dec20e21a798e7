//! What is to be checked: what the command line says, and the project where it says nothing.

use std::path::Path;
use std::time::Duration;

use plimsoll_core::checks::Checks;
use plimsoll_core::evidence::CheckName;
use plimsoll_core::project::{Evaluate, Features, Predictor, Task};
use plimsoll_evaluate::checks::{CheckRequest, Subject};

use super::Args;
use crate::error::{CommandError, Kind};
use crate::project::Declared;
use crate::settings::find_root;
use crate::subject;

/// How long all checks may take where nobody says it.
const TIME: Duration = Duration::from_mins(1);

/// What is to be done.
pub(super) struct Plan {
    pub(super) request: CheckRequest,
    pub(super) only: Vec<CheckName>,
    pub(super) skip: Vec<CheckName>,
}

impl Plan {
    pub(super) fn of(args: &Args, folder: &Path) -> Result<Self, CommandError> {
        let declared = match find_root(folder) {
            Some(_) => Some(Declared::read(folder)?),
            None => None,
        };
        let evaluate = declared.as_ref().and_then(|it| it.project.evaluate.as_ref());
        let root = declared.as_ref().map(|declared| declared.root.as_path());
        let (subject, shown) = subject_of(args, folder, evaluate.zip(root))?;
        let of_project =
            |path: &plimsoll_core::RepoPath| root.map(|root| (path.below(root), path.to_string()));
        let (on, on_shown) = match (&args.on, evaluate) {
            (Some(path), _) => (folder.join(path), path.display().to_string()),
            (None, Some(evaluate)) => of_project(&evaluate.on).unwrap_or_default(),
            (None, None) => return Err(missing("--on", "the test set")),
        };
        // What the project declares holds for its own test set only.
        let own = evaluate.filter(|_| args.on.is_none());
        let target = args.target.clone().or_else(|| evaluate.map(|it| it.target.clone()));
        let target = target.ok_or_else(|| missing("--target", "the column with the truth"))?;
        let declared_task = declared.as_ref().map(|declared| declared.project.task);
        let said = args.task.map(Task::from).or(declared_task);
        let positive = match &args.positive {
            Some(text) => Some(subject::positive(text)),
            None => evaluate.and_then(|evaluate| evaluate.positive.clone()),
        };
        let (task, positive) = subject::task(&on, &target, said, positive)?;
        let train = match &args.train {
            Some(path) => Some(folder.join(path)),
            None => own.and_then(|own| own.train.as_ref()).and_then(of_project).map(|it| it.0),
        };
        let recorded = match &args.recorded {
            None => own
                .and_then(|own| own.recorded.as_ref())
                .and_then(of_project)
                .map(|(file, shown)| (Subject::Predictions(file), shown)),
            Some(path) => Some((subject::file(&folder.join(path)), path.display().to_string())),
        };
        let features = match &args.features {
            Some(columns) => Some(Features::Tensor(columns.clone())),
            None => evaluate.map(|it| it.features.clone()).filter(|it| *it != Features::Inputs),
        };
        let digests = vec![subject::digest_of(&on, &on_shown)?, subject::digest(&subject, &shown)?];
        let settings = settings(args, folder, own)?;
        let request = CheckRequest {
            subject,
            shown,
            task,
            on,
            on_shown,
            train,
            recorded,
            target,
            positive,
            block: args.block.clone().or_else(|| evaluate.and_then(|it| it.block.clone())),
            features,
            digests,
            seed: args.seed,
            time: args.time_budget.or(settings.time).unwrap_or(TIME),
            settings,
        };
        Ok(Self { request, only: checks(&args.only)?, skip: checks(&args.skip)? })
    }
}

fn missing(option: &str, what: &str) -> CommandError {
    CommandError::usage(format!("{what} is not said")).hint(format!(
        "add `{option}`, or call it in a project whose plimsoll.yaml has `evaluate:`"
    ))
}

/// Returns what predicts, and what people know it by.
fn subject_of(
    args: &Args,
    folder: &Path,
    declared: Option<(&Evaluate, &Path)>,
) -> Result<(Subject, String), CommandError> {
    let Some(named) = &args.subject else {
        let Some((evaluate, root)) = declared else {
            let message = "no model is named, and there is no project around that has one";
            return Err(CommandError::usage(message).hint(
                "name MODEL.onnx, a file of predictions, or http://HOST:PORT/v2/models/NAME",
            ));
        };
        let file = evaluate.predictor.path().below(root);
        let shown = evaluate.predictor.path().to_string();
        return Ok(match &evaluate.predictor {
            Predictor::Model(_) => (Subject::Model(file), shown),
            Predictor::Predictions(_) => (Subject::Predictions(file), shown),
        });
    };
    Ok((subject::named(named, args.token_file.as_deref(), folder)?, named.clone()))
}

/// Reads how the checks are set.
fn settings(args: &Args, folder: &Path, own: Option<&Evaluate>) -> Result<Checks, CommandError> {
    let Some(path) = &args.config else {
        return Ok(own.and_then(|own| own.checks.clone()).unwrap_or_default());
    };
    let shown = path.display().to_string();
    let bytes = plimsoll_config::read(&folder.join(path))
        .map_err(|error| CommandError::new(Kind::Usage, error))?;
    plimsoll_config::model_checks(&shown, &bytes).map_err(|mistakes| {
        CommandError::usage(format!("{} mistake(s) in {shown}\n\n{mistakes}", mistakes.count()))
    })
}

fn checks(names: &[String]) -> Result<Vec<CheckName>, CommandError> {
    let read = |name: &String| {
        let whole = if name.contains('.') { name.clone() } else { format!("model.{name}") };
        let check = whole.parse::<CheckName>().ok().filter(|check| super::is_of_model(*check));
        check.ok_or_else(|| {
            let all = CheckName::ALL.into_iter().filter(|check| super::is_of_model(*check));
            let known: Vec<String> = all.map(|check| check.to_string()).collect();
            CommandError::usage(format!("`{name}` is no check of a model"))
                .hint(format!("there are {}", known.join(", ")))
        })
    };
    names.iter().map(read).collect()
}
