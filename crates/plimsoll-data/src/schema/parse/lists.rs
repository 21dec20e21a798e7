//! Rules of several columns: keys, checks of rows, references.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Reader, SchemaMistake, kind};
use crate::example::shown;
use crate::expression::{Complaint, Expression};
use crate::schema::{ColumnRule, ColumnType, Reference, RowCheck, UniqueRule, Weight};

/// The columns that lists may name.
pub(super) struct Lists<'a> {
    /// Every name, also of columns that have a mistake.
    pub(super) names: &'a BTreeSet<&'a str>,
    /// Those without one.
    pub(super) columns: &'a BTreeMap<String, ColumnRule>,
}

impl Reader {
    pub(super) fn unique(&mut self, value: &Value, lists: &Lists<'_>) -> Vec<UniqueRule> {
        const LIKE: &str = "[instant] or { columns: [dteday, hr], allow: 5 }";
        let expected = "expected lists of columns, like [[instant], [dteday, hr]]";
        self.each(value, expected, |reader, item| {
            let Some(table) = item.as_object() else {
                let columns = reader.key_columns(item, LIKE, lists)?;
                reader.are_there(&columns, None, lists);
                return Some(UniqueRule::new(columns));
            };
            reader.table(item, &["columns", "severity", "allow", "environments"])?;
            let environments = reader.key(table, "environments", Self::environments).flatten();
            let weight = reader.written(table).or(Weight::default());
            let Some(columns) = table.get("columns") else {
                reader.wrong("expected `columns`");
                return None;
            };
            let columns = reader.within("columns", |reader| {
                let columns = reader.key_columns(columns, "[dteday, hr]", lists)?;
                reader.are_there(&columns, environments.as_ref(), lists);
                Some(columns)
            })?;
            Some(UniqueRule { columns, weight, environments })
        })
    }

    pub(super) fn references(&mut self, value: &Value, lists: &Lists<'_>) -> Vec<Reference> {
        let expected = "expected a list, like [{ columns: [store], file: stores.csv, to: [id] }]";
        let known = ["columns", "file", "to", "severity", "allow", "environments"];
        self.each(value, expected, |reader, item| {
            let table = reader.table(item, &known)?;
            let environments = reader.key(table, "environments", Self::environments).flatten();
            let weight = reader.written(table).or(Weight::default());
            for needed in ["columns", "file"] {
                if !table.contains_key(needed) {
                    reader.wrong(format!("expected `{needed}`"));
                }
            }
            let columns = reader.key(table, "columns", |reader, value| {
                let columns = reader.key_columns(value, "[store]", lists)?;
                reader.are_there(&columns, environments.as_ref(), lists);
                Some(columns)
            });
            let file = reader.key(table, "file", Self::other_file).flatten();
            let to = reader.key(table, "to", |reader, value| reader.texts(value, "[id]"));
            let columns = columns.flatten()?;
            for (at, name) in columns.iter().enumerate() {
                let of = lists.columns.get(name).map(|rule| rule.domain.column_type());
                if of == Some(ColumnType::Number) {
                    reader.within("columns", |reader| {
                        reader.within(&at.to_string(), |reader| {
                            let name = shown(name);
                            reader.wrong(format!("`{name}` is a number, which names nothing"));
                        });
                    });
                }
            }
            let to = to.flatten().unwrap_or_else(|| columns.clone());
            if to.len() != columns.len() {
                let (here, there) = (columns.len(), to.len());
                let message = format!("`to` names {there} columns, `columns` names {here}");
                reader.within("to", |reader| reader.wrong(message));
            }
            Some(Reference { columns, file: file?, to, weight, environments })
        })
    }

    fn other_file(&mut self, value: &Value) -> Option<String> {
        let written = self.text(value)?;
        if written.starts_with('/') {
            self.wrong("expected a path relative to the folder of the schema");
            return None;
        }
        Some(written.to_owned())
    }

    pub(super) fn checks(&mut self, value: &Value, lists: &Lists<'_>) -> Vec<RowCheck> {
        let expected = "expected a list, like [{ name: parts, expression: a + b == c }]";
        let known = ["name", "expression", "when", "severity", "allow", "environments"];
        let mut drafts = Vec::new();
        self.each(value, expected, |reader, item| {
            let table = reader.table(item, &known)?;
            for needed in ["name", "expression"] {
                if !table.contains_key(needed) {
                    reader.wrong(format!("expected `{needed}`"));
                }
            }
            let name =
                reader.key(table, "name", |reader, value| reader.text(value).map(str::to_owned));
            let draft = Draft {
                at: reader.at.clone(),
                name: name.flatten(),
                expression: reader.source(table, "expression"),
                when: reader.source(table, "when"),
                weight: reader.written(table).or(Weight::default()),
                environments: reader.key(table, "environments", Self::environments).flatten(),
            };
            if let Some(name) = &draft.name
                && drafts.iter().any(|other: &Draft| other.name.as_ref() == Some(name))
            {
                let message = format!("`{}` is the name of two checks", shown(name));
                reader.within("name", |reader| reader.wrong(message));
            }
            drafts.push(draft);
            Some(())
        });
        self.compiled(drafts, lists)
    }

