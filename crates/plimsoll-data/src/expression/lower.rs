//! A checked tree as loops over columns.

mod names;
mod operators;

use cel::common::ast::operators as op;
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};
use regex::Regex;

use self::names::{arithmetic, comparison, part};
use super::Complaint;
use super::cost::{self, Bounds};
use super::infer::{Inference, namespaced};
use super::interpret::Interpreted;
use super::nodes::{Any, Bools, Doubles, Holds, Ints, Strings};
use super::parse::Parsed;
use super::scope::{Columns, Meaning};
use super::types::Type;
use crate::calendar::{self, MICROS_PER_DAY};
use crate::schema::ColumnType;
use crate::text;

/// A whole expression as loops.
pub(super) struct Whole {
    pub(super) root: Bools,
    /// The columns that are read, in the order of their places.
    pub(super) columns: Vec<String>,
    pub(super) asks_for_the_present: bool,
    /// Of the texts that are made of others.
    pub(super) made: Vec<Bounds>,
}

/// Returns the loops for the whole of `parsed`.
pub(super) fn lower(parsed: &Parsed, columns: &Columns<'_>) -> Result<Whole, Complaint> {
    let mut lowering = Lowering {
        parsed,
        columns,
        used: Vec::new(),
        asks_for_the_present: false,
        made: Vec::new(),
    };
    let root = lowering.bools(&parsed.root)?;
    let Lowering { used, asks_for_the_present, made, .. } = lowering;
    Ok(Whole { root, columns: used, asks_for_the_present, made })
}

/// On the way to loops. What is lowered was checked, so types are as they must be.
pub(super) struct Lowering<'e> {
    pub(super) parsed: &'e Parsed,
    pub(super) columns: &'e Columns<'e>,
    used: Vec<String>,
    asks_for_the_present: bool,
    made: Vec<Bounds>,
}

type Lowered<T> = Result<T, Complaint>;

