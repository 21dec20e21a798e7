//! Which values a column accepts.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Reader, kind};
use crate::example::shown;
use crate::schema::{ColumnType, Domain, Lengths, Limit, Pattern, Range};
use crate::text;

const DATE: &str = "a date like 2011-01-31";
const TIMESTAMP: &str = "a timestamp like 2011-01-31T23:00:00Z";

impl Reader {
    pub(super) fn domain(&mut self, column_type: ColumnType, table: &Map<String, Value>) -> Domain {
        let finite = |value: &Value| value.as_f64().filter(|number| number.is_finite());
        let date = |value: &Value| value.as_str().and_then(text::date);
        let moment = |value: &Value| value.as_str().and_then(text::timestamp);
        match column_type {
            ColumnType::Integer => Domain::Integer {
                range: self.range(table, "an integer", Value::as_i64),
                values: self.set(table, "an integer", Value::as_i64),
            },
            ColumnType::Number => Domain::Number {
                range: self.range(table, "a number", finite),
                values: self.values(table, "a number", finite).map(|mut values| {
                    // Minus nought is nought.
                    for value in &mut values {
                        *value += 0.0;
                    }
                    values.sort_unstable_by(f64::total_cmp);
                    values
                }),
            },
            ColumnType::String => Domain::String {
                values: self.set(table, "a string", |value| value.as_str().map(str::to_owned)),
                pattern: self.key(table, "pattern", Self::pattern).flatten(),
                length: self.key(table, "length", Self::length).unwrap_or_default(),
            },
            ColumnType::Boolean => {
                Domain::Boolean { values: self.set(table, "true or false", Value::as_bool) }
            }
            ColumnType::Date => Domain::Date {
                range: self.range(table, DATE, date),
                values: self.set(table, DATE, date),
            },
            ColumnType::Timestamp => Domain::Timestamp {
                range: self.range(table, TIMESTAMP, moment),
                values: self.set(table, TIMESTAMP, moment),
            },
        }
    }

    fn range<T: PartialOrd>(
        &mut self,
        table: &Map<String, Value>,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Range<T> {
        let mut limit = |key| {
            let written = table.get(key)?;
            let Some(value) = read(written) else {
                let found = kind(written);
                self.within(key, |reader| {
                    reader.wrong(format!("expected {expected}, found {found}"));
                });
                return None;
            };
            let text = written.as_str().map_or_else(|| written.to_string(), str::to_owned);
            Some(Limit { value, text })
        };
        let range = Range { min: limit("min"), max: limit("max") };
        if let (Some(min), Some(max)) = (&range.min, &range.max)
            && min.value > max.value
        {
            let message = format!("min {} is above max {}", min.text, max.text);
            self.within("min", |reader| reader.wrong(message));
        }
        range
    }

    fn values<T>(
        &mut self,
        table: &Map<String, Value>,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        let written = table.get("values")?;
        let list = written.as_array().filter(|list| !list.is_empty());
        let Some(list) = list else {
            self.within("values", |reader| {
                let found = kind(written);
                reader.wrong(format!("expected a list, each {expected}, found {found}"));
            });
            return None;
        };
        let mut values = Vec::new();
        for (at, written) in list.iter().enumerate() {
            match read(written) {
                Some(value) => values.push(value),
                None => self.within("values", |reader| {
                    reader.within(&at.to_string(), |reader| {
                        reader.wrong(format!("expected {expected}, found {}", kind(written)));
                    });
                }),
            }
        }
        (values.len() == list.len()).then_some(values)
    }

    fn set<T: Ord>(
        &mut self,
        table: &Map<String, Value>,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<BTreeSet<T>> {
        self.values(table, expected, read).map(|values| values.into_iter().collect())
    }

    fn pattern(&mut self, value: &Value) -> Option<Pattern> {
        let written = self.text(value)?;
        match Pattern::new(written) {
            Ok(pattern) => Some(pattern),
            Err(reason) => {
                let written = shown(written);
                self.wrong(format!("`{written}` is no regular expression: {reason}"));
                None
            }
        }
    }

    fn length(&mut self, value: &Value) -> Lengths {
        let Some(table) = self.table(value, &["min", "max"]) else { return Lengths::default() };
        let (min, max) = self.counts(table, "characters");
        if min.is_none() && max.is_none() && table.is_empty() {
            self.wrong("expected `min`, `max` or both");
        }
        Lengths { min, max }
    }
}
