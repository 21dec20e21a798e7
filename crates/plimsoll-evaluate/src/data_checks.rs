//! Checks of the data that a model is trained and measured on, where rules of the gate ask for them.
//!
//! They are those of [`plimsoll_data::integrity`] and [`plimsoll_data::drift`]. Alone they mostly
//! warn; a rule that names them wants an answer, so that here what says that data are damaged blocks
//! ([`settings`]). What could not be looked at makes the check `Failed`.

mod drifted;

use std::path::Path;

use plimsoll_core::evidence::{CheckName, CheckState, Checked};
use plimsoll_core::ports::EvaluateRequest;
use plimsoll_core::{Finding, Severity};
use plimsoll_data::Tables;
use plimsoll_data::integrity::{
    self, Demand, Options, Outcome, Reference, Roles, Selection, Settings,
};
use plimsoll_data::personal::Declared;

use crate::checks::{chain, failed};

/// Tells whether a check looks at data, not at the model.
pub(crate) fn is_of_data(name: CheckName) -> bool {
    name.as_str().starts_with("data.")
}

/// Runs a check of data; `features` are the columns that the model is given, where that is known.
pub(crate) fn check(
    name: CheckName,
    request: &EvaluateRequest,
    features: Option<&[String]>,
) -> Checked {
    let checked = match name {
        CheckName::DataDrift => drifted::check(request),
        CheckName::DataIntegrity => integrity(request),
        CheckName::DataLeakage => leakage(request, features),
        CheckName::DataPersonal => personal(request),
        other => Err(format!("{other} is not tried on data")),
    };
    checked.unwrap_or_else(|reason| failed(name, 0, reason))
}

/// A file that is looked at, and what it is called.
struct Table<'a> {
    path: &'a Path,
    shown: String,
}

impl Table<'_> {
    fn open(&self) -> Tables {
        Tables::file(self.path)
    }
}

fn test_set(request: &EvaluateRequest) -> Table<'_> {
    Table { path: &request.on, shown: request.evaluate.on.to_string() }
}

fn training(request: &EvaluateRequest) -> Result<Table<'_>, String> {
    let declared = request.evaluate.train.as_ref().zip(request.train.as_ref());
    let (shown, file) =
        declared.ok_or("`evaluate.train` does not say what the model was trained on")?;
    Ok(Table { path: &file.path, shown: shown.to_string() })
}

fn integrity(request: &EvaluateRequest) -> Result<Checked, String> {
    let demand = demand(&["integrity", "anomaly"], &[])?;
    let tables = [training(request)?, test_set(request)];
    let looked = tables.iter().map(|table| look(table, request, &demand, None));
    Ok(summed_up(CheckName::DataIntegrity, &looked.collect::<Result<Vec<_>, _>>()?))
}

/// Looks for personal data in a dataset that is declared to hold none.
///
/// # Errors
/// The file cannot be looked at, and why.
pub fn personal_data(path: &Path, shown: &str, spill: &Path) -> Result<integrity::Checked, String> {
    let options = Options::new(shown, spill);
    let mut checked = integrity::check(&Tables::file(path), &options, &no_personal()?, None)
        .map_err(|error| chain(&error))?;
    let remedy =
        "remove the column, declare `personal-data: present`, or answer for it in `waivers:`";
    answer_for(&mut checked.findings, remedy);
    Ok(checked)
}

/// Returns the demand that there are no personal data.
fn no_personal() -> Result<Demand, String> {
    Ok(Demand { personal: Declared::None, ..demand(&["personal"], &[])? })
}

/// Says what to do about personal data that were found.
fn answer_for(findings: &mut [Finding], remedy: &str) {
    for finding in findings.iter_mut().filter(|found| found.code.as_str().starts_with("personal."))
    {
        finding.next = Some(remedy.to_owned());
    }
}

fn personal(request: &EvaluateRequest) -> Result<Checked, String> {
    let demand = no_personal()?;
    let tables = [test_set(request), training(request)?];
    let looked = tables.iter().map(|table| look(table, request, &demand, None));
    let mut checked = summed_up(CheckName::DataPersonal, &looked.collect::<Result<Vec<_>, _>>()?);
    answer_for(&mut checked.findings, "remove the column, or answer for it in `waivers:`");
    Ok(checked)
}

