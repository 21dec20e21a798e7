//! The rules of several columns that can be evaluated, and what is said of the others.

use plimsoll_core::{Finding, Severity};

use super::Options;
use super::found::Found;
use super::key::{Key, in_quotes, subject};
use super::layout::Layout;
use super::pass::Pass;
use super::reference::{self, ReferencePlan};
use super::row_check::CheckPlan;
use crate::code;
use crate::example::shown;
use crate::expression::Expression;
use crate::schema::{Reference, RowCheck, TableSchema, UniqueRule};

/// Rules of several columns, all of which can be read.
pub(super) struct Rules<'a> {
    keys: Vec<UniqueRule>,
    checks: Vec<&'a RowCheck>,
    references: Vec<&'a Reference>,
    unevaluated: Vec<Found>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(schema: &'a TableSchema, layout: &Layout<'_>, options: &Options) -> Self {
        let mut rules = Self {
            keys: Vec::new(),
            checks: Vec::new(),
            references: Vec::new(),
            unevaluated: Vec::new(),
        };
        for key in schema.keys() {
            let names = || key.columns.iter().map(String::as_str);
            match layout.obstacle(names()) {
                None => rules.keys.push(key),
                Some(why) => {
                    let message = format!("{} cannot be held unique: {why}", in_quotes(names()));
                    rules.unevaluated.push(unevaluated(subject(names()), message));
                }
            }
        }
        for check in &schema.checks {
            let present = [Some(&check.expression), check.when.as_ref()];
            let present = present.into_iter().flatten().any(Expression::asks_for_the_present);
            let clock = (present && options.clock.is_none())
                .then(|| "nobody said what time it is".to_owned());
            match layout.obstacle(check.columns()).or(clock) {
                None => rules.checks.push(check),
                Some(why) => {
                    let message =
                        format!("check `{}` cannot be evaluated: {why}", shown(&check.name));
                    rules.unevaluated.push(unevaluated(check.name.clone(), message));
                }
            }
        }
        for reference in &schema.references {
            match layout.obstacle(reference.columns.iter().map(String::as_str)) {
                None => rules.references.push(reference),
                Some(why) => {
                    rules.unevaluated.push(reference::unevaluated(reference, &why));
                }
            }
        }
        rules
    }

    /// Tells whether a rule looks at the column.
    pub(super) fn needs(&self, name: &str) -> bool {
        let in_keys = self.keys.iter().any(|key| key.columns.iter().any(|column| column == name));
        let in_checks = self.checks.iter().any(|check| check.columns().contains(name));
        let in_references = (self.references.iter())
            .any(|reference| reference.columns.iter().any(|column| column == name));
        in_keys || in_checks || in_references
    }

    /// Lets a pass check the rules, and returns what is to be said of those that it cannot.
    pub(super) fn join(
        self,
        pass: &mut Pass<'a>,
        schema: &'a TableSchema,
        now: Option<i64>,
        options: &'a Options,
    ) -> Vec<Found> {
        let mut unevaluated = self.unevaluated;
        let shares = (self.keys.len() + self.references.len()).max(1);
        let memory = options.memory / shares;
        let matched = pass.columns.clone();
        pass.keys =
            (self.keys.iter()).filter_map(|key| Key::of(key, &matched, memory, options)).collect();
        pass.checks = (self.checks.into_iter())
            .map(|check| CheckPlan::new(check, &matched, schema, now, options.examples))
            .collect();
        for reference in self.references {
            match ReferencePlan::new(reference, &matched, memory, options) {
                Ok(plan) => pass.references.push(plan),
                Err(found) => unevaluated.push(*found),
            }
        }
        unevaluated
    }
}

/// Says that a rule was not evaluated, which is never a pass.
fn unevaluated(subject: String, message: String) -> Found {
    let finding = Finding::new(code::NOT_EVALUATED, Severity::Error, message);
    Found::new(Finding { subject: Some(subject), ..finding })
}
