//! What files that are read as one table do not have in common.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use plimsoll_core::{Code, Finding, Severity};

use super::super::Field;
use super::super::input::Input;
use crate::code;
use crate::example::{grouped, shown, shown_path};

/// How many files a finding names.
const NAMED: usize = 5;

/// How many columns are named at most.
const MOST: usize = 1000;

/// Which columns differ, and in which files.
#[derive(Default)]
pub(super) struct Differences(BTreeMap<Difference, Among>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    Missing(String),
    Unknown(String),
    /// The column, and how it is stored there and in the first file.
    Stored(String, String, String),
}

#[derive(Default)]
struct Among {
    count: u64,
    named: Vec<String>,
}

impl Differences {
    pub(super) fn missing(&mut self, column: &str, file: &str) {
        self.add(Difference::Missing(column.to_owned()), file);
    }

    pub(super) fn unknown(&mut self, column: &str, file: &str) {
        self.add(Difference::Unknown(column.to_owned()), file);
    }

    pub(super) fn stored(&mut self, column: &Field, data_type: &DataType, file: &str) {
        let types = [data_type, &column.data_type].map(|of| shown(&of.to_string()));
        let [there, first] = types;
        self.add(Difference::Stored(column.name.clone(), there, first), file);
    }

    fn add(&mut self, difference: Difference, file: &str) {
        if self.0.len() >= MOST && !self.0.contains_key(&difference) {
            return;
        }
        let among = self.0.entry(difference).or_default();
        among.count += 1;
        if among.named.len() < NAMED {
            among.named.push(file.to_owned());
        }
    }

    /// Says which columns are not in all of `inputs`.
    pub(super) fn findings(self, inputs: &[Input]) -> Vec<Finding> {
        let first = shown_path(&inputs[0].shown());
        let say = |(difference, among): (Difference, Among)| {
            let named = among.named.iter().map(|file| shown_path(file)).collect::<Vec<_>>();
            let (count, all) = (grouped(among.count), grouped(inputs.len() as u64));
            let of = format!("in {count} of {all} files ({})", named.join(", "));
            let (code, column, message): (Code, String, String) = match difference {
                Difference::Missing(column) => {
                    let name = shown(&column);
                    let message = format!(
                        "column `{name}` of {first} is missing {of}, whose rows are left out"
                    );
                    (code::COLUMN_MISSING, column, message)
                }
                Difference::Unknown(column) => {
                    let name = shown(&column);
                    let message = format!("column `{name}` is {of}, and not in {first}");
                    (code::COLUMN_UNKNOWN, column, message)
                }
                Difference::Stored(column, there, here) => {
                    let name = shown(&column);
                    let message = format!(
                        "column `{name}` is stored as {there} {of}, whose rows are left out, and \
                         as {here} in {first}"
                    );
                    (code::TYPE, column, message)
                }
            };
            Finding {
                path: among.named.into_iter().next(),
                subject: Some(column),
                ..Finding::new(code, Severity::Error, message)
            }
        };
        self.0.into_iter().map(say).collect()
    }
}
