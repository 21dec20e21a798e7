//! The names that an expression may use.

use std::collections::BTreeMap;

use cel::common::ast::operators::INDEX;
use cel::common::ast::{Expr, IdedExpr, LiteralValue};

use super::types::Type;
use crate::schema::ColumnType;

/// The name under which every column is found: `row["a name with blanks"]`.
pub(super) const ROW: &str = "row";

/// The name of the present.
pub(super) const NOW: &str = "now";

/// The columns of a schema.
pub(super) struct Columns<'a> {
    types: &'a BTreeMap<&'a str, ColumnType>,
}

/// What a name, or a selection from `row`, means.
pub(super) enum Meaning<'e> {
    /// The variable of a macro, with its type.
    Local(Type),
    /// A column, with its type.
    Column(&'e str, ColumnType),
    /// A column that is not there.
    Unknown(&'e str),
    /// The present.
    Now,
    /// The whole row, of which a column must be named.
    Row,
    /// Something else than a name.
    Other,
}

impl<'a> Columns<'a> {
    pub(super) fn new(types: &'a BTreeMap<&'a str, ColumnType>) -> Self {
        Self { types }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> + Clone {
        self.types.keys().copied()
    }

    /// Tells what `expr` names; `locals` are the variables of macros around it.
    pub(super) fn meaning<'e>(&self, expr: &'e IdedExpr, locals: &[(&str, Type)]) -> Meaning<'e> {
        let local = |expr: &IdedExpr| match &expr.expr {
            Expr::Ident(name) => locals.iter().rev().find(|(local, _)| local == name),
            _ => None,
        };
        if let Some((_, of)) = local(expr) {
            return Meaning::Local(of.clone());
        }
        let is_row = |expr: &IdedExpr| {
            matches!(&expr.expr, Expr::Ident(name) if name == ROW) && local(expr).is_none()
        };
        match &expr.expr {
            // `row` and `now` mean this whatever the columns are called.
            Expr::Ident(name) if name == ROW => Meaning::Row,
            Expr::Ident(name) if name == NOW => Meaning::Now,
            Expr::Ident(name) => self.column(name),
            Expr::Select(select) if is_row(&select.operand) && !select.test => {
                self.column(&select.field)
            }
            Expr::Call(call) if call.func_name == INDEX => match call.args.as_slice() {
                [row, IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }]
                    if is_row(row) =>
                {
                    self.column(name.inner())
                }
                _ => Meaning::Other,
            },
            _ => Meaning::Other,
        }
    }

    fn column<'e>(&self, name: &'e str) -> Meaning<'e> {
        match self.types.get(name) {
            Some(column_type) => Meaning::Column(name, *column_type),
            None => Meaning::Unknown(name),
        }
    }
}
