//! The steps of two runs, side by side.

use serde::{Deserialize, Serialize};

use super::{Past, PastStep, Tolerance};
use crate::event::OutputKind;
use crate::record::{RunRecord, StepRecord, StepState};
use crate::{Digest, RepoPath, StepName};

/// How what was made again stands to what was made then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// The same bytes.
    Same,
    /// Other bytes, and no number is further away than may be.
    Close,
    /// Something else, or nothing that could be compared.
    Different,
}

/// A step that was done again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StepAgain {
    /// Its name.
    pub step: StepName,
    /// How what it gave stands to what it gave then.
    pub agreement: Agreement,
    /// What it was given that was not as it had been: paths of inputs, `the command`, `the parameters`,
    /// variables that it names.
    pub given: Vec<String>,
    /// Why it gave nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What it wrote.
    pub outputs: Vec<OutputAgain>,
}

/// An output that was made again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OutputAgain {
    /// Where it lies.
    pub path: RepoPath,
    /// How it stands to what was there then.
    pub agreement: Agreement,
    /// What was there then; `None` where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Digest>,
    /// What is there now; `None` where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Digest>,
    /// How they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
    /// The largest distance of two numbers, where numbers were compared and are all finite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
    /// What it is now.
    #[serde(skip)]
    pub kind: Option<OutputKind>,
}

/// A metric, measured again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MetricAgain {
    /// Which.
    pub metric: String,
    /// How the two values stand to each other.
    pub agreement: Agreement,
    /// What it was.
    pub then: f64,
    /// What it is; `None` where it has no value any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<f64>,
}

/// How two contents differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Differing {
    /// Whether the difference is within the tolerance.
    pub agreement: Agreement,
    /// In words.
    pub message: String,
    /// The largest distance of two numbers, where numbers were compared.
    pub distance: Option<f64>,
}

impl Differing {
    /// Says that two contents are no further apart than `distance`, or are.
    pub fn by(distance: f64, tolerance: Tolerance, message: String) -> Self {
        let holds = tolerance.holds(distance);
        let agreement = if holds { Agreement::Close } else { Agreement::Different };
        Self { agreement, message, distance: distance.is_finite().then_some(distance) }
    }

    /// Says that two contents are not the same and no numbers can be held against each other.
    pub fn wholly(message: impl Into<String>) -> Self {
        Self { agreement: Agreement::Different, message: message.into(), distance: None }
    }
}

impl OutputAgain {
    /// Takes note of how the contents differ.
    pub fn differ(&mut self, differing: Differing) {
        self.agreement = differing.agreement;
        self.difference = Some(differing.message);
        self.distance = differing.distance;
    }
}

impl MetricAgain {
    /// Holds the values of a metric against each other.
    pub fn of(metric: String, then: f64, now: Option<f64>, tolerance: Tolerance) -> Self {
        let distance = now.map(|now| Tolerance::distance(then, now));
        let agreement = match distance {
            Some(0.0) => Agreement::Same,
            Some(distance) if tolerance.holds(distance) => Agreement::Close,
            _ => Agreement::Different,
        };
        Self { metric, agreement, then, now }
    }
}

impl StepAgain {
    /// Takes in how its outputs stand: the worst of them counts.
    pub fn settle(&mut self) {
        let worst = self.outputs.iter().map(|output| output.agreement).max();
        self.agreement = match (&self.failure, worst) {
            (Some(_), _) => Agreement::Different,
            (None, worst) => worst.unwrap_or(Agreement::Same),
        };
    }
}

/// Puts the steps of `past` beside those of `rerun`, in the order of `past`.
///
/// Contents that are not the same count as different here; whoever can open them says more.
pub fn again(past: &Past, rerun: &RunRecord) -> Vec<StepAgain> {
    past.steps.iter().map(|then| step(then, rerun.step(&then.name))).collect()
}

fn step(then: &PastStep, now: Option<&StepRecord>) -> StepAgain {
    let outputs_now = now.map_or(&[][..], |now| &now.outputs);
    let mut outputs: Vec<OutputAgain> = then
        .outputs
        .iter()
        .map(|(path, digest)| {
            let found = outputs_now.iter().find(|output| output.path == *path);
            let (now, kind) = (found.map(|output| output.digest), found.map(|output| output.kind));
            output(path, Some(*digest), now, kind)
        })
        .collect();
    let more = outputs_now.iter().filter(|output| !then.outputs.contains_key(&output.path));
    outputs.extend(more.map(|it| output(&it.path, None, Some(it.digest), Some(it.kind))));
    let failure = match now.map(|now| &now.state) {
        None => Some("is no step of the pipeline any more".to_owned()),
        Some(StepState::Ran { .. }) => None,
        Some(StepState::Failed { reason, .. }) => Some(reason.to_string()),
        Some(StepState::Skipped { because }) => Some(format!("did not run: `{because}` failed")),
        Some(state) => Some(format!("is {}", state.word())),
    };
    let given = now.map(|now| given(then, now)).unwrap_or_default();
    let step = then.name.clone();
    let mut step = StepAgain { step, agreement: Agreement::Same, given, failure, outputs };
    step.settle();
    step
}

fn output(
    path: &RepoPath,
    then: Option<Digest>,
    now: Option<Digest>,
    kind: Option<OutputKind>,
) -> OutputAgain {
    let difference = match (then, now) {
        (Some(_), None) => Some("was not written".to_owned()),
        (None, Some(_)) => Some("was not written then".to_owned()),
        _ => None,
    };
    let agreement = if then == now { Agreement::Same } else { Agreement::Different };
    OutputAgain { path: path.clone(), agreement, then, now, difference, distance: None, kind }
}

/// Returns what a step was given that was not as it had been.
fn given(then: &PastStep, now: &StepRecord) -> Vec<String> {
    // A step that never began was given nothing.
    let Some(parts) = &now.parts else { return Vec::new() };
    let mut given = Vec::new();
    for (path, digest) in &then.inputs {
        if parts.inputs.get(path) != Some(digest) {
            given.push(format!("`{path}`"));
        }
    }
    let more = parts.inputs.keys().filter(|path| !then.inputs.contains_key(*path));
    given.extend(more.map(|path| format!("`{path}`")));
    if parts.command != then.command {
        given.push("the command".to_owned());
    }
    if parts.params != then.params {
        given.push("the parameters".to_owned());
    }
    if let Some(env) = &then.env {
        let differ = parts.env.iter().filter(|(name, value)| env.get(*name) != Some(*value));
        given.extend(differ.map(|(name, _)| format!("the variable `{name}`")));
    } else {
        let unknown = parts.env.keys();
        given.extend(unknown.map(|name| format!("perhaps the variable `{name}`")));
    }
    given
}
