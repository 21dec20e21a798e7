//! What `plimsoll.yaml` declares, typed. Reading it, and where its mistakes are, is the binary's.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::Quorums;
use crate::card::Prose;
use crate::checks::Checks;
use crate::evidence::Metric;
use crate::gate::{Bound, Rule, Waiver};
use crate::scans::Scans;
use crate::signature::Column;
use crate::{DatasetName, Digest, ModelName, RepoPath, SliceName, StepName};

/// A model's repository as declared: everything is parsed, names refer to what exists, and the
/// steps form no cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Project {
    /// The name in the registry.
    pub model: ModelName,
    /// What the model predicts.
    pub task: Task,
    /// Who answers for the model.
    pub owners: Vec<String>,
    /// The model's licence, an SPDX expression.
    pub license: Option<String>,
    /// Where steps get Python from; `None` where the repository names none.
    pub python: Option<Python>,
    /// Where releases are registered, if not in the home.
    pub registry: Option<String>,
    /// The seed that steps see as `PLIMSOLL_SEED`, and of every random choice in the evaluation.
    pub seed: u64,
    /// The datasets by name.
    pub data: BTreeMap<DatasetName, Dataset>,
    /// The file with parameters.
    pub params: Option<RepoPath>,
    /// Patterns of the code files that every step sees.
    pub code: Vec<String>,
    /// The steps in the order of the file.
    pub steps: Vec<Step>,
    /// How the model is evaluated.
    pub evaluate: Option<Evaluate>,
    /// The rules of the gate in the order of the file.
    pub gate: Vec<Rule>,
    /// The findings that somebody answers for, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// How many people must agree before it is released or deployed.
    #[serde(default, skip_serializing_if = "Quorums::is_empty")]
    pub approvals: Quorums,
    /// What a server records of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serve: Option<Serve>,
    /// How the served model is watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitor: Option<Monitor>,
    /// How it is trained again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retrain: Option<Retrain>,
    /// How what comes from elsewhere is scanned, where rules ask for it; the defaults where it does
    /// not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<Scans>,
    /// What its owners say of it in its card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Prose>,
    /// The digest of the organisation's policy, whose rules stand among those of the gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Digest>,
}

impl Project {
    /// Returns what callers of the model may send along with its features: the columns of the
    /// datasets' schemas that are neither features nor the target nor give it away, and those that
    /// `serve:`, `evaluate.block` and slices name. Sorted by name.
    pub fn context(&self) -> Vec<Column> {
        let Some(evaluate) = &self.evaluate else { return Vec::new() };
        let mut all: BTreeMap<&str, &str> = BTreeMap::new();
        let mut leaking: Vec<&str> = vec![&evaluate.target];
        for dataset in self.data.values() {
            all.extend(dataset.columns.iter().map(|column| (&*column.name, &*column.kind)));
            leaking.extend(dataset.leaks.iter().map(String::as_str));
        }
        let served = self.serve.iter().flat_map(|serve| serve.id.iter().chain(&serve.time));
        let sliced = evaluate.slices.values().flat_map(BTreeMap::keys);
        for name in served.chain(&evaluate.block).chain(sliced) {
            all.entry(name).or_insert("unknown");
        }
        if let Features::Tensor(features) = &evaluate.features {
            all.retain(|name, _| !features.iter().any(|feature| feature == name));
        }
        all.retain(|name, _| !leaking.contains(name));
        let column = |(name, kind): (&str, &str)| Column { name: name.into(), kind: kind.into() };
        all.into_iter().map(column).collect()
    }
}

/// What a model predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// A number.
    Regression,
    /// One of two classes.
    Binary,
    /// One of several classes.
    Multiclass,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Regression => "regression",
            Self::Binary => "binary",
            Self::Multiclass => "multiclass",
        })
    }
}

/// Where steps get Python from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Python {
    /// The interpreter and packages that are there.
    System,
    /// An environment made from a lock file with hashes.
    Lock(RepoPath),
}