/// Holds the test set against the training data.
///
/// Features that tell the target alone are left out: an evaluation looks for them anyway, among
/// those that the model is given ([`crate::leak`]). Rows are compared by what the model is given, since
/// a column that numbers them would make every copy another row.
fn leakage(request: &EvaluateRequest, features: Option<&[String]>) -> Result<Checked, String> {
    let demand = demand(&["leakage", "split"], &["leakage.feature-label"])?;
    let (training, test_set) = (training(request)?, test_set(request));
    let table = test_set.open().open().map_err(|error| chain(&error))?;
    let names: Vec<String> = match features {
        Some(features) => features.to_vec(),
        None => table.columns().iter().map(|field| field.name.clone()).collect(),
    };
    let options = options(&training, request);
    let reference = integrity::refer(&training.open(), &options, Some(&names))
        .map_err(|error| chain(&error))?;
    let looked = look(&test_set, request, &demand, Some(&reference))?;
    Ok(summed_up(CheckName::DataLeakage, &[looked]))
}

fn demand(only: &[&str], skip: &[&str]) -> Result<Demand, String> {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let selection = Selection::new(&integrity::checks(), &own(only), &own(skip))
        .map_err(|error| error.to_string())?;
    Ok(Demand { selection, settings: settings(), personal: Declared::Nothing })
}

/// Returns the limits of the checks: their defaults, but that findings block which say that rows or
/// cells are wrong, rather than unusual.
fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.single_value.severity = Severity::Error;
    settings.mixed_types.severity = Severity::Error;
    settings.mixed_nulls.severity = Severity::Error;
    settings.damaged_text.severity = Severity::Error;
    settings.duplicate_rows.severity = Severity::Error;
    settings.conflicting_labels.severity = Severity::Error;
    settings
}

fn options(table: &Table<'_>, request: &EvaluateRequest) -> Options {
    let roles = Roles {
        label: Some(request.evaluate.target.clone()),
        task: Some(request.task),
        ..Roles::default()
    };
    Options { roles, ..Options::new(table.shown.clone(), std::env::temp_dir()) }
}

/// A file that was looked at.
struct Looked {
    shown: String,
    found: integrity::Checked,
}

fn look(
    table: &Table<'_>,
    request: &EvaluateRequest,
    demand: &Demand,
    reference: Option<&Reference>,
) -> Result<Looked, String> {
    let found = integrity::check(&table.open(), &options(table, request), demand, reference)
        .map_err(|error| chain(&error))?;
    Ok(Looked { shown: table.shown.clone(), found })
}

fn summed_up(check: CheckName, looked: &[Looked]) -> Checked {
    let found = || looked.iter().flat_map(|looked| &looked.found.findings);
    let errors = found().filter(|finding| finding.severity == Severity::Error).count();
    let could_not = looked.iter().any(|looked| looked.found.outcome() == Outcome::Error);
    let summary = match found().find(|finding| finding.severity == Severity::Error) {
        Some(first) if could_not || errors == 1 => first.message.clone(),
        Some(first) => format!("{}; and {} more", first.message, errors - 1),
        None => {
            let tables = looked.iter().map(|Looked { shown, found }| {
                let applied =
                    found.checks.iter().filter(|check| check.outcome != Outcome::NotApplicable);
                format!("{} checks of {} rows of {shown}", applied.count(), found.rows)
            });
            let warnings = found().filter(|finding| finding.severity == Severity::Warning).count();
            let tables = tables.collect::<Vec<_>>().join(", ");
            format!("{tables}: nothing that blocks, {warnings} warning(s)")
        }
    };
    Checked {
        check,
        state: if could_not { CheckState::Failed } else { CheckState::Answered },
        summary,
        rows: looked.iter().map(|looked| looked.found.rows).sum(),
        rows_needed: None,
        findings: found().cloned().collect::<Vec<Finding>>(),
        figures: Vec::new(),
        plots: Vec::new(),
    }
}
