//! Operators between two values, and the choice between them.

use cel::common::ast::{Expr, IdedExpr, LiteralValue};

use super::names::{among_literals, doubles};
use super::{Lowered, Lowering};
use crate::expression::nodes::{Any, Arithmetic, Bools, Comparison, Doubles, Ints};
use crate::expression::types::Type;

impl Lowering<'_> {
    pub(super) fn compare(
        &mut self,
        expr: &IdedExpr,
        by: Comparison,
        one: &IdedExpr,
        other: &IdedExpr,
    ) -> Lowered<Bools> {
        if matches!(self.type_of(one), Type::List(_))
            || matches!(self.type_of(other), Type::List(_))
        {
            return match self.interpreted(expr)? {
                Any::Bools(bools) => Ok(bools),
                _ => self.refuse(expr, "this is not true or false"),
            };
        }
        let bools = match (self.any(one)?, self.any(other)?) {
            (Any::Null, of) | (of, Any::Null) => {
                let is_empty = Bools::IsEmpty(Box::new(of));
                match by {
                    Comparison::Equal => is_empty,
                    _ => Bools::Not(Box::new(is_empty)),
                }
            }
            (Any::Ints(one), Any::Ints(other))
            | (Any::Timestamps(one), Any::Timestamps(other))
            | (Any::Durations(one), Any::Durations(other)) => {
                Bools::Integers(by, Box::new(one), Box::new(other))
            }
            (Any::Strings(one), Any::Strings(other)) => {
                Bools::Strings(by, Box::new(one), Box::new(other))
            }
            (Any::Bools(one), Any::Bools(other)) => {
                Bools::Booleans(by, Box::new(one), Box::new(other))
            }
            (one, other) => match (doubles(one), doubles(other)) {
                (Some(one), Some(other)) => Bools::Numbers(by, Box::new(one), Box::new(other)),
                _ => return self.refuse(expr, "these cannot be compared"),
            },
        };
        Ok(bools)
    }

    pub(super) fn compute(
        &mut self,
        expr: &IdedExpr,
        by: Arithmetic,
        one: &IdedExpr,
        other: &IdedExpr,
    ) -> Lowered<Any> {
        if matches!(self.type_of(expr), Type::String | Type::List(_)) {
            return self.interpreted(expr);
        }
        let integers = |one, other| Ints::Arithmetic(by, Box::new(one), Box::new(other));
        Ok(match (self.any(one)?, self.any(other)?) {
            (Any::Ints(one), Any::Ints(other)) => Any::Ints(integers(one, other)),
            (Any::Doubles(one), Any::Doubles(other)) => {
                Any::Doubles(Doubles::Arithmetic(by, Box::new(one), Box::new(other)))
            }
            (Any::Durations(one), Any::Durations(other))
            | (Any::Timestamps(one), Any::Timestamps(other)) => {
                Any::Durations(integers(one, other))
            }
            (Any::Timestamps(one), Any::Durations(other))
            | (Any::Durations(one), Any::Timestamps(other)) => {
                Any::Timestamps(integers(one, other))
            }
            _ => return self.refuse(expr, "nothing can be computed from these"),
        })
    }

    pub(super) fn choice(
        &mut self,
        expr: &IdedExpr,
        condition: &IdedExpr,
        yes: &IdedExpr,
        no: &IdedExpr,
    ) -> Lowered<Any> {
        if matches!(self.type_of(expr), Type::String | Type::List(_)) {
            return self.interpreted(expr);
        }
        let condition = Box::new(self.bools(condition)?);
        let integers = |by, yes, no| Ints::If(by, Box::new(yes), Box::new(no));
        Ok(match (self.any(yes)?, self.any(no)?) {
            (Any::Ints(yes), Any::Ints(no)) => Any::Ints(integers(condition, yes, no)),
            (Any::Timestamps(yes), Any::Timestamps(no)) => {
                Any::Timestamps(integers(condition, yes, no))
            }
            (Any::Durations(yes), Any::Durations(no)) => {
                Any::Durations(integers(condition, yes, no))
            }
            (Any::Doubles(yes), Any::Doubles(no)) => {
                Any::Doubles(Doubles::If(condition, Box::new(yes), Box::new(no)))
            }
            (Any::Bools(yes), Any::Bools(no)) => {
                Any::Bools(Bools::If(condition, Box::new(yes), Box::new(no)))
            }
            _ => return self.refuse(expr, "`?:` cannot choose between these"),
        })
    }

    /// Lowers `x in […]`.
    pub(super) fn among(
        &mut self,
        expr: &IdedExpr,
        one: &IdedExpr,
        list: &IdedExpr,
    ) -> Lowered<Bools> {
        let Expr::List(elements) = &list.expr else {
            return match self.interpreted(expr)? {
                Any::Bools(bools) => Ok(bools),
                _ => self.refuse(expr, "this is not true or false"),
            };
        };
        let literals = elements.elements.iter().map(|element| match &element.expr {
            Expr::Literal(literal) => Some(literal),
            _ => None,
        });
        let literals: Option<Vec<&LiteralValue>> = literals.collect();
        if let Some(literals) = literals {
            let of = self.any(one)?;
            if let Some(set) = among_literals(of, &literals) {
                return Ok(set);
            }
        }
        // What is computed is compared with one after the other.
        let mut any = Bools::Constant(false);
        for element in &elements.elements {
            let equal = self.compare(expr, Comparison::Equal, one, element)?;
            any = match any {
                Bools::Constant(false) => equal,
                any => Bools::Or(Box::new(any), Box::new(equal)),
            };
        }
        Ok(any)
    }
}