/// A file that the pipeline starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dataset {
    /// Where it lies.
    pub path: RepoPath,
    /// What it must look like.
    pub schema: Option<RepoPath>,
    /// Its licence, an SPDX expression.
    pub license: Option<String>,
    /// Where it came from.
    pub source: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "DatasetKind::is_default")]
    pub kind: DatasetKind,
    /// The card that came with it: Markdown with metadata, as Hugging Face's hub has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<RepoPath>,
    /// What is declared about personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal_data: Option<PersonalData>,
    /// The columns that its schema marks as giving the target away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaks: Vec<String>,
    /// The columns that its schema names, with their types as it writes them, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    /// The files that its schema refers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<RepoPath>,
    /// Whether what its schema says of it depends on what time it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_of_the_present: bool,
    /// Set where it is made of labelled predictions and not of a file of the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
}

/// What a declared file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatasetKind {
    /// Data.
    #[default]
    Data,
    /// A model that the repository's own is made from: its license is handed on.
    BaseModel,
}

impl DatasetKind {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A dataset of labelled predictions: `from: captures`.
///
/// It has no rows until `plimsoll retrain` freezes some; its path is `data/NAME.parquet`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Live {
    /// How many of the newest whole days with labels are only judged on.
    pub holdout_days: u32,
}

/// What a server records of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Serve {
    /// Whether predictions are recorded at all.
    pub capture: bool,
    /// The column that names a row, by which labels find it; the request's own id where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The column that says when something happened; the time of receipt where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

/// How a served model is watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Monitor {
    /// How many whole days are judged together.
    pub window_days: u32,
    /// What must hold in a window, in the order of the file.
    pub limits: Vec<Watch>,
}

/// One limit of a monitor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Watch {
    /// The line of `plimsoll.yaml` that it stands on.
    pub line: u64,
    /// What is looked at.
    pub limit: Limit,
}

/// What a monitor looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Limit {
    /// A metric of the labelled rows: a breach when its whole interval lies beyond.
    Metric {
        /// Which metric.
        metric: Metric,
        /// The limit.
        bound: Bound,
        /// The slice of `evaluate.slices`; `None` for all rows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slice: Option<SliceName>,
    },
    /// The population stability index of a feature against the release's test set.
    Drift {
        /// The feature; `None` for the model's answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        column: Option<String>,
        /// The largest accepted index.
        max: f64,
    },
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metric { metric, bound, slice } => {
                match bound {
                    Bound::Max(limit) => write!(f, "{metric} <= {limit}")?,
                    Bound::Min(limit) => write!(f, "{metric} >= {limit}")?,
                }
                slice.as_ref().map_or(Ok(()), |slice| write!(f, " on {slice}"))
            }
            Self::Drift { column: Some(column), max } => write!(f, "PSI of {column} <= {max}"),
            Self::Drift { column: None, max } => write!(f, "PSI of predictions <= {max}"),
        }
    }
}

/// How a model is trained again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Retrain {
    /// The parameters that differ then, by dotted name: `split.window`.
    pub set: BTreeMap<String, Value>,
}

/// One node of the pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// Its name.
    pub name: StepName,
    /// The command, given to `sh -c`.
    pub run: String,
    /// What it reads.
    pub inputs: Vec<Input>,
    /// The parameters that it reads: names or prefixes of names, `train` or `train.trees`.
    pub params: Vec<String>,
    /// What it writes: files or folders.
    pub outputs: Vec<RepoPath>,
    /// A JSON file of numbers that it writes, to compare runs by.
    pub metrics: Option<RepoPath>,
    /// The environment variables that it sees beyond the usual ones.
    pub env: Vec<String>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// How many processor slots it takes, at least 1.
    pub cpus: u32,
}

impl Step {
    /// Returns every path that it writes: its outputs and its metrics file.
    pub fn written(&self) -> impl Iterator<Item = &RepoPath> {
        self.outputs.iter().chain(&self.metrics)
    }
}

