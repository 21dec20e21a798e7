//! What names and literals of CEL stand for.

use cel::common::ast::LiteralValue;
use cel::common::ast::operators as op;

use crate::expression::nodes::{Any, Arithmetic, Bools, Comparison, Doubles, Part};

/// Returns `x in [...]` as a set where the values of the list are of one type with `of`.
pub(super) fn among_literals(of: Any, literals: &[&LiteralValue]) -> Option<Bools> {
    let number = |literal: &&LiteralValue| match literal {
        #[expect(clippy::cast_precision_loss, reason = "as CEL compares integers with numbers")]
        LiteralValue::Int(value) => Some(*value.inner() as f64),
        // Minus nought is nought.
        LiteralValue::Double(value) => Some(value.inner() + 0.0),
        _ => None,
    };
    let integer = |literal: &&LiteralValue| match literal {
        LiteralValue::Int(value) => Some(*value.inner()),
        _ => None,
    };
    let string = |literal: &&LiteralValue| match literal {
        LiteralValue::String(value) => Some(value.inner().to_owned()),
        _ => None,
    };
    let numbers = || {
        let mut numbers: Vec<f64> = literals.iter().map(number).collect::<Option<_>>()?;
        numbers.sort_unstable_by(f64::total_cmp);
        Some(numbers)
    };
    match of {
        Any::Ints(of) => match literals.iter().map(integer).collect() {
            Some(integers) => Some(Bools::AmongIntegers(Box::new(of), integers)),
            None => {
                Some(Bools::AmongNumbers(Box::new(Doubles::OfInteger(Box::new(of))), numbers()?))
            }
        },
        Any::Doubles(of) => Some(Bools::AmongNumbers(Box::new(of), numbers()?)),
        Any::Strings(of) => {
            let strings = literals.iter().map(string).collect::<Option<_>>()?;
            Some(Bools::AmongStrings(Box::new(of), strings))
        }
        _ => None,
    }
}

pub(super) fn doubles(of: Any) -> Option<Doubles> {
    match of {
        Any::Doubles(of) => Some(of),
        Any::Ints(of) => Some(Doubles::OfInteger(Box::new(of))),
        _ => None,
    }
}

pub(super) fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        op::EQUALS => Comparison::Equal,
        op::NOT_EQUALS => Comparison::NotEqual,
        op::LESS => Comparison::Less,
        op::LESS_EQUALS => Comparison::LessOrEqual,
        op::GREATER => Comparison::Greater,
        op::GREATER_EQUALS => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

pub(super) fn arithmetic(name: &str) -> Option<Arithmetic> {
    Some(match name {
        op::ADD => Arithmetic::Add,
        op::SUBSTRACT => Arithmetic::Subtract,
        op::MULTIPLY => Arithmetic::Multiply,
        op::DIVIDE => Arithmetic::Divide,
        op::MODULO => Arithmetic::Remainder,
        _ => return None,
    })
}

pub(super) fn part(name: &str) -> Option<Part> {
    Some(match name {
        "getFullYear" => Part::Year,
        "getMonth" => Part::Month,
        "getDate" => Part::Date,
        "getDayOfMonth" => Part::DayOfMonth,
        "getDayOfWeek" => Part::DayOfWeek,
        "getDayOfYear" => Part::DayOfYear,
        "getHours" => Part::Hours,
        "getMinutes" => Part::Minutes,
        "getSeconds" => Part::Seconds,
        "getMilliseconds" => Part::Milliseconds,
        _ => return None,
    })
}
