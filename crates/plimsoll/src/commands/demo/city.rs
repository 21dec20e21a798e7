//! The two years that the story is about: one to learn from, one that arrives day by day.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_core::Day;
use serde_json::{Value, json};

use crate::error::CommandError;
use crate::example;

/// What the columns of UCI's file are sent as. Those that are missing here are known only afterwards.
const SENT: [(&str, &str); 14] = [
    ("instant", "INT64"),
    ("dteday", "BYTES"),
    ("season", "INT64"),
    ("yr", "INT64"),
    ("mnth", "INT64"),
    ("hr", "INT64"),
    ("holiday", "INT64"),
    ("weekday", "INT64"),
    ("workingday", "INT64"),
    ("weathersit", "INT64"),
    ("temp", "FP64"),
    ("atemp", "FP64"),
    ("hum", "FP64"),
    ("windspeed", "FP64"),
];

/// The data of the story.
pub(super) struct City {
    /// The first year, as `data/hour.csv` has it.
    pub history: Vec<u8>,
    /// The second year, as `data/later.csv` has it.
    pub later: Vec<u8>,
    /// Whether it is the file of a person, and not the simulated one.
    pub is_given: bool,
    /// The hours of the second year, by day.
    days: BTreeMap<Day, Vec<Hour>>,
}

/// An hour of the second year.
pub(super) struct Hour {
    /// The request that asks how many bikes will be rented.
    pub request: Vec<u8>,
    /// The row's name.
    pub instant: String,
    /// How many were rented: known a day later.
    pub count: String,
}

impl City {
    /// Reads the file of a person, or the example's own.
    pub(super) fn read(given: Option<&Path>) -> Result<Self, CommandError> {
        let own = |path: &str| example::file(path).map(<[u8]>::to_vec).unwrap_or_default();
        let (history, later) = match given {
            None => (own("data/hour.csv"), own("data/later.csv")),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    CommandError::usage(format!("{} could not be read: {error}", path.display()))
                })?;
                divide(&text.replace('\r', ""), path)?
            }
        };
        let days = days(&String::from_utf8_lossy(&later))?;
        Ok(Self { history, later, is_given: given.is_some(), days })
    }

    /// Returns the hours of `day`; none where the file has none.
    pub(super) fn hours(&self, day: Day) -> &[Hour] {
        self.days.get(&day).map_or(&[], Vec::as_slice)
    }
}

/// Divides both years by the column `yr`.
fn divide(text: &str, path: &Path) -> Result<(Vec<u8>, Vec<u8>), CommandError> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let names: Vec<&str> = header.split(',').collect();
    for (name, _) in SENT.iter().chain(&[("casual", ""), ("registered", ""), ("cnt", "")]) {
        if !names.contains(name) {
            let message = format!("{} has no column {name}", path.display());
            let hint = "it must be hour.csv of the UCI bike sharing data set (no. 275)";
            return Err(CommandError::usage(message).hint(hint));
        }
    }
    let year = names.iter().position(|name| *name == "yr").unwrap_or_default();
    let of_year = |wanted: &str| {
        let rows = text.lines().skip(1).filter(|row| row.split(',').nth(year) == Some(wanted));
        let all: Vec<&str> = std::iter::once(header).chain(rows).collect();
        (all.join("\n") + "\n").into_bytes()
    };
    Ok((of_year("0"), of_year("1")))
}

fn days(later: &str) -> Result<BTreeMap<Day, Vec<Hour>>, CommandError> {
    let mut lines = later.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let mut days: BTreeMap<Day, Vec<Hour>> = BTreeMap::new();
    for line in lines {
        let cells: BTreeMap<&str, &str> = names.iter().copied().zip(line.split(',')).collect();
        let cell = |name: &str| cells.get(name).copied().unwrap_or_default();
        let day: Day = cell("dteday").parse().map_err(|error| {
            CommandError::usage(format!("the second year has a row without a day: {error}"))
        })?;
        let inputs = SENT.iter().map(|(name, datatype)| {
            let value: Value = match *datatype {
                "BYTES" => json!(cell(name)),
                _ => serde_json::from_str(cell(name)).unwrap_or(Value::Null),
            };
            json!({"name": name, "datatype": datatype, "shape": [1], "data": [value]})
        });
        let request = json!({"inputs": inputs.collect::<Vec<_>>()});
        days.entry(day).or_default().push(Hour {
            request: request.to_string().into_bytes(),
            instant: cell("instant").to_owned(),
            count: cell("cnt").to_owned(),
        });
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_year_is_asked_hour_by_hour_and_never_told_the_answer() {
        let city = City::read(None).unwrap();
        let first = &city.hours("2012-01-01".parse().unwrap())[0];
        let request: Value = serde_json::from_slice(&first.request).unwrap();
        let names = request["inputs"].as_array().unwrap().iter().map(|input| &input["name"]);
        let names: Vec<&str> = names.filter_map(Value::as_str).collect();
        assert_eq!(names.len(), SENT.len());
        assert!(!names.contains(&"cnt") && !names.contains(&"registered"));
        assert!(request["inputs"].as_array().unwrap().iter().all(|it| !it["data"][0].is_null()));
        assert!(city.hours("2011-12-31".parse().unwrap()).is_empty());
    }

    #[test]
    fn another_file_is_refused_by_the_column_that_it_lacks() {
        let error = divide("a,b\n1,2\n", Path::new("x.csv")).err().unwrap();
        assert_eq!(error.to_string(), "x.csv has no column instant");
    }
}
