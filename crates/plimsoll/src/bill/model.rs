//! The model of a bill: what its project declares, and what its run measured.

use std::collections::BTreeMap;

use plimsoll_core::evidence::{Evaluation, Metric, WeakPart};
use plimsoll_core::gate::{Verdict, Waived};
use plimsoll_core::project::Features;
use plimsoll_core::record::RunRecord;
use plimsoll_core::signature::{Field, Signature};
use plimsoll_core::{Digest, number};
use plimsoll_scan::bom::{Measured, Model, Passed, Stated};

/// What a model is called, and what whoever names it knows of it.
pub(super) struct Named<'a> {
    pub name: String,
    pub version: String,
    /// The digests of its file.
    pub content: Vec<Digest>,
    /// What it takes and gives, where that was read from the model.
    pub signature: Option<&'a Signature>,
    pub facts: BTreeMap<String, String>,
}

/// Describes the model that a run made.
pub(super) fn of(
    record: &RunRecord,
    evaluation: Option<&Evaluation>,
    verdict: Option<&Verdict>,
    named: Named<'_>,
) -> Model {
    let start = &record.start;
    let project = &start.project;
    let Named { name, version, content, signature, mut facts } = named;
    facts.extend(of_run(record));
    facts.extend(evaluation.into_iter().flat_map(of_evaluation));
    let (inputs, outputs) = match signature {
        Some(signature) => passed(signature),
        None => (declared(record), Vec::new()),
    };
    Model {
        name,
        version,
        content,
        license: Stated::declared(project.license.as_deref()),
        task: project.task,
        owners: project.owners.clone(),
        commit: start.commit.as_ref().and_then(|commit| commit.hash.clone()),
        inputs,
        outputs,
        measured: evaluation.map(measured).unwrap_or_default(),
        limitations: limitations(evaluation, verdict),
        facts,
    }
}

fn of_run(record: &RunRecord) -> BTreeMap<String, String> {
    let start = &record.start;
    let environment = &start.environment;
    let mut facts = BTreeMap::from([
        ("run".to_owned(), record.id.to_string()),
        ("declared-by".to_owned(), start.declared.to_string()),
        ("environment".to_owned(), environment.python.clone()),
        ("platform".to_owned(), environment.platform.clone()),
    ]);
    if !environment.interpreter.is_empty() {
        facts.insert("interpreter".to_owned(), environment.interpreter.clone());
    }
    if start.commit.as_ref().is_some_and(|commit| commit.dirty) {
        facts.insert("commit-state".to_owned(), "dirty: files differ from the commit".to_owned());
    }
    if let Some((digest, answer)) = &record.verdict {
        facts.insert("verdict".to_owned(), format!("{answer} ({digest})"));
    }
    if let Some((digest, _)) = &record.evaluation {
        facts.insert("evaluation".to_owned(), digest.to_string());
    }
    facts
}

fn of_evaluation(evaluation: &Evaluation) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::from([
        ("target".to_owned(), evaluation.target.clone()),
        ("test-set".to_owned(), evaluation.on.to_string()),
        ("baseline".to_owned(), baseline(evaluation)),
    ]);
    if let Some(runtime) = &evaluation.runtime {
        facts.insert("runtime".to_owned(), runtime.clone());
    }
    facts
}

fn baseline(evaluation: &Evaluation) -> String {
    let baseline = &evaluation.baseline;
    let metric = |(metric, value): (&Metric, &f64)| format!("{metric} {}", number::show(*value));
    let metrics: Vec<String> = baseline.metrics.iter().map(metric).collect();
    format!("always {}: {}", baseline.name, metrics.join(", "))
}

/// Returns what a model takes and gives: of an input that is made of columns, the columns.
fn passed(signature: &Signature) -> (Vec<Passed>, Vec<Passed>) {
    let mut inputs = Vec::new();
    for field in &signature.inputs {
        match signature.columns.get(&field.name) {
            None => inputs.push(of_field(field)),
            Some(columns) => inputs.extend(columns.iter().map(|column| Passed {
                name: column.name.clone(),
                what: format!("{}, a column of {field}", column.kind),
            })),
        }
    }
    let mut outputs: Vec<Passed> = signature.outputs.iter().map(of_field).collect();
    if !signature.classes.is_empty() {
        let classes: Vec<String> = signature.classes.iter().map(ToString::to_string).collect();
        outputs.push(Passed { name: "classes".to_owned(), what: classes.join(", ") });
    }
    (inputs, outputs)
}

fn of_field(field: &Field) -> Passed {
    Passed { name: field.name.clone(), what: field.kind.to_string() }
}

/// Returns the columns that are declared to be what the model takes: of a run the model was not read.
fn declared(record: &RunRecord) -> Vec<Passed> {
    let project = &record.start.project;
    let Some(evaluate) = &project.evaluate else { return Vec::new() };
    let Features::Tensor(features) = &evaluate.features else { return Vec::new() };
    let columns = project.data.values().flat_map(|dataset| &dataset.columns);
    let kinds: BTreeMap<&str, &str> =
        columns.map(|column| (&*column.name, &*column.kind)).collect();
    let kind = |name: &str| kinds.get(name).copied().unwrap_or("not declared").to_owned();
    features.iter().map(|name| Passed { name: name.clone(), what: kind(name) }).collect()
}

fn measured(evaluation: &Evaluation) -> Vec<Measured> {
    let whole = Measured { slice: None, part: evaluation.overall.clone() };
    let slices = evaluation
        .slices
        .iter()
        .map(|(name, part)| Measured { slice: Some(name.to_string()), part: part.clone() });
    std::iter::once(whole).chain(slices).collect()
}

/// Says what is known that the model does not do well: findings, weak parts, what was excused.
fn limitations(evaluation: Option<&Evaluation>, verdict: Option<&Verdict>) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(evaluation) = evaluation {
        said.extend(evaluation.findings.iter().map(|it| format!("{}: {}", it.code, it.message)));
        let weak = evaluation.weak.iter();
        said.extend(weak.flat_map(|weak| weak.parts.iter().map(|part| of_weak(part, &weak.loss))));
    }
    for Waived { finding, waiver } in verdict.iter().flat_map(|verdict| &verdict.waived) {
        said.push(format!(
            "{}: {} (accepted by {} until {}: {})",
            finding.code, finding.message, waiver.owner, waiver.expires, waiver.reason
        ));
    }
    let mut seen = std::collections::BTreeSet::new();
    said.retain(|line| seen.insert(line.clone()));
    said
}

fn of_weak(part: &WeakPart, loss: &str) -> String {
    let show = number::show;
    format!(
        "where {}: the {loss} is {} times that of other rows [{}, {}] ({} rows)",
        part.condition,
        show(part.ratio),
        show(part.interval.low),
        show(part.interval.high),
        part.rows
    )
}
