//! All checks of a file, one after the other, over what one pass learned.

use std::collections::BTreeMap;

use plimsoll_core::{Code, Finding, Severity};

use super::facts::Facts;
use super::frame::{Answer, CheckReport, Examine, Outcome, Subject};
use super::gather::{Purpose, gather};
use super::options::{LookError, Options};
use super::reference::Reference;
use super::selection::Selection;
use super::settings::Settings;
use crate::anomaly::OutlierRows;
use crate::code;
use crate::example::shown;
use crate::personal::Declared;
use crate::personal::check::{CardNumber, ColumnName, Email, Iban, InternetAddress, Phone};
use crate::tables::Tables;

/// A check that was to run could not.
const NOT_RUN: Code = Code::of("check.not-run");

/// What is asked of a file.
#[derive(Clone, Debug, Default)]
pub struct Demand {
    /// Which checks run.
    pub selection: Selection,
    /// Their limits.
    pub settings: Settings,
    /// What was declared about personal data.
    pub personal: Declared,
}

/// What was found in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// How many rows were read, damaged ones included.
    pub rows: u64,
    /// Every check, those that did not run included.
    pub checks: Vec<CheckReport>,
    /// What is wrong, check by check.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// Returns the worst that a check or the reading of the file ended with.
    pub fn outcome(&self) -> Outcome {
        let of = |finding: &Finding| match finding.severity {
            Severity::Error if finding.code == NOT_RUN => Outcome::Error,
            Severity::Error => Outcome::Block,
            Severity::Warning => Outcome::Warning,
            Severity::Info => Outcome::Pass,
        };
        let checks = self.checks.iter().map(|check| check.outcome);
        checks.chain(self.findings.iter().map(of)).max().unwrap_or(Outcome::Error)
    }
}

/// Returns the code of every check, in the order in which they run.
pub fn checks() -> Vec<Code> {
    let mut codes = Vec::new();
    every(&Demand::default(), &mut |code, _| codes.push(code));
    codes
}

/// Looks at `tables`, once, and checks them.
///
/// A file that is no table, or is damaged, has findings that say so. A check that cannot run is
/// a finding of severity `error`; one that does not apply is listed as not run.
///
/// # Errors
/// The file cannot be opened, changes meanwhile, or there is no room for what has to be put aside.
pub fn check(
    tables: &Tables,
    options: &Options,
    demand: &Demand,
    reference: Option<&Reference>,
) -> Result<Checked, LookError> {
    let facts = look(tables, options, demand, Purpose { reference, ..Purpose::default() })?;
    Ok(judge(&facts, &options.shown_as, demand, reference))
}

/// As [`check`], and returns what later files are compared with: nothing of a file that is no
/// table, or a damaged one.
///
/// # Errors
/// As [`check`].
pub fn check_and_keep(
    tables: &Tables,
    options: &Options,
    demand: &Demand,
    reference: Option<&Reference>,
) -> Result<(Checked, Option<Reference>), LookError> {
    let purpose = Purpose { reference, wants_digests: true, ..Purpose::default() };
    let facts = look(tables, options, demand, purpose)?;
    let checked = judge(&facts, &options.shown_as, demand, reference);
    let is_sound = facts.damage.is_empty() && facts.rows > 0 && facts.layout.lost().is_none();
    Ok((checked, if is_sound { Reference::of(facts, None) } else { None }))
}

fn look(
    tables: &Tables,
    options: &Options,
    demand: &Demand,
    purpose: Purpose<'_>,
) -> Result<Facts, LookError> {
    let mut facts = gather(tables, options, &purpose)?;
    if facts.sound > 0 && demand.selection.has(&OutlierRows::CODE) {
        facts.outliers = Some(demand.settings.outlier_rows.find(&facts, tables)?);
    }
    Ok(facts)
}

/// Checks what was learned of a file.
pub(crate) fn judge(
    facts: &Facts,
    shown_as: &str,
    demand: &Demand,
    reference: Option<&Reference>,
) -> Checked {
    let mut checked =
        Checked { rows: facts.rows, checks: Vec::new(), findings: facts.damage.clone() };
    checked.findings.extend(of_file(facts));
    let mut unable: BTreeMap<String, Vec<Code>> = BTreeMap::new();
    let subject = Subject { facts, reference };
    every(demand, &mut |code, examine| {
        if !demand.selection.has(&code) {
            return;
        }
        let answer = if facts.sound == 0 {
            Answer::Unable("there are no rows to look at".to_owned())
        } else {
            examine(subject)
        };
        let (outcome, says, findings) = match answer {
            Answer::Looked { says, findings } => (worst(&findings), says, findings),
            Answer::Idle(reason) if demand.selection.demands(&code) => {
                unable.entry(reason.clone()).or_default().push(code.clone());
                (Outcome::Error, reason, Vec::new())
            }
            Answer::Idle(reason) => (Outcome::NotApplicable, reason, Vec::new()),
            Answer::Unable(reason) => {
                unable.entry(reason.clone()).or_default().push(code.clone());
                (Outcome::Error, reason, Vec::new())
            }
        };
        let count = findings.len();
        checked.findings.extend(findings);
        checked.checks.push(CheckReport { check: code, outcome, says, findings: count });
    });
    checked.findings.extend(unable.iter().map(|(reason, checks)| not_run(reason, checks)));
    // A forgotten option must not read as data that are in order.
    if checked.checks.iter().all(|check| check.outcome == Outcome::NotApplicable) {
        let message = "none of the checks that were asked for has anything to look at here";
        checked.findings.push(Finding::new(NOT_RUN, Severity::Error, message));
    }
    for finding in &mut checked.findings {
        finding.path.get_or_insert_with(|| shown_as.to_owned());
    }
    checked
}

