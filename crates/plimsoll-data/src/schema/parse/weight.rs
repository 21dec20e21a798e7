//! How much a broken rule weighs, and how many rows may break it.

use std::collections::BTreeMap;

use plimsoll_core::{Severity, Share};
use serde_json::{Map, Value};

use super::column::is_without;
use super::{Reader, kind};
use crate::schema::{Allowance, ColumnRule, Rule, Written};

const SEVERITIES: [(&str, Severity); 3] =
    [("critical", Severity::Error), ("warning", Severity::Warning), ("info", Severity::Info)];

impl Reader {
    /// Reads `severity` and `allow`.
    pub(super) fn written(&mut self, table: &Map<String, Value>) -> Written {
        Written {
            severity: self.key(table, "severity", Self::severity).flatten(),
            allow: self.key(table, "allow", Self::allow).flatten(),
        }
    }

    pub(super) fn severity(&mut self, value: &Value) -> Option<Severity> {
        let written = self.text(value)?;
        let found = SEVERITIES.iter().find(|(name, _)| *name == written);
        if found.is_none() {
            self.unknown(written, "severity", SEVERITIES.map(|(name, _)| name));
        }
        found.map(|(_, severity)| *severity)
    }

    /// Reads `5` as rows, `0.001` and `0.1%` as a share of them.
    fn allow(&mut self, value: &Value) -> Option<Allowance> {
        let share = match value {
            Value::Number(number) => {
                if let Some(rows) = number.as_u64() {
                    return Some(Allowance::Rows(rows));
                }
                number.as_f64()
            }
            Value::String(text) => percent(text),
            _ => None,
        };
        // All rows: then there is no rule.
        let share = share.filter(|share| *share < 1.0);
        let share = share.and_then(|share| Share::try_from(share).ok());
        if share.is_none() {
            let found = kind(value);
            self.wrong(format!(
                "expected rows like `5` or a share below 1 like `0.1%` or `0.001`, found {found}"
            ));
        }
        share.map(Allowance::Share)
    }

    /// Reads the weights of single rules of a column.
    pub(super) fn rules(&mut self, value: &Value, of: &ColumnRule) -> BTreeMap<Rule, Written> {
        let mut rules = BTreeMap::new();
        let Some(table) = value.as_object() else {
            self.wrong(format!("expected rules and their weights, found {}", kind(value)));
            return rules;
        };
        for (name, weight) in table {
            self.within(name, |reader| {
                let Some(rule) = Rule::ALL.into_iter().find(|rule| rule.as_str() == name) else {
                    reader.unknown(name, "rule of a column", Rule::ALL.map(Rule::as_str));
                    return;
                };
                if let Some(why) = is_without(of, rule) {
                    reader.wrong(format!("`{name}` weighs nothing: {why}"));
                    return;
                }
                let Some(table) = reader.table(weight, &["severity", "allow"]) else { return };
                if !rule.is_of_rows() && table.contains_key("allow") {
                    reader.within("allow", |reader| {
                        reader.wrong(format!("`{name}` is not about rows, so it allows none"));
                    });
                }
                rules.insert(rule, reader.written(table));
            });
        }
        rules
    }
}

/// Reads `0.1%` or `0.1 %`.
fn percent(text: &str) -> Option<f64> {
    let digits = text.strip_suffix('%')?.trim_end();
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value: f64 = is_plain.then(|| digits.parse().ok())??;
    Some(value / 100.0)
}