impl Lowering<'_> {
    /// Returns the place of a column among those that are read.
    pub(super) fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.used.iter().position(|used| used == name) {
            return place;
        }
        self.used.push(name.to_owned());
        self.used.len() - 1
    }

    pub(super) fn refuse<T>(&self, expr: &IdedExpr, message: &str) -> Lowered<T> {
        Err(self.parsed.complain(expr, message))
    }

    fn bools(&mut self, expr: &IdedExpr) -> Lowered<Bools> {
        match self.any(expr)? {
            Any::Bools(bools) => Ok(bools),
            _ => self.refuse(expr, "this is not true or false"),
        }
    }

    fn strings(&mut self, expr: &IdedExpr) -> Lowered<Strings> {
        match self.any(expr)? {
            Any::Strings(strings) => Ok(strings),
            _ => self.refuse(expr, "this is no text"),
        }
    }

    fn any(&mut self, expr: &IdedExpr) -> Lowered<Any> {
        match self.columns.meaning(expr, &[]) {
            Meaning::Now => {
                self.asks_for_the_present = true;
                return Ok(Any::Timestamps(Ints::Now));
            }
            Meaning::Column(name, column_type) => {
                let place = self.place(name);
                return Ok(match column_type {
                    ColumnType::Integer => Any::Ints(Ints::Column(place)),
                    ColumnType::Number => Any::Doubles(Doubles::Column(place)),
                    ColumnType::String => Any::Strings(Strings::Column(place)),
                    ColumnType::Boolean => Any::Bools(Bools::Column(place)),
                    ColumnType::Date => Any::Timestamps(Ints::Days(place)),
                    ColumnType::Timestamp => Any::Timestamps(Ints::Column(place)),
                });
            }
            _ => {}
        }
        match &expr.expr {
            Expr::Literal(LiteralValue::Boolean(value)) => {
                Ok(Any::Bools(Bools::Constant(*value.inner())))
            }
            Expr::Literal(LiteralValue::Int(value)) => {
                Ok(Any::Ints(Ints::Constant(*value.inner())))
            }
            Expr::Literal(LiteralValue::Double(value)) => {
                Ok(Any::Doubles(Doubles::Constant(*value.inner())))
            }
            Expr::Literal(LiteralValue::String(value)) => {
                Ok(Any::Strings(Strings::Constant(value.inner().to_owned())))
            }
            Expr::Literal(LiteralValue::Null) => Ok(Any::Null),
            Expr::Call(call) => self.call(expr, call),
            _ => self.interpreted(expr),
        }
    }

    fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Lowered<Any> {
        if namespaced(call).is_some() {
            return self.interpreted(expr);
        }
        let operands: Vec<&IdedExpr> =
            call.target.as_deref().into_iter().chain(&call.args).collect();
        let name = call.func_name.as_str();
        match operands.as_slice() {
            [one] => self.one(expr, name, one),
            [one, other] => self.two(expr, name, one, other),
            [condition, yes, no] if name == op::CONDITIONAL => {
                self.choice(expr, condition, yes, no)
            }
            _ => self.interpreted(expr),
        }
    }

    fn one(&mut self, expr: &IdedExpr, name: &str, operand: &IdedExpr) -> Lowered<Any> {
        if let Some(part) = part(name) {
            return match self.any(operand)? {
                Any::Timestamps(of) => Ok(Any::Ints(Ints::Part(part, Box::new(of)))),
                _ => self.refuse(operand, "this is no timestamp"),
            };
        }
        match name {
            op::LOGICAL_NOT => Ok(Any::Bools(Bools::Not(Box::new(self.bools(operand)?)))),
            op::NEGATE => match self.any(operand)? {
                Any::Ints(of) => Ok(Any::Ints(Ints::Negate(Box::new(of)))),
                Any::Doubles(of) => Ok(Any::Doubles(Doubles::Negate(Box::new(of)))),
                _ => self.refuse(operand, "this is no number"),
            },
            "size" if self.type_of(operand) == Type::String => {
                Ok(Any::Ints(Ints::Size(Box::new(self.strings(operand)?))))
            }
            "double" if self.type_of(operand) == Type::Integer => match self.any(operand)? {
                Any::Ints(of) => Ok(Any::Doubles(Doubles::OfInteger(Box::new(of)))),
                _ => self.refuse(operand, "this is no integer"),
            },
            "date" | "timestamp" | "duration" => self.moment(name, operand),
            _ => self.interpreted(expr),
        }
    }

    /// Reads `date("2012-01-31")` and the like, of which only constants make sense.
    fn moment(&self, name: &str, operand: &IdedExpr) -> Lowered<Any> {
        let Expr::Literal(LiteralValue::String(written)) = &operand.expr else {
            return self.refuse(operand, &format!("`{name}` takes a text in quotes"));
        };
        let written = written.inner();
        let read = match name {
            "date" => text::date(written).map(|day| i64::from(day) * MICROS_PER_DAY),
            "timestamp" => text::timestamp(written),
            _ => calendar::duration(written),
        };
        let Some(micros) = read else {
            let like = match name {
                "date" => "date(\"2012-01-31\")",
                "timestamp" => "timestamp(\"2012-01-31T23:00:00Z\")",
                _ => "duration(\"36h\")",
            };
            let complaint = self.parsed.complain(operand, format!("this is no {name}"));
            return Err(Complaint { help: Some(format!("write it as `{like}`")), ..complaint });
        };
        let constant = Ints::Constant(micros);
        Ok(if name == "duration" { Any::Durations(constant) } else { Any::Timestamps(constant) })
    }

    fn two(
        &mut self,
        expr: &IdedExpr,
        name: &str,
        one: &IdedExpr,
        other: &IdedExpr,
    ) -> Lowered<Any> {
        if let Some(comparison) = comparison(name) {
            return self.compare(expr, comparison, one, other).map(Any::Bools);
        }
        if let Some(arithmetic) = arithmetic(name) {
            return self.compute(expr, arithmetic, one, other);
        }
        let bools = match name {
            op::LOGICAL_AND => Bools::And(Box::new(self.bools(one)?), Box::new(self.bools(other)?)),
            op::LOGICAL_OR => Bools::Or(Box::new(self.bools(one)?), Box::new(self.bools(other)?)),
            op::IN => return self.among(expr, one, other).map(Any::Bools),
            "startsWith" | "endsWith" | "contains" => {
                let holds = match name {
                    "startsWith" => Holds::Prefix,
                    "endsWith" => Holds::Suffix,
                    _ => Holds::Part,
                };
                Bools::Holds(holds, Box::new(self.strings(one)?), Box::new(self.strings(other)?))
            }
            "matches" => {
                let of = self.strings(one)?;
                Bools::Matches(Box::new(of), Box::new(self.pattern(other)?))
            }
            _ => return self.interpreted(expr),
        };
        Ok(Any::Bools(bools))
    }

    pub(super) fn pattern(&self, expr: &IdedExpr) -> Lowered<Regex> {
        let Expr::Literal(LiteralValue::String(written)) = &expr.expr else {
            return self.refuse(expr, "`matches` takes a pattern in quotes");
        };
        crate::pattern::compile(written.inner())
            .map_err(|reason| self.parsed.complain(expr, format!("this is no pattern: {reason}")))
    }

    /// Leaves `expr` to the interpreter.
    fn interpreted(&mut self, expr: &IdedExpr) -> Lowered<Any> {
        let result = self.type_of(expr);
        let bounds = cost::bounds(expr, self.columns);
        if result == Type::String {
            self.made.push(bounds.clone());
        }
        let interpreted = Box::new(Interpreted::new(self, expr, bounds.longest)?);
        Ok(match result {
            Type::Boolean => Any::Bools(Bools::Interpreted(interpreted)),
            Type::Integer => Any::Ints(Ints::Interpreted(interpreted)),
            Type::Number => Any::Doubles(Doubles::Interpreted(interpreted)),
            Type::String => Any::Strings(Strings::Interpreted(interpreted)),
            other => return self.refuse(expr, &format!("a {other} cannot be used here")),
        })
    }

    fn type_of(&self, expr: &IdedExpr) -> Type {
        Inference::new(self.parsed, self.columns).of(expr)
    }
}
