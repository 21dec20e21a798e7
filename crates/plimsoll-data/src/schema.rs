//! What a table must look like.

mod domain;
mod environment;
mod parse;
mod rule;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::Severity;
use serde::{Deserialize, Deserializer};

use crate::expression::Expression;

pub use self::domain::{ColumnType, Domain, Lengths, Limit, Pattern, Range};
pub use self::environment::{EnvironmentError, Environments};
pub use self::parse::{SchemaError, SchemaMistake};
pub use self::rule::{Allowance, Fresh, Monotone, Rule, Weight, Weights, Written};

/// What a table must look like: its columns, how many rows, what must not repeat, what must hold
/// in every row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableSchema {
    /// How many rows there must be.
    pub rows: RowLimits,
    /// Columns whose values together are in one row only.
    pub unique: Vec<UniqueRule>,
    /// The columns by name.
    pub columns: BTreeMap<String, ColumnRule>,
    /// Whether columns that are not named are accepted.
    pub additional: bool,
    /// What must be true of each row.
    pub checks: Vec<RowCheck>,
    /// Columns whose values must be in another file.
    pub references: Vec<Reference>,
    /// Where the table is used.
    pub environments: Environments,
    /// Columns that belong to other environments.
    pub elsewhere: BTreeSet<String>,
}

impl TableSchema {
    /// Reads the schema out of `value`, the form that YAML is brought into.
    ///
    /// # Errors
    /// Every mistake at once, each with its place in `value`.
    pub fn from_value(value: &serde_json::Value) -> Result<Self, SchemaError> {
        parse::schema(value)
    }

    /// Returns the columns that are known to give the target away.
    pub fn leaking(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|(_, rule)| rule.leaks).map(|(name, _)| name.as_str())
    }

    /// Returns every key that must be unique: of the table, then of single columns.
    pub fn keys(&self) -> Vec<UniqueRule> {
        let is_said = |name: &str| {
            let alone = |key: &&UniqueRule| key.columns == [name] && key.environments.is_none();
            self.unique.iter().any(|key| alone(&key))
        };
        let columns = self.columns.iter().filter(|(name, rule)| rule.unique && !is_said(name));
        let of_columns = columns.map(|(name, rule)| UniqueRule {
            columns: vec![name.clone()],
            weight: rule.weights.of(Rule::Unique),
            environments: rule.environments.clone(),
        });
        self.unique.iter().cloned().chain(of_columns).collect()
    }

    /// Tells whether the answer depends on what time it is.
    pub fn is_of_the_present(&self) -> bool {
        let fresh = self.columns.values().any(|rule| rule.fresh.is_some());
        let expressions =
            self.checks.iter().flat_map(|check| [Some(&check.expression), check.when.as_ref()]);
        fresh || expressions.flatten().any(Expression::asks_for_the_present)
    }
}

impl<'de> Deserialize<'de> for TableSchema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Self::from_value(&value).map_err(serde::de::Error::custom)
    }
}

/// How many rows there must be, both ends accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowLimits {
    /// The fewest.
    pub min: Option<u64>,
    /// The most.
    pub max: Option<u64>,
    /// How much another number weighs.
    pub severity: Severity,
}

impl Default for RowLimits {
    fn default() -> Self {
        Self { min: None, max: None, severity: Severity::Error }
    }
}

/// What one column must look like.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the format")]
pub struct ColumnRule {
    /// The accepted values.
    pub domain: Domain,
    /// Whether cells may be empty.
    pub nullable: bool,
    /// Whether the column may be absent.
    pub optional: bool,
    /// Whether it gives the target away, so that no model may be given it.
    pub leaks: bool,
    /// Whether no value may be there twice.
    pub unique: bool,
    /// How values follow each other.
    pub monotone: Option<Monotone>,
    /// How old the newest value may be.
    pub fresh: Option<Fresh>,
    /// Where the column is there; everywhere if `None`.
    pub environments: Option<BTreeSet<String>>,
    /// How much each rule weighs.
    pub weights: Weights,
}

impl ColumnRule {
    /// Accepts every filled cell of `domain`.
    pub fn new(domain: Domain) -> Self {
        Self {
            domain,
            nullable: false,
            optional: false,
            leaks: false,
            unique: false,
            monotone: None,
            fresh: None,
            environments: None,
            weights: Weights::default(),
        }
    }
}

/// Columns whose values together are in one row only.
#[derive(Clone, Debug, PartialEq)]
pub struct UniqueRule {
    /// The columns.
    pub columns: Vec<String>,
    /// What a repetition means.
    pub weight: Weight,
    /// Where it must hold; everywhere if `None`.
    pub environments: Option<BTreeSet<String>>,
}

impl UniqueRule {
    /// Accepts no repetition in `columns`.
    pub fn new(columns: Vec<String>) -> Self {
        Self { columns, weight: Weight::default(), environments: None }
    }
}

/// What must be true of each row.
#[derive(Clone, Debug, PartialEq)]
pub struct RowCheck {
    /// Its name.
    pub name: String,
    /// What must not be false.
    pub expression: Expression,
    /// The rows that are judged: those of which this is true.
    pub when: Option<Expression>,
    /// What a row that breaks it means.
    pub weight: Weight,
    /// Where it must hold; everywhere if `None`.
    pub environments: Option<BTreeSet<String>>,
}

impl RowCheck {
    /// Returns the columns that it looks at, each once.
    pub fn columns(&self) -> BTreeSet<&str> {
        let when = self.when.iter().flat_map(Expression::columns);
        self.expression.columns().iter().chain(when).map(String::as_str).collect()
    }
}

/// Columns whose values must be in another file.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The columns.
    pub columns: Vec<String>,
    /// The other file, relative to the folder of the schema.
    pub file: String,
    /// The columns of the other file, in the same order.
    pub to: Vec<String>,
    /// What a row without a counterpart means.
    pub weight: Weight,
    /// Where it must hold; everywhere if `None`.
    pub environments: Option<BTreeSet<String>>,
}