fn worst(findings: &[Finding]) -> Outcome {
    match findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Error) => Outcome::Block,
        Some(Severity::Warning) => Outcome::Warning,
        Some(Severity::Info) | None => Outcome::Pass,
    }
}

/// Returns what is wrong with the file whatever is asked of it.
fn of_file(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    if facts.rows == 0 && facts.damage.is_empty() {
        let message = "there are no rows, so nothing could be checked";
        findings.push(Finding::new(code::EMPTY, Severity::Error, message));
    }
    let mut names: Vec<&str> = facts.columns.iter().map(|column| column.name.as_str()).collect();
    names.sort_unstable();
    for same in names.chunk_by(|one, other| one == other).filter(|same| same.len() > 1) {
        let message = format!("{} columns share the name `{}`", same.len(), shown(same[0]));
        let finding = Finding::new(code::COLUMN_REPEATED, Severity::Error, message);
        findings.push(Finding { subject: Some(same[0].to_owned()), ..finding });
    }
    for said in &facts.layout.not_ignored {
        let message = format!("a column that is to be ignored: {said}");
        findings.push(Finding::new(NOT_RUN, Severity::Error, message));
    }
    findings
}

fn not_run(reason: &str, checks: &[Code]) -> Finding {
    let names: Vec<String> = checks.iter().map(|code| format!("`{code}`")).collect();
    let checks = if checks.len() == 1 { "a check" } else { "checks" };
    let message = format!("{reason}, so that {checks} could not run: {}", names.join(", "));
    Finding::new(NOT_RUN, Severity::Error, message)
}

/// A check that is ready to run.
type Ready<'a> = &'a dyn Fn(Subject<'_>) -> Answer;

/// Hands on every check with its limits.
fn every(demand: &Demand, take: &mut dyn FnMut(Code, Ready<'_>)) {
    fn one<C: Examine>(check: &C, take: &mut dyn FnMut(Code, Ready<'_>)) {
        take(C::CODE, &|subject| check.examine(subject));
    }
    let settings = &demand.settings;
    one(&settings.single_value, take);
    one(&settings.mixed_types, take);
    one(&settings.mixed_nulls, take);
    one(&settings.spelling_variants, take);
    one(&settings.special_characters, take);
    one(&settings.damaged_text, take);
    one(&settings.text_length, take);
    one(&settings.duplicate_rows, take);
    one(&settings.conflicting_labels, take);
    one(&settings.class_imbalance, take);
    one(&settings.redundant_features, take);
    one(&settings.feature_label, take);
    one(&settings.identifier_label, take);
    one(&settings.row_overlap, take);
    one(&settings.index_overlap, take);
    one(&settings.time_overlap, take);
    one(&settings.new_category, take);
    one(&settings.new_label, take);
    one(&settings.size, take);
    one(&settings.relation_change, take);
    one(&settings.outlier_rows, take);
    one(&settings.series, take);
    one(&Email(demand.personal), take);
    one(&Phone(demand.personal), take);
    one(&Iban(demand.personal), take);
    one(&CardNumber(demand.personal), take);
    one(&InternetAddress(demand.personal), take);
    one(&ColumnName(demand.personal), take);
}

/// Keeps what later files are compared with of training data.
///
/// Rows are compared by all columns but identifiers and the label, those in `compared_by` alone if
/// there are any.
///
/// # Errors
/// As [`check`], and where the file is no table or a damaged one: what is compared with has to be
/// whole.
pub fn refer(
    tables: &Tables,
    options: &Options,
    compared_by: Option<&[String]>,
) -> Result<Reference, ReferError> {
    let purpose = Purpose { wants_digests: true, compared_by, ..Purpose::default() };
    let mut facts = gather(tables, options, &purpose)?;
    if let Some(damage) = facts.damage.pop() {
        return Err(ReferError::Damaged { path: options.shown_as.clone(), reason: damage.message });
    }
    let lost = facts.layout.lost().map(str::to_owned);
    let empty = (facts.rows == 0).then(|| "it has no rows".to_owned());
    if let Some(reason) = lost.or(empty) {
        return Err(ReferError::Damaged { path: options.shown_as.clone(), reason });
    }
    Reference::of(facts, compared_by).ok_or_else(|| ReferError::Damaged {
        path: options.shown_as.clone(),
        reason: "no digests of its rows were made".to_owned(),
    })
}

/// Training data cannot be compared with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReferError {
    /// They cannot be looked at.
    #[error(transparent)]
    Look(#[from] LookError),
    /// They are no table, or a damaged one, or lack a column that means something.
    #[error("{path} cannot be compared with: {reason}")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}
