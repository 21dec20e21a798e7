//! The checks for personal data.

use plimsoll_core::{Code, Finding, Severity};
use serde::{Deserialize, Serialize};

use super::name::named;
use crate::example::{Tally, shown};
use crate::integrity::column::Column;
use crate::integrity::frame::{Answer, Examine, Subject, about, seen_at};
use crate::integrity::kind::ColumnKind;
use crate::integrity::marks::Mark;
use crate::integrity::say;

/// What was declared about personal data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Declared {
    /// Nothing: what is found is worth looking at.
    #[default]
    Nothing,
    /// There are none: what is found contradicts it.
    None,
    /// There are some: what is found is no surprise.
    Present,
}

impl Declared {
    /// Returns how much a finding weighs.
    fn severity(self) -> Severity {
        match self {
            Self::Nothing => Severity::Warning,
            Self::None => Severity::Error,
            Self::Present => Severity::Info,
        }
    }
}

macro_rules! checks {
    ($($(#[doc = $doc:literal])+ $name:ident, $code:expr, $what:literal, $find:expr;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub(crate) struct $name(pub(crate) Declared);

        impl Examine for $name {
            const CODE: Code = $code;

            fn examine(&self, subject: Subject<'_>) -> Answer {
                in_cells(subject, &Self::CODE, self.0, $what, $find)
            }
        }
    )+};
}

checks! {
    /// Looks for e-mail addresses in cells.
    Email, Code::of("personal.email"), "e-mail addresses", |column| seen(column, Mark::Email);

    /// Looks for telephone numbers in cells: international ones anywhere, national ones where at
    /// least half of a column's cells are written like one.
    Phone, Code::of("personal.phone"), "telephone numbers", |column| {
        let national = column.marked(Mark::PhoneNational);
        seen(column, Mark::Phone).or_else(|| mostly(national, column.filled()))
    };

    /// Looks for IBANs whose check digits are right, which they are by chance in one of 97 words
    /// of that form: at least half of those in the column have to be.
    Iban, Code::of("personal.iban"), "bank account numbers (IBAN)", |column| {
        mostly(column.marked(Mark::Iban), count(column.marked(Mark::IbanShape)))
    };

    /// Looks for card numbers: in the groups of cards anywhere, as bare digits where at least
    /// three, and half of the numbers of that length in the column, begin like an issuer's and have
    /// the right check digit.
    CardNumber, Code::of("personal.card-number"), "card numbers", |column| {
        let bare = column.marked(Mark::Card);
        let bare = mostly(bare, count(column.marked(Mark::CardShape))).filter(|_| count(bare) >= 3);
        seen(column, Mark::CardGrouped).or(bare)
    };

    /// Looks for cells that are an address of the public internet, where at least three are.
    InternetAddress, Code::of("personal.ip-address"), "internet addresses", |column| {
        seen(column, Mark::Internet).filter(|tally| count(tally) >= 3)
    };
}

fn count(tally: &Tally) -> u64 {
    tally.count().map_or(0, u64::from)
}

fn seen(column: &Column, mark: Mark) -> Option<&Tally> {
    Some(column.marked(mark)).filter(|tally| count(tally) > 0)
}

/// Returns the tally if it is at least half of `all`.
fn mostly(tally: &Tally, all: u64) -> Option<&Tally> {
    Some(tally).filter(|tally| count(tally) > 0 && 2 * count(tally) >= all)
}

fn in_cells(
    subject: Subject<'_>,
    code: &Code,
    declared: Declared,
    what: &str,
    find: impl Fn(&Column) -> Option<&Tally>,
) -> Answer {
    let facts = subject.facts;
    let mut findings = Vec::new();
    for column in &facts.columns {
        let Some(tally) = find(column) else { continue };
        let message = format!(
            "column `{}` holds {what} in {}{}{}",
            shown(&column.name),
            say::of_rows(count(tally), facts.sound),
            tally.examples(),
            although(declared),
        );
        let mut finding = about(code.clone(), declared.severity(), &column.name, message);
        finding.value = Some(say::share(count(tally), facts.sound));
        findings.push(seen_at(finding, tally.first()));
    }
    Answer::Looked {
        says: say::columns(facts.columns.len()),
        findings: advised(findings, declared),
    }
}

/// Looks at the names of columns for words for names, addresses, birthdays, official numbers and
/// the rest, in four languages. A column with fewer than ten values, or of numbers with decimals,
/// is none of these, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ColumnName(pub(crate) Declared);

/// The fewest values that a column about persons has.
const FEWEST_VALUES: usize = 10;

impl Examine for ColumnName {
    const CODE: Code = Code::of("personal.column-name");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let mut findings = Vec::new();
        for column in &facts.columns {
            let Some(named) = named(&column.name).filter(|_| may_be_personal(column)) else {
                continue;
            };
            let message = format!(
                "column `{}` is named like {}{}",
                shown(&column.name),
                named.as_str(),
                although(self.0),
            );
            findings.push(about(Self::CODE, self.0.severity(), &column.name, message));
        }
        let says = say::columns(facts.columns.len());
        Answer::Looked { says, findings: advised(findings, self.0) }
    }
}

fn may_be_personal(column: &Column) -> bool {
    let is_fraction = |column: &Column| {
        let values = column.dictionary.values();
        values.take(50).any(|(_, value)| value.text.contains('.') && !value.text.contains('@'))
    };
    match column.kind() {
        ColumnKind::Empty | ColumnKind::Boolean | ColumnKind::Opaque => false,
        ColumnKind::Number => column.dictionary.len() >= FEWEST_VALUES && !is_fraction(column),
        ColumnKind::Text | ColumnKind::Moment => column.dictionary.len() >= FEWEST_VALUES,
    }
}

fn although(declared: Declared) -> &'static str {
    match declared {
        Declared::None => ", although there are to be none",
        Declared::Nothing | Declared::Present => "",
    }
}

fn advised(mut findings: Vec<Finding>, declared: Declared) -> Vec<Finding> {
    let next = match declared {
        Declared::None => {
            "remove the column, or declare with `--personal-data present` that it is meant"
        }
        Declared::Nothing => {
            "remove the column, or declare what is in the data with `--personal-data`"
        }
        Declared::Present => return findings,
    };
    for finding in &mut findings {
        finding.next = Some(next.to_owned());
    }
    findings
}