    /// Reads the text of an expression; `true` and the like may stand without quotes.
    fn source(&mut self, table: &Map<String, Value>, key: &str) -> Option<String> {
        let read = |reader: &mut Self, value: &Value| match value {
            Value::Bool(value) => Some(value.to_string()),
            value => reader.text(value).map(str::to_owned),
        };
        self.key(table, key, read).flatten()
    }

    /// Compiles all expressions together.
    fn compiled(&mut self, drafts: Vec<Draft>, lists: &Lists<'_>) -> Vec<RowCheck> {
        let types: BTreeMap<&str, ColumnType> = (lists.columns.iter())
            .map(|(name, rule)| (name.as_str(), rule.domain.column_type()))
            .collect();
        let sources: Vec<&str> = drafts
            .iter()
            .flat_map(|draft| [&draft.expression, &draft.when])
            .filter_map(|source| source.as_deref())
            .collect();
        let mut compiled = Expression::compile(&sources, &types).into_iter();
        let mut checks = Vec::new();
        for draft in drafts {
            let mut next = |reader: &mut Self, source: Option<&String>, key: &str| {
                source?;
                reader.expression(compiled.next()?, &draft, key, lists)
            };
            let expression = next(self, draft.expression.as_ref(), "expression");
            let when = next(self, draft.when.as_ref(), "when");
            if let (Some(name), Some(expression)) = (draft.name, expression) {
                let (weight, environments) = (draft.weight, draft.environments);
                checks.push(RowCheck { name, expression, when, weight, environments });
            }
        }
        checks
    }

    fn expression(
        &mut self,
        compiled: Result<Expression, Vec<Complaint>>,
        draft: &Draft,
        key: &str,
        lists: &Lists<'_>,
    ) -> Option<Expression> {
        let at: Vec<String> = draft.at.iter().cloned().chain([key.to_owned()]).collect();
        match compiled {
            Ok(expression) => {
                let here = std::mem::replace(&mut self.at, at);
                self.are_there(expression.columns(), draft.environments.as_ref(), lists);
                self.at = here;
                Some(expression)
            }
            Err(complaints) => {
                for complaint in complaints {
                    // A column with a mistake of its own is there all the same.
                    let Complaint { at: within, message, help } = complaint;
                    let of_broken = lists.names.iter().any(|name| {
                        !lists.columns.contains_key(*name)
                            && message.starts_with(&format!("`{name}` is no column"))
                    });
                    if !of_broken {
                        let (at, within) = (at.clone(), Some(within));
                        self.mistakes.push(SchemaMistake { at, within, message, help });
                    }
                }
                None
            }
        }
    }

    /// Reads each item of a list.
    fn each<T>(
        &mut self,
        value: &Value,
        expected: &str,
        mut read: impl FnMut(&mut Self, &Value) -> Option<T>,
    ) -> Vec<T> {
        let Some(items) = value.as_array() else {
            self.wrong(format!("{expected}, found {}", kind(value)));
            return Vec::new();
        };
        let mut all = Vec::new();
        for (place, item) in items.iter().enumerate() {
            all.extend(self.within(&place.to_string(), |reader| read(reader, item)));
        }
        all
    }

    /// Reads columns of this schema.
    fn key_columns(&mut self, value: &Value, like: &str, lists: &Lists<'_>) -> Option<Vec<String>> {
        let names = self.texts(value, like)?;
        for (at, name) in names.iter().enumerate() {
            self.within(&at.to_string(), |reader| {
                if !lists.names.contains(name.as_str()) {
                    reader.unknown(name, "column of this schema", lists.names.iter().copied());
                } else if lists.columns.get(name).is_some_and(|rule| rule.optional) {
                    let name = shown(name);
                    reader.wrong(format!(
                        "`{name}` is optional; what may be absent cannot be held to this"
                    ));
                }
            });
        }
        Some(names)
    }

    /// Reports columns that are not there in every environment of the rule.
    fn are_there(
        &mut self,
        columns: &[String],
        environments: Option<&BTreeSet<String>>,
        lists: &Lists<'_>,
    ) {
        for name in columns {
            let of_column = lists.columns.get(name).and_then(|rule| rule.environments.as_ref());
            let Some(of_column) = of_column else { continue };
            let all: BTreeSet<String> = self.environments.names().map(str::to_owned).collect();
            let of_rule = environments.unwrap_or(&all);
            if of_rule.is_subset(of_column) {
                continue;
            }
            let both: Vec<&str> = of_rule.intersection(of_column).map(String::as_str).collect();
            let there: Vec<&str> = of_column.iter().map(String::as_str).collect();
            let message = format!("`{}` is there in {} only", shown(name), there.join(", "));
            let help = (!both.is_empty())
                .then(|| format!("add `environments: [{}]` to the rule", both.join(", ")));
            let at = self.at.clone();
            self.mistakes.push(SchemaMistake { at, within: None, message, help });
        }
    }
}

/// A check whose expressions are still texts.
struct Draft {
    at: Vec<String>,
    name: Option<String>,
    expression: Option<String>,
    when: Option<String>,
    weight: Weight,
    environments: Option<BTreeSet<String>>,
}