/// Something that a step reads, written `data.NAME` or as a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// A declared dataset.
    Dataset(DatasetName),
    /// An output of another step, or a file of the repository.
    Path(RepoPath),
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dataset(name) => write!(f, "data.{name}"),
            Self::Path(path) => path.fmt(f),
        }
    }
}

/// How the model is evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Evaluate {
    /// What predicts.
    pub predictor: Predictor,
    /// How the model's inputs are fed from columns.
    pub features: Features,
    /// The test set, Parquet or CSV.
    pub on: RepoPath,
    /// The column with the truth.
    pub target: String,
    /// The class that counts as positive, of a binary task.
    pub positive: Option<Value>,
    /// The column whose equal values are resampled together.
    pub block: Option<String>,
    /// Parts of the test set that are measured on their own.
    pub slices: BTreeMap<SliceName, Slice>,
    /// What the model was trained on, for checks that compare the test set with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<RepoPath>,
    /// What the model answered to the test set when it was trained, for `model.parity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<RepoPath>,
    /// Metrics that are measured besides the usual ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    /// What answers cost, of classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<Costs>,
    /// Whether looks at the test set are counted, and each is judged more strictly than the last.
    #[serde(default, skip_serializing_if = "Ledger::is_default")]
    pub ledger: Ledger,
    /// How checks are set that the gate asks for; the defaults where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checks: Option<Checks>,
}

/// What each answer costs under each truth, in any currency; what brings something in is below 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Costs {
    /// Of two classes.
    #[serde(rename_all = "kebab-case")]
    Binary {
        /// A negative row that is called positive.
        false_positive: f64,
        /// A positive row that is called negative.
        false_negative: f64,
        /// A positive row that is called so.
        true_positive: f64,
        /// A negative row that is called so.
        true_negative: f64,
    },
    /// Of several: by the true class, then by the answer. A right answer that is left out costs
    /// nothing.
    Classes(BTreeMap<String, BTreeMap<String, f64>>),
}

/// What is declared about personal data in a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonalData {
    /// There are none: what is found blocks.
    None,
    /// There are some.
    Present,
}

impl PersonalData {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Present => "present",
        }
    }
}

/// Whether looks at a test set are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ledger {
    /// They are: the gain of look k is judged at the one-sided error .05 / (k (k + 1)).
    #[default]
    On,
    /// They are not: every look is judged as if it were the first.
    Off,
}

impl Ledger {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Where predictions come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Predictor {
    /// An ONNX model.
    Model(RepoPath),
    /// A file of predictions, one row for each row of the test set in the same order.
    Predictions(RepoPath),
}

impl Predictor {
    /// Returns the file that predicts.
    pub fn path(&self) -> &RepoPath {
        match self {
            Self::Model(path) | Self::Predictions(path) => path,
        }
    }
}

/// How a model's inputs are fed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Features {
    /// Each input of the model has the name of a column.
    Inputs,
    /// These columns, in this order, are the one tensor that the model takes.
    Tensor(Vec<String>),
}

/// A part of the test set: the rows that meet every condition, by column.
pub type Slice = BTreeMap<String, Condition>;

/// What a column's value must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// One of these.
    In(Vec<Value>),
    /// A number from `min` to `max`, both included; an absent end is open.
    Range {
        /// The least accepted value.
        min: Option<f64>,
        /// The greatest accepted value.
        max: Option<f64>,
    },
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(values) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "in [{}]", values.join(", "))
            }
            Self::Range { min: Some(min), max: Some(max) } => write!(f, "from {min} to {max}"),
            Self::Range { min: Some(min), max: None } => write!(f, "at least {min}"),
            Self::Range { min: None, max: Some(max) } => write!(f, "at most {max}"),
            Self::Range { min: None, max: None } => f.write_str("any number"),
        }
    }
}
